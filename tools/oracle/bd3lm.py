"""python tools/oracle/bd3lm.py FOLDER: writes fixtures/bd3lm from a checkout of kuleshov-group/bd3lms (Apache-2.0), which is not copied here.

Runs the authors' own mask, noise, loss and sampler, taken out of their files so that their GPU dependencies need not be there, around the
transformer of reference.py in float64.
"""

import ast
import itertools
import pathlib
import sys
import types

import numpy as np
import safetensors.torch
import torch

import causal_models
import reference
from fixture import ROOT, Fixture

COMMIT = '1c3e8f43d88dfbcee5ff2aa6932a9e74b31ae1d7'
MODEL = 'llama-tiny'
SEED = 7001
LENGTH, BLOCK, ROWS = 12, 4, 3
METHODS = [
    '_subs_parameterization', '_sample_t', 'q_xt', '_sigma_from_p', '_forward_pass_diffusion', '_loss', '_maybe_sub_sample', '_sample_prior',
    '_nucleus_sample', '_ddpm_caching_update', '_semi_ar_sampler', '_check_stop_conds', '_compute_entropy',
]


def taken(path: pathlib.Path, names: list[str], namespace: dict) -> dict:
    """Functions and classes of a file by name, and methods of its classes as functions, run in `namespace`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in names:
            node.decorator_list = [] if isinstance(node, ast.FunctionDef) else node.decorator_list
            exec(compile(ast.Module([node], []), str(path), 'exec'), namespace)
    return namespace


def published(folder: pathlib.Path) -> tuple[types.SimpleNamespace, dict]:
    import abc
    from dataclasses import dataclass
    utils = types.SimpleNamespace(print_nans=lambda *_: None)
    space = {'torch': torch, 'np': np, 'itertools': itertools, 'utils': utils, 'tqdm': lambda items: items, 'dataclass': dataclass, 'abc': abc, 'nn': torch.nn}
    taken(folder / 'models/dit.py', ['block_diff_mask'], space)
    taken(folder / 'noise_schedule.py', ['Noise'], space)
    taken(folder / 'noise_schedule.py', ['LogLinearNoise'], space)
    taken(folder / 'diffusion.py', ['_sample_categorical', 'Loss', *METHODS], space)
    return types.SimpleNamespace(**{name: space[name] for name in ('block_diff_mask', 'LogLinearNoise')}), space


def diffusion(space: dict, forward, mask: int) -> object:
    """What the methods need of their class, with the settings of configs/algo/bd3lm.yaml."""
    sampling = types.SimpleNamespace(first_hitting=True, kv_cache=False, nucleus_p=1.0, var_length=False)
    config = types.SimpleNamespace(
        sampling=sampling, training=types.SimpleNamespace(resample=False), model=types.SimpleNamespace(length=LENGTH), algo=types.SimpleNamespace(name='bd3lm'),
        data=types.SimpleNamespace(insert_train_special=False))
    members = {name: space[name] for name in METHODS} | {'forward': forward}
    own = type('Diffusion', (), members)()
    own.__dict__.update(
        config=config, noise=space['LogLinearNoise'](), parameterization='subs', cross_attn=True, ignore_bos=True, block_size=BLOCK, antithetic_sampling=True,
        mask_index=mask, neg_infinity=-1000000.0, mdlm_loss_scale=False, num_tokens=LENGTH, training=False, device='cpu', dtype=torch.float64,
        tokenizer=types.SimpleNamespace(bos_token_id=1, eos_token_id=2))
    return own


def step(space: dict, block_diff_mask) -> tuple[dict, reference.Weights]:
    config, _, _ = causal_models.MODELS[MODEL]
    shape = causal_models.shape_of(config)
    mask = shape.vocabulary - 1
    stored = safetensors.torch.load_file(ROOT / MODEL / 'model.safetensors')
    parameters = {key: stored[key].double().requires_grad_() for key in reference.parameter_shapes(shape)}
    seen = {}

    def forward(self, x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        seen['xt'] = x[:, :LENGTH]
        visibility = lambda query, key: block_diff_mask(None, None, query, key, block_size=BLOCK, n=LENGTH)  # noqa: E731
        logits = reference.logits(parameters, shape, x, visibility, positions=torch.arange(LENGTH).repeat(2))
        return self._subs_parameterization(logits=logits[:, :LENGTH].clone(), xt=seen['xt'])

    own = diffusion(space, forward, mask)
    sample_t = own._sample_t
    own._sample_t = lambda *given: seen.setdefault('t', sample_t(*given))
    clean = torch.randint(mask, (ROWS, LENGTH))
    loss = own._loss(clean, torch.ones(ROWS, LENGTH)).loss
    loss.backward()
    rates = seen['t'][:, ::BLOCK]
    return {
        'block_size': BLOCK, 'mask': mask, 'clean': clean.tolist(), 'noisy': seen['xt'].tolist(), 'rates': rates.tolist(), 'loss': loss.item(),
    }, {key: parameter.grad for key, parameter in parameters.items()}


def first_hitting(space: dict) -> list[dict]:
    """Which of the masked positions the published sampler reveals, pass by pass; the model's scores depend on the position alone."""
    vocabulary, length = 9, 3 * BLOCK
    table = 2 * torch.randn(length, vocabulary, dtype=torch.float64)

    def forward(self, x: torch.Tensor, sigma: torch.Tensor, sample_mode: bool) -> torch.Tensor:
        return self._subs_parameterization(table[:x.shape[1]][None].clone(), x)

    own = diffusion(space, forward, vocabulary - 1)
    update, passes = own._ddpm_caching_update, []

    def recorded(x: torch.Tensor, t: torch.Tensor, dt: float, p_x0: torch.Tensor | None) -> tuple:
        result = update(x=x, t=t, dt=dt, p_x0=p_x0)
        changed = (result[1] != x)[0].nonzero().flatten().tolist()
        passes.append({'time': t.item(), 'masked': (x[0] == vocabulary - 1).nonzero().flatten().tolist(), 'revealed': changed})
        return result

    own._ddpm_caching_update = recorded
    own._semi_ar_sampler(n_samples=1, num_steps=100, num_strides=length // BLOCK, seqlen=length)
    return passes


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    functions, space = published(pathlib.Path(sys.argv[1]))
    masks = []
    for length, size in ((6, 1), (12, 3), (12, 4), (10, 10)):
        index = torch.arange(2 * length)
        sees = functions.block_diff_mask(None, None, index[:, None], index[None, :], block_size=size, n=length)
        masks.append({'length': length, 'block_size': size, 'sees': [''.join(str(int(cell)) for cell in row) for row in sees]})
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    recorded, gradients = step(space, functions.block_diff_mask)
    fixture = Fixture('bd3lm')
    fixture.json('masks.json', masks)
    fixture.json('step.json', recorded)
    fixture.tensors('gradients.safetensors', {key: gradient.float() for key, gradient in gradients.items()})
    fixture.json('first-hitting.json', first_hitting(space))
    fixture.provenance(
        producer='block_diff_mask, LogLinearNoise, Diffusion._loss and Diffusion._semi_ar_sampler of kuleshov-group/bd3lms, around tools/oracle/reference.py',
        command='python tools/oracle/bd3lm.py CHECKOUT', seed=SEED, dtype='float64, gradients stored as float32',
        tolerance={'masks and first-hitting order': 'equal', 'loss and gradients, relative to the largest entry of a tensor': 1e-5},
        commit=COMMIT, weights=f'fixtures/{MODEL}/model.safetensors',
        divergences=['The published loss gives the mask token no probability; ours counts what a model gives it as lost. The test takes it away in the head.'],
    )


main()
