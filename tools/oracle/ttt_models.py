"""ttt-linear-tiny, ttt-linear-tiny-mamba, ttt-mlp-tiny, ttt-mlp-tiny-mamba: what the authors' own code says, which is not copied here.

The environment variable TTT_LM_PYTORCH names a checkout of test-time-training/ttt-lm-pytorch.
"""

import importlib
import os
import pathlib
import subprocess
import sys
import types

import torch

import ttt
from fixture import ROOT, Fixture, dump, largest_difference, random_ids

CACHED = 32
COMMON = {
    'architectures': ['TTTForCausalLM'], 'model_type': 'ttt', 'bos_token_id': 1, 'eos_token_id': 2, 'conv_kernel': 4, 'hidden_act': 'silu', 'initializer_range': 0.02,
    'max_position_embeddings': 2048, 'num_hidden_layers': 2, 'pretraining_tp': 1, 'rms_norm_eps': 1e-6, 'scan_checkpoint_group_size': 0, 'torch_dtype': 'float32',
    'use_cache': False, 'mini_batch_size': 16, 'rope_theta': 10000.0,
}
PLAIN = {'pre_conv': False, 'share_qk': False, 'use_gate': False}
MAMBA = {'pre_conv': True, 'share_qk': True, 'use_gate': True}
MODELS = {  # name: config, seed, length
    'ttt-linear-tiny': ({
        **COMMON, **PLAIN, 'hidden_size': 18, 'intermediate_size': 26, 'num_attention_heads': 3, 'ttt_layer_type': 'linear', 'ttt_base_lr': 1.0, 'vocab_size': 53,
        'tie_word_embeddings': True}, 8001, 37),
    'ttt-linear-tiny-mamba': ({
        **COMMON, **MAMBA, 'hidden_size': 20, 'intermediate_size': 22, 'num_attention_heads': 5, 'ttt_layer_type': 'linear', 'ttt_base_lr': 1.0, 'vocab_size': 47,
        'tie_word_embeddings': False, 'rope_theta': 100.0}, 8002, 35),
    'ttt-mlp-tiny': ({
        **COMMON, **PLAIN, 'hidden_size': 18, 'intermediate_size': 26, 'num_attention_heads': 3, 'ttt_layer_type': 'mlp', 'ttt_base_lr': 0.1, 'vocab_size': 53,
        'tie_word_embeddings': False, 'mini_batch_size': 8}, 8003, 37),
    'ttt-mlp-tiny-mamba': ({
        **COMMON, **MAMBA, 'hidden_size': 12, 'intermediate_size': 22, 'num_attention_heads': 3, 'ttt_layer_type': 'mlp', 'ttt_base_lr': 0.1, 'vocab_size': 47,
        'tie_word_embeddings': True}, 8004, 39),
}
STEPS = 10
ADAMW = {'lr': 0.003, 'betas': (0.9, 0.95), 'eps': 1e-8, 'weight_decay': 0.1}


def published() -> tuple[types.ModuleType, str]:
    """The authors' module, and the commit of the checkout."""
    folder = pathlib.Path(os.environ['TTT_LM_PYTORCH'])
    sys.path.insert(0, str(folder))
    sys.modules.pop('ttt')  # ours has the same name
    module = importlib.import_module('ttt')
    sys.path.remove(str(folder))
    sys.modules['ttt'] = ttt
    commit = subprocess.run(['git', '-C', str(folder), 'rev-parse', 'HEAD'], capture_output=True, text=True, check=True).stdout.strip()
    return module, commit


def load(module: types.ModuleType, config: dict, weights: ttt.Weights) -> torch.nn.Module:
    module.TTTForCausalLM._tied_weights_keys = {}  # transformers 5 wants a table; the head is tied by hand
    model = module.TTTForCausalLM(module.TTTConfig(**{key: value for key, value in config.items() if key not in ('architectures', 'model_type', 'torch_dtype')}))
    if config['tie_word_embeddings']:
        model.lm_head.weight = model.model.embed_tokens.weight
        weights = {**weights, 'lm_head.weight': weights['model.embed_tokens.weight']}
    model.load_state_dict(weights)
    return model.eval()


def says(model: torch.nn.Module, ids: torch.Tensor, cache: object = None) -> torch.Tensor:
    """Logits; a tuple, because the published output classes have fields that transformers 5 renames."""
    return model(ids, cache_params=cache, use_cache=cache is not None, return_dict=False)[0]


