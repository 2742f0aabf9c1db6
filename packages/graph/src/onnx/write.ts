import { create, toBinary } from '@bufbuild/protobuf';
import { definitionOf } from '../build.js';
import { GraphError } from '../error.js';
import type { OnnxAttribute, OnnxNode } from '../ops/definition.js';
import { concreteShape } from '../shape.js';
import { leavesOf, nodesInOrder } from '../traverse.js';
import type { Node, TensorType, Value } from '../value.js';
import { verify } from '../verify.js';
import {
  AttributeProto_AttributeType, AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema,
  TensorShapeProto_DimensionSchema, TensorShapeProtoSchema, TypeProto_TensorSchema, TypeProtoSchema, ValueInfoProtoSchema,
} from './generated/onnx_pb.js';
import type { AttributeProto, NodeProto, TensorProto, ValueInfoProto } from './generated/onnx_pb.js';
import { externalTensor, inlineTensor, onnxTypes } from './tensor.js';
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

const text = new TextEncoder();

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  const { INT, INTS, FLOAT, STRING } = AttributeProto_AttributeType;
  if ('int' in value) return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value.int) });
  if ('ints' in value) return create(AttributeProtoSchema, { name, type: INTS, ints: value.ints.map(BigInt) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: STRING, s: text.encode(value.string) });
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
  readonly names: Map<Value, string>;
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  readonly inputs: ValueInfoProto[];
  readonly literals: Map<string, string>;
}

function pushNode(draft: Draft, { type, domain = undefined, attributes = {} }: OnnxNode, input: readonly string[], output: readonly string[]): void {
  draft.nodes.push(create(NodeProtoSchema, {
    name: `n${draft.nodes.length}`, opType: type, domain: domain ?? '', input: [...input], output: [...output],
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  }));
}

/** A constant that several nodes may share; returns its name. */
function literal(draft: Draft, key: string, write: (name: string) => void): string {
  const known = draft.literals.get(key);
  if (known !== undefined) return known;
  const name = `k${draft.literals.size}`;
  draft.literals.set(key, name);
  write(name);
  return name;
}

type Operand = NonNullable<OnnxNode['operands']>[number];

function operandName(draft: Draft, node: Node, operand: Operand): string {
  if (operand === 'absent') return '';
  if (typeof operand === 'number') return draft.names.get(node.inputs[operand]!)!;
  if ('zeros' in operand) {
    const shape = operandName(draft, node, { int64: operand.zeros });
    return literal(draft, `zeros ${operand.zeros.join()}`, (name) => pushNode(draft, { type: 'ConstantOfShape' }, [shape], [name]));
  }
  const shape = operand.scalar ? [] : [operand.int64.length];
  return literal(draft, `int64 ${shape.length} ${operand.int64.join()}`, (name) => { draft.initializers.push(inlineTensor(name, 'int64', shape, operand.int64)); });
}

function addParameter(draft: Draft, value: Value, name: string, storage: ParameterStorage): void {
  const shape = concreteShape(`parameter ${name}`, value.shape);
  if (storage === 'input') draft.inputs.push(valueInfo(name, value));
  else if ('data' in storage) draft.initializers.push(inlineTensor(name, value.type, shape, storage.data));
  else if (storage.type === 'F32') draft.initializers.push(externalTensor(name, shape, storage));
  else {
    draft.initializers.push(externalTensor(`${name}.stored`, shape, storage));
    pushNode(draft, { type: 'Cast', attributes: { to: { int: onnxTypes.float32 } } }, [`${name}.stored`], [name]);
  }
}

function addLeaf(draft: Draft, leaf: Value, storage: (parameter: string) => ParameterStorage): void {
  const { origin } = leaf;
  if (origin.kind === 'operation' || draft.names.has(leaf)) return;
  if (origin.kind === 'constant') {
    const name = `c${draft.initializers.length}`;
    draft.names.set(leaf, name);
    draft.initializers.push(inlineTensor(name, leaf.type, concreteShape('constant', leaf.shape), origin.data));
    return;
  }
  const declared = [...draft.names.values()].includes(origin.name);
  draft.names.set(leaf, origin.name);
  if (declared) return;
  if (origin.kind === 'input') draft.inputs.push(valueInfo(origin.name, leaf));
  else addParameter(draft, leaf, origin.name, storage(origin.name));
}

/**
 * ONNX bytes (protobuf, from the official schema) of the graph that `outputs` reach. Parameters named in files stay
 * there: the graph carries byte ranges, not weights.
 * @throws GraphError when the graph is illegal or a parameter has no storage.
 */
export function writeOnnx({ outputs, inputs = [], storage }: GraphToWrite): Uint8Array {
  const values = Object.values(outputs);
  verify([...values, ...inputs]);
  const draft: Draft = { names: new Map(), nodes: [], initializers: [], inputs: [], literals: new Map() };
  const storageOf = storage ?? ((name: string): never => {
    throw new GraphError({ where: 'writeOnnx', expected: `storage for parameter ${name}`, got: 'none', hint: 'Pass storage: feed it, inline it, or name a byte range of a file.' });
  });
  for (const leaf of [...inputs, ...leavesOf(values)]) addLeaf(draft, leaf, storageOf);
  for (const [name, value] of Object.entries(outputs)) if (!draft.names.has(value)) draft.names.set(value, name);
  let fresh = 0;
  for (const node of nodesInOrder(values)) {
    const definition = definitionOf(node.op);
    const onnx = definition.onnx(node.attributes, node.inputs, node.outputs);
    for (const output of node.outputs) if (!draft.names.has(output)) draft.names.set(output, `v${fresh++}`);
    const operands = onnx.operands ?? node.inputs.map((_, i) => i);
    pushNode(draft, onnx, operands.map((operand) => operandName(draft, node, operand)), node.outputs.map((output) => draft.names.get(output)!));
  }
  for (const [name, value] of Object.entries(outputs)) {
    const own = draft.names.get(value)!;
    if (own !== name) pushNode(draft, { type: 'Identity' }, [own], [name]);
  }
  const graph = create(GraphProtoSchema, {
    name: 'palimpsest', node: draft.nodes, initializer: draft.initializers, input: draft.inputs,
    output: Object.entries(outputs).map(([name, value]) => valueInfo(name, value)),
  });
  const opsetImport = Object.entries(opsets).map(([domain, version]) => create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }));
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: BigInt(irVersion), producerName: 'palimpsest', opsetImport, graph }));
}
