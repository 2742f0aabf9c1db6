"""TTT-Linear and TTT-MLP in their primal form, token by token, in whatever precision the weights have.

Sun et al. 2024 (arXiv:2407.04620), sections 2.2 to 2.7; the block of both backbones, section 2.6 and appendix. Weights under published names.
Inner gradients are taken by autograd from the inner loss, not from a formula.
"""

import dataclasses
import math

import torch
import torch.nn.functional as F

Weights = dict[str, torch.Tensor]


@dataclasses.dataclass(frozen=True)
class Shape:
    vocabulary: int
    width: int
    hidden: int
    layers: int
    heads: int
    kind: str  # linear or mlp
    base_rate: float
    mini_batch: int
    theta: float
    epsilon: float
    tied: bool
    gate: bool
    shared: bool
    pre_convolution: bool
    kernel: int

    @property
    def size(self) -> int:
        return self.width // self.heads

    @property
    def fast(self) -> list[str]:
        return ['W1', 'b1'] if self.kind == 'linear' else ['W1', 'b1', 'W2', 'b2']


def shape_of(config: dict) -> Shape:
    return Shape(
        vocabulary=config['vocab_size'], width=config['hidden_size'], hidden=config['intermediate_size'], layers=config['num_hidden_layers'],
        heads=config['num_attention_heads'], kind=config['ttt_layer_type'], base_rate=config['ttt_base_lr'], mini_batch=config['mini_batch_size'],
        theta=config['rope_theta'], epsilon=config['rms_norm_eps'], tied=config['tie_word_embeddings'], gate=config['use_gate'], shared=config['share_qk'],
        pre_convolution=config['pre_conv'], kernel=config['conv_kernel'])


def mixer_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    width, heads, size = shape.width, shape.heads, shape.size
    inside = 4 * size
    square = (width, width)
    shapes: dict[str, tuple[int, ...]] = {'q_proj.weight': square, 'v_proj.weight': square, 'o_proj.weight': square}
    if shape.shared:
        for name in ('conv_q', 'conv_k'):
            shapes |= {f'{name}.weight': (width, 1, shape.kernel), f'{name}.bias': (width,)}
    else:
        shapes['k_proj.weight'] = square
    if shape.gate:
        shapes['g_proj.weight'] = square
    if shape.kind == 'linear':
        shapes |= {'W1': (heads, size, size), 'b1': (heads, 1, size)}
    else:
        shapes |= {'W1': (heads, size, inside), 'b1': (heads, 1, inside), 'W2': (heads, inside, size), 'b2': (heads, 1, size)}
    return shapes | {
        'learnable_ttt_lr_weight': (heads, 1, width), 'learnable_ttt_lr_bias': (heads, 1), 'learnable_token_idx': (shape.mini_batch,),
        'ttt_norm_weight': (heads, size), 'ttt_norm_bias': (heads, size), 'post_norm.weight': (width,), 'post_norm.bias': (width,),
    }


def parameter_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {'model.embed_tokens.weight': (shape.vocabulary, shape.width)}
    for n in range(shape.layers):
        at = f'model.layers.{n}.'
        if shape.pre_convolution:
            shapes |= {f'{at}conv.norm.weight': (shape.width,), f'{at}conv.conv.weight': (shape.width, 1, shape.kernel), f'{at}conv.conv.bias': (shape.width,)}
        shapes |= {f'{at}seq_norm.weight': (shape.width,), f'{at}ffn_norm.weight': (shape.width,)}
        shapes |= {f'{at}seq_modeling_block.{name}': size for name, size in mixer_shapes(shape).items()}
        for name in ('gate_proj', 'up_proj'):
            shapes[f'{at}mlp.{name}.weight'] = (shape.hidden, shape.width)
        shapes[f'{at}mlp.down_proj.weight'] = (shape.width, shape.hidden)
    shapes['model.norm.weight'] = (shape.width,)
    if not shape.tied:
        shapes['lm_head.weight'] = (shape.vocabulary, shape.width)
    return shapes


def rms(x: torch.Tensor, epsilon: float) -> torch.Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon)


