"""training-step/muon: two steps of Keller Jordan's Muon on a wide and a tall matrix, in float32 throughout.

https://kellerjordan.github.io/posts/muon/. The published code orthogonalises in bfloat16; here it is float32.
"""

import torch

from fixture import Fixture, largest_difference

MATRICES = {'wide': (5, 13), 'tall': (17, 7)}
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
SETTINGS = {'learning_rate': 0.023, 'momentum': 0.95, 'weight_decay': 0.11, 'iterations': 5}


def orthogonalised(update: torch.Tensor, iterations: int) -> torch.Tensor:
    """Newton-Schulz iteration of degree 5 towards the nearest orthogonal matrix; leaves singular values of roughly 0.5 to 1.5."""
    a, b, c = COEFFICIENTS
    rows, columns = update.shape
    x = update.T if rows > columns else update
    x = x / (x.norm() + 1e-7)
    for _ in range(iterations):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if rows > columns else x


def steps(weight: torch.Tensor, gradients: list[torch.Tensor]) -> dict[str, torch.Tensor]:
    beta, rate = SETTINGS['momentum'], SETTINGS['learning_rate']
    momentum = torch.zeros_like(weight)
    trace = {}
    for count, gradient in enumerate(gradients, 1):
        momentum = beta * momentum + (1 - beta) * gradient
        nesterov = beta * momentum + (1 - beta) * gradient
        rows, columns = weight.shape
        update = orthogonalised(nesterov, SETTINGS['iterations']) * max(1, rows / columns) ** 0.5
        weight = weight * (1 - rate * SETTINGS['weight_decay']) - rate * update
        trace |= {f'momentum.{count}': momentum, f'update.{count}': update, f'after.{count}': weight}
    return trace


def build() -> None:
    generator = torch.Generator().manual_seed(5001)
    tensors, distance = {}, 0.0
    for name, shape in MATRICES.items():
        weight = torch.randn(shape, generator=generator)
        gradients = [torch.randn(shape, generator=generator) * 0.03 for _ in range(2)]
        trace = steps(weight, gradients)
        exact = steps(weight.double(), [gradient.double() for gradient in gradients])
        distance = max(distance, *(largest_difference(trace[key], exact[key]) for key in trace))
        inputs = {'before': weight, 'gradient.1': gradients[0], 'gradient.2': gradients[1]}
        tensors |= {f'{name}.{key}': tensor for key, tensor in (inputs | trace).items()}
    fixture = Fixture('training-step/muon')
    fixture.tensors('steps.safetensors', tensors)
    fixture.json('settings.json', {
        **SETTINGS, 'nesterov': True, 'coefficients': list(COEFFICIENTS), 'scale': 'sqrt(max(1, rows / columns))',
        'decay': 'weight * (1 - learning_rate * weight_decay), then minus learning_rate * update',
    })
    fixture.provenance(
        producer='tools/oracle/muon.py', command='python tools/oracle/make.py training-step/muon', seed=5001,
        dtype='float32 throughout, Newton-Schulz iterations included (the published code runs those in bfloat16)',
        tolerance={'absolute': 1e-5}, largest_distance_from_the_same_in_float64=distance,
        checked_against={'published optimiser with float32 in place of bfloat16': 'python tools/oracle/verify_published.py (see README.md)'},
    )
