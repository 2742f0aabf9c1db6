"""Greedy autoregressive decoding with a key/value cache, one sequence. A line may be {"prompt": [ids]}."""

import argparse
import time

import torch

import model as transformer
import repetitions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    transformer.add_arguments(parser)
    repetitions.add_arguments(parser)
    parser.add_argument('--prompt-length', type=int, default=16)
    parser.add_argument('--new-tokens', type=int, default=128)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    capacity = arguments.prompt_length + arguments.new_tokens
    model = transformer.open_model(arguments, causal=True, maximum_length=capacity).eval()
    default_prompt = [(37 * i + 5) % model.config.vocabulary for i in range(arguments.prompt_length)]

    @torch.inference_mode()
    def repetition(line: dict) -> dict:
        prompt = line.get('prompt', default_prompt)
        if len(prompt) > arguments.prompt_length:
            raise SystemExit(f'prompt of {len(prompt)} tokens; --prompt-length is {arguments.prompt_length}')
        start = time.perf_counter()
        caches = [transformer.Cache(model.config, 1, capacity) for _ in model.blocks]
        ids = [model(torch.tensor([prompt]), caches, last_row_only=True).argmax().item()]
        first = time.perf_counter()
        while len(ids) < arguments.new_tokens:
            ids.append(model(torch.tensor([ids[-1:]]), caches).argmax().item())
        end = time.perf_counter()
        return {
            'milliseconds': (end - start) * 1e3, 'milliseconds_to_first_token': (first - start) * 1e3,
            'milliseconds_per_token': (end - start) * 1e3 / len(ids), 'tokens': len(ids), 'tokens_per_second': len(ids) / (end - start),
            'forward_passes': len(ids), 'ids': ids,
        }

    repetitions.serve(arguments, model, repetition)


if __name__ == '__main__':
    main()
