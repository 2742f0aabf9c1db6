import { create } from '@bufbuild/protobuf';
import type { DataType } from '../value.js';
import { StringStringEntryProtoSchema, TensorProto_DataLocation, TensorProto_DataType, TensorProtoSchema } from './generated/onnx_pb.js';
import type { TensorProto } from './generated/onnx_pb.js';

export const onnxTypes: { readonly [type in DataType]: TensorProto_DataType } = {
  float32: TensorProto_DataType.FLOAT,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
  uint8: TensorProto_DataType.UINT8,
};

const rawBytes: { readonly [type in DataType]: (data: ArrayLike<number>) => Uint8Array } = {
  float32: (data) => new Uint8Array(Float32Array.from(data).buffer),
  int64: (data) => new Uint8Array(BigInt64Array.from(Array.from(data), BigInt).buffer),
  bool: (data) => Uint8Array.from(data),
  uint8: (data) => (data instanceof Uint8Array ? data : Uint8Array.from(data)),
};

export const inlineTensor = (name: string, type: DataType, shape: readonly number[], data: ArrayLike<number>): TensorProto =>
  create(TensorProtoSchema, { name, dataType: onnxTypes[type], dims: shape.map(BigInt), rawData: rawBytes[type](data) });

/** What some operators want of sizes; no value of ours has this type. */
export const int32Tensor = (name: string, data: readonly number[]): TensorProto =>
  create(TensorProtoSchema, { name, dataType: TensorProto_DataType.INT32, dims: [BigInt(data.length)], rawData: new Uint8Array(Int32Array.from(data).buffer) });

/** How weights may be stored: safetensors' names for the element types that ONNX Runtime reads from a file. */
export type StoredType = 'F32' | 'F16' | 'BF16';

const storedTypes: { readonly [type in StoredType]: TensorProto_DataType } = {
  F32: TensorProto_DataType.FLOAT,
  F16: TensorProto_DataType.FLOAT16,
  BF16: TensorProto_DataType.BFLOAT16,
};

/** Bytes to an element. */
export const storedSizes: { readonly [type in StoredType]: number } = { F32: 4, F16: 2, BF16: 2 };

/** A byte range of a file that holds a tensor. */
export interface StoredTensor {
  /** File name relative to the folder that the session is told, or the name under which the bytes are handed over. */
  readonly location: string;
  readonly offset: number;
  readonly bytes: number;
  readonly type: StoredType;
}

export function externalTensor(name: string, shape: readonly number[], { location, offset, bytes, type }: StoredTensor): TensorProto {
  const range = { location, offset: String(offset), length: String(bytes) };
  return create(TensorProtoSchema, {
    name, dataType: storedTypes[type], dims: shape.map(BigInt), dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(range).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  });
}
