import type { Vocabulary } from '@palimpsest/backbone';
import type { ModelDefinition } from '@palimpsest/layers';

/** How one kind of published checkpoint is read: what its config means, and what its tensors are called. */
export interface CheckpointFamily {
  readonly name: string;
  /** `model_type` of the config files that it reads. */
  readonly modelTypes: readonly string[];
  /** Present where tables may have more rows than there are tokens, and the config does not say how many. */
  readonly padsVocabulary?: true;
  /** Whether a config without one of these types, or with one that several families use, is of this family. */
  readonly claims?: (config: Readonly<Record<string, unknown>>) => boolean;
  /**
   * @param where the config file, for messages.
   * @param tokens how many the folder's tokenizer has, for families that pad their tables beyond them.
   * @throws PalimpsestError when keys are missing, unknown, or ask for what we do not build.
   */
  readonly assemble: (config: unknown, where: string, tokens?: number) => AssembledModel;
}

export interface AssembledModel {
  readonly definition: ModelDefinition;
  readonly vocabulary: Vocabulary;
  /** The file's name for a parameter of ours. */
  readonly tensorName: (parameter: string) => string;
  /** Tensors that may lie in the file and are not read. */
  readonly ignored: (tensor: string) => boolean;
  /** What the config leaves open and was decided here, in sentences. */
  readonly assumptions?: readonly string[];
}
