import { join } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import { openCheckpoint, palimpsest, readJson, readTensor } from '@palimpsest/checkpoints';
import type { PalimpsestConfig } from '@palimpsest/checkpoints';
import { exportModel } from '@palimpsest/models';
import type { OpenedModel } from '@palimpsest/models';
import type { HeldOut } from './held-out.js';
import type { SampleReport } from './sample-set.js';

export interface Measured {
  readonly model: Pick<OpenedModel, 'directory' | 'card'>;
  readonly heldOut: HeldOut;
  /** One to a setting, the usual one first. */
  readonly reports: readonly SampleReport[];
}

/** Writes what was measured into the model's card and page; the weights stay as they are. @throws PalimpsestError where a folder is not one of ours. */
export async function saveToCard({ model: { directory, card }, heldOut: { natsPerToken }, reports }: Measured): Promise<void> {
  const { family, weights } = await openCheckpoint(directory);
  if (card === undefined || family !== palimpsest.name) throw new PalimpsestError({ where: directory, expected: 'a model trained here, with a card', got: `a ${family} model`, hint: 'Leave out --save.' });
  const { checkerScoreByPassesPerToken: old, ...others } = card; // it stays beside the score that it was measured with
  const curve = reports.flatMap(({ checker, passesPerToken }) => (checker === undefined ? [] : [{ at: Number(passesPerToken.toFixed(3)), score: rounded(checker.score) }]));
  await exportModel({
    directory, tokenizerDirectory: directory,
    config: await readJson(join(directory, 'config.json')) as PalimpsestConfig, // openCheckpoint read it by its schema
    weights: new Map(await Promise.all([...weights].map(async ([name, weight]) => [name, { shape: weight.shape, data: await readTensor(weight.path, weight) }] as const))),
    card: {
      ...others, ...(old !== undefined && others.checkerScore === curve[0]?.score && { checkerScoreByPassesPerToken: old }), heldOutNatsPerToken: rounded(natsPerToken),
      ...(curve[0] && { checkerScore: curve[0].score }),
      ...(curve.length > 1 && { checkerScoreByPassesPerToken: curve }),
    },
  });
}

const rounded = (value: number): number => Number(value.toFixed(4));
