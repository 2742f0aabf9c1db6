import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import { openCheckpoint, syncFolder, writeFileAtomically, writeTensors } from '@palimpsest/checkpoints';
import type { PalimpsestConfig, TensorToWrite } from '@palimpsest/checkpoints';
import { loadTokenizer } from '@palimpsest/tokenizer';
import { parseCard } from './card.js';
import type { ModelCard } from './card.js';
import { renderModelPage } from './model-page.js';
import { checkVocabulary } from './vocabulary.js';

export interface ModelToExport {
  /** Its last part becomes the model's name. What stands there is replaced. */
  readonly directory: string;
  readonly config: PalimpsestConfig;
  /** One per parameter, by its name. */
  readonly weights: ReadonlyMap<string, TensorToWrite>;
  /** A folder with tokenizer.json and tokenizer_config.json, which are copied. */
  readonly tokenizerDirectory: string;
  readonly card: ModelCard;
}

const largestFloat16 = 65_504;
const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'chat_template.jinja'] as const;

/**
 * Writes a model folder: config.json, model.safetensors in float16, tokenizer files, card.json, and README.md made from card and config.
 * The folder is written beside its place, opened and checked as `openModel` would, and then put there whole. Should the process end
 * between the two renames that takes, the former model lies in `DIRECTORY.previous`.
 *
 * @throws PalimpsestError or TokenizerError when weights, config, tokenizer or card do not fit together, or a weight is beyond float16;
 * the place is left as it was.
 */
export async function exportModel({ directory, config, weights, tokenizerDirectory, card }: ModelToExport): Promise<void> {
  const place = resolve(directory);
  const partial = `${place}.partial`;
  checkRange(weights);
  const checkedCard = parseCard('card', card);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    const json = (value: unknown): readonly string[] => [`${JSON.stringify(value, null, 2)}\n`];
    await writeFileAtomically(join(partial, 'config.json'), json(config));
    await writeTensors(join(partial, 'model.safetensors'), weights, { type: 'F16', metadata: { format: 'pt' } });
    for (const name of tokenizerFiles) await copyIfPresent(join(tokenizerDirectory, name), join(partial, name));
    await writeFileAtomically(join(partial, 'card.json'), json(checkedCard));
    const { vocabulary, definition } = await openCheckpoint(partial);
    checkVocabulary(partial, vocabulary, await loadTokenizer(partial));
    const parameters = definition.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
    await writeFileAtomically(join(partial, 'README.md'), [renderModelPage(basename(place), checkedCard, config, parameters)]);
    await replaceFolder(partial, place);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

function checkRange(weights: ModelToExport['weights']): void {
  for (const [name, { data }] of weights) {
    const beyond = data.findIndex((value) => !(Math.abs(value) <= largestFloat16));
    if (beyond >= 0) {
      throw new PalimpsestError({ where: `weights: ${name}`, expected: `numbers within ±${largestFloat16}, as float16 holds`, got: `${data[beyond]} at ${beyond}`, hint: 'Did training diverge?' });
    }
  }
}

async function copyIfPresent(from: string, to: string): Promise<void> {
  await copyFile(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function replaceFolder(from: string, to: string): Promise<void> {
  const previous = `${to}.previous`;
  const exists = await stat(to).then(() => true, () => false);
  if (exists) {
    await rm(previous, { recursive: true, force: true });
    await rename(to, previous);
  }
  await rename(from, to);
  await syncFolder(dirname(to));
  await rm(previous, { recursive: true, force: true });
}
