"""Shows that the peers compute what the fixtures of tools/oracle say: logits, cached decoding, Mamba-2, LLaDA's loop, Muon."""

import json
import pathlib
import types

import torch
from safetensors.torch import load_file

import diffusion
import mamba2_model
import model as transformer
import training

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / 'tools/oracle/fixtures'


def check_model(name: str, qk_norm: bool) -> None:
    folder = FIXTURES / name
    config = transformer.config_from_folder(folder, qk_norm)
    inputs, expected = json.loads((folder / 'inputs.json').read_text()), load_file(folder / 'outputs.safetensors')
    ids, cached = torch.tensor(inputs['ids']), inputs['cached']
    for causal, key in ((True, 'logits'), (False, 'logits_bidirectional')):
        model = transformer.Transformer(config, causal, ids.shape[1])
        model.load(folder)
        report(f'{name} {key}', model(ids), expected[key])
    model = transformer.Transformer(config, True, ids.shape[1])
    model.load(folder)
    caches = [transformer.Cache(config, len(ids), ids.shape[1]) for _ in model.blocks]
    model(ids[:, :cached], caches)
    rows = [model(ids[:, i:i + 1], caches) for i in range(cached, ids.shape[1])]
    report(f'{name} with a cache', torch.cat(rows, 1), expected['logits_after_prefix'])


def check_scan() -> None:
    folder = FIXTURES / 'mamba2-tiny'
    config = json.loads((folder / 'config.json').read_text())
    model = mamba2_model.Mamba2(mamba2_model.Config(
        config['vocab_size'], config['hidden_size'], config['num_hidden_layers'], config['num_heads'], config['head_dim'], config['state_size']))
    own = {'backbone.embeddings.weight': 'embedding.weight', 'backbone.norm_f.weight': f'norms.{config["num_hidden_layers"]}'}
    for layer in range(config['num_hidden_layers']):
        own[f'backbone.layers.{layer}.norm.weight'] = f'norms.{layer}'
        own[f'backbone.layers.{layer}.mixer.norm.weight'] = f'mixers.{layer}.norm'
    name = lambda stored: own.get(stored, stored.replace('backbone.layers.', 'mixers.').replace('.mixer.', '.'))
    model.load_state_dict({name(stored): tensor for stored, tensor in load_file(folder / 'model.safetensors').items()})
    ids = torch.tensor(json.loads((folder / 'inputs.json').read_text())['ids'])
    report('mamba2-tiny', model(ids), load_file(folder / 'outputs.safetensors')['logits'])


def check_diffusion() -> None:
    folder = FIXTURES / 'llada-sampler'
    tables, stored = load_file(folder / 'tables.safetensors'), json.loads((folder / 'cases.json').read_text())

    def model(x: torch.Tensor) -> torch.Tensor:
        canvas = x[0]
        logits = tables['place'][:len(canvas)].clone()
        logits[1:] += tables['left'][canvas[:-1]]
        logits[:-1] += tables['right'][canvas[1:]]
        return logits[None]

    model.config = types.SimpleNamespace(mask=stored['mask'])
    for case in stored['cases']:
        if case['block_length'] == case['generate_length']:
            ids = diffusion.generate(model, case['prompt'], case['generate_length'], case['steps'], shifted=False)
            report(f'LLaDA loop, {case["name"]}', torch.tensor(case['prompt'] + ids), torch.tensor(case['trace'][-1]['canvas']))


def check_muon() -> None:
    folder = FIXTURES / 'training-step/muon'
    expected, settings = load_file(folder / 'steps.safetensors'), json.loads((folder / 'settings.json').read_text())
    for name in ('wide', 'tall'):
        parameter = torch.nn.Parameter(expected[f'{name}.before'].clone())
        optimiser = training.Muon(
            [{'params': [parameter], 'parts': len(parameter)}], settings['learning_rate'], settings['momentum'], settings['weight_decay'])
        for count in (1, 2):
            parameter.grad = expected[f'{name}.gradient.{count}'].clone()
            optimiser.step()
            report(f'Muon, {name}, step {count}', parameter, expected[f'{name}.after.{count}'])


def report(what: str, found: torch.Tensor, expected: torch.Tensor) -> None:
    distance = (found - expected).abs().max().item()
    print(f'{what}: largest distance {distance:.1e}')
    if not distance < 2e-5:
        raise SystemExit(1)


with torch.no_grad():
    check_model('llama-tiny', qk_norm=False)
    check_model('qwen3-tiny', qk_norm=True)
    check_scan()
    check_diffusion()
    check_muon()
