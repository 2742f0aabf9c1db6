/**
 * The drawing of the architecture as data, lowest first: a package may depend only on packages that stand above it in
 * this list, and depends on exactly the ones named. `own` are our packages, `others` everything from elsewhere; a new
 * name under `others` needs a page in docs/decisions.
 * @type {Readonly<Record<string, { readonly own: readonly string[], readonly others: readonly string[] }>>}
 */
export const drawing = {
  graph: { own: [], others: ['@bufbuild/protobuf'] },
  backbone: { own: [], others: [] },
  sampling: { own: [], others: [] },
  tokenizer: { own: [], others: ['@huggingface/jinja', '@huggingface/tokenizers'] },
  datasets: { own: ['sampling'], others: [] },
  layers: { own: ['backbone', 'graph'], others: [] },
  runtime: { own: ['backbone', 'graph', 'layers', 'sampling'], others: ['onnxruntime-node'] },
  ssm: { own: ['backbone', 'graph', 'layers'], others: [] },
  ttt: { own: ['backbone', 'graph', 'layers'], others: [] },
  autoregressive: { own: ['backbone', 'sampling'], others: [] },
  diffusion: { own: ['backbone', 'sampling'], others: [] },
  'block-diffusion': { own: ['backbone', 'diffusion', 'sampling'], others: [] },
  checkpoints: { own: ['backbone', 'graph', 'layers', 'ssm', 'ttt'], others: ['@petamoriken/float16', 'zod'] },
  training: { own: ['backbone', 'checkpoints', 'graph', 'layers', 'runtime', 'sampling'], others: [] },
  models: { own: ['backbone', 'checkpoints', 'runtime', 'tokenizer'], others: [] },
  evaluation: { own: ['backbone', 'datasets', 'diffusion'], others: [] },
  cli: {
    own: [
      'autoregressive', 'backbone', 'block-diffusion', 'checkpoints', 'datasets', 'diffusion', 'evaluation', 'layers', 'models', 'runtime',
      'sampling', 'tokenizer', 'training',
    ],
    others: ['commander', 'zod'],
  },
};

/** Packages that only the named one may import in what it ships; the tests of others may compare with them. */
export const reserved = { 'onnxruntime-node': 'runtime', 'onnxruntime-web': 'runtime', 'onnxruntime-common': 'runtime' };
