"""TTT by the authors' own PyTorch code (a checkout of test-time-training/ttt-lm-pytorch, --code), one sequence: prefill of a prompt and greedy
decoding after it for {"prompt": [ids], "new_tokens": n}; loss and gradients of rows of tokens for {"rows": [[ids]]}.
"""

import argparse
import importlib
import json
import pathlib
import resource
import sys
import time

import safetensors.torch
import torch
import transformers


def load(code: str, folder: pathlib.Path) -> tuple[object, torch.nn.Module]:
    sys.path.insert(0, code)
    published = importlib.import_module('ttt')
    published.TTTForCausalLM._tied_weights_keys = {}  # transformers 5 wants a table; the head is tied by hand
    config = json.loads((folder / 'config.json').read_text())
    model = published.TTTForCausalLM(published.TTTConfig(**{key: value for key, value in config.items() if key != 'model_type'}))
    weights = safetensors.torch.load_file(folder / 'model.safetensors')
    model.lm_head.weight = model.model.embed_tokens.weight
    model.load_state_dict({**weights, 'lm_head.weight': weights['model.embed_tokens.weight']})
    return published, model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--code', required=True)
    parser.add_argument('--weights', required=True, type=pathlib.Path)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--clock', choices=['wall', 'processor'], default='wall')
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    transformers.logging.set_verbosity_error()
    clock = time.process_time if arguments.clock == 'processor' else time.perf_counter
    published, model = load(arguments.code, arguments.weights)

    @torch.inference_mode()
    def write(prompt: list[int], new_tokens: int) -> dict:
        cache = published.TTTCache(model.model, 1)

        def best(ids: list[int]) -> int:  # the trunk of all, the head of the last
            hidden = model.model(torch.tensor([ids]), cache_params=cache, use_cache=True, return_dict=False)[0]
            return model.lm_head(hidden[:, -1:]).argmax().item()

        start = clock()
        ids = [best(prompt)]
        first = clock()
        while len(ids) < new_tokens:
            ids.append(best(ids[-1:]))
        return {'prefill_milliseconds': (first - start) * 1e3, 'decode_milliseconds': (clock() - first) * 1e3 / max(1, new_tokens - 1), 'ids': ids}

    def learn(rows: list[list[int]]) -> dict:
        ids = torch.tensor(rows)
        start = clock()
        model.zero_grad(set_to_none=True)
        logits = model(ids[:, :-1], use_cache=False, return_dict=False)[0]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        return {'milliseconds': (clock() - start) * 1e3, 'loss': loss.item()}

    emit({'ready': True, 'engine': f'ttt-lm-pytorch on PyTorch {torch.__version__} eager', 'parameters': sum(parameter.numel() for parameter in model.parameters())})
    for line in sys.stdin:
        asked = json.loads(line)
        answer = learn(asked['rows']) if 'rows' in asked else write(asked['prompt'], asked['new_tokens'])
        emit({**answer, 'peak_bytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024})


def emit(value: dict) -> None:
    print(json.dumps(value), flush=True)


if __name__ == '__main__':
    main()
