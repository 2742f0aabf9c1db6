"""python tools/oracle/make.py [NAME...]: writes the named fixtures, or all of them."""

import sys
from functools import partial

import torch

import causal_models
import layers
import llada
import mamba_models
import muon
import sampler
import training_step
import ttt_models

FIXTURES = {
    **{name: partial(causal_models.build, name) for name in causal_models.MODELS},
    **{name: partial(llada.build, name) for name in llada.MODELS},
    **{name: partial(mamba_models.build, name) for name in mamba_models.MODELS},
    **{f'training-step/{name}': partial(mamba_models.build_step, name) for name in mamba_models.MODELS},
    **{f'training-step/{name}': partial(training_step.build, name) for name in ('llama-tiny', 'llada-tiny', 'qwen3-tiny')},
    **{name: partial(ttt_models.build, name) for name in ttt_models.MODELS},
    **{f'training-step/{name}': partial(ttt_models.build_step, name) for name in ttt_models.MODELS},
    'training-step/muon': muon.build,
    sampler.NAME: sampler.build,
    'layers': layers.build,
}


def main() -> None:
    torch.set_num_threads(1)  # the order of float sums must not depend on the machine's cores
    names = sys.argv[1:] or list(FIXTURES)
    unknown = [name for name in names if name not in FIXTURES]
    if unknown:
        sys.exit(f'make.py: unknown fixture {", ".join(unknown)}; known: {", ".join(FIXTURES)}')
    for name in names:
        FIXTURES[name]()
        print(name)


main()
