"""The Llama-shaped transformer of the benchmarks in plain eager PyTorch, float32, CPU.

Query, key and value are one matrix, and gate and up are one, as fast eager code has them; files keep them apart.
torch.compile is left out on purpose: eager PyTorch is what we compare with.
"""

import argparse
import dataclasses
import json
import pathlib

import torch
import torch.nn.functional as F
from torch import nn


@dataclasses.dataclass(frozen=True)
class Config:
    vocabulary: int = 2048
    width: int = 192
    layers: int = 6
    heads: int = 6
    kv_heads: int = 6
    head_dim: int = 32
    hidden: int = 512
    theta: float = 10000.0
    epsilon: float = 1e-6
    tied: bool = True
    qk_norm: bool = False
    mask: int = 2047


def config_from_folder(folder: pathlib.Path, qk_norm: bool) -> Config:
    file = json.loads((folder / 'config.json').read_text())
    if file.get('attention_bias') or file.get('mlp_bias'):
        raise SystemExit(f'{folder}: biases are not part of this benchmark')
    return Config(
        vocabulary=file['vocab_size'], width=file['hidden_size'], layers=file['num_hidden_layers'], heads=file['num_attention_heads'],
        kv_heads=file['num_key_value_heads'], head_dim=file.get('head_dim') or file['hidden_size'] // file['num_attention_heads'],
        hidden=file['intermediate_size'], theta=(file.get('rope_parameters') or file)['rope_theta'], epsilon=file['rms_norm_eps'],
        tied=file['tie_word_embeddings'], qk_norm=qk_norm, mask=file.get('mask_token_id', file['vocab_size'] - 1),
    )


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """NeoX halves. x [batch, heads, length, head_dim]; cos, sin [length, head_dim], the first half of sin negated."""
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)


