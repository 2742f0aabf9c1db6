"""One whole training step: zero_grad, forward, cross-entropy, backward, clip_grad_norm_, optimiser."""

import argparse
import time

import torch
import torch.nn.functional as F

import model as transformer
import repetitions


class Muon(torch.optim.Optimizer):
    """Keller Jordan's, https://kellerjordan.github.io/posts/muon/, Newton-Schulz in float32: CPUs are slow at bfloat16.

    A group's `parts` are the row counts of matrices that are stored as one; each is orthogonalised by itself.
    """

    def __init__(self, groups: list[dict], lr: float, momentum: float, weight_decay: float):
        super().__init__(groups, {'lr': lr, 'momentum': momentum, 'weight_decay': weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for parameter in group['params']:
                state = self.state[parameter]
                momentum = state.setdefault('momentum', torch.zeros_like(parameter))
                momentum.lerp_(parameter.grad, 1 - group['momentum'])
                update = parameter.grad.lerp(momentum, group['momentum'])
                parameter.mul_(1 - group['lr'] * group['weight_decay'])
                for rows, part in zip(parameter.split(group['parts']), update.split(group['parts'])):
                    rows.sub_(orthogonalised(part), alpha=group['lr'] * max(1, part.shape[0] / part.shape[1]) ** 0.5)


def orthogonalised(update: torch.Tensor) -> torch.Tensor:
    tall = update.shape[0] > update.shape[1]
    x = update.T if tall else update
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return x.T if tall else x


def optimisers(model: transformer.Transformer, name: str) -> list[torch.optim.Optimizer]:
    adamw = {'lr': 1e-3, 'betas': (0.9, 0.95), 'weight_decay': 0.1, 'fused': True}
    if name == 'adamw':
        return [torch.optim.AdamW(model.parameters(), **adamw)]
    groups = [
        {'params': [matrix], 'parts': parts}
        for block in model.blocks
        for matrix, parts in (
            (block.qkv.weight, block.rows), (block.output.weight, block.output.weight.shape[0]),
            (block.gate_up.weight, model.config.hidden), (block.down.weight, block.down.weight.shape[0]))
    ]
    hidden = {id(group['params'][0]) for group in groups}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in hidden]
    return [Muon(groups, lr=0.02, momentum=0.95, weight_decay=0.1), torch.optim.AdamW(rest, **adamw)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    transformer.add_arguments(parser)
    repetitions.add_arguments(parser)
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--length', type=int, default=128)
    parser.add_argument('--microbatch', type=int, help='rows per forward and backward pass; the whole batch without it')
    parser.add_argument('--steps', type=int, default=1, help='steps in one repetition')
    parser.add_argument('--optimiser', choices=['adamw', 'muon'], default='adamw')
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    model = transformer.open_model(arguments, causal=True, maximum_length=arguments.length)
    parameters = list(model.parameters())
    steps = optimisers(model, arguments.optimiser)
    rows = arguments.microbatch or arguments.batch
    if arguments.batch % rows:
        parser.error(f'--microbatch {rows} does not divide --batch {arguments.batch}')
    generator = torch.Generator().manual_seed(arguments.seed)

    def step() -> float:
        ids = torch.randint(model.config.vocabulary, (arguments.batch, arguments.length + 1), generator=generator)
        for optimiser in steps:
            optimiser.zero_grad(set_to_none=True)
        total = 0.0
        for part in ids.split(rows):
            logits = model(part[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), part[:, 1:].flatten()) * (rows / arguments.batch)
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for optimiser in steps:
            optimiser.step()
        return total

    def repetition(_: dict) -> dict:
        start = time.perf_counter()
        losses = [step() for _ in range(arguments.steps)]
        seconds = time.perf_counter() - start
        tokens = arguments.batch * arguments.length * arguments.steps
        return {'milliseconds': seconds * 1e3, 'tokens': tokens, 'tokens_per_second': tokens / seconds, 'loss': losses[-1]}

    repetitions.serve(arguments, model, repetition)


if __name__ == '__main__':
    main()
