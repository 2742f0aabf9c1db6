"""One whole training step of transformers' Mamba-2 at the size that is shipped: zero_grad, forward, cross-entropy, backward, clipping, AdamW."""

import argparse
import json
import resource
import sys
import time

import torch
import transformers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--length', type=int, default=128)
    parser.add_argument('--microbatch', type=int, default=8)
    parser.add_argument('--steps', type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()
    config = transformers.Mamba2Config(
        hidden_size=192, num_hidden_layers=10, num_heads=6, head_dim=64, state_size=64, n_groups=1, expand=2, vocab_size=2048, tie_word_embeddings=True,
        chunk_size=64, use_cache=False, residual_in_fp32=False,
    )
    model = transformers.Mamba2ForCausalLM(config).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)

    def step() -> float:
        ids = torch.randint(config.vocab_size, (arguments.batch, arguments.length))
        optimiser.zero_grad()
        total = 0.0
        for rows in ids.split(arguments.microbatch):
            logits = model(rows, use_cache=False).logits
            loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), rows[:, 1:].flatten(), reduction='sum') / (arguments.batch * (arguments.length - 1))
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        return total

    step()
    emit({'ready': True, 'engine': f'transformers {transformers.__version__}, PyTorch {torch.__version__} eager', 'parameters': model.num_parameters()})
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in range(arguments.steps):
            loss = step()
        emit({'milliseconds': (time.perf_counter() - start) * 1e3, 'loss': loss, 'peak_bytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024})


def emit(value: dict) -> None:
    print(json.dumps(value), flush=True)


if __name__ == '__main__':
    main()
