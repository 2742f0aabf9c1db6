"""mamba-tiny, mamba2-tiny, mamba2-tiny-grouped, falcon-mamba-tiny: logits, states, greedy tokens and gradients of transformers' own classes."""

import torch
import transformers

import scans
from fixture import ROOT, Fixture, dump, largest_difference, random_ids

CACHED, GREEDY = 5, 50
COMMON = {
    'bos_token_id': 1, 'eos_token_id': 2, 'pad_token_id': 0, 'conv_kernel': 4, 'hidden_act': 'silu', 'initializer_range': 0.1, 'num_hidden_layers': 2,
    'rescale_prenorm_residual': False, 'residual_in_fp32': True, 'time_step_floor': 0.0001, 'time_step_max': 0.1, 'time_step_min': 0.001,
    'torch_dtype': 'float32', 'use_bias': False, 'use_cache': True, 'use_conv_bias': True, 'layer_norm_epsilon': 1e-5,
}
MAMBA = {
    'architectures': ['MambaForCausalLM'], 'model_type': 'mamba', 'hidden_size': 18, 'd_model': 18, 'intermediate_size': 36, 'd_inner': 36, 'expand': 2, 'state_size': 5,
    'time_step_rank': 3, 'time_step_init_scheme': 'random', 'time_step_scale': 1.0, 'vocab_size': 53, 'n_layer': 2, 'fused_add_norm': True,
    'pad_vocab_size_multiple': 8, 'rms_norm': True, 'ssm_cfg': {}, 'tie_word_embeddings': True, **COMMON,
}
FALCON_MAMBA = {
    'architectures': ['FalconMambaForCausalLM'], 'model_type': 'falcon_mamba', 'hidden_size': 20, 'intermediate_size': 30, 'expand': 16, 'state_size': 7,
    'time_step_rank': 3, 'time_step_init_scheme': 'random', 'time_step_scale': 1.0, 'vocab_size': 59, 'mixer_rms_eps': 2e-3, 'tie_word_embeddings': False, **COMMON,
}
MAMBA2 = {
    'architectures': ['Mamba2ForCausalLM'], 'model_type': 'mamba2', 'hidden_size': 15, 'expand': 2, 'num_heads': 5, 'head_dim': 6, 'state_size': 7, 'n_groups': 1,
    'chunk_size': 4, 'time_step_rank': 1, 'time_step_limit': (0.0, float('inf')), 'vocab_size': 61, 'norm_before_gate': True, 'tie_word_embeddings': True, **COMMON,
}
MAMBA2_GROUPED = {
    **MAMBA2, 'hidden_size': 18, 'num_heads': 6, 'head_dim': 6, 'state_size': 5, 'n_groups': 2, 'chunk_size': 256, 'time_step_limit': (0.3, 1.1),
    'vocab_size': 53, 'tie_word_embeddings': False,
}
MODELS = {  # name: config, seed, length
    'mamba-tiny': (MAMBA, 7001, 11),
    'falcon-mamba-tiny': (FALCON_MAMBA, 7002, 9),
    'mamba2-tiny': (MAMBA2, 7003, 13),
    'mamba2-tiny-grouped': (MAMBA2_GROUPED, 7004, 11),
}


def shape_of(config: dict) -> scans.Shape:
    common = {
        'vocabulary': config['vocab_size'], 'width': config['hidden_size'], 'layers': config['num_hidden_layers'], 'state': config['state_size'],
        'kernel': config['conv_kernel'], 'epsilon': config['layer_norm_epsilon'], 'tied': config['tie_word_embeddings'],
    }
    if config['model_type'] == 'mamba2':
        return scans.Shape(
            **common, inner=config['num_heads'] * config['head_dim'], heads=config['num_heads'], groups=config['n_groups'], norm_groups=config['n_groups'],
            step_limit=config['time_step_limit'])
    return scans.Shape(**common, inner=config['intermediate_size'], rank=config['time_step_rank'], plain_norm=config.get('mixer_rms_eps', 0.0))


def random_weights(shape: scans.Shape, generator: torch.Generator) -> scans.Weights:
    """Decays from slow to quick, steps of every size, convolutions of either sign."""
    weights = {}
    for name, size in scans.parameter_shapes(shape).items():
        noise = torch.randn(size, generator=generator, dtype=torch.float64)
        if name.endswith('A_log'):
            weight = noise * 0.8 - 1
        elif name.endswith('conv1d.weight'):
            weight = noise * 0.6
        elif name.endswith('bias'):
            weight = noise * 0.5 - (0.5 if 'dt_' in name else 0)
        elif len(size) == 2:
            weight = noise * 1.5 / size[1] ** 0.5
        else:
            weight = 1 + noise * 0.3
        weights[name] = weight.float()
    return weights


def load(name: str) -> transformers.PreTrainedModel:
    model, report = transformers.AutoModelForCausalLM.from_pretrained(ROOT / name, dtype=torch.float32, output_loading_info=True)
    assert not report['missing_keys'] and not report['unexpected_keys'], report
    return model.eval()


