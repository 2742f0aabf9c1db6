"""llada-sampler: LLaDA's reverse process at temperature 0, low-confidence commits, every step recorded.

Written from the paper (arXiv:2502.09992) and the description of the authors' generate();
verify_published.py runs theirs on the same tables and compares every canvas. The "model" is a function anyone can
rewrite in three lines:

    logits[i] = left[token at i - 1] + right[token at i + 1] + place[i]        (no term beyond the ends), float64
"""

import dataclasses

import safetensors.torch
import torch

from fixture import ROOT, Fixture

NAME = 'llada-sampler'
VOCABULARY, MASK, PLACES = 23, 22, 24
SMALLEST_GAP = 1e-3  # between neighbouring confidences, and between the two best logits of an open position

Tables = dict[str, torch.Tensor]


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    prompt: list[int]
    generate: int
    block: int
    steps: int


CASES = [
    Case('one token a step', [5, 17, 2], 12, 12, 12),
    Case('three tokens a step', [5, 17, 2], 12, 12, 4),
    Case('all in one step', [8, 20], 11, 11, 1),
    Case('blocks of four, one token a step', [5, 17, 2], 12, 4, 12),
    Case('blocks of four, two tokens a step', [19, 0, 11, 6, 3], 12, 4, 6),
    Case('no prompt, blocks of five, quotas 2 2 1', [], 15, 5, 9),
    Case('quotas 3 3 2 2 2', [14], 12, 12, 5),
    Case('more steps than tokens, quotas 1 1 1 0', [9, 9, 1, 4], 6, 3, 8),
]


def draw_tables(seed: int) -> Tables:
    generator = torch.Generator().manual_seed(seed)
    tables = {
        'left': torch.randn(VOCABULARY, VOCABULARY, generator=generator) * 1.3,
        'right': torch.randn(VOCABULARY, VOCABULARY, generator=generator) * 1.3,
        'place': torch.randn(PLACES, VOCABULARY, generator=generator),
    }
    for name, table in tables.items():
        table[:, MASK] = -30.0 if name == 'place' else 0.0  # never proposes the mask
    return tables


def logits_of(tables: Tables, canvas: torch.Tensor) -> torch.Tensor:
    """canvas [length] -> [length, vocabulary], float64."""
    left, right, place = (tables[name].double() for name in ('left', 'right', 'place'))
    logits = place[:len(canvas)].clone()
    logits[1:] += left[canvas[:-1]]
    logits[:-1] += right[canvas[1:]]
    return logits


def quotas(open_positions: int, steps: int) -> list[int]:
    return [open_positions // steps + (step < open_positions % steps) for step in range(steps)]


def run(tables: Tables, case: Case) -> tuple[list[dict], float]:
    """The steps, and the smallest gap that a choice hung on."""
    canvas = torch.tensor(case.prompt + [MASK] * case.generate)
    blocks = case.generate // case.block
    trace, gap = [], float('inf')
    for block in range(blocks):
        start = len(case.prompt) + block * case.block
        for quota in quotas(case.block, case.steps // blocks):
            logits = logits_of(tables, canvas)
            best = logits.argmax(-1)
            confidence = logits.softmax(-1).gather(1, best[:, None])[:, 0]
            still_open = [i for i in range(start, start + case.block) if canvas[i] == MASK]
            ranked = sorted(still_open, key=lambda i: -confidence[i].item())
            for earlier, later in zip(ranked, ranked[1:]):
                gap = min(gap, (confidence[earlier] - confidence[later]).item())
            for i in still_open:
                first, second = logits[i].topk(2).values
                gap = min(gap, (first - second).item())
            chosen = ranked[:quota]
            canvas[chosen] = best[chosen]
            trace.append({
                'block': block, 'positions': chosen, 'ids': best[chosen].tolist(),
                'confidence': confidence[chosen].tolist(), 'canvas': canvas.tolist(),
            })
    assert MASK not in canvas
    return trace, gap


def build() -> None:
    for seed in range(6001, 6200):
        tables = draw_tables(seed)
        traces = [run(tables, case) for case in CASES]
        gap = min(gap for _, gap in traces)
        if gap > SMALLEST_GAP:
            break
    else:
        raise RuntimeError('no seed keeps every choice clear of a tie')
    fixture = Fixture(NAME)
    fixture.tensors('tables.safetensors', tables)
    fixture.json('cases.json', {
        'vocabulary': VOCABULARY, 'mask': MASK,
        'cases': [{
            'name': case.name, 'prompt': case.prompt, 'generate_length': case.generate, 'block_length': case.block,
            'steps': case.steps, 'temperature': 0, 'remasking': 'low_confidence', 'trace': trace,
        } for case, (trace, _) in zip(CASES, traces)],
    })
    fixture.provenance(
        producer='tools/oracle/sampler.py', command=f'python tools/oracle/make.py {NAME}', seed=seed,
        dtype='float32 tables, float64 arithmetic', tolerance={'positions, ids, canvas': 'equal', 'confidence, absolute': 1e-6},
        smallest_gap=gap, checked_against={'published generate.py': 'python tools/oracle/verify_published.py (see README.md)'},
    )


def load_tables() -> Tables:
    return safetensors.torch.load_file(ROOT / NAME / 'tables.safetensors')
