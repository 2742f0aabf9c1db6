/** The part of a help text that shows commands with what they do. */
export function examples(lines: readonly (readonly [command: string, meaning: string])[]): string {
  return ['', 'Examples:', ...lines.map(([command, meaning]) => `  # ${meaning}\n  ${command}`), ''].join('\n');
}
