import { TokenizerError } from './error.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** The parsed contents of a tokenizer's directory. What is missing from the directory is absent. */
export interface TokenizerFiles {
  readonly tokenizerJson: unknown;
  readonly tokenizerConfig: unknown;
  readonly specialTokensMap?: unknown;
  readonly generationConfig?: unknown;
  /** The model's config.json: diffusion checkpoints name their mask token only there. */
  readonly modelConfig?: unknown;
  /** Jinja source. */
  readonly chatTemplate?: string;
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** The entry as the file has it, with what only the library looks at. */
  readonly entry: JsonObject;
}

/** tokenizer.json as far as this package looks into it. */
export interface ParsedTokenizer {
  readonly json: JsonObject;
  readonly model: JsonObject;
  /** Text and id of each token of the model; the added tokens are apart. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly addedTokens: readonly AddedToken[];
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws TokenizerError when a part that is needed is missing or has another form. */
export function parseTokenizer({ tokenizerJson, tokenizerConfig }: TokenizerFiles): ParsedTokenizer {
  const json = expectObject(tokenizerJson, 'tokenizer.json');
  const model = expectObject(json['model'], 'tokenizer.json, model');
  const addedTokens = expectList(json['added_tokens'] ?? [], 'tokenizer.json, added_tokens').map(parseAddedToken);
  const listed = expectObject(tokenizerConfig, 'tokenizer_config.json')['added_tokens_decoder'] ?? {};
  // transformers adds what tokenizer_config.json lists beyond tokenizer.json: some checkpoints have their mask token only there.
  const further = Object.entries(expectObject(listed, 'tokenizer_config.json, added_tokens_decoder'))
    .map(([id, entry]) => parseAddedToken({ ...(isObject(entry) ? entry : {}), id: Number(id) }))
    .filter(({ content, id }) => !addedTokens.some((token) => token.content === content || token.id === id));
  return { json, model, vocabulary: parseVocabulary(model), addedTokens: [...addedTokens, ...further] };
}

function parseAddedToken(value: unknown): AddedToken {
  const entry = isObject(value) ? value : {};
  const { id, content, special } = entry;
  if (!isTokenId(id) || typeof content !== 'string' || content === '') {
    throw new TokenizerError({ where: 'added token', expected: 'an object with an id and a content', got: describe(value) });
  }
  return { id, content, special: special === true, entry };
}

/** Unigram models list [text, score] in the order of ids, the others map text to id. */
function parseVocabulary({ vocab }: JsonObject): Map<string, number> {
  const where = 'tokenizer.json, model.vocab';
  const entries = Array.isArray(vocab)
    ? vocab.map((entry: unknown, id): [unknown, unknown] => [Array.isArray(entry) ? entry[0] : entry, id])
    : Object.entries(expectObject(vocab, where));
  return new Map(entries.map(([text, id]) => {
    if (typeof text !== 'string' || !isTokenId(id)) {
      throw new TokenizerError({ where, expected: 'token texts with ids from 0', got: `${describe(text)} with ${describe(id)}` });
    }
    return [text, id];
  }));
}

export const isTokenId = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

export function expectObject(value: unknown, where: string): JsonObject {
  if (!isObject(value)) throw new TokenizerError({ where, expected: 'an object', got: describe(value) });
  return value;
}

function expectList(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TokenizerError({ where, expected: 'a list', got: describe(value) });
  return value;
}

export const describe = (value: unknown): string => (value === undefined ? 'nothing' : `${JSON.stringify(value).slice(0, 80)}`);
