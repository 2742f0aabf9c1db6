import { expectation, type Control, type Settings } from '../../protocol/control.js';
import type { ModelSummary } from '../../protocol/model.js';
import { autoregressive } from './autoregressive.js';
import { blockDiffusion } from './block-diffusion.js';
import { maskedDiffusion } from './masked-diffusion.js';
import type { Way } from './way.js';

/** To add a way of generating, write its file and name it here. */
const ways: readonly Way[] = [autoregressive, maskedDiffusion, blockDiffusion];

export type { Way } from './way.js';

/** Those that run on the model, with controls that stand where its card has them. */
export function waysFor(model: ModelSummary): readonly Way[] {
  return ways.filter((way) => way.runsOn(model)).map((way) => ({ ...way, controls: (of) => way.controls(of).map((control) => usual(control, of)) }));
}

function usual(control: Control, { sampling }: ModelSummary): Control {
  const { policy, ...rest } = sampling ?? {};
  const [name, number] = policy?.split('=') ?? [];
  const isItsNumber = number !== undefined && control.when?.control === 'policy' && control.when.is === name;
  const initial = control.name === 'policy' ? name : isItsNumber ? Number(number) : (rest as Settings)[control.name];
  if (initial === undefined || expectation(control, initial) !== undefined) return control;
  return { ...control, initial } as Control; // it fits the control's kind, or there were something to expect
}
