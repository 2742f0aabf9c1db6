import { PalimpsestError } from '@palimpsest/backbone';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { checkDevice, deviceError } from './device.js';
import type { Device } from './device.js';

/** A tensor on the host. int64 numbers are BigInt64Array, booleans Uint8Array. */
export type HostTensor =
  | { readonly type: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly type: 'bool'; readonly shape: readonly number[]; readonly data: Uint8Array };

export interface SessionOptions {
  /** Execution provider; `cpu` when absent. */
  readonly device?: Device;
  /** Threads inside one operator; 1 when absent. */
  readonly threads?: number;
  /** Folder in which the byte ranges that the graph names are looked up. */
  readonly weightsFolder?: string;
  readonly optimisation?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Keep weights once, as mapped from the file, instead of a packed copy per session: slower products, no memory. */
  readonly shareWeights?: boolean;
}

/** One compiled graph. `run` blocks the calling thread while it computes; feeds that the graph does not read are left out. */
export interface GraphSession extends AsyncDisposable {
  readonly outputs: readonly string[];
  readonly run: (feeds: Readonly<Record<string, HostTensor>>, fetch?: readonly string[]) => Promise<Record<string, HostTensor>>;
}

/**
 * How long threads that have nothing to do watch for work before they sleep, in microseconds. It bridges the time from one product to the
 * next, and from one token to the next: decoding takes a tenth longer where they sleep there. Threads that watch take processors from others.
 */
const watchTime = 200;

let live = 0;
/** Sessions that are open in this thread: what a leak test counts. */
export const liveSessions = (): number => live;

/** @throws PalimpsestError when ONNX Runtime refuses the graph or lacks the device. */
export async function openSession(model: Uint8Array, options: SessionOptions = {}): Promise<GraphSession> {
  const { device = 'cpu', threads = 1, weightsFolder, optimisation = 'all', shareWeights = false } = options;
  const extra = {
    session: {
      ...(weightsFolder !== undefined && { model_external_initializers_file_folder_path: weightsFolder }),
      ...(shareWeights && { disable_prepacking: '1' }),
      intra_op: { spin_duration_us: String(watchTime) },
    },
  };
  const settings = { executionProviders: [device], intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: optimisation, logSeverityLevel: 4, extra } as const;
  checkDevice(device);
  const session = await InferenceSession.create(model, settings).catch((cause: unknown) => {
    if (device !== 'cpu') throw deviceError(device, String(cause), cause);
    throw new PalimpsestError({ where: 'openSession', expected: 'a graph that ONNX Runtime accepts', got: String(cause), cause });
  });
  live++;
  let open = true;
  const tensors = new WeakMap<HostTensor, Tensor>(); // what is fed again, such as the slots of a pool, is wrapped once
  const fed = (name: string, feed: HostTensor | undefined): Tensor => {
    if (feed === undefined) throw new PalimpsestError({ where: 'run', expected: `a feed for ${name}`, got: 'none' });
    const known = tensors.get(feed);
    if (known !== undefined) return known;
    const tensor = new Tensor(feed.type, feed.data, feed.shape);
    tensors.set(feed, tensor);
    return tensor;
  };
  return {
    outputs: session.outputNames,
    run: async (feeds, fetch = session.outputNames) => {
      const inputs: Record<string, Tensor> = {};
      for (const name of session.inputNames) inputs[name] = fed(name, feeds[name]);
      const results = await session.run(inputs, fetch);
      const answer: Record<string, HostTensor> = {};
      for (const name of fetch) {
        const { type, data, dims } = results[name]!;
        answer[name] = { type, data, shape: dims } as HostTensor; // our graphs have outputs of these three types only
      }
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      if (!open) return;
      open = false;
      live--;
      await session.release();
    },
  };
}
