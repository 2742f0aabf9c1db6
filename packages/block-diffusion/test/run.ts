import type { Generation, GenerationEvent, GenerationResult } from '@palimpsest/backbone';
import type { Change } from '../src/sampler/block-diffusion.naive.js';

export interface Run {
  readonly events: readonly GenerationEvent[];
  readonly result: GenerationResult;
}

export async function run(generation: Generation): Promise<Run> {
  const events: GenerationEvent[] = [];
  for (;;) {
    const { done, value } = await generation.next();
    if (done) return { events, result: value };
    events.push(value);
  }
}

export type EventOf<Type extends GenerationEvent['type']> = Extract<GenerationEvent, { readonly type: Type }>;
export const only = <Type extends GenerationEvent['type']>(events: readonly GenerationEvent[], type: Type): EventOf<Type>[] =>
  events.filter((event): event is EventOf<Type> => event.type === type);

export const changesOf = (events: readonly GenerationEvent[]): readonly Change[] => events.flatMap((event): readonly Change[] => {
  if (event.type === 'tokens-revoke') return [{ revoked: [...event.positions] }];
  return event.type === 'tokens-commit' ? [{ written: [...event.positions], ids: [...event.ids] }] : [];
});
