"""Runs a measurement once for every line on standard input and prints one line of JSON for each, so that a driver can alternate sides."""

import argparse
import dataclasses
import json
import resource
import sys
from collections.abc import Callable

import torch

import model as transformer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--warmup', type=int, default=2, help='repetitions before the first that counts')
    parser.add_argument('--repeat', type=int, help='run this many at once instead of waiting for lines')


def serve(arguments: argparse.Namespace, model: transformer.Transformer, repetition: Callable[[dict], dict]) -> None:
    """A line is empty or a JSON object that repetition() reads. The first line out says {"ready": true, ...}."""
    for _ in range(arguments.warmup):
        repetition({})
    config = dataclasses.asdict(model.config)
    settings = {key: str(value) if key == 'weights' and value else value for key, value in vars(arguments).items() if key not in config}
    parameters = sum(parameter.numel() for parameter in model.parameters())
    emit({'ready': True, 'engine': f'PyTorch {torch.__version__} eager', 'parameters': parameters, 'model': config, **settings})
    lines = ['' for _ in range(arguments.repeat)] if arguments.repeat is not None else sys.stdin
    for line in lines:
        emit({**repetition(json.loads(line) if line.strip() else {}), 'peak_bytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024})


def emit(value: dict) -> None:
    print(json.dumps(value), flush=True)
