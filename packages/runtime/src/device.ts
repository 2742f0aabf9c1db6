import { PalimpsestError } from '@palimpsest/backbone';
import { listSupportedBackends } from 'onnxruntime-node';

/** Where passes are computed. */
export type Device = 'cpu' | 'webgpu' | 'cuda';

/** @throws PalimpsestError when this build of ONNX Runtime does not know the device. */
export function checkDevice(device: Device): void {
  const known = listSupportedBackends().map(({ name }) => name);
  if (!known.includes(device)) throw deviceError(device, `one that knows ${known.join(', ')}`);
}

/** A device fails when its first session is made: libraries or the hardware are missing. There is no silent fall-back. */
export const deviceError = (device: Device, got: string, cause?: unknown): PalimpsestError => new PalimpsestError({
  where: `device ${device}`, expected: `an ONNX Runtime that runs on ${device}`, got, cause,
  hint: `${device === 'cuda' ? 'CUDA needs libraries that are not part of onnxruntime-node. ' : device === 'webgpu' ? 'WebGPU needs a graphics driver with Vulkan, Metal or Direct3D 12. ' : ''}Device cpu runs everywhere.`,
});
