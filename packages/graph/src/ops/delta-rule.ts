import { broadcastTo } from '../expressions.js';
import { scalar } from '../build.js';
import { GraphError } from '../error.js';
import { emptyReference } from '../interpreter/reference.js';
import { concreteShape, sameShape, showShape } from '../shape.js';
import type { TensorType } from '../value.js';
import type { OpTable } from './definition.js';
import { deltaRuleGradient } from './delta-rule-gradient.js';
import { expectFloats, expectInputs } from './expect.js';

/** @throws GraphError where the inputs do not go together. */
function deltaRuleSizes(inputs: readonly TensorType[], heads: number): { readonly size: number; readonly valueSize: number } {
  const [query, key, value, decay, rate, past] = inputs.map(({ shape }) => shape);
  const rows = [query, key, value, decay, rate].map((shape) => shape!);
  const [batch, length] = query!;
  const [size, valueSize] = [Number(query![2]) / heads, Number(value![2]) / heads];
  const legal = rows.every((shape) => shape.length === 3 && shape[0] === batch && shape[1] === length) && Number.isInteger(size) && Number.isInteger(valueSize)
    && sameShape(key!, query!) && decay![2] === heads && rate![2] === heads && (past === undefined || sameShape(past, [batch!, heads, size, valueSize]));
  if (!legal) {
    throw new GraphError({
      where: 'deltaRule', expected: 'query, key [batch, length, heads · size], value [.., heads · valueSize], decay, rate [.., heads], past [batch, heads, size, valueSize]',
      got: `${inputs.map(({ shape }) => showShape(shape)).join(', ')} for ${heads} heads`,
    });
  }
  return { size, valueSize };
}

export const deltaRuleOps: Pick<OpTable, 'deltaRule'> = {
  deltaRule: {
    onnx: ({ heads }, inputs) => ({
      type: 'LinearAttention', domain: 'com.microsoft',
      attributes: { q_num_heads: { int: heads }, kv_num_heads: { int: heads }, update_rule: { string: 'gated_delta' }, scale: { float: 1 } },
      operands: [0, 1, 2, inputs.length > 5 ? 5 : 'absent', 3, 4],
    }),
    infer: (inputs, { heads }) => {
      expectInputs('deltaRule', inputs, 5, 6);
      expectFloats('deltaRule', inputs);
      const { size, valueSize } = deltaRuleSizes(inputs, heads);
      const [batch, length] = inputs[0]!.shape;
      return [{ shape: [batch!, length!, heads * valueSize], type: 'float32' }, { shape: [batch!, heads, size, valueSize], type: 'float32' }];
    },
    evaluate: ([query, key, value, decay, rate, past], { heads }, [shape, stateShape]) => {
      const [batch, length] = shape! as [number, number];
      const [size, valueSize] = stateShape!.slice(2) as [number, number];
      const output = emptyReference(shape!);
      const state = emptyReference(stateShape!);
      if (past !== undefined) state.data.set(past.data);
      for (let b = 0; b < batch; b++) {
        for (let t = 0; t < length; t++) {
          for (let h = 0; h < heads; h++) {
            const at = (b * length + t) * heads + h; // of decay and rate, and of the rows of the others
            const own = state.data.subarray((b * heads + h) * size * valueSize, (b * heads + h + 1) * size * valueSize);
            for (let i = 0; i < own.length; i++) own[i] = own[i]! * Math.exp(decay!.data[at]!);
            for (let j = 0; j < valueSize; j++) {
              let said = 0;
              for (let i = 0; i < size; i++) said += key!.data[at * size + i]! * own[i * valueSize + j]!;
              const error = rate!.data[at]! * (value!.data[at * valueSize + j]! - said);
              for (let i = 0; i < size; i++) {
                own[i * valueSize + j] = own[i * valueSize + j]! + key!.data[at * size + i]! * error;
                output.data[at * valueSize + j]! += query!.data[at * size + i]! * own[i * valueSize + j]!;
              }
            }
          }
        }
      }
      return [output, state];
    },
    gradient: ({ inputs, outputs, attributes: { heads } }, [given, ofState]) => {
      const [output] = outputs.map(({ shape }) => concreteShape('deltaRule gradient', shape));
      return deltaRuleGradient(inputs, heads, [given ?? broadcastTo(scalar(0), output!), ofState]);
    },
  },
};
