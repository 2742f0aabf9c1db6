// The library's own declarations import without file extensions, which NodeNext does not resolve. This is the part used here.
declare module '@huggingface/tokenizers' {
  export class Tokenizer {
    readonly model: { readonly vocab: readonly (string | undefined)[] };
    constructor(tokenizerJson: object, tokenizerConfig: object);
    encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
    decode(ids: readonly number[], options: { readonly clean_up_tokenization_spaces: boolean }): string;
  }
  export class SplitPreTokenizer {
    constructor(config: { readonly pattern: { readonly Regex: string }; readonly behavior: string; readonly invert: boolean });
    pre_tokenize_text(text: string): string[];
  }
}
