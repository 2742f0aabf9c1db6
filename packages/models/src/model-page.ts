import { describeLayers } from '@palimpsest/checkpoints';
import type { PalimpsestConfig } from '@palimpsest/checkpoints';
import type { CurvePoint, ModelCard, UsualSampling } from './card.js';

const grouped = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 });
const row = (name: string, value: string | undefined): readonly string[] => (value === undefined ? [] : [`| ${name} | ${value} |`]);
const table = (rows: readonly (readonly string[])[]): readonly string[] => ['| | |', '|---|---|', ...rows.flat()];

function curve(title: string, unit: string, points: readonly CurvePoint[] | undefined): readonly string[] {
  if (points === undefined) return [];
  return ['', `## ${title}`, '', `| ${unit} | score |`, '|---:|---:|', ...points.map(({ at, score }) => `| ${at >= 1000 ? grouped(at) : at} | ${score.toFixed(3)} |`)];
}

function visibilityOf({ visibility_block_size: block, prediction }: PalimpsestConfig): string {
  const who = block === null ? 'every token sees every other' : block === 1 ? 'causal' : `blocks of ${block}`;
  return `${who}; row i predicts token ${prediction === 'same' ? 'i' : 'i + 1'}`;
}

const samplingText = ({ temperature, topP, topK, blockLength, policy, secondLook }: UsualSampling): string => [
  temperature === undefined ? [] : `temperature ${temperature}`, topP === undefined ? [] : `top p ${topP}`, topK === undefined ? [] : `top k ${topK}`,
  blockLength === undefined ? [] : `blocks of ${blockLength}`, policy === undefined ? [] : `policy ${policy}`, secondLook === true ? 'a second look' : [],
].flat().join(', ');

/** The README.md of a model folder: its card and config as one page. */
export function renderModelPage(name: string, card: ModelCard, config: PalimpsestConfig, parameters: number): string {
  const bound = config.visibility_block_size === 1 ? '' : '≤ ';
  const lines = [
    `# ${card.title}`, '', card.description, '',
    '```ts', "import { openModel } from '@palimpsest/models';", '', `await using model = await openModel('${name}');`, '```', '',
    ...table([
      row('parameters', grouped(parameters)),
      row('shape', `${config.num_hidden_layers} layers, width ${config.hidden_size}, ${describeLayers(name, config)}`),
      row('visibility', visibilityOf(config)),
      row('vocabulary', `${grouped(config.vocab_size)} tokens, ${config.tie_word_embeddings ? 'head tied to the embedding' : 'head of its own'}`),
      row('context', `${grouped(config.max_position_embeddings)} tokens`),
      row('data', card.data),
      row('tokens seen', card.tokensSeen === undefined ? undefined : grouped(card.tokensSeen)),
      row('training time', card.trainingSeconds === undefined ? undefined : `${(card.trainingSeconds / 3600).toFixed(1)} hours`),
      row('held-out loss', card.heldOutNatsPerToken === undefined ? undefined : `${bound}${card.heldOutNatsPerToken.toFixed(3)} nats per token`),
      row('checker score', card.checkerScore?.toFixed(3)),
      row('writes best with', card.sampling && samplingText(card.sampling)),
    ]),
    ...curve('Score and training', 'tokens seen', card.checkerScoreByTokensSeen),
    ...curve('Score and cost', 'forward passes per token', card.checkerScoreByPassesPerToken),
    ...(card.notes === undefined ? [] : ['', '## Notes', '', ...card.notes.map((note) => `- ${note}`)]),
    ...(card.command === undefined ? [] : ['', '## Train it again', '', '```sh', card.command, '```']),
  ];
  return `${lines.join('\n')}\n`;
}
