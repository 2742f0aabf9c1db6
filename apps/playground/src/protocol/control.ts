/** What a sampler may be told, as data: the page draws a control from it and the server checks a request against it. */
export type Control = NumberControl | ChoiceControl | SwitchControl;

interface ControlTexts {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
  /** Shown, and read by the sampler, only while another control has this value. */
  readonly when?: { readonly control: string; readonly is: Setting };
}

export interface NumberControl extends ControlTexts {
  readonly kind: 'number';
  readonly minimum: number;
  readonly maximum: number;
  readonly step: number;
  readonly initial: number;
  /** The value at which the control has no effect. */
  readonly off?: number;
}
export interface ChoiceControl extends ControlTexts {
  readonly kind: 'choice';
  readonly options: readonly { readonly value: string; readonly title: string }[];
  readonly initial: string;
}
export interface SwitchControl extends ControlTexts {
  readonly kind: 'switch';
  readonly initial: boolean;
}

export type Setting = number | string | boolean;
export type Settings = Readonly<Record<string, Setting>>;

export function initialSettings(controls: readonly Control[]): Settings {
  return Object.fromEntries(controls.map(({ name, initial }) => [name, initial]));
}

export function applies(control: Control, settings: Settings): boolean {
  return control.when === undefined || settings[control.when.control] === control.when.is;
}

/** The first thing wrong with a value for a control, as what was expected; nothing when it is right. */
export function expectation(control: Control, value: unknown): string | undefined {
  switch (control.kind) {
    case 'number':
      return fitsNumber(control, value) ? undefined : `${numberWord(control)} from ${control.minimum} to ${control.maximum}`;
    case 'choice':
      return control.options.some((option) => option.value === value)
        ? undefined
        : `one of ${control.options.map((option) => `"${option.value}"`).join(', ')}`;
    case 'switch':
      return typeof value === 'boolean' ? undefined : 'true or false';
  }
  return control satisfies never;
}

function fitsNumber({ minimum, maximum, step }: NumberControl, value: unknown): boolean {
  return typeof value === 'number' && value >= minimum && value <= maximum && (!Number.isInteger(step) || Number.isInteger(value));
}

function numberWord({ step }: NumberControl): string {
  return Number.isInteger(step) ? 'a whole number' : 'a number';
}
