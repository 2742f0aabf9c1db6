import { create, toBinary } from '@bufbuild/protobuf';
import { definitionOf } from '../build.js';
import { GraphError } from '../error.js';
import type { OnnxAttribute, OnnxNode, OnnxOperand } from '../ops/definition.js';
import { concreteShape, elementCount, showShape } from '../shape.js';
import { leavesOf, nodesInOrder } from '../traverse.js';
import type { DataType, Node, TensorType, Value } from '../value.js';
import { verify } from '../verify.js';
import {
  AttributeProto_AttributeType, AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema,
  TensorShapeProto_DimensionSchema, TensorShapeProtoSchema, TypeProto_TensorSchema, TypeProtoSchema, ValueInfoProtoSchema,
} from './generated/onnx_pb.js';
import type { AttributeProto, NodeProto, TensorProto, ValueInfoProto } from './generated/onnx_pb.js';
import { externalTensor, inlineTensor, int32Tensor, onnxTypes, storedSizes } from './tensor.js';
import type { StoredTensor } from './tensor.js';

/** The operator sets that are used; ONNX Runtime 1.30 accepts them. */
const opsets = { '': 24, 'com.microsoft': 1 } as const;
const irVersion = 11;

/** Where a parameter's numbers come from: fed at each run, part of the graph, or a byte range of a file. */
export type ParameterStorage = 'input' | { readonly data: ArrayLike<number> } | StoredTensor;

export interface GraphToWrite {
  readonly outputs: Readonly<Record<string, Value>>;
  /** Inputs that must exist even where no output reads them. */
  readonly inputs?: readonly Value[];
  readonly storage?: (parameter: string) => ParameterStorage;
}

type Turn = NonNullable<OnnxNode['turn']>;

const text = new TextEncoder();

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  const { INT, INTS, FLOAT, STRING } = AttributeProto_AttributeType;
  if ('int' in value) return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value.int) });
  if ('ints' in value) return create(AttributeProtoSchema, { name, type: INTS, ints: value.ints.map(BigInt) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: FLOAT, f: value.float });
  if ('string' in value) return create(AttributeProtoSchema, { name, type: STRING, s: text.encode(value.string) });
  return create(AttributeProtoSchema, { name, type: INT, i: BigInt(onnxTypes[value.elementType]) });
}

function valueInfo(name: string, { shape, type }: TensorType): ValueInfoProto {
  const dim = shape.map((dimension) => create(TensorShapeProto_DimensionSchema, {
    value: typeof dimension === 'number' ? { case: 'dimValue', value: BigInt(dimension) } : { case: 'dimParam', value: dimension },
  }));
  const tensor = create(TypeProto_TensorSchema, { elemType: onnxTypes[type], shape: create(TensorShapeProtoSchema, { dim }) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }) });
}

/** Everything that accumulates while a graph is written. */
interface Draft {
  /** Before every name that is made up here: names of a graph inside another must not hide the outer one's. */
  readonly prefix: string;
  readonly names: Map<Value, string>;
  readonly taken: Set<string>;
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  readonly inputs: ValueInfoProto[];
  /** Names of constants that several nodes share, by content. */
  readonly literals: Map<string, string>;
}

function freshName(draft: Draft, prefix: string, number: number): string {
  let name = `${draft.prefix}${prefix}${number}`;
  while (draft.taken.has(name)) name = `${name}_`;
  draft.taken.add(name);
  return name;
}

function pushNode(draft: Draft, { type, domain, attributes = {} }: OnnxNode, input: readonly string[], output: readonly string[], graphs: readonly AttributeProto[] = []): void {
  draft.nodes.push(create(NodeProtoSchema, {
    name: `${draft.prefix}n${draft.nodes.length}`, opType: type, domain: domain ?? '', input: [...input], output: [...output],
    attribute: [...Object.entries(attributes).map(([name, value]) => attribute(name, value)), ...graphs],
  }));
}

function literal(draft: Draft, content: string, write: (name: string) => void): string {
  const known = draft.literals.get(content);
  if (known !== undefined) return known;
  const name = freshName(draft, 'k', draft.literals.size);
  draft.literals.set(content, name);
  write(name);
  return name;
}

function operandName(draft: Draft, node: Node, operand: OnnxOperand): string {
  if (typeof operand === 'number') return draft.names.get(node.inputs[operand]!)!;
  if (operand === 'absent') return '';
  if ('zeros' in operand) {
    const shape = operandName(draft, node, { int64: operand.zeros });
    return literal(draft, `zeros ${operand.zeros.join()}`, (name) => { pushNode(draft, { type: 'ConstantOfShape' }, [shape], [name]); });
  }
  if ('int32' in operand) return literal(draft, `int32 ${operand.int32.join()}`, (name) => { draft.initializers.push(int32Tensor(name, operand.int32)); });
  return constantName(draft, 'int64', operand.scalar ? [] : [operand.int64.length], operand.int64);
}

