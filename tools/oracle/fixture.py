"""Writes a fixture folder: safetensors for numbers, JSON for ids, provenance.json for where it came from."""

import datetime
import json
import pathlib
import platform
import shutil

import safetensors
import safetensors.torch
import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parent / 'fixtures'


class Fixture:
    """A folder under fixtures/, emptied when it is opened."""

    def __init__(self, name: str):
        self.folder = ROOT / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def tensors(self, name: str, tensors: dict[str, torch.Tensor]) -> None:
        plain = {key: value.detach().contiguous().clone() for key, value in tensors.items()}
        safetensors.torch.save_file(plain, self.folder / name, metadata={'format': 'pt'})

    def json(self, name: str, value: object) -> None:
        (self.folder / name).write_text(dump(value) + '\n')

    def provenance(self, *, producer: str, command: str, seed: int | list[int], dtype: str, tolerance: dict, **more: object) -> None:
        self.json('provenance.json', {
            'producer': producer,
            'command': command,
            'versions': {
                'python': platform.python_version(),
                'torch': torch.__version__,
                'transformers': transformers.__version__,
                'safetensors': safetensors.__version__,
            },
            'seed': seed,
            'dtype': dtype,
            'tolerance': tolerance,
            'date': datetime.date.today().isoformat(),
            **more,
        })


def dump(value: object, indent: str = '') -> str:
    """JSON with one line for each list that holds no object."""
    inner = indent + '  '
    if isinstance(value, dict) and value:
        rows = [f'{inner}{json.dumps(key)}: {dump(item, inner)}' for key, item in value.items()]
        return '{\n' + ',\n'.join(rows) + f'\n{indent}}}'
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return '[\n' + ',\n'.join(inner + dump(item, inner) for item in value) + f'\n{indent}]'
    return json.dumps(value)


def random_ids(generator: torch.Generator, batch: int, length: int, vocabulary: int) -> torch.Tensor:
    return torch.randint(vocabulary, (batch, length), generator=generator)


def random_weights(shapes: dict[str, tuple[int, ...]], generator: torch.Generator) -> dict[str, torch.Tensor]:
    """float32 weights that leave attention far from uniform and no norm weight at one."""
    weights = {}
    for name, shape in shapes.items():
        noise = torch.randn(shape, generator=generator, dtype=torch.float64)
        if len(shape) == 2:
            weight = noise * 1.5 / shape[1] ** 0.5
        elif name.endswith('bias'):
            weight = noise * 0.4
        else:
            weight = 1 + noise * 0.3
        weights[name] = weight.float()
    return weights


def largest_difference(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(f'{(a.double() - b.double()).abs().max().item():.2e}')
