import { GraphError, parameter } from '@palimpsest/graph';
import type { Declarations, ParameterDeclaration, Scope, StateDeclaration } from './layer.js';

/** A root scope and the lists that its declarations fill. @throws GraphError when a name is declared twice. */
export function openScope(): { readonly scope: Scope; readonly declarations: Declarations } {
  const parameters: ParameterDeclaration[] = [];
  const states: StateDeclaration[] = [];
  const names = new Set<string>();
  const claim = (path: string, name: string): string => {
    const full = path === '' ? name : `${path}.${name}`;
    if (names.has(full)) throw new GraphError({ where: `scope ${path}`, expected: 'each name once', got: `${full} twice`, hint: 'Give the second layer a child scope of its own.' });
    names.add(full);
    return full;
  };
  const at = (path: string): Scope => ({
    path,
    child: (name) => at(path === '' ? String(name) : `${path}.${name}`),
    parameter: (name, shape, { initialise, role }) => {
      const full = claim(path, name);
      const value = parameter(full, shape);
      parameters.push({ name: full, shape, initialise, role, value });
      return value;
    },
    state: (name, shape, growth, options) => {
      const state = { name: claim(path, name), shape, growth, ...options };
      states.push(state);
      return state;
    },
  });
  return { scope: at(''), declarations: { parameters, states } };
}
