/** Beginnings in the world that the trained models know; the empty one lets a model begin by itself. */
export const examples: readonly string[] = ['', 'Once upon a time', 'One rainy morning, a small fox', '"Where is my red ball?" asked'];