def build(name: str) -> None:
    config, seed, length = MODELS[name]
    shape = ttt.shape_of(config)
    generator = torch.Generator().manual_seed(seed)
    weights = ttt.random_weights(shape, generator)
    ids = random_ids(generator, 2, length, shape.vocabulary)
    module, commit = published()
    model = load(module, config, weights)
    with torch.inference_mode():
        logits = says(model, ids)
        cache = module.TTTCache(model.model, 2)
        says(model, ids[:, :CACHED], cache)
        rows = [says(model, ids[:, t:t + 1], cache) for t in range(CACHED, length)]
        found = {f'{key}.{n}': state for key, states in cache.ttt_params_dict.items() for n, state in states.items()}
    outputs = {'logits': logits, 'logits_after_prefix': torch.cat(rows, 1)}
    exact, states = ttt.run({key: weight.double() for key, weight in weights.items()}, shape, ids)
    distance = {
        'logits': largest_difference(logits, exact), 'logits_after_prefix': largest_difference(outputs['logits_after_prefix'], exact[:, CACHED:]),
        'states': max(largest_difference(found[key], state) for key, state in states.items()),
    }
    assert max(distance.values()) < 5e-5, distance
    assert found.keys() == states.keys()

    fixture = Fixture(name)
    (fixture.folder / 'config.json').write_text(dump(config) + '\n')
    fixture.tensors('model.safetensors', weights)
    fixture.json('inputs.json', {'ids': ids.tolist(), 'positions': list(range(length)), 'cached': CACHED})
    fixture.tensors('outputs.safetensors', {**outputs, **found, 'logits_float64': exact})
    fixture.provenance(
        producer=f'TTTForCausalLM of test-time-training/ttt-lm-pytorch at {commit}; *_float64 by tools/oracle/ttt.py, whose inner gradients are autograd\'s',
        command=f'TTT_LM_PYTORCH=… python tools/oracle/make.py {name}', seed=seed,
        dtype='float32 weights, logits and states; *_float64 computed and stored in float64 from the same weights',
        tolerance={'float32 implementation, absolute': 1e-4, 'float64 implementation against *_float64, absolute': 1e-9},
        largest_distance_of_published_code_from_float64=distance,
        moved_by_learning=round(max(largest_difference(states[f'W1_states.{n}'], weights[f'model.layers.{n}.seq_modeling_block.W1'].expand_as(states[f'W1_states.{n}'])) for n in range(shape.layers)), 3),
        logit_range=[round(logits.min().item(), 3), round(logits.max().item(), 3)],
    )


def build_step(name: str) -> None:
    """The loss and every gradient of one step in float64, and the authors' losses over ten steps of AdamW on the same batch."""
    config, _, length = MODELS[name]
    shape = ttt.shape_of(config)
    stored = ttt.random_weights(shape, torch.Generator().manual_seed(MODELS[name][1]))
    generator = torch.Generator().manual_seed(8100)
    ids = random_ids(generator, 2, length + 1, shape.vocabulary)
    inputs, targets = ids[:, :-1], ids[:, 1:]

    def loss(logits: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())

    parameters = {key: weight.double().requires_grad_() for key, weight in stored.items()}
    value = loss(ttt.run(parameters, shape, inputs)[0])
    value.backward()
    exact = {key: parameter.grad for key, parameter in parameters.items()}

    module, commit = published()
    model = load(module, config, stored).train()
    optimizer = torch.optim.AdamW(model.parameters(), **ADAMW)
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        own = loss(says(model, inputs))
        own.backward()
        if step == 0:
            found = {key: parameter.grad.clone() for key, parameter in model.named_parameters()}
        optimizer.step()
        losses.append(own.item())
    assert found.keys() == exact.keys()
    distance = max(largest_difference(found[key], gradient) / gradient.abs().max().item() for key, gradient in exact.items())
    assert distance < 2e-4, distance

    fixture = Fixture(f'training-step/{name}')
    fixture.tensors('gradients.safetensors', {key: gradient.float() for key, gradient in exact.items()})
    fixture.json('step.json', {
        'objective': 'next token: mean cross-entropy over all rows', 'inputs': inputs.tolist(), 'targets': targets.tolist(), 'loss': value.item(),
        'gradient_norm': torch.cat([gradient.flatten() for gradient in exact.values()]).norm().item(), 'losses': losses,
        'adamw': {
            'learning_rate': ADAMW['lr'], 'beta1': ADAMW['betas'][0], 'beta2': ADAMW['betas'][1], 'epsilon': ADAMW['eps'], 'weight_decay': ADAMW['weight_decay'],
            'without_weight_decay': [],
        },
    })
    fixture.provenance(
        producer=f'torch autograd through tools/oracle/ttt.py; losses of ten steps by TTTForCausalLM of test-time-training/ttt-lm-pytorch at {commit} and torch.optim.AdamW',
        command=f'TTT_LM_PYTORCH=… python tools/oracle/make.py training-step/{name}', seed=8100,
        dtype='gradients computed in float64 from the float32 weights of the model fixture, stored as float32; losses in float32',
        tolerance={'gradients and loss, relative to the largest entry of a tensor': 1e-4, 'losses of ten steps, absolute': 1e-4}, weights=f'fixtures/{name}/model.safetensors',
        largest_relative_distance_of_published_gradients_in_float32=float(f'{distance:.2e}'),
    )
