import { openCheckpoint, readTensor } from '@palimpsest/checkpoints';

// any folder with config.json and safetensors; openBackbone(checkpoint) of @palimpsest/runtime runs it
const checkpoint = await openCheckpoint('tools/oracle/fixtures/qwen3-tiny');
const { family, definition, vocabulary, weights } = checkpoint;
console.log(family, definition.visibility.name, definition.prediction, JSON.stringify(vocabulary));

const norm = weights.get('model.norm.weight')!;
const numbers = await readTensor(norm.path, norm);
console.log(weights.size, norm.type, JSON.stringify(norm.shape), numbers.length);
