import type { Backbone } from '@palimpsest/backbone';
import { uniformAt } from '@palimpsest/sampling';

interface NaiveOptions {
  readonly backbone: Backbone;
  readonly prompt: readonly number[];
  readonly canvasLength: number;
  readonly suffix: readonly number[];
  readonly fixed: readonly { readonly position: number; readonly id: number }[];
  readonly blockLength: number;
  readonly steps: number;
  readonly order: 'low confidence' | 'random' | 'margin' | 'entropy';
  readonly temperature: number;
  readonly topP: number;
  readonly banned: readonly number[];
  readonly editing?: { readonly threshold: number; readonly looks: number; readonly finishedBlocks: number };
  readonly seed: number;
}

/** What stands after a step, by position. */
export interface NaiveStep {
  readonly text: readonly number[];
  /** The text with what was proposed in place of every cell that is open still. */
  readonly draft: readonly number[];
  /** In nats, of the model's own distributions that the step was decided by. */
  readonly entropy: readonly number[];
}

/**
 * LLaDA's published `generate`, with two more orders, in plain loops over all logits of all positions: the oracle of
 * `generateMaskedDiffusion`.
 *
 * @returns each step that committed something.
 */
export async function generateNaive(options: NaiveOptions): Promise<NaiveStep[]> {
  const { backbone, prompt, canvasLength, suffix, fixed, blockLength, steps, order, temperature, topP, banned, editing, seed } = options;
  const mask = backbone.vocabulary.mask!;
  const text = [...prompt, ...new Array<number>(canvasLength).fill(mask), ...suffix];
  const open = text.map((_, position) => position >= prompt.length && position < prompt.length + canvasLength);
  for (const { position, id } of fixed) {
    text[position] = id;
    open[position] = false;
  }
  const done: NaiveStep[] = [];
  const blocks = canvasLength / blockLength;
  let step = 0;
  const given = open.map((isOpen) => !isOpen);
  const proposalsOf = (logits: readonly number[][]): number[] => logits.map((row, position) => propose(row, temperature, topP, new Set([...banned, mask]), uniformAt(seed, step, position)));
  /** Written tokens of the block and of so many before it, where another one is likely enough now. */
  const edit = (block: number, logits: readonly number[][], proposals: readonly number[]): boolean => {
    let edited = false;
    for (let position = prompt.length; editing !== undefined && position < prompt.length + (block + 1) * blockLength; position++) {
      const within = position >= prompt.length + (block - editing.finishedBlocks) * blockLength && !given[position] && !open[position];
      const id = proposals[position]!;
      if (!within || id === text[position] || softmaxOf(logits[position]!)[id]! <= editing.threshold) continue;
      text[position] = id;
      edited = true;
    }
    return edited;
  };
  for (let block = 0; block < blocks; block++) {
    const start = prompt.length + block * blockLength;
    const openAtStart = open.filter((isOpen, position) => isOpen && position >= start && position < start + blockLength).length;
    for (let inBlock = 0; inBlock < steps / blocks; inBlock++) {
      const quota = Math.floor(openAtStart / (steps / blocks)) + (inBlock < openAtStart % (steps / blocks) ? 1 : 0);
      if (quota === 0) continue;
      const logits = await shiftedLogits(backbone, text);
      const entropies = logits.map((row) => -softmaxOf(row).reduce((sum, probability) => sum + probability * Math.log(probability), 0));
      const proposals = proposalsOf(logits);
      const confidence = text.map((_, position) => {
        if (!open[position] || position < start || position >= start + blockLength) return -Infinity;
        if (order === 'random') return uniformAt(seed, step, position, 0);
        const probabilities = softmaxOf(logits[position]!);
        const [first, second] = probabilities.toSorted((a, b) => b - a);
        if (order === 'margin') return first! - second!;
        if (order === 'entropy') return -entropies[position]!;
        return probabilities[proposals[position]!]!;
      });
      edit(block, logits, proposals);
      const ranked = confidence.map((_, position) => position).sort((a, b) => confidence[b]! - confidence[a]! || a - b);
      for (const position of ranked.slice(0, quota)) {
        text[position] = proposals[position]!;
        open[position] = false;
      }
      done.push({ text: [...text], draft: text.map((id, position) => (open[position] ? proposals[position]! : id)), entropy: entropies });
      step++;
    }
    for (let look = 0; look < (editing?.looks ?? 0); look++) {
      const logits = await shiftedLogits(backbone, text);
      const edited = edit(block, logits, proposalsOf(logits));
      step++;
      if (!edited) break;
      done.push({ text: [...text], draft: [...text], entropy: [] });
    }
  }
  return done;
}

async function shiftedLogits(backbone: Backbone, text: readonly number[]): Promise<number[][]> {
  await using context = await backbone.open();
  const { logits } = await context.score(Int32Array.from(text), { give: 'logits' });
  const { size } = backbone.vocabulary;
  const rows = text.map((_, row) => Array.from(logits.slice(row * size, (row + 1) * size)));
  return backbone.prediction === 'same' ? rows : [rows[0]!, ...rows.slice(0, -1)];
}

function propose(row: readonly number[], temperature: number, topP: number, never: ReadonlySet<number>, uniform: number): number {
  const allowed = row.map((logit, id) => (never.has(id) ? -Infinity : logit));
  if (temperature === 0) return allowed.indexOf(Math.max(...allowed));
  const probabilities = softmaxOf(allowed.map((logit) => logit / temperature));
  const kept = new Set<number>();
  let mass = 0;
  for (const id of [...row.keys()].sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)) {
    if (mass >= topP) break;
    kept.add(id);
    mass += probabilities[id]!;
  }
  let cumulative = 0;
  return probabilities.findIndex((probability, id) => kept.has(id) && (cumulative += probability) > uniform * mass);
}

function softmaxOf(row: readonly number[]): number[] {
  const largest = Math.max(...row);
  const weights = row.map((logit) => Math.exp(logit - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
