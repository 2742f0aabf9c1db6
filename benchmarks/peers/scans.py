"""Mamba-2 by transformers' own class: prefill of a prompt, or greedy decoding after it, one sequence. A line is {"prompt": [ids], "new_tokens": n}."""

import argparse
import json
import resource
import sys
import time

import torch
import transformers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--weights', required=True, help='a Hugging Face folder')
    parser.add_argument('--threads', type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    transformers.logging.set_verbosity_error()
    model = transformers.AutoModelForCausalLM.from_pretrained(arguments.weights, dtype=torch.float32).eval()

    @torch.inference_mode()
    def repetition(prompt: list[int], new_tokens: int) -> dict:
        start = time.perf_counter()
        answer = model(torch.tensor([prompt]), use_cache=True, logits_to_keep=1)
        ids = [answer.logits[0, -1].argmax().item()]
        first = time.perf_counter()
        while len(ids) < new_tokens:
            answer = model(torch.tensor([ids[-1:]]), cache=answer.cache, use_cache=True)
            ids.append(answer.logits[0, -1].argmax().item())
        end = time.perf_counter()
        return {'prefill_milliseconds': (first - start) * 1e3, 'decode_milliseconds': (end - first) * 1e3 / max(1, new_tokens - 1), 'ids': ids}

    repetition([5, 42, 79], 3)
    emit({'ready': True, 'engine': f'transformers {transformers.__version__}, PyTorch {torch.__version__} eager', 'parameters': model.num_parameters()})
    for line in sys.stdin:
        asked = json.loads(line)
        emit({**repetition(asked['prompt'], asked['new_tokens']), 'peak_bytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024})


def emit(value: dict) -> None:
    print(json.dumps(value), flush=True)


if __name__ == '__main__':
    main()
