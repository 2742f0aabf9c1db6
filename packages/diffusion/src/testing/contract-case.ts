/** One law as a test: `for (const { name, run } of cases) test(name, run)`. `run` throws when the law is broken. */
export interface ContractCase {
  readonly name: string;
  readonly run: () => void;
}
