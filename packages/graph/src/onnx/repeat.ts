import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { GraphError } from '../error.js';
import {
  AttributeProto_AttributeType, AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, TensorProto_DataType,
  TensorShapeProto_DimensionSchema, TensorShapeProtoSchema, TypeProto_TensorSchema, TypeProtoSchema, ValueInfoProtoSchema,
} from './generated/onnx_pb.js';
import type { GraphProto, NodeProto, TensorShapeProto_Dimension, TypeProto_Tensor, ValueInfoProto } from './generated/onnx_pb.js';

const turnsName = 'turns';
/** Before names inside the loop: a name of the graph around it must not come again there. */
const inside = 'in turn: ';

const tensorOf = ({ name, type }: ValueInfoProto): TypeProto_Tensor => {
  if (type?.value.case === 'tensorType') return type.value.value;
  throw new GraphError({ where: `repeatOnnx: ${name}`, expected: 'a tensor', got: `${type?.value.case ?? 'no type'}` });
};

function info(name: string, elemType: number, dim: readonly TensorShapeProto_Dimension[]): ValueInfoProto {
  const tensor = create(TypeProto_TensorSchema, { elemType, shape: create(TensorShapeProtoSchema, { dim: [...dim] }) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }) });
}

const turnsAxis = create(TensorShapeProto_DimensionSchema, { value: { case: 'dimParam', value: turnsName } });
const stacked = (value: ValueInfoProto): ValueInfoProto => info(value.name, tensorOf(value).elemType, [turnsAxis, ...(tensorOf(value).shape?.dim ?? [])]);
const within = (value: ValueInfoProto): ValueInfoProto => info(inside + value.name, tensorOf(value).elemType, tensorOf(value).shape?.dim ?? []);

const node = (opType: string, input: readonly string[], output: readonly string[]): NodeProto =>
  create(NodeProtoSchema, { name: `${opType} ${output[0]}`, opType, input: [...input], output: [...output] });

/** Inputs and outputs of a graph, those that are carried in one order. */
interface Ports {
  readonly carriedInputs: readonly ValueInfoProto[];
  readonly carriedOutputs: readonly ValueInfoProto[];
  readonly otherInputs: readonly ValueInfoProto[];
  readonly otherOutputs: readonly ValueInfoProto[];
}

function portsOf({ input, output }: GraphProto, carried: Readonly<Record<string, string>>): Ports {
  const find = (ports: readonly ValueInfoProto[], kind: string, name: string): ValueInfoProto => {
    const found = ports.find((port) => port.name === name);
    if (found !== undefined) return found;
    throw new GraphError({ where: 'repeatOnnx', expected: `an ${kind} ${name} to carry`, got: ports.map((port) => port.name).join(', ') || 'none' });
  };
  const taken = [...input, ...output].find(({ name }) => name === turnsName || name.startsWith(inside));
  if (taken !== undefined) throw new GraphError({ where: 'repeatOnnx', expected: 'other names', got: taken.name, hint: 'Rename the port.' });
  return {
    carriedInputs: Object.keys(carried).map((name) => find(input, 'input', name)),
    carriedOutputs: Object.values(carried).map((name) => find(output, 'output', name)),
    otherInputs: input.filter(({ name }) => !(name in carried)),
    otherOutputs: output.filter(({ name }) => !Object.values(carried).includes(name)),
  };
}

/** The graph of one turn: carried inputs are its own, the turn's row of every other input is taken from around it. */
function bodyOf(graph: GraphProto, { carriedInputs, carriedOutputs, otherInputs, otherOutputs }: Ports): GraphProto {
  const ports = new Set([...graph.input, ...graph.output].map(({ name }) => name));
  const renamed = (names: readonly string[]): string[] => names.map((name) => (ports.has(name) ? inside + name : name));
  const [turn, goOn, goesOn] = ['turn', 'condition', 'next condition'].map((name) => inside + name) as [string, string, string];
  const flag = (name: string): ValueInfoProto => info(name, TensorProto_DataType.BOOL, []);
  return create(GraphProtoSchema, {
    name: 'turn', initializer: graph.initializer,
    input: [info(turn, TensorProto_DataType.INT64, []), flag(goOn), ...carriedInputs.map(within)],
    output: [flag(goesOn), ...carriedOutputs.map(within), ...otherOutputs.map(within)],
    node: [
      node('Identity', [goOn], [goesOn]),
      ...otherInputs.map(({ name }) => node('Gather', [name, turn], [inside + name])),
      ...graph.node.map((each) => ({ ...each, input: renamed(each.input), output: renamed(each.output) })),
    ],
  });
}

/**
 * A graph that runs another several times in one call (ONNX Loop): what is carried from turn to turn does not leave the runtime.
 * Further input: `turns`, int64. Carried inputs are those of the first turn and carried outputs those of the last, under their
 * names and in their shapes; every other input and output has an axis of turns before its own.
 *
 * @param model ONNX bytes from `writeOnnx`.
 * @param carried output that renews an input, by the input's name.
 * @throws GraphError where a name is missing or taken.
 */
export function repeatOnnx(model: Uint8Array, carried: Readonly<Record<string, string>>): Uint8Array {
  const { graph, ...rest } = fromBinary(ModelProtoSchema, model);
  if (graph === undefined) throw new GraphError({ where: 'repeatOnnx', expected: 'a model with a graph', got: 'none' });
  const ports = portsOf(graph, carried);
  const { carriedInputs, carriedOutputs, otherInputs, otherOutputs } = ports;
  const outputs = [...carriedOutputs, ...otherOutputs].map(({ name }) => name);
  const body = create(AttributeProtoSchema, { name: 'body', type: AttributeProto_AttributeType.GRAPH, g: bodyOf(graph, ports) });
  const loop = { ...node('Loop', [turnsName, '', ...carriedInputs.map(({ name }) => name)], outputs), attribute: [body] };
  return toBinary(ModelProtoSchema, {
    ...rest,
    graph: create(GraphProtoSchema, {
      name: graph.name, node: [loop],
      input: [info(turnsName, TensorProto_DataType.INT64, []), ...carriedInputs, ...otherInputs.map(stacked)],
      output: [...carriedOutputs, ...otherOutputs.map(stacked)],
    }),
  });
}
