import { evaluate, writeOnnx } from '@palimpsest/graph';
import type { Feeds, Reference, Value } from '@palimpsest/graph';
import { relativeDifference } from '@palimpsest/graph/testing';
import { openSession } from '@palimpsest/runtime';
import { buildGradients, nextToken } from '@palimpsest/training';
import type { Batch } from '@palimpsest/training';
import { describe, expect, test } from 'vitest';
import { asFeeds, asReference, batchFeeds, hostTensors, oracleModel } from './oracle.js';
import type { OracleModel, RecordedStep } from './oracle.js';

interface ShapedBatch {
  readonly batch: Batch;
  readonly shape: readonly [number, number];
}

/** The recorded texts, last target included, through our own objective. */
function nextTokenBatch({ inputs, targets }: RecordedStep): ShapedBatch {
  const rows = inputs.map((ids, row) => [...ids, targets[row]!.at(-1)!]);
  const length = rows[0]!.length;
  const batch = nextToken.batch({ rows: rows.length, length, tokens: Int32Array.from(rows.flat()), lengths: Int32Array.from(rows, (row) => row.length) }, 1);
  return { batch, shape: [rows.length, length] };
}

/** The recorded masks; our own objective draws others. */
function maskedBatch({ inputs, targets, masked, rate }: RecordedStep): ShapedBatch {
  const cells = inputs.flat().length;
  const weights = masked!.flatMap((row, i) => row.map((hidden) => hidden / rate![i]! / cells));
  return { batch: { tokens: Int32Array.from(inputs.flat()), targets: Int32Array.from(targets.flat()), weights: Float32Array.from(weights) }, shape: [inputs.length, inputs[0]!.length] };
}

async function recorded(name: string): Promise<{ readonly model: OracleModel; readonly shaped: ShapedBatch; readonly feeds: Feeds; readonly gradients: ReadonlyMap<string, Reference> }> {
  const model = await oracleModel(name);
  const shaped = model.step.masked === undefined ? nextTokenBatch(model.step) : maskedBatch(model.step);
  const feeds = { ...asFeeds(await model.tensors('weights')), ...batchFeeds(shaped.batch, shaped.shape) };
  const gradients = new Map([...await model.tensors('gradients.safetensors')].map(([parameter, tensor]) => [parameter, asReference(tensor)]));
  return { model, shaped, feeds, gradients };
}

const built = ({ definition }: OracleModel, [rows, length]: readonly [number, number], microbatches: number): { readonly loss: Value; readonly gradients: readonly Value[] } =>
  buildGradients({ model: definition, rows, length, microbatches });

/** The largest relative difference, and whose it is. */
const worst = (names: readonly string[], came: readonly Reference[], expected: ReadonlyMap<string, Reference>): readonly [number, string] =>
  names.map((name, i) => [relativeDifference(came[i]!, expected.get(name)!), name] as const).reduce((a, b) => (b[0] > a[0] ? b : a));

describe.each(['llama-tiny', 'llada-tiny', 'qwen3-tiny', 'mamba-tiny', 'falcon-mamba-tiny', 'mamba2-tiny', 'mamba2-tiny-grouped', 'ttt-linear-tiny', 'ttt-linear-tiny-mamba', 'ttt-mlp-tiny', 'ttt-mlp-tiny-mamba'])('one step of %s against PyTorch', (name) => {
  test('the float64 interpreter gives its loss and every gradient', async () => {
    const { model, shaped, feeds, gradients } = await recorded(name);
    const graph = built(model, shaped.shape, 1);
    const [loss, ...came] = evaluate([graph.loss, ...graph.gradients], feeds);
    expect(loss!.data[0]).toBeCloseTo(model.step.loss, 5);
    const names = model.definition.parameters.map((parameter) => parameter.name);
    expect(names).toHaveLength(gradients.size);
    expect(worst(names, came, gradients)[0]).toBeLessThan(1e-5);
    const norm = Math.sqrt(came.reduce((sum, { data }) => sum + data.reduce((part, value) => part + value * value, 0), 0));
    expect(norm / model.step.gradient_norm).toBeCloseTo(1, 5);
  });

  test.each([1, 2])('ONNX Runtime gives them too, in %i microbatches', async (microbatches) => {
    const { model, shaped, feeds, gradients } = await recorded(name);
    const graph = built(model, shaped.shape, microbatches);
    const outputs = { loss: graph.loss, ...Object.fromEntries(graph.gradients.map((gradient, i) => [`gradient ${i}`, gradient])) };
    await using session = await openSession(writeOnnx({ outputs, storage: () => 'input' }));
    const results = await session.run(hostTensors(feeds));
    expect(Number(results['loss']!.data[0])).toBeCloseTo(model.step.loss, 4);
    const names = model.definition.parameters.map((parameter) => parameter.name);
    const came = names.map((_, i) => asReference(results[`gradient ${i}`] as { shape: readonly number[]; data: Float32Array }));
    const [difference, of] = worst(names, came, gradients);
    expect(difference, of).toBeLessThan(1e-4);
  });
});
