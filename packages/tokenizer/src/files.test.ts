import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trainByteLevelBpe } from './byte-level-bpe/train.js';
import { TokenizerError } from './error.js';
import { loadTokenizer, saveTokenizer } from './files.js';
import { createTokenizer } from './tokenizer.js';

const trained = trainByteLevelBpe({ documents: ['the fox, the well, the fox'], vocabularySize: 270, specialTokens: { end: '<|end|>', mask: '<|mask|>' } });
let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tokenizer-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('saveTokenizer and loadTokenizer', () => {
  test('give the tokenizer back, in a directory that did not exist', async () => {
    const inner = join(directory, 'a', 'b');
    await saveTokenizer(inner, { ...trained, chatTemplate: '{{ messages[0].content }}<|end|>' });
    expect((await readdir(inner)).sort()).toEqual(['chat_template.jinja', 'tokenizer.json', 'tokenizer_config.json']);
    const tokenizer = await loadTokenizer(inner);
    expect(tokenizer.special).toEqual({ end: 0, mask: 1 });
    expect(tokenizer.decode(tokenizer.chat([{ role: 'user', content: 'the fox' }]))).toBe('the fox<|end|>');
    expect(tokenizer.encode('the fox').length).toBe(2);
  });

  test('read the mask from the model\'s config.json', async () => {
    await saveTokenizer(directory, trained);
    await writeFile(join(directory, 'tokenizer_config.json'), '{}');
    await writeFile(join(directory, 'config.json'), '{"mask_token_id": 0, "eos_token_id": 1}');
    await writeFile(join(directory, 'special_tokens_map.json'), '{"pad_token": "<|end|>"}');
    await writeFile(join(directory, 'generation_config.json'), '{"eos_token_id": [0, 1]}');
    expect((await loadTokenizer(directory)).special).toEqual({ mask: 0, end: 0, pad: 0 });
  });

  test('a save that is cut short leaves the old file', async () => {
    await saveTokenizer(directory, trained);
    const before = await readFile(join(directory, 'tokenizer.json'), 'utf8');
    const unwritable = { get version(): never { throw new Error('cut short'); } };
    await expect(saveTokenizer(directory, { ...trained, tokenizerJson: unwritable })).rejects.toThrow('cut short');
    await writeFile(join(directory, 'tokenizer.json.partial'), '{"version": "1.0", "tru');
    expect(await readFile(join(directory, 'tokenizer.json'), 'utf8')).toBe(before);
    expect((await loadTokenizer(directory)).vocabularySize).toBe(createTokenizer(trained).vocabularySize);
    await saveTokenizer(directory, trained);
    expect(await readdir(directory)).not.toContain('tokenizer.json.partial');
  });

  test('say which file is missing or torn', async () => {
    await expect(loadTokenizer(directory)).rejects.toThrow(/tokenizer\.json: expected a file; got none\. A tokenizer is a directory with/);
    await saveTokenizer(directory, trained);
    await rm(join(directory, 'tokenizer_config.json'));
    await expect(loadTokenizer(directory)).rejects.toThrow(/tokenizer_config\.json: expected a file; got none/);
    await writeFile(join(directory, 'tokenizer_config.json'), '{"bos_tok');
    await expect(loadTokenizer(directory)).rejects.toThrow(/tokenizer_config\.json: expected JSON; got 9 characters that are not .* cut short/s);
    await expect(loadTokenizer(join(directory, 'tokenizer.json'))).rejects.toThrow(TokenizerError);
  });
});
