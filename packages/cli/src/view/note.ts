import type { Output } from '../surroundings.js';
import { dim, paint } from './styled.js';

/** A line of side information: dim on a terminal. */
export function note({ write, screen }: Output, text: string): void {
  write(`${screen === undefined ? text : paint([dim(text)])}\n`);
}
