"""LLaDA's published generation loop at temperature 0 with low-confidence commits, one block as long as the canvas.

A line may be {"steps": 64, "prompt": [ids]}.
"""

import argparse
import time

import torch

import model as transformer
import repetitions


def quotas(open_positions: int, steps: int) -> list[int]:
    return [open_positions // steps + (step < open_positions % steps) for step in range(steps)]


@torch.inference_mode()
def generate(model: transformer.Transformer, prompt: list[int], canvas: int, steps: int, shifted: bool) -> list[int]:
    mask = model.config.mask
    x = torch.full((1, len(prompt) + canvas), mask)
    x[0, :len(prompt)] = torch.tensor(prompt, dtype=torch.long)
    for quota in quotas(canvas, steps):
        open_cells = x == mask
        logits = model(x)
        if shifted:
            logits = torch.cat([logits[:, :1], logits[:, :-1]], 1)
        proposed = logits.argmax(-1)
        confidence = logits.softmax(-1).gather(-1, proposed[..., None])[..., 0]
        confidence = torch.where(open_cells, confidence, -torch.inf)
        chosen = confidence[0].topk(quota).indices
        x[0, chosen] = proposed[0, chosen]
    return x[0, len(prompt):].tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    transformer.add_arguments(parser)
    repetitions.add_arguments(parser)
    parser.add_argument('--canvas', type=int, default=128, help='tokens to generate')
    parser.add_argument('--prompt-length', type=int, default=0, help='longest prompt that a line may bring')
    parser.add_argument('--steps', type=int, default=128, help='unless a line says otherwise')
    parser.add_argument('--shifted', action='store_true', help='row i predicts token i + 1')
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = transformer.open_model(arguments, causal=False, maximum_length=arguments.prompt_length + arguments.canvas).eval()

    def repetition(line: dict) -> dict:
        steps, prompt = line.get('steps', arguments.steps), line.get('prompt', [])
        start = time.perf_counter()
        ids = generate(model, prompt, arguments.canvas, steps, arguments.shifted)
        seconds = time.perf_counter() - start
        return {
            'milliseconds': seconds * 1e3, 'milliseconds_per_pass': seconds * 1e3 / steps, 'forward_passes': steps, 'tokens': len(ids),
            'tokens_per_second': len(ids) / seconds, 'ids': ids,
        }

    repetitions.serve(arguments, model, repetition)


if __name__ == '__main__':
    main()
