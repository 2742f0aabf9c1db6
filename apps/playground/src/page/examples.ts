/** Beginnings in the world that the trained models know; the empty one lets a model begin by itself. */
export const examples: readonly string[] = [
  '',
  'Once upon a time',
  'There was once a clumsy mole called Mina.',
  'Once there was a wise owl named Luke. He had a plan to build a playhouse.',
];
