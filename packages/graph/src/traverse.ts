import type { Node, Value } from './value.js';

/** The nodes that `outputs` depend on, each after everything it reads. Iterative: unrolled graphs are deep. */
export function nodesInOrder(outputs: readonly Value[]): readonly Node[] {
  const ordered: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  const stack = outputs.flatMap((value) => (value.origin.kind === 'operation' ? [value.origin.node] : [])).reverse();
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    if (state.get(node) === undefined) {
      state.set(node, 'open');
      for (let i = node.inputs.length - 1; i >= 0; i--) {
        const { origin } = node.inputs[i]!;
        if (origin.kind === 'operation' && !state.has(origin.node)) stack.push(origin.node);
      }
      continue;
    }
    stack.pop();
    if (state.get(node) === 'open') {
      state.set(node, 'done');
      ordered.push(node);
    }
  }
  return ordered;
}

/** Every value without a producer that `outputs` depend on, each once, in order of first use. */
export function leavesOf(outputs: readonly Value[]): readonly Value[] {
  const leaves = new Set<Value>();
  const visit = (value: Value): void => { if (value.origin.kind !== 'operation') leaves.add(value); };
  for (const node of nodesInOrder(outputs)) node.inputs.forEach(visit);
  outputs.forEach(visit);
  return [...leaves];
}
