import type { StateDeclaration } from '@palimpsest/layers';

/** The states that grow alike and whose rows are equally wide leave the graph as one tensor, their heads one after the other. */
export function keptGroups(states: readonly StateDeclaration[]): ReadonlyMap<string, readonly StateDeclaration[]> {
  const groups = new Map<string, StateDeclaration[]>();
  for (const state of states) {
    if (state.growth === 'fixed') continue;
    const name = `${state.growth} rows of ${state.shape[1]}`;
    groups.set(name, [...(groups.get(name) ?? []), state]);
  }
  return groups;
}
