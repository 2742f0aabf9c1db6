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
import types

import safetensors.torch
import torch

import sampler
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


def check_muon(folder: pathlib.Path) -> None:
    source = (folder / 'muon.py').read_text().replace('G.bfloat16()', 'G.float()')
    published: dict = {}
    exec(compile(source, 'muon.py', 'exec'), published)
    trace = safetensors.torch.load_file(ROOT / 'training-step/muon/steps.safetensors')
    settings = json.loads((ROOT / 'training-step/muon/settings.json').read_text())
    for name in ('wide', 'tall'):
        parameter = torch.nn.Parameter(trace[f'{name}.before'].clone())
        optimizer = published['SingleDeviceMuon'](
            [parameter], lr=settings['learning_rate'], weight_decay=settings['weight_decay'], momentum=settings['momentum'])
        for count in (1, 2):
            parameter.grad = trace[f'{name}.gradient.{count}'].clone()
            optimizer.step()
            report(f'muon, {name}, step {count}', largest_difference(parameter, trace[f'{name}.after.{count}']), 1e-6)


class RecordingTables:
    """What generate() needs of a model: remembers every canvas that it was shown."""

    device = 'cpu'

    def __init__(self, dtype: torch.dtype):
        self.tables = sampler.load_tables()
        self.dtype = dtype
        self.seen: list[list[int]] = []

    def __call__(self, canvas: torch.Tensor, attention_mask: None) -> types.SimpleNamespace:
        self.seen.append(canvas[0].tolist())
        return types.SimpleNamespace(logits=sampler.logits_of(self.tables, canvas[0]).to(self.dtype)[None])


def check_llada(folder: pathlib.Path) -> None:
    sys.path.insert(0, str(folder))
    generate = importlib.import_module('generate').generate
    stored = json.loads((ROOT / sampler.NAME / 'cases.json').read_text())
    for dtype in (torch.float64, torch.float32):
        for case in stored['cases']:
            model = RecordingTables(dtype)
            last = generate(
                model, torch.tensor([case['prompt']], dtype=torch.long), steps=case['steps'], gen_length=case['generate_length'],
                block_length=case['block_length'], temperature=0.0, remasking='low_confidence', mask_id=stored['mask'])
            canvases = [*model.seen[1:], last[0].tolist()]
            different = sum(canvas != step['canvas'] for canvas, step in zip(canvases, case['trace'], strict=True))
            report(f'{case["name"]}, {dtype}: {len(canvases)} canvases, different ones', different, 0)


def report(what: str, distance: float, limit: float) -> None:
    print(f'{what}: {distance:.2g}, at most {limit:g}')
    if distance > limit:
        sys.exit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    checks = {'modelling': check_modelling, 'llada': check_llada, 'muon': check_muon}
    for name in checks:
        parser.add_argument(f'--{name}', type=pathlib.Path, metavar='FOLDER')
    given = vars(parser.parse_args())
    for name, check in checks.items():
        if given[name] is not None:
            check(given[name])


main()
