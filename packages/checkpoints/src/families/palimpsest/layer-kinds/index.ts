import { PalimpsestError } from '@palimpsest/backbone';
import type { Layer, Scope } from '@palimpsest/layers';
import { attention } from './attention.js';
import type { AttentionSettings } from './attention.js';
import { gatedMlp } from './gated-mlp.js';
import type { GatedMlpSettings } from './gated-mlp.js';
import type { Lack, LayerKind, StackSizes } from './layer-kind.js';
import { mamba2 } from './mamba2.js';
import type { Mamba2Settings } from './mamba2.js';
import { ttt } from './ttt.js';
import type { TttSettings } from './ttt.js';

/** What each kind is set to. A kind more is a file more, a line here and a line below. */
export interface LayerSettings {
  readonly attention: AttentionSettings;
  readonly mamba2: Mamba2Settings;
  readonly ttt: TttSettings;
  readonly mlp: GatedMlpSettings;
}
export type LayerKindName = keyof LayerSettings;

export const layerKinds: { readonly [Kind in LayerKindName]: LayerKind<LayerSettings[Kind]> } = { attention, mamba2, ttt, mlp: gatedMlp };
export const layerKindNames: readonly LayerKindName[] = Object.keys(layerKinds) as LayerKindName[]; // the table has these keys and no others

/** Which kind stands in which layer, and what each kind is set to. */
export interface LayerList {
  readonly kinds: readonly LayerKindName[];
  readonly settings: { readonly [Kind in LayerKindName]?: LayerSettings[Kind] | undefined };
}

/** Does something with one kind of a list and its settings. @throws PalimpsestError where the list has none for it. */
function withKind<T>({ kinds, settings }: LayerList, name: LayerKindName, use: <Settings>(kind: LayerKind<Settings>, own: Settings) => T): T {
  const read = <Kind extends LayerKindName>(key: Kind): T => {
    const own: LayerSettings[Kind] | undefined = settings[key];
    if (own === undefined) throw new PalimpsestError({ where: `layer ${kinds.indexOf(key)}`, expected: `settings of ${key}`, got: 'none' });
    return use(layerKinds[key], own);
  };
  return read(name);
}

/** @throws PalimpsestError or GraphError, naming the layer, where sizes do not go together. */
export const createLayer = (list: LayerList, name: LayerKindName, scope: Scope, stack: StackSizes): Layer =>
  withKind(list, name, (kind, own) => kind.create(scope, own, stack));

/** The first thing that the settings lack for a visibility of such blocks. */
export const lackOf = (list: LayerList, blockSize: number): Lack | undefined =>
  list.kinds.map((name) => withKind(list, name, (kind, own) => kind.lacks?.(own, blockSize))).find((lack) => lack !== undefined);

/** Each kind once, with how many layers are of it. */
export const describeLayerList = (list: LayerList): string => [...new Set(list.kinds)]
  .map((name) => `${list.kinds.filter((each) => each === name).length} of ${withKind(list, name, (kind, own) => kind.describe(own))}`)
  .join('; ');

/** What is wrong with a list: kinds without settings, settings without a layer; undefined where nothing is. */
export function faultOf({ kinds, settings }: LayerList): Lack | undefined {
  const bare = kinds.find((name) => settings[name] === undefined);
  if (bare !== undefined) return { key: bare, expected: `settings, since layer ${kinds.indexOf(bare)} is of this kind` };
  const idle = layerKindNames.find((name) => settings[name] !== undefined && !kinds.includes(name));
  return idle === undefined ? undefined : { key: idle, expected: 'nothing, since no layer is of this kind' };
}