const mostShared = 16; // elements; longer constants are told apart by identity, not by content

function constantName(draft: Draft, type: DataType, shape: readonly number[], data: ArrayLike<number>): string {
  const write = (name: string): void => {
    draft.initializers.push(inlineTensor(name, type, shape, data));
  };
  if (data.length <= mostShared) {
    return literal(draft, `${type} ${shape.join()} ${Array.from(data, (value) => (Object.is(value, -0) ? '-0' : value)).join()}`, write);
  }
  const name = freshName(draft, 'c', draft.initializers.length);
  write(name);
  return name;
}

function expectStored(name: string, shape: readonly number[], storage: Exclude<ParameterStorage, 'input'>): void {
  const [came, expected] = 'data' in storage
    ? [storage.data.length, elementCount(shape)]
    : [storage.bytes, elementCount(shape) * storedSizes[storage.type]];
  if (came === expected) return;
  const unit = 'data' in storage ? 'numbers' : `bytes of ${storage.type}`;
  throw new GraphError({ where: `parameter ${name}`, expected: `${expected} ${unit} for ${showShape(shape)}`, got: `${came}` });
}

function addParameter(draft: Draft, value: Value, name: string, storage: ParameterStorage): void {
  if (storage === 'input') {
    draft.inputs.push(valueInfo(name, value));
    return;
  }
  const shape = concreteShape(`parameter ${name}`, value.shape);
  expectStored(name, shape, storage);
  if ('data' in storage) draft.initializers.push(inlineTensor(name, value.type, shape, storage.data));
  else if (storage.type === 'F32') draft.initializers.push(externalTensor(name, shape, storage));
  else {
    const stored = freshName(draft, `${name}.stored`, draft.initializers.length);
    draft.initializers.push(externalTensor(stored, shape, storage));
    pushNode(draft, { type: 'Cast', attributes: { to: { elementType: value.type } } }, [stored], [name]);
  }
}

/** Declares every leaf; inputs and parameters of one name are one. */
function addLeaves(draft: Draft, leaves: readonly Value[], storage: (parameter: string) => ParameterStorage): void {
  const declared = new Set<string>();
  for (const leaf of leaves) {
    const { origin } = leaf;
    if (origin.kind === 'operation') {
      throw new GraphError({ where: 'writeOnnx: inputs', expected: 'inputs and parameters', got: `an output of ${origin.node.op}` });
    }
    if (origin.kind === 'constant') {
      if (!draft.names.has(leaf)) draft.names.set(leaf, constantName(draft, leaf.type, concreteShape('constant', leaf.shape), origin.data));
      continue;
    }
    draft.names.set(leaf, origin.name);
    if (declared.has(origin.name)) continue;
    declared.add(origin.name);
    if (origin.kind === 'input') draft.inputs.push(valueInfo(origin.name, leaf));
    else addParameter(draft, leaf, origin.name, storage(origin.name));
  }
}

/** Names of a node's results; past the first, one that nothing reads has none. */
function resultNames(draft: Draft, { outputs }: Node, results: OnnxNode['results'], read: ReadonlySet<Value>): readonly string[] {
  if (results === undefined) return outputs.map((output) => draft.names.get(output)!);
  const names = results.map((i, place) => (i !== undefined && (place === 0 || read.has(outputs[i]!)) ? draft.names.get(outputs[i]!)! : ''));
  return names.slice(0, names.findLastIndex((name) => name !== '') + 1);
}

function addNodes(draft: Draft, nodes: readonly Node[], outputs: readonly Value[]): void {
  const read = new Set([...outputs, ...nodes.flatMap(({ inputs }) => inputs)]);
  for (const node of nodes) {
    const onnx = definitionOf(node.op).onnx(node.attributes, node.inputs, node.outputs);
    for (const output of node.outputs) if (!draft.names.has(output)) draft.names.set(output, freshName(draft, 'v', draft.names.size));
    if (onnx.turn !== undefined) {
      addScan(draft, node, { ...onnx, turn: onnx.turn }, read);
      continue;
    }
    const operands = onnx.operands ?? node.inputs.map((_, i) => i);
    pushNode(
      draft,
      onnx,
      operands.map((operand) => operandName(draft, node, operand)),
      resultNames(draft, node, onnx.results, read),
    );
  }
}

