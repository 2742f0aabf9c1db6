"""Mamba-2 in plain eager PyTorch, written to be quick at short lengths: the scan as one masked product over the whole row (Dao & Gu 2024,
arXiv:2405.21060, section 6, the quadratic form), the convolution depthwise, norms and embedding as in packages/ssm."""

import dataclasses

import torch
import torch.nn.functional as F
from torch import nn


@dataclasses.dataclass(frozen=True)
class Config:
    vocabulary: int
    width: int
    layers: int
    heads: int
    head_size: int
    state_size: int
    kernel: int = 4
    epsilon: float = 1e-5


def rms(x: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:
    return F.rms_norm(x, (x.shape[-1],), weight, epsilon)


class Mixer(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        inner = config.heads * config.head_size
        self.inner, self.channels = inner, inner + 2 * config.state_size
        self.in_proj = nn.Linear(config.width, inner + self.channels + config.heads, bias=False)
        self.conv1d = nn.Conv1d(self.channels, self.channels, config.kernel, groups=self.channels, padding=config.kernel - 1)
        self.dt_bias = nn.Parameter(torch.full((config.heads,), -4.0))
        self.A_log = nn.Parameter(torch.log(torch.linspace(1, 16, config.heads)))
        self.D = nn.Parameter(torch.ones(config.heads))
        self.norm = nn.Parameter(torch.ones(inner))
        self.out_proj = nn.Linear(inner, config.width, bias=False)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        config, (batch, length, _) = self.config, hidden.shape
        z, convolved, raw = self.in_proj(hidden).split([self.inner, self.channels, config.heads], -1)
        convolved = F.silu(self.conv1d(convolved.transpose(1, 2))[..., :length]).transpose(1, 2)
        x, b, c = convolved.split([self.inner, config.state_size, config.state_size], -1)
        step = F.softplus(raw + self.dt_bias)  # [batch, length, heads]
        x = x.reshape(batch, length, config.heads, config.head_size).transpose(1, 2)  # [batch, heads, length, size]
        total = (step * -self.A_log.exp()).cumsum(1).transpose(1, 2)  # logarithms of what is left since the start
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        left = (total[..., :, None] - total[..., None, :]).masked_fill(later, -torch.inf).exp()  # [batch, heads, length, length]
        weights = left * (c @ b.transpose(1, 2))[:, None]
        y = weights @ (x * step.transpose(1, 2)[..., None]) + self.D[:, None, None] * x
        y = y.transpose(1, 2).reshape(batch, length, self.inner)
        return self.out_proj(rms(y * F.silu(z), self.norm, config.epsilon))


class Mamba2(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.norms = nn.ParameterList(torch.ones(config.width) for _ in range(config.layers + 1))
        self.mixers = nn.ModuleList(Mixer(config) for _ in range(config.layers))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.embedding(ids)
        for norm, mixer in zip(self.norms, self.mixers):
            x = x + mixer(rms(x, norm, self.config.epsilon))
        return F.linear(rms(x, self.norms[-1], self.config.epsilon), self.embedding.weight)
