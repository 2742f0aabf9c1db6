"""layers: values and gradients of single layers at odd sizes, all float64.

Each case is one safetensors file: `input.*` and `parameter.*` go in, `output` comes out, `seed` is the gradient of some
loss by the output, and `gradient.NAME` is the gradient of that loss by the input or parameter of that name.
"""

import dataclasses
from collections.abc import Callable

import torch
import torch.nn.functional as F

import reference
from fixture import Fixture

Tensors = dict[str, torch.Tensor]
SEED = 7001


@dataclasses.dataclass(frozen=True)
class Case:
    shapes: dict[str, tuple[int, ...]]
    compute: Callable[[Tensors], torch.Tensor]
    settings: dict


def rms_norm(epsilon: float) -> Case:
    return Case(
        {'input.x': (2, 7, 13), 'parameter.weight': (13,)},
        lambda t: reference.rms_norm(t['input.x'], t['parameter.weight'], epsilon), {'epsilon': epsilon})


def layer_norm(epsilon: float, bias: bool) -> Case:
    shapes = {'input.x': (2, 7, 13), 'parameter.weight': (13,), **({'parameter.bias': (13,)} if bias else {})}
    return Case(shapes, lambda t: F.layer_norm(t['input.x'], (13,), t['parameter.weight'], t.get('parameter.bias'), epsilon), {'epsilon': epsilon})


def gated_mlp() -> Case:
    return Case({
        'input.x': (2, 7, 10), 'parameter.gate_proj.weight': (17, 10), 'parameter.up_proj.weight': (17, 10), 'parameter.down_proj.weight': (10, 17),
    }, lambda t: reference.gated_mlp(without(t, 'parameter.'), '', t['input.x']), {'activation': 'silu'})


def rotary(theta: float, first: int) -> Case:
    positions = torch.arange(first, first + 11)
    return Case(
        {'input.x': (2, 3, 11, 10)}, lambda t: reference.rotary(t['input.x'], positions, theta),
        {'theta': theta, 'positions': positions.tolist(), 'layout': '[batch, heads, length, head_dim]; component j turns with j + head_dim / 2'})


def attention(visibility: reference.Visibility, name: str, block_size: int | None, qk_norm: bool, bias: bool) -> Case:
    shape = reference.Shape(
        vocabulary=0, width=14, layers=1, heads=6, kv_heads=2, head_dim=10, hidden=0, theta=7000.0, epsilon=1e-5,
        qk_norm=qk_norm, qkv_bias=bias, output_bias=bias)
    at = 'model.layers.0.self_attn.'
    parameters = {
        'parameter.' + key.removeprefix(at): size for key, size in reference.parameter_shapes(shape).items() if key.startswith(at)}
    may_see = reference.visible(visibility, 7)
    return Case(
        {'input.x': (2, 7, 14), **parameters}, lambda t: reference.attention(without(t, 'parameter.'), '', shape, t['input.x'], may_see),
        {'heads': 6, 'kv_heads': 2, 'head_dim': 10, 'theta': 7000.0, 'epsilon': 1e-5, 'visibility': name, 'block_size': block_size,
         'positions': list(range(7))})


def cross_entropy() -> Case:
    targets = torch.tensor([[3, 0, 16, 9, 9], [12, 1, 5, 16, 2]])
    return Case(
        {'input.logits': (2, 5, 17)}, lambda t: F.cross_entropy(t['input.logits'].flatten(0, 1), targets.flatten(), reduction='none').view(2, 5),
        {'targets': targets.tolist(), 'output': 'one loss for each row, nats'})


CASES = {
    'rms-norm': rms_norm(1e-5),
    'rms-norm-large-epsilon': rms_norm(0.3),
    'layer-norm': layer_norm(1e-5, bias=True),
    'layer-norm-without-bias': layer_norm(0.2, bias=False),
    'gated-mlp': gated_mlp(),
    'rotary': rotary(7000.0, 0),
    'rotary-after-prefix': rotary(500000.0, 1013),
    'attention-causal': attention(reference.causal, 'causal', 1, qk_norm=False, bias=True),
    'attention-bidirectional': attention(reference.bidirectional, 'bidirectional', None, qk_norm=True, bias=False),
    'attention-block-causal': attention(reference.block_causal(3), 'block-causal', 3, qk_norm=True, bias=True),
    'cross-entropy': cross_entropy(),
}


def without(tensors: Tensors, prefix: str) -> Tensors:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def draw(shapes: dict[str, tuple[int, ...]], generator: torch.Generator) -> Tensors:
    tensors = {}
    for name, size in shapes.items():
        noise = torch.randn(size, generator=generator, dtype=torch.float64)
        if name.startswith('parameter.'):
            noise = noise * 1.5 / size[1] ** 0.5 if len(size) == 2 else 1 + 0.3 * noise
        tensors[name] = noise.requires_grad_()
    return tensors


def build() -> None:
    fixture = Fixture('layers')
    generator = torch.Generator().manual_seed(SEED)
    for name, case in CASES.items():
        tensors = draw(case.shapes, generator)
        output = case.compute(tensors)
        seed = torch.randn(output.shape, generator=generator, dtype=torch.float64)
        output.backward(seed)
        gradients = {f'gradient.{key.split(".", 1)[1]}': tensor.grad for key, tensor in tensors.items()}
        fixture.tensors(f'{name}.safetensors', {**tensors, 'output': output, 'seed': seed, **gradients})
    fixture.json('settings.json', {name: case.settings for name, case in CASES.items()})
    fixture.provenance(
        producer='torch autograd through tools/oracle/reference.py, torch.nn.functional.layer_norm and cross_entropy',
        command='python tools/oracle/make.py layers', seed=SEED, dtype='float64',
        tolerance={
            'float64, absolute': 1e-10, 'float32, absolute': 1e-5, 'rotary-after-prefix where the angles are float32, absolute': 3e-4,  # 1023 * 2^-23
        })