/** A Scan and the graph of its turn, without the results that nothing reads; what is shared goes by its outer name. */
function addScan(draft: Draft, node: Node, onnx: OnnxNode & { readonly turn: Turn }, read: ReadonlySet<Value>): void {
  const { carried, slices, shared, next, results } = onnx.turn.body;
  const kept = [...next, ...results, ...carried].flatMap((value, i) => (i < next.length || read.has(node.outputs[i]!) ? [{ value, output: node.outputs[i]! }] : []));
  const own = [...carried, ...slices];
  const prefix = `${freshName(draft, 's', draft.nodes.length)}.`;
  const inside: Draft = { prefix, names: new Map(), taken: draft.taken, nodes: [], initializers: [], inputs: [], literals: new Map() };
  shared.forEach((value, i) => { inside.names.set(value, draft.names.get(node.inputs[own.length + i]!)!); });
  own.forEach((value, i) => { inside.names.set(value, freshName(inside, 'i', i)); });
  const values = kept.map(({ value }) => value);
  for (const leaf of leavesOf(values)) {
    if (leaf.origin.kind === 'constant') inside.names.set(leaf, constantName(inside, leaf.type, concreteShape('constant', leaf.shape), leaf.origin.data));
  }
  const outputNames = values.map((value, i) => {
    const name = freshName(inside, 'o', i);
    if (value.origin.kind === 'operation' && !inside.names.has(value)) inside.names.set(value, name);
    return name;
  });
  addNodes(inside, nodesInOrder(values), values);
  values.forEach((value, i) => {
    if (inside.names.get(value) !== outputNames[i]) pushNode(inside, { type: 'Identity' }, [inside.names.get(value)!], [outputNames[i]!]);
  });
  const g = create(GraphProtoSchema, {
    name: `${prefix}turn`, node: inside.nodes, initializer: inside.initializers, input: own.map((value) => valueInfo(inside.names.get(value)!, value)),
    output: values.map((value, i) => valueInfo(outputNames[i]!, value)),
  });
  const directions = (name: string, count: number): readonly AttributeProto[] =>
    (onnx.turn.backwards && count > 0 ? [attribute(name, { ints: Array<number>(count).fill(1) })] : []);
  pushNode(draft, onnx, own.map((_, i) => draft.names.get(node.inputs[i]!)!), kept.map(({ output }) => draft.names.get(output)!), [
    create(AttributeProtoSchema, { name: 'body', type: AttributeProto_AttributeType.GRAPH, g }),
    ...directions('scan_input_directions', slices.length), ...directions('scan_output_directions', kept.length - next.length),
  ]);
}

/** Results of nodes take the name of the first output that they are; what has a name already is copied under the second. */
function nameOutputs(draft: Draft, outputs: Readonly<Record<string, Value>>): void {
  for (const [name, value] of Object.entries(outputs)) {
    if (draft.taken.has(name) || name === '') {
      throw new GraphError({
        where: `writeOnnx: output ${name}`,
        expected: 'a name that no input or parameter has',
        got: `'${name}'`,
        hint: 'Rename the output.',
      });
    }
    draft.taken.add(name);
    if (value.origin.kind === 'operation' && !draft.names.has(value)) draft.names.set(value, name);
  }
}

/**
 * ONNX bytes (protobuf, from the official schema) of the graph that `outputs` reach. Parameters named in files stay
 * there: the graph carries byte ranges, not weights.
 * @throws GraphError when the graph is illegal, a parameter has no storage or one of another size, or names clash.
 */
export function writeOnnx({ outputs, inputs = [], storage }: GraphToWrite): Uint8Array {
  const values = Object.values(outputs);
  verify([...values, ...inputs]);
  const leaves = [...inputs, ...leavesOf(values)];
  const draft: Draft = {
    prefix: '', names: new Map(), taken: new Set(leaves.flatMap(({ origin }) => ('name' in origin ? [origin.name] : []))),
    nodes: [], initializers: [], inputs: [], literals: new Map(),
  };
  nameOutputs(draft, outputs);
  addLeaves(
    draft,
    leaves,
    storage ??
      ((name: string): never => {
        throw new GraphError({
          where: 'writeOnnx',
          expected: `storage for parameter ${name}`,
          got: 'none',
          hint: 'Pass storage: feed it, inline it, or name a byte range of a file.',
        });
      }),
  );
  addNodes(draft, nodesInOrder(values), values);
  for (const [name, value] of Object.entries(outputs)) {
    const own = draft.names.get(value)!;
    if (own !== name) pushNode(draft, { type: 'Identity' }, [own], [name]);
  }
  const graph = create(GraphProtoSchema, {
    name: 'palimpsest', node: draft.nodes, initializer: draft.initializers, input: draft.inputs,
    output: Object.entries(outputs).map(([name, value]) => valueInfo(name, value)),
  });
  const opsetImport = Object.entries(opsets).map(([domain, version]) =>
    create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
  );
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: BigInt(irVersion), producerName: 'palimpsest', opsetImport, graph }),
  );
}
