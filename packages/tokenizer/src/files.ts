import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, TokenizerError } from './error.js';
import type { TokenizerFiles } from './parse.js';
import { createTokenizer } from './tokenizer.js';
import type { Tokenizer } from './tokenizer.js';

/**
 * Opens a Hugging Face directory: tokenizer.json and tokenizer_config.json, and where they are present
 * special_tokens_map.json, generation_config.json, config.json and chat_template.jinja.
 *
 * @throws TokenizerError when a file is missing or malformed.
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const path = (name: string): string => join(directory, name);
  const [specialTokensMap, generationConfig, modelConfig] = await Promise.all(
    ['special_tokens_map.json', 'generation_config.json', 'config.json'].map((name) => readOptionalJson(path(name))),
  );
  const chatTemplate = await readOptional(path('chat_template.jinja'));
  return createTokenizer({
    tokenizerJson: await readJson(path('tokenizer.json')),
    tokenizerConfig: await readJson(path('tokenizer_config.json')),
    ...(specialTokensMap !== undefined && { specialTokensMap }),
    ...(generationConfig !== undefined && { generationConfig }),
    ...(modelConfig !== undefined && { modelConfig }),
    ...(chatTemplate !== undefined && { chatTemplate }),
  });
}

/**
 * Writes tokenizer.json, tokenizer_config.json and, if present, chat_template.jinja; the other files are the model's.
 * Each file is replaced whole or not at all.
 */
export async function saveTokenizer(directory: string, { tokenizerJson, tokenizerConfig, chatTemplate }: TokenizerFiles): Promise<void> {
  await mkdir(directory, { recursive: true });
  if (chatTemplate !== undefined) await replaceFile(join(directory, 'chat_template.jinja'), chatTemplate);
  await replaceFile(join(directory, 'tokenizer_config.json'), `${JSON.stringify(tokenizerConfig, null, 2)}\n`);
  await replaceFile(join(directory, 'tokenizer.json'), `${JSON.stringify(tokenizerJson, null, 2)}\n`);
}

async function replaceFile(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, text, { flush: true });
  await rename(partial, path);
}

async function readJson(path: string): Promise<unknown> {
  const value = await readOptionalJson(path);
  if (value === undefined) {
    const hint = 'A tokenizer is a directory with tokenizer.json and tokenizer_config.json.';
    throw new TokenizerError({ where: path, expected: 'a file', got: 'none', hint });
  }
  return value;
}

async function readOptionalJson(path: string): Promise<unknown> {
  const text = await readOptional(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TokenizerError({
      where: path,
      expected: 'JSON',
      got: `${text.length} characters that are not (${messageOf(cause)})`,
      hint: 'The file may be cut short: copy or download it again.',
      cause,
    });
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new TokenizerError({ where: path, expected: 'a file that can be read', got: `'${messageOf(cause)}'`, cause });
  }
}
