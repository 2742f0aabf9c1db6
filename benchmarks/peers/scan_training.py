"""One whole training step of Mamba-2: zero_grad, forward, cross-entropy, backward, clip_grad_norm_, AdamW."""

import argparse
import time

import torch
import torch.nn.functional as F

import mamba2_model
import repetitions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    repetitions.add_arguments(parser)
    for name in ('vocabulary', 'width', 'layers', 'heads', 'head-size', 'state-size', 'batch', 'length', 'microbatches', 'steps'):
        parser.add_argument(f'--{name}', type=int, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    model = mamba2_model.Mamba2(mamba2_model.Config(
        arguments.vocabulary, arguments.width, arguments.layers, arguments.heads, arguments.head_size, arguments.state_size))
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    parameters = list(model.parameters())

    def step() -> float:
        ids = torch.randint(arguments.vocabulary, (arguments.batch, arguments.length + 1))
        optimiser.zero_grad(set_to_none=True)
        total = 0.0
        for part in ids.chunk(arguments.microbatches):
            loss = F.cross_entropy(model(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten()) / arguments.microbatches
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        return total

    def repetition(_: dict) -> dict:
        start = time.perf_counter()
        losses = [step() for _ in range(arguments.steps)]
        seconds = time.perf_counter() - start
        return {'milliseconds': seconds * 1e3, 'loss': losses[-1]}

    repetitions.serve(arguments, model, repetition)


if __name__ == '__main__':
    main()