def greedy(model: transformers.PreTrainedModel, ids: torch.Tensor) -> tuple[list[int], float]:
    """The tokens that follow `ids` [length], and the smallest gap between the two best logits on the way."""
    written, gap = ids.tolist(), float('inf')
    for _ in range(GREEDY):
        best = model(torch.tensor([written]), use_cache=False).logits[0, -1].topk(2)
        gap = min(gap, (best.values[0] - best.values[1]).item())
        written.append(best.indices[0].item())
    return written[len(ids):], gap


def build(name: str) -> None:
    config, first_seed, length = MODELS[name]
    shape = shape_of(config)
    for seed in range(first_seed, first_seed + 1000, 10):  # until no greedy choice is near a tie
        generator = torch.Generator().manual_seed(seed)
        weights = random_weights(shape, generator)
        ids = random_ids(generator, 2, length, shape.vocabulary)
        fixture = Fixture(name)
        (fixture.folder / 'config.json').write_text(dump(config) + '\n')
        fixture.tensors('model.safetensors', weights)
        model = load(name)
        with torch.inference_mode():
            tokens, gap = greedy(model, ids[0, :CACHED])
        if gap > 0.01 and len(set(tokens)) > 12:
            break
    else:
        raise RuntimeError('no seed writes different tokens clear of a tie')

    with torch.inference_mode():
        prefix = model(ids[:, :CACHED], use_cache=True)
        cache = prefix.cache
        states = {}
        for n, layer in enumerate(cache.layers):
            states[f'convolution.{n}'], states[f'state.{n}'] = (states.clone() for states in (*layer.conv_states.values(), *layer.recurrent_states.values()))
        rows = []
        for t in range(CACHED, length):
            rows.append(model(ids[:, t:t + 1], cache=cache, use_cache=True).logits)
        outputs = {'logits': model(ids, use_cache=False).logits, 'logits_after_prefix': torch.cat(rows, 1)}
    exact = scans.logits({key: weight.double() for key, weight in weights.items()}, shape, ids)
    distance = {
        'logits': largest_difference(outputs['logits'], exact),
        'logits_after_prefix': largest_difference(outputs['logits_after_prefix'], exact[:, CACHED:]),
    }
    divergences = []
    if shape.step_limit != (0.0, float('inf')):  # then only the whole sequence tells
        divergences = [f'transformers limits the steps of a whole sequence and not those of single tokens: logits_after_prefix would be off by {distance.pop("logits_after_prefix")}']
        del outputs['logits_after_prefix']
    assert max(distance.values()) < 2e-5, distance

    fixture.json('inputs.json', {'ids': ids.tolist(), 'positions': list(range(length)), 'cached': CACHED, 'greedy': {'prompt': ids[0, :CACHED].tolist(), 'tokens': tokens}})
    fixture.tensors('outputs.safetensors', {**outputs, **states, 'logits_float64': exact})
    fixture.provenance(
        producer=f'transformers {config["architectures"][0]} without kernels; *_float64 by tools/oracle/scans.py',
        command=f'python tools/oracle/make.py {name}', seed=seed,
        dtype='float32 weights, logits and states; *_float64 computed and stored in float64 from the same weights',
        tolerance={'float32 implementation, absolute': 1e-4, 'float64 implementation against *_float64, absolute': 1e-9, 'greedy tokens': 'equal'},
        largest_distance_of_transformers_from_float64=distance, smallest_gap_of_greedy_tokens=round(gap, 4),
        known_divergences=divergences,
        logit_range=[round(outputs['logits'].min().item(), 3), round(outputs['logits'].max().item(), 3)],
    )


def build_step(name: str) -> None:
    """The loss and every gradient of one step in float64."""
    config, _, length = MODELS[name]
    shape = shape_of(config)
    model = load(name)
    parameters = {key: model.state_dict()[key].double().requires_grad_() for key in scans.parameter_shapes(shape)}
    generator = torch.Generator().manual_seed(7100)
    ids = random_ids(generator, 2, length + 1, shape.vocabulary)
    inputs, targets = ids[:, :-1], ids[:, 1:]

    def loss(logits: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())

    value = loss(scans.logits(parameters, shape, inputs))
    value.backward()
    exact = {key: parameter.grad for key, parameter in parameters.items()}
    loss(model(inputs, use_cache=False).logits).backward()
    found = {key: parameter.grad for key, parameter in model.named_parameters()}
    assert found.keys() == exact.keys()
    distance = max(largest_difference(found[key], gradient) / gradient.abs().max().item() for key, gradient in exact.items())
    assert distance < 5e-5, distance

    fixture = Fixture(f'training-step/{name}')
    fixture.tensors('gradients.safetensors', {key: gradient.float() for key, gradient in exact.items()})
    fixture.json('step.json', {
        'objective': 'next token: mean cross-entropy over all rows', 'inputs': inputs.tolist(), 'targets': targets.tolist(), 'loss': value.item(),
        'gradient_norm': torch.cat([gradient.flatten() for gradient in exact.values()]).norm().item(),
    })
    fixture.provenance(
        producer='torch autograd through tools/oracle/scans.py', command=f'python tools/oracle/make.py training-step/{name}', seed=7100,
        dtype='computed in float64 from the float32 weights of the model fixture, stored as float32',
        tolerance={'gradients and loss, relative to the largest entry of a tensor': 1e-4}, weights=f'fixtures/{name}/model.safetensors',
        largest_relative_distance_of_transformers_gradients_in_float32=float(f'{distance:.2e}'),
    )
