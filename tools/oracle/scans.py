"""Mamba-1, Mamba-2 and Falcon Mamba as recurrences, token by token, in whatever precision the weights have.

Gu & Dao 2023 (arXiv:2312.00752), algorithm 2; Dao & Gu 2024 (arXiv:2405.21060), section 6. Weights under Hugging Face's names.
"""

import dataclasses

import torch
import torch.nn.functional as F

Weights = dict[str, torch.Tensor]


@dataclasses.dataclass(frozen=True)
class Shape:
    vocabulary: int
    width: int
    layers: int
    inner: int
    state: int
    kernel: int
    epsilon: float
    tied: bool
    rank: int = 0  # Mamba-1: width of the steps' bottleneck
    plain_norm: float = 0.0  # Falcon Mamba: epsilon of the norms without weights
    heads: int = 0  # Mamba-2 from here on
    groups: int = 0
    norm_groups: int = 0
    step_limit: tuple[float, float] = (0.0, float('inf'))


def mixer_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    if shape.heads:
        channels = shape.inner + 2 * shape.groups * shape.state
        return {
            'in_proj.weight': (shape.inner + channels + shape.heads, shape.width), 'conv1d.weight': (channels, 1, shape.kernel), 'conv1d.bias': (channels,),
            'dt_bias': (shape.heads,), 'A_log': (shape.heads,), 'D': (shape.heads,), 'norm.weight': (shape.inner,), 'out_proj.weight': (shape.width, shape.inner),
        }
    return {
        'in_proj.weight': (2 * shape.inner, shape.width), 'conv1d.weight': (shape.inner, 1, shape.kernel), 'conv1d.bias': (shape.inner,),
        'x_proj.weight': (shape.rank + 2 * shape.state, shape.inner), 'dt_proj.weight': (shape.inner, shape.rank), 'dt_proj.bias': (shape.inner,),
        'A_log': (shape.inner, shape.state), 'D': (shape.inner,), 'out_proj.weight': (shape.width, shape.inner),
    }


def parameter_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {'backbone.embeddings.weight': (shape.vocabulary, shape.width)}
    for n in range(shape.layers):
        shapes[f'backbone.layers.{n}.norm.weight'] = (shape.width,)
        shapes |= {f'backbone.layers.{n}.mixer.{name}': size for name, size in mixer_shapes(shape).items()}
    shapes['backbone.norm_f.weight'] = (shape.width,)
    if not shape.tied:
        shapes['lm_head.weight'] = (shape.vocabulary, shape.width)
    return shapes


def rms(x: torch.Tensor, epsilon: float) -> torch.Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon)


def convolve(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """silu of the causal depthwise convolution; x [batch, length, channels]."""
    kernel = weight.shape[-1]
    padded = F.pad(x, (0, 0, kernel - 1, 0))
    taps = [padded[:, j:j + x.shape[1]] * weight[:, 0, j] for j in range(kernel)]
    return F.silu(sum(taps) + bias)


def mamba1(w: Weights, at: str, shape: Shape, x: torch.Tensor) -> torch.Tensor:
    u, z = (x @ w[at + 'in_proj.weight'].T).chunk(2, -1)
    u = convolve(u, w[at + 'conv1d.weight'], w[at + 'conv1d.bias'])
    low, b, c = (u @ w[at + 'x_proj.weight'].T).split([shape.rank, shape.state, shape.state], -1)
    if shape.plain_norm:
        low, b, c = (rms(part, shape.plain_norm) for part in (low, b, c))
    step = F.softplus(low @ w[at + 'dt_proj.weight'].T + w[at + 'dt_proj.bias'])
    a = -torch.exp(w[at + 'A_log'])
    h = torch.zeros(x.shape[0], shape.inner, shape.state, dtype=x.dtype)
    outputs = []
    for t in range(x.shape[1]):
        h = torch.exp(step[:, t, :, None] * a) * h + (step[:, t] * u[:, t])[..., None] * b[:, t, None, :]
        outputs.append((h * c[:, t, None, :]).sum(-1) + w[at + 'D'] * u[:, t])
    return (torch.stack(outputs, 1) * F.silu(z)) @ w[at + 'out_proj.weight'].T


def mamba2(w: Weights, at: str, shape: Shape, x: torch.Tensor) -> torch.Tensor:
    batch, length, _ = x.shape
    per_head, shared = shape.inner // shape.heads, shape.groups * shape.state
    z, convolved, raw = (x @ w[at + 'in_proj.weight'].T).split([shape.inner, shape.inner + 2 * shared, shape.heads], -1)
    u, b, c = convolve(convolved, w[at + 'conv1d.weight'], w[at + 'conv1d.bias']).split([shape.inner, shared, shared], -1)
    u = u.view(batch, length, shape.heads, per_head)
    b, c = (part.view(batch, length, shape.groups, shape.state).repeat_interleave(shape.heads // shape.groups, 2) for part in (b, c))
    step = F.softplus(raw + w[at + 'dt_bias']).clamp(*shape.step_limit)
    fade = torch.exp(-step * torch.exp(w[at + 'A_log']))
    h = torch.zeros(batch, shape.heads, per_head, shape.state, dtype=x.dtype)
    outputs = []
    for t in range(length):
        h = fade[:, t, :, None, None] * h + (step[:, t, :, None] * u[:, t])[..., None] * b[:, t, :, None, :]
        outputs.append((h * c[:, t, :, None, :]).sum(-1) + w[at + 'D'][:, None] * u[:, t])
    gated = torch.stack(outputs, 1).reshape(batch, length, shape.inner) * F.silu(z)
    normal = rms(gated.view(batch, length, shape.norm_groups, -1), shape.epsilon).reshape(batch, length, shape.inner)
    return (normal * w[at + 'norm.weight']) @ w[at + 'out_proj.weight'].T


def logits(w: Weights, shape: Shape, ids: torch.Tensor) -> torch.Tensor:
    """ids [batch, length] -> [batch, length, vocabulary]."""
    mixer = mamba2 if shape.heads else mamba1
    x = w['backbone.embeddings.weight'][ids]
    for n in range(shape.layers):
        at = f'backbone.layers.{n}.'
        x = x + mixer(w, at + 'mixer.', shape, rms(x, shape.epsilon) * w[at + 'norm.weight'])
    head = w['backbone.embeddings.weight' if shape.tied else 'lm_head.weight']
    return (rms(x, shape.epsilon) * w['backbone.norm_f.weight']) @ head.T
