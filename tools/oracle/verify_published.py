"""Compares the fixtures with the authors' own code, which is not copied here: give checkouts of it.

  --modelling FOLDER  NVlabs/Fast-dLLM (Apache-2.0): llada/model holds LLaDA's published modelling code
  --llada FOLDER      ML-GSAI/LLaDA: generate.py
  --muon FOLDER       KellerJordan/Muon: muon.py
"""

import argparse
import dataclasses
import importlib
import json
import pathlib
import sys

import safetensors.torch
import torch

from fixture import ROOT, largest_difference


def check_modelling(folder: pathlib.Path) -> None:
    sys.path.insert(0, str(folder / 'llada'))
    configuration = importlib.import_module('model.configuration_llada')
    modelling = importlib.import_module('model.modeling_llada')
    known = {field.name for field in dataclasses.fields(configuration.ModelConfig)}
    for name in ('llada-tiny', 'llada-tiny-tied'):
        config = json.loads((ROOT / name / 'config.json').read_text())
        options = {key: value for key, value in config.items() if key in known}
        model = modelling.LLaDAModel(configuration.ModelConfig(**{**options, 'init_device': 'cpu', 'precision': None}))
        weights = safetensors.torch.load_file(ROOT / name / 'model.safetensors')
        model.load_state_dict({key.removeprefix('model.'): weight for key, weight in weights.items()})
        ids = torch.tensor(json.loads((ROOT / name / 'inputs.json').read_text())['ids'])
        with torch.inference_mode():
            published = model.eval()(ids).logits
        expected = safetensors.torch.load_file(ROOT / name / 'outputs.safetensors')['logits_float64']
        report(f'{name} logits, LLaDAModel in float32', largest_difference(published, expected), 2e-5)


def report(what: str, distance: float, limit: float) -> None:
    print(f'{what}: largest distance {distance:.2e}, limit {limit:.0e}')
    if distance > limit:
        sys.exit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    checks = {'modelling': check_modelling}
    for name in checks:
        parser.add_argument(f'--{name}', type=pathlib.Path, metavar='FOLDER')
    given = vars(parser.parse_args())
    for name, check in checks.items():
        if given[name] is not None:
            check(given[name])


main()
