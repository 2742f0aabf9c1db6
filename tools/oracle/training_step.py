"""training-step/NAME: loss and every gradient of one step in float64, then two AdamW steps on the same batch."""

from collections.abc import Callable

import safetensors.torch
import torch
import torch.nn.functional as F

import causal_models
import llada
import reference
from fixture import ROOT, Fixture, largest_difference

ADAMW = {  # every setting of a case is odd and its own; epsilon is large enough to show where it enters
    'llama-tiny': {'lr': 0.0137, 'betas': (0.87, 0.953), 'eps': 3e-4, 'weight_decay': 0.071},
    'llada-tiny': {'lr': 0.0091, 'betas': (0.91, 0.978), 'eps': 1.7e-4, 'weight_decay': 0.19},
}
Loss = Callable[[torch.Tensor], torch.Tensor]  # logits [batch, length, vocabulary] -> scalar


def next_token(targets: torch.Tensor) -> Loss:
    """Mean cross-entropy over all rows; row i is scored on targets[i], the token after inputs[i]."""
    return lambda logits: F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def masked_diffusion(clean: torch.Tensor, masked: torch.Tensor, rate: torch.Tensor) -> Loss:
    """LLaDA, GUIDELINES.md: sum over masked cells of cross-entropy / rate, divided by batch times length."""
    def loss(logits: torch.Tensor) -> torch.Tensor:
        each = F.cross_entropy(logits.flatten(0, 1), clean.flatten(), reduction='none').view(clean.shape)
        return (each * masked / rate[:, None].to(each.dtype)).sum() / clean.numel()
    return loss


def gradients(parameters: reference.Weights, shape: reference.Shape, ids: torch.Tensor, visibility: reference.Visibility, loss: Loss) -> float:
    """Sets .grad of every parameter; gives the loss."""
    for parameter in parameters.values():
        parameter.grad = None
    value = loss(reference.logits(parameters, shape, ids, visibility))
    value.backward()
    return value.item()


def case_of(name: str) -> tuple[reference.Shape, dict, torch.Tensor, reference.Visibility, Loss]:
    if name == 'llada-tiny':
        config, _, length = llada.MODELS[name]
        generator = torch.Generator().manual_seed(4002)
        clean = torch.randint(config['mask_token_id'], (2, length), generator=generator)
        rate = torch.tensor([0.37, 0.81], dtype=torch.float64)
        masked = torch.rand(2, length, generator=generator) < rate[:, None]
        noisy = clean.masked_fill(masked, config['mask_token_id'])
        step = {
            'objective': 'masked diffusion: sum over masked cells of cross-entropy / rate of the row, divided by batch * length',
            'inputs': noisy.tolist(), 'targets': clean.tolist(), 'masked': masked.int().tolist(), 'rate': rate.tolist(),
        }
        return llada.shape_of(config), step, noisy, reference.bidirectional, masked_diffusion(clean, masked, rate)
    config, _, length = causal_models.MODELS[name]
    generator = torch.Generator().manual_seed(4001)
    ids = torch.randint(config['vocab_size'], (2, length + 1), generator=generator)
    step = {'objective': 'next token: mean cross-entropy over all rows', 'inputs': ids[:, :-1].tolist(), 'targets': ids[:, 1:].tolist()}
    return causal_models.shape_of(config), step, ids[:, :-1], reference.causal, next_token(ids[:, 1:])


def distance_of_transformers(name: str, shape: reference.Shape, weights: reference.Weights, ids: torch.Tensor,
                             visibility: reference.Visibility, loss: Loss, exact: reference.Weights) -> float:
    """Largest difference of any gradient from transformers' in float32, relative to the largest entry of its tensor."""
    if name == 'llada-tiny':
        model = llada.as_llama(shape, weights)
    else:
        model = causal_models.load(name)
    mask = causal_models.additive(visibility, *ids.shape)
    loss(model(ids, attention_mask=mask, use_cache=False).logits).backward()
    found = {key: parameter.grad for key, parameter in model.named_parameters()}
    assert found.keys() == exact.keys()
    return max(largest_difference(found[key], gradient) / gradient.abs().max().item() for key, gradient in exact.items())


def build(name: str) -> None:
    shape, step, ids, visibility, loss = case_of(name)
    published = llada.llada_name if name == 'llada-tiny' else str
    stored = safetensors.torch.load_file(ROOT / name / 'model.safetensors')
    weights = {key: stored[published(key)] for key in reference.parameter_shapes(shape)}
    parameters = {key: weight.double().requires_grad_() for key, weight in weights.items()}

    step['loss'] = gradients(parameters, shape, ids, visibility, loss)
    first = {key: parameter.grad.clone() for key, parameter in parameters.items()}
    step['gradient_norm'] = torch.cat([gradient.flatten() for gradient in first.values()]).norm().item()
    distance = distance_of_transformers(name, shape, weights, ids, visibility, loss, first)
    assert distance < 2e-5, distance

    fixture = Fixture(f'training-step/{name}')
    fixture.tensors('gradients.safetensors', {published(key): gradient.float() for key, gradient in first.items()})
    if name in ADAMW:
        settings = ADAMW[name]
        undecayed = [key for key, parameter in parameters.items() if name == 'llada-tiny' and parameter.ndim < 2]
        optimizer = torch.optim.AdamW([
            {'params': [parameter for key, parameter in parameters.items() if key not in undecayed]},
            {'params': [parameters[key] for key in undecayed], 'weight_decay': 0.0},
        ], **settings)
        for count in (1, 2):
            if count == 2:
                step['loss_before_second_step'] = gradients(parameters, shape, ids, visibility, loss)
            optimizer.step()
            fixture.tensors(f'after-{count}.safetensors', {published(key): parameter.float() for key, parameter in parameters.items()})
        step['adamw'] = {
            'learning_rate': settings['lr'], 'beta1': settings['betas'][0], 'beta2': settings['betas'][1], 'epsilon': settings['eps'],
            'weight_decay': settings['weight_decay'], 'without_weight_decay': [published(key) for key in undecayed],
        }
    fixture.json('step.json', step)
    fixture.provenance(
        producer='torch autograd through tools/oracle/reference.py; torch.optim.AdamW; the second step uses gradients taken anew on the same batch',
        command=f'python tools/oracle/make.py training-step/{name}', seed=4002 if name == 'llada-tiny' else 4001,
        dtype='computed in float64 from the float32 weights of the model fixture, stored as float32',
        tolerance={'gradients and loss, relative to the largest entry of a tensor': 1e-4, 'parameters after a step, absolute': 1e-5},
        weights=f'fixtures/{name}/model.safetensors',
        largest_relative_distance_of_transformers_gradients_in_float32=float(f'{distance:.2e}'),
    )
