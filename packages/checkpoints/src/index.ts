export type { ElementType, SafetensorsHeader, TensorEntry } from './safetensors/format.js';
export { parseHeader } from './safetensors/format.js';
export type { FloatType } from './safetensors/numbers.js';
export { readHeader, readTensor, readTensors } from './safetensors/read.js';
export { writeFileAtomically, writeTensors } from './safetensors/write.js';
export type { TensorToWrite } from './safetensors/write.js';
