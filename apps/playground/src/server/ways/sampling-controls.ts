import type { Control, Settings } from '../../protocol/control.js';
import { numberOf } from './way.js';

/** How one token is drawn from a row of scores: the controls that every way shares. */
export function samplingControls(initial: { readonly temperature: number; readonly topP: number }): readonly Control[] {
  return [
    {
      kind: 'number', name: 'temperature', title: 'Temperature', hint: '0 takes the most probable token, 1 draws as the model says.',
      minimum: 0, maximum: 2, step: 0.05, initial: initial.temperature,
    },
    { kind: 'number', name: 'topK', title: 'Top k', hint: 'Draw from the k most probable tokens; 0 from all.', minimum: 0, maximum: 200, step: 1, initial: 0, off: 0 },
    { kind: 'number', name: 'topP', title: 'Top p', hint: 'Draw from the fewest that hold this share; 1 from all.', minimum: 0.05, maximum: 1, step: 0.05, initial: initial.topP, off: 1 },
  ];
}

export function samplingOf(settings: Settings): { readonly temperature: number; readonly topK?: number; readonly topP: number } {
  const topK = numberOf(settings, 'topK');
  return { temperature: numberOf(settings, 'temperature'), topP: numberOf(settings, 'topP'), ...(topK > 0 && { topK }) };
}