def convolve(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Causal depthwise convolution; x [batch, length, channels]."""
    kernel = weight.shape[-1]
    padded = F.pad(x, (0, 0, kernel - 1, 0))
    return sum(padded[:, j:j + x.shape[1]] * weight[:, 0, j] for j in range(kernel)) + bias


def turned(x: torch.Tensor, place: int, theta: float) -> torch.Tensor:
    """Neighbours rotated in pairs by place · theta^(-2i / size); x [batch, heads, size]."""
    size = x.shape[-1]
    angle = place * theta ** (-2 * torch.arange(size // 2, dtype=x.dtype) / size)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * angle.cos() - odd * angle.sin(), odd * angle.cos() + even * angle.sin()], -1).flatten(-2)


def says(x: torch.Tensor, fast: list[torch.Tensor]) -> torch.Tensor:
    """The inner model; x [batch, heads, 1, size]."""
    x = x @ fast[0] + fast[1]
    return x if len(fast) == 2 else F.gelu(x, approximate='tanh') @ fast[2] + fast[3]


def mixer(w: Weights, at: str, shape: Shape, x: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The layer's output, and its fast weights and gradients after the last token, as the published cache has them."""
    batch, length, _ = x.shape
    apart = (batch, length, shape.heads, shape.size)
    query = x @ w[at + 'q_proj.weight'].T
    if shape.shared:
        key = convolve(query, w[at + 'conv_k.weight'], w[at + 'conv_k.bias'])
        query = convolve(query, w[at + 'conv_q.weight'], w[at + 'conv_q.bias'])
    else:
        key = x @ w[at + 'k_proj.weight'].T
    query, key, value = query.view(apart), key.view(apart), (x @ w[at + 'v_proj.weight'].T).view(apart)
    rate = shape.base_rate / shape.size * torch.sigmoid(x @ w[at + 'learnable_ttt_lr_weight'][:, 0].T + w[at + 'learnable_ttt_lr_bias'][:, 0])
    reach = (1 / torch.arange(1, shape.mini_batch + 1, dtype=x.dtype) + w[at + 'learnable_token_idx']).clamp_min(0)
    gamma, beta = w[at + 'ttt_norm_weight'][:, None], w[at + 'ttt_norm_bias'][:, None]

    def answer(said: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(said, (shape.size,), eps=1e-6) * gamma + beta

    fast = [w[at + name].expand(batch, *w[at + name].shape) for name in shape.fast]
    sums = [torch.zeros_like(part) for part in fast]
    outputs = []
    for t in range(length):
        place = t % shape.mini_batch
        q, k, v = turned(query[:, t], place, shape.theta), turned(key[:, t], place, shape.theta), value[:, t]
        with torch.enable_grad():
            leaves = [part if part.requires_grad else part.detach().requires_grad_() for part in fast]
            loss = 0.5 * (answer(says(k[:, :, None], leaves)) - (v - k)[:, :, None]).pow(2).sum()
            gradients = torch.autograd.grad(loss, leaves, create_graph=torch.is_grad_enabled() and x.requires_grad)
        sums = [total + rate[:, t, :, None, None] * gradient for total, gradient in zip(sums, gradients)]
        now = [part - reach[place] * total for part, total in zip(fast, sums)]
        outputs.append(q + answer(says(q[:, :, None], now))[:, :, 0])
        if place == shape.mini_batch - 1:
            fast, sums = now, [torch.zeros_like(part) for part in fast]
    y = torch.stack(outputs, 1).reshape(batch, length, shape.width)
    y = F.layer_norm(y, (shape.width,), w[at + 'post_norm.weight'], w[at + 'post_norm.bias'], 1e-6)
    if shape.gate:
        y = F.gelu(x @ w[at + 'g_proj.weight'].T, approximate='tanh') * y
    states = {**{f'{name}_states': part for name, part in zip(shape.fast, fast)}, **{f'{name}_grad': total for name, total in zip(shape.fast, sums)}}
    return y @ w[at + 'o_proj.weight'].T, states


def run(w: Weights, shape: Shape, ids: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Logits [batch, length, vocabulary] of ids [batch, length], and states by name and layer."""
    x = w['model.embed_tokens.weight'][ids]
    states = {}
    for n in range(shape.layers):
        at = f'model.layers.{n}.'
        if shape.pre_convolution:
            x = x + convolve(rms(x, shape.epsilon) * w[at + 'conv.norm.weight'], w[at + 'conv.conv.weight'], w[at + 'conv.conv.bias'])
        y, own = mixer(w, at + 'seq_modeling_block.', shape, rms(x, shape.epsilon) * w[at + 'seq_norm.weight'])
        states |= {f'{name}.{n}': state for name, state in own.items()}
        x = x + y
        normal = rms(x, shape.epsilon) * w[at + 'ffn_norm.weight']
        x = x + (F.silu(normal @ w[at + 'mlp.gate_proj.weight'].T) * (normal @ w[at + 'mlp.up_proj.weight'].T)) @ w[at + 'mlp.down_proj.weight'].T
    head = w['model.embed_tokens.weight' if shape.tied else 'lm_head.weight']
    return (rms(x, shape.epsilon) * w['model.norm.weight']) @ head.T, states


def random_weights(shape: Shape, generator: torch.Generator) -> Weights:
    """Inner models far from zero, rates from small to large, reaches of either side of 1 / (i + 1), convolutions of either sign."""
    weights = {}
    for name, size in parameter_shapes(shape).items():
        noise = torch.randn(size, generator=generator, dtype=torch.float64)
        if name.endswith('token_idx'):
            weight = noise * 0.1
        elif name.endswith(('.W1', '.W2')):
            weight = noise * 0.7 / math.sqrt(size[1])
        elif name.endswith(('.b1', '.b2', 'bias')):
            weight = noise * 0.3
        elif name.endswith('lr_weight'):
            weight = noise * 1.5 / math.sqrt(size[-1])
        elif len(size) == 3:
            weight = noise * 0.6
        elif len(size) == 2 and 'norm' not in name:
            weight = noise * 1.5 / math.sqrt(size[1])
        else:
            weight = 1 + noise * 0.3
        weights[name] = weight.float()
    return weights
