import type { Vocabulary } from '@palimpsest/backbone';
import type { ModelDefinition } from '@palimpsest/layers';

/** How one kind of published checkpoint is read: what its config means, and what its tensors are called. */
export interface CheckpointFamily {
  readonly name: string;
  /** `model_type` of the config files that it reads. */
  readonly modelTypes: readonly string[];
  /**
   * @param where the config file, for messages.
   * @throws PalimpsestError when keys are missing, unknown, or ask for what we do not build.
   */
  readonly assemble: (config: unknown, where: string) => AssembledModel;
}

export interface AssembledModel {
  readonly definition: ModelDefinition;
  readonly vocabulary: Vocabulary;
  /** The file's name for a parameter of ours. */
  readonly tensorName: (parameter: string) => string;
  /** Tensors that may lie in the file and are not read. */
  readonly ignored: (tensor: string) => boolean;
}
