import type { Generation, GenerationEvent, GenerationResult } from '@palimpsest/backbone';

/**
 * Runs a generation to its end. The next event is asked for before this one is shown, so that the model works meanwhile and showing
 * does not count as its time.
 */
export async function follow(generation: Generation, show: (event: GenerationEvent) => void): Promise<GenerationResult> {
  let coming = generation.next();
  for (;;) {
    const step = await coming;
    if (step.done) return step.value;
    coming = generation.next();
    coming.catch(() => undefined); // thrown where it is awaited, which may be a moment too late for Node
    show(step.value);
  }
}
