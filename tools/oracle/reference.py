"""A pre-norm transformer in plain torch, any dtype, weights by their Hugging Face Llama names.

It exists because transformers computes norms and rotary angles in float32 whatever the dtype: this one is float64
throughout. Every script that uses it also measures its distance from published code.
"""

import dataclasses
from collections.abc import Callable

import torch
import torch.nn.functional as F

Weights = dict[str, torch.Tensor]
Visibility = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # (query, key) positions -> may see


@dataclasses.dataclass(frozen=True)
class Shape:
    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    theta: float
    epsilon: float
    tied: bool = False
    qk_norm: bool = False
    qkv_bias: bool = False
    output_bias: bool = False


def causal(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    return key <= query


def bidirectional(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(query + key, dtype=torch.bool)


def block_causal(size: int) -> Visibility:
    return lambda query, key: key // size <= query // size


def visible(visibility: Visibility, length: int) -> torch.Tensor:
    """[query, key] -> may see."""
    position = torch.arange(length)
    return visibility(position[:, None], position[None, :])


def parameter_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    shapes: dict[str, tuple[int, ...]] = {'model.embed_tokens.weight': (shape.vocabulary, shape.width)}
    for n in range(shape.layers):
        at = f'model.layers.{n}.'
        shapes[at + 'input_layernorm.weight'] = (shape.width,)
        for name, rows in (('q', queries), ('k', keys), ('v', keys)):
            shapes[f'{at}self_attn.{name}_proj.weight'] = (rows, shape.width)
            if shape.qkv_bias:
                shapes[f'{at}self_attn.{name}_proj.bias'] = (rows,)
        shapes[at + 'self_attn.o_proj.weight'] = (shape.width, queries)
        if shape.output_bias:
            shapes[at + 'self_attn.o_proj.bias'] = (shape.width,)
        if shape.qk_norm:
            shapes[at + 'self_attn.q_norm.weight'] = (shape.head_dim,)
            shapes[at + 'self_attn.k_norm.weight'] = (shape.head_dim,)
        shapes[at + 'post_attention_layernorm.weight'] = (shape.width,)
        shapes[at + 'mlp.gate_proj.weight'] = (shape.hidden, shape.width)
        shapes[at + 'mlp.up_proj.weight'] = (shape.hidden, shape.width)
        shapes[at + 'mlp.down_proj.weight'] = (shape.width, shape.hidden)
    shapes['model.norm.weight'] = (shape.width,)
    if not shape.tied:
        shapes['lm_head.weight'] = (shape.vocabulary, shape.width)
    return shapes


def rms_norm(x: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon) * weight


def rotary(x: torch.Tensor, positions: torch.Tensor, theta: float) -> torch.Tensor:
    """NeoX halves: component j turns with component j + half. x [..., length, head_dim], positions [length]."""
    half = x.shape[-1] // 2
    frequency = theta ** (-torch.arange(half, dtype=x.dtype) / half)
    angle = positions.to(x.dtype)[:, None] * frequency
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * angle.cos() - second * angle.sin(), second * angle.cos() + first * angle.sin()], -1)


def attention(weights: Weights, at: str, shape: Shape, x: torch.Tensor, may_see: torch.Tensor, positions: torch.Tensor | None = None) -> torch.Tensor:
    batch, length, _ = x.shape

    def project(name: str, heads: int) -> torch.Tensor:  # -> [batch, heads, length, head_dim]
        rows = F.linear(x, weights[f'{at}{name}_proj.weight'], weights.get(f'{at}{name}_proj.bias'))
        return rows.view(batch, length, heads, shape.head_dim).transpose(1, 2)

    q, k, v = project('q', shape.heads), project('k', shape.kv_heads), project('v', shape.kv_heads)
    if shape.qk_norm:
        q = rms_norm(q, weights[at + 'q_norm.weight'], shape.epsilon)
        k = rms_norm(k, weights[at + 'k_norm.weight'], shape.epsilon)
    positions = torch.arange(length) if positions is None else positions
    q, k = rotary(q, positions, shape.theta), rotary(k, positions, shape.theta)
    group = shape.heads // shape.kv_heads  # query head h reads key/value head h // group
    k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    scores = q @ k.transpose(-1, -2) / shape.head_dim**0.5
    mixed = scores.masked_fill(~may_see, -torch.inf).softmax(-1) @ v
    return F.linear(mixed.transpose(1, 2).reshape(batch, length, -1), weights[at + 'o_proj.weight'], weights.get(at + 'o_proj.bias'))


def gated_mlp(weights: Weights, at: str, x: torch.Tensor) -> torch.Tensor:
    gate, up = F.linear(x, weights[at + 'gate_proj.weight']), F.linear(x, weights[at + 'up_proj.weight'])
    return F.linear(F.silu(gate) * up, weights[at + 'down_proj.weight'])


def logits(weights: Weights, shape: Shape, ids: torch.Tensor, visibility: Visibility, positions: torch.Tensor | None = None) -> torch.Tensor:
    """ids [batch, length] -> [batch, length, vocabulary]; visibility by place, positions [length] where they are not the places."""
    may_see = visible(visibility, ids.shape[1])
    h = weights['model.embed_tokens.weight'][ids]
    for n in range(shape.layers):
        at = f'model.layers.{n}.'
        h = h + attention(weights, at + 'self_attn.', shape, rms_norm(h, weights[at + 'input_layernorm.weight'], shape.epsilon), may_see, positions)
        h = h + gated_mlp(weights, at + 'mlp.', rms_norm(h, weights[at + 'post_attention_layernorm.weight'], shape.epsilon))
    head = weights['model.embed_tokens.weight' if shape.tied else 'lm_head.weight']
    return F.linear(rms_norm(h, weights['model.norm.weight'], shape.epsilon), head)


def as_double(weights: Weights) -> Weights:
    return {name: weight.double() for name, weight in weights.items()}
