"""Trains small tokenizers with Hugging Face's `tokenizers` and writes what they make of difficult texts.

Run: python tools/oracle/tokenizer_fixture.py
Writes packages/tokenizer/test/fixtures/hugging-face.json.
"""

import datetime
import json
import pathlib
import platform

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from fixture import dump

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / 'packages' / 'tokenizer' / 'test' / 'fixtures' / 'hugging-face.json'
DOCUMENTS = [
    'The fox sat by the old well. "Where is the lantern?" asked Mira. It wasn\'t there; it\'s lost, they\'ll look.',
    'Mira and the fox looked for the lantern by the well, and the fox found the lantern under the old oak.\n\nThe end.\n',
    'Größe, naïve café: 東京の狐と東京の森 🦊🦊 1234 5678 1234.',
    'def fox(well):\n    return well + 1\n\n\ndef lantern(oak):\n    return fox(oak) + 1\n',
]
TEXTS = [
    'The fox found the lantern.', '  two  spaces and a trailing one ', 'tabs\tand\r\nlines\n\n\n  indented\n', "it's they'll we'd I'M IT'S",
    'Größe naïve café 東京の狐 🦊👩‍👩‍👧 🇯🇵', 'e\u0301 \u1e9b\u0323 \u0130 ﬁ', '\u00a0\u0085\u2028\u3000\ufeff|\u200b', 'x\u0085y \ufeffz  \u0085 w',
    '\U00010000 \U0010ffff \ufffd \ufffe', '1234567 ½ ² Ⅷ ٣', '"Where?" she said... (no!) a,b;c -- d', '\x00\x01\x7f',
    'stop <|end|> now', '<|mask|><|mask|>', '<|en d|> <|begin|', '<s>[MASK]</s> [SEP]', 'a<|end|>b <|begin|>The fox<|end|>',
]
SPECIAL = ['<|begin|>', '<|end|>', '<|mask|>']
DIVERGENCES = [
    {'tokenizer': 'byte-fallback', 'text': 'x\u0085y \ufeffz  \u0085 w',
     'reason': '@huggingface/tokenizers 0.2.0 drops U+FEFF where it begins a run of byte tokens: its TextDecoder takes it for a byte order mark'},
]
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(GPT2), 'isolated'), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, trainers.BpeTrainer(
        vocab_size=330, min_frequency=2, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return tokenizer


def byte_fallback() -> Tokenizer:
    """The parts of a Llama 2 tokenizer: spaces as U+2581, unknown characters as bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token='<unk>', fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend('\u2581'), normalizers.Replace(' ', '\u2581')])
    tokenizer.decoder = decoders.Sequence([decoders.Replace('\u2581', ' '), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(' ', 1, 0)])
    special = ['<unk>', '<s>', '</s>', '[MASK]', *[f'<0x{byte:02X}>' for byte in range(256)]]
    train(tokenizer, trainers.BpeTrainer(vocab_size=380, min_frequency=2, special_tokens=special, limit_alphabet=50, show_progress=False))
    return without_special_bytes(tokenizer)


def without_special_bytes(tokenizer: Tokenizer) -> Tokenizer:
    """The trainer takes the byte tokens only as special ones; in a published tokenizer they are ordinary."""
    written = json.loads(tokenizer.to_str())
    written['added_tokens'] = [token for token in written['added_tokens'] if not token['content'].startswith('<0x')]
    return Tokenizer.from_str(json.dumps(written))


def word_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token='[UNK]'))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', AddedToken('[MASK]', lstrip=True, normalized=False, special=True)]
    train(tokenizer, trainers.WordPieceTrainer(vocab_size=130, min_frequency=1, special_tokens=special, show_progress=False))
    return tokenizer


def train(tokenizer: Tokenizer, trainer: trainers.Trainer) -> None:
    tokenizer.train_from_iterator(DOCUMENTS, trainer)


def cases(tokenizer: Tokenizer) -> list[dict]:
    """`plain` reads special tokens in a text as text, `special` as tokens; neither adds any."""
    rows = []
    for text in TEXTS:
        row = {'text': text}
        for name, as_text in (('plain', True), ('special', False)):
            tokenizer.encode_special_tokens = as_text
            row[name] = tokenizer.encode(text, add_special_tokens=False).ids
        row['decoded'] = tokenizer.decode(row['special'], skip_special_tokens=False)
        row['skipped'] = tokenizer.decode(row['special'], skip_special_tokens=True)
        rows.append(row)
    tokenizer.encode_special_tokens = False
    return rows


def main() -> None:
    built = {'byte-level': byte_level(), 'byte-fallback': byte_fallback(), 'word-piece': word_piece()}
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(dump({
        'provenance': {
            'producer': f'tokenizers {tokenizers.__version__}',
            'command': 'python tools/oracle/tokenizer_fixture.py',
            'python': platform.python_version(),
            'seed': 'none: training is deterministic',
            'dtype': 'token ids',
            'tolerance': 'exact',
            'date': datetime.date.today().isoformat(),
        },
        'divergences': DIVERGENCES,
        'documents': DOCUMENTS,
        'tokenizers': [
            {'name': name, 'tokenizerJson': json.dumps(json.loads(tokenizer.to_str())), 'cases': cases(tokenizer)} for name, tokenizer in built.items()
        ],
    }) + '\n')


if __name__ == '__main__':
    main()