class Cache:
    """Keys and values of one layer, written in place."""

    def __init__(self, config: Config, batch: int, capacity: int):
        self.k, self.v = (torch.zeros(batch, config.kv_heads, capacity, config.head_dim) for _ in range(2))
        self.length = 0

    def extended(self, k: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        end = self.length + k.shape[2]
        self.k[:, :, self.length:end] = k
        self.v[:, :, self.length:end] = v
        self.length = end
        return self.k[:, :, :end], self.v[:, :, :end]


class Block(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.rows = [config.heads * config.head_dim, config.kv_heads * config.head_dim, config.kv_heads * config.head_dim]
        self.attention_norm = nn.RMSNorm(config.width, config.epsilon)
        self.qkv = nn.Linear(config.width, sum(self.rows), bias=False)
        self.output = nn.Linear(self.rows[0], config.width, bias=False)
        self.mlp_norm = nn.RMSNorm(config.width, config.epsilon)
        self.gate_up = nn.Linear(config.width, 2 * config.hidden, bias=False)
        self.down = nn.Linear(config.hidden, config.width, bias=False)
        if config.qk_norm:
            self.q_norm = nn.RMSNorm(config.head_dim, config.epsilon)
            self.k_norm = nn.RMSNorm(config.head_dim, config.epsilon)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, causal: bool, cache: Cache | None) -> torch.Tensor:
        batch, length, _ = x.shape
        config = self.config
        heads = self.qkv(self.attention_norm(x)).view(batch, length, -1, config.head_dim).transpose(1, 2)
        q, k, v = heads.split([config.heads, config.kv_heads, config.kv_heads], 1)
        if config.qk_norm:
            q, k = self.q_norm(q), self.k_norm(k)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            k, v = cache.extended(k, v)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal and length > 1, enable_gqa=config.heads != config.kv_heads)
        x = x + self.output(mixed.transpose(1, 2).reshape(batch, length, -1))
        gate, up = self.gate_up(self.mlp_norm(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Transformer(nn.Module):
    def __init__(self, config: Config, causal: bool, maximum_length: int):
        super().__init__()
        self.config, self.causal = config, causal
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.width, config.epsilon)
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)
        for parameter in self.parameters():
            if parameter.ndim == 2:
                nn.init.normal_(parameter, std=0.02)
        if config.tied:
            self.head.weight = self.embedding.weight
        half = config.head_dim // 2
        angle = torch.arange(maximum_length)[:, None] * config.theta ** (-torch.arange(half) / half)
        self.register_buffer('cos', torch.cat([angle.cos(), angle.cos()], -1))
        self.register_buffer('sin', torch.cat([-angle.sin(), angle.sin()], -1))

    def forward(self, ids: torch.Tensor, caches: list[Cache] | None = None, last_row_only: bool = False) -> torch.Tensor:
        """ids [batch, length] -> logits [batch, length or 1, vocabulary]. With caches, ids come after what these hold, and several only at the start."""
        start = caches[0].length if caches else 0
        cos, sin = (table[start:start + ids.shape[1]] for table in (self.cos, self.sin))
        x = self.embedding(ids)
        for n, block in enumerate(self.blocks):
            x = block(x, cos, sin, self.causal, caches[n] if caches else None)
        return self.head(self.norm(x[:, -1:] if last_row_only else x))

    def load(self, folder: pathlib.Path) -> None:
        from safetensors.torch import load_file

        file = {name: tensor.float() for path in sorted(folder.glob('model*.safetensors')) for name, tensor in load_file(path).items()}
        state = {'embedding.weight': file.pop('model.embed_tokens.weight'), 'norm.weight': file.pop('model.norm.weight')}
        state['head.weight'] = state['embedding.weight'] if self.config.tied else file.pop('lm_head.weight')
        for n in range(self.config.layers):
            def take(name: str) -> torch.Tensor:
                return file.pop(f'model.layers.{n}.{name}.weight')
            at = f'blocks.{n}.'
            state[at + 'attention_norm.weight'] = take('input_layernorm')
            state[at + 'qkv.weight'] = torch.cat([take(f'self_attn.{name}_proj') for name in 'qkv'])
            state[at + 'output.weight'] = take('self_attn.o_proj')
            state[at + 'mlp_norm.weight'] = take('post_attention_layernorm')
            state[at + 'gate_up.weight'] = torch.cat([take('mlp.gate_proj'), take('mlp.up_proj')])
            state[at + 'down.weight'] = take('mlp.down_proj')
            if self.config.qk_norm:
                state[at + 'q_norm.weight'], state[at + 'k_norm.weight'] = take('self_attn.q_norm'), take('self_attn.k_norm')
        if file:
            raise SystemExit(f'{folder}: tensors without a place: {", ".join(file)}')
        self.load_state_dict({**state, 'cos': self.cos, 'sin': self.sin})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--weights', type=pathlib.Path, help='Hugging Face folder (Llama names); random weights without it')
    parser.add_argument('--qk-norm', action='store_true', help='per-head norms of queries and keys; with --weights read from the files')
    parser.add_argument('--seed', type=int, default=1)
    for field in ('vocabulary', 'width', 'layers', 'heads', 'kv_heads', 'head_dim', 'hidden'):
        parser.add_argument(f'--{field.replace("_", "-")}', type=int, default=getattr(Config, field), help='without --weights only')


def open_model(arguments: argparse.Namespace, causal: bool, maximum_length: int) -> Transformer:
    torch.manual_seed(arguments.seed)
    if arguments.weights is None:
        sizes = {name: getattr(arguments, name) for name in ('vocabulary', 'width', 'layers', 'heads', 'kv_heads', 'head_dim', 'hidden')}
        return Transformer(Config(**sizes, qk_norm=arguments.qk_norm, mask=arguments.vocabulary - 1), causal, maximum_length)
    from safetensors import safe_open

    names = {name for path in arguments.weights.glob('model*.safetensors') for name in safe_open(path, 'pt').keys()}
    config = config_from_folder(arguments.weights, qk_norm=any(name.endswith('q_norm.weight') for name in names))
    model = Transformer(config, causal, maximum_length)
    model.load(arguments.weights)
    return model
