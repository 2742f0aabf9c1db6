import type { JSX } from 'preact';
import { applies, type Control, type NumberControl, type Setting } from '../../protocol/control.js';
import type { Lane } from '../lane.js';
import { readSeed } from '../link.js';

/** The sampler's controls, drawn from what the server says of them. */
export function Controls({ lane }: { readonly lane: Lane }): JSX.Element {
  const controls = (lane.way.value?.controls ?? []).filter((control) => applies(control, lane.settings.value));
  return (
    <details class="sampler">
      <summary>
        <span class="sampler-title">Sampler</span> <span class="sampler-digest">{digest(lane, controls)}</span>
      </summary>
      <div class="controls">
        {controls.map((control) => <Field key={control.name} lane={lane} control={control} />)}
        <SeedField lane={lane} />
      </div>
    </details>
  );
}

function digest(lane: Lane, controls: readonly Control[]): string {
  const settings = lane.settings.value;
  const parts = controls.flatMap((control) => {
    const value = settings[control.name] ?? control.initial;
    return inWords(control, value) ?? [];
  });
  return [...parts, `seed ${lane.seed.value}`].join(' · ');
}

/** Nothing for a control that has no effect. */
function inWords(control: Control, value: Setting): string | undefined {
  const title = control.title.toLowerCase();
  switch (control.kind) {
    case 'number':
      return value === control.off ? undefined : `${title} ${String(value)}`;
    case 'choice':
      return control.options.find((option) => option.value === value)?.title;
    case 'switch':
      return value === true ? title : undefined;
  }
  return control satisfies never;
}

interface FieldProps<C extends Control> {
  readonly lane: Lane;
  readonly control: C;
}

function Field({ lane, control }: FieldProps<Control>): JSX.Element {
  const id = `${lane.letter}-${control.name}`;
  const change = (value: Setting): void => {
    lane.settings.value = { ...lane.settings.value, [control.name]: value };
  };
  return (
    <div class="field">
      <label for={id}>{control.title}</label>
      <Input id={id} control={control} value={lane.settings.value[control.name] ?? control.initial} change={change} />
      <small id={`${id}-hint`}>{control.hint}</small>
    </div>
  );
}

interface InputProps<C extends Control> {
  readonly id: string;
  readonly control: C;
  readonly value: Setting;
  readonly change: (value: Setting) => void;
}

function Input({ id, control, value, change }: InputProps<Control>): JSX.Element {
  const described = { id, 'aria-describedby': `${id}-hint` };
  switch (control.kind) {
    case 'number':
      return <NumberInput id={id} control={control} value={value} change={change} />;
    case 'choice':
      return (
        <select {...described} value={String(value)} onChange={({ currentTarget }) => change(currentTarget.value)}>
          {control.options.map((option) => <option key={option.value} value={option.value}>{option.title}</option>)}
        </select>
      );
    case 'switch':
      return <input {...described} type="checkbox" role="switch" checked={value === true} onChange={({ currentTarget }) => change(currentTarget.checked)} />;
  }
  return control satisfies never;
}

function NumberInput({ id, control, value, change }: InputProps<NumberControl>): JSX.Element {
  const { minimum, maximum, step, title } = control;
  const take = (text: string): void => {
    const number = Number(text);
    if (text.trim() !== '' && Number.isFinite(number)) change(Math.min(Math.max(number, minimum), maximum));
  };
  const shared = { min: minimum, max: maximum, step, value: Number(value) };
  return (
    <span class="number">
      <input {...shared} type="range" aria-label={`${title}, slider`} tabIndex={-1} onInput={({ currentTarget }) => take(currentTarget.value)} />
      <input {...shared} id={id} aria-describedby={`${id}-hint`} type="number" onChange={({ currentTarget }) => take(currentTarget.value)} />
    </span>
  );
}

function SeedField({ lane }: { readonly lane: Lane }): JSX.Element {
  const id = `${lane.letter}-seed`;
  const take = (text: string): void => {
    lane.seed.value = readSeed(text) ?? lane.seed.value;
  };
  return (
    <div class="field">
      <label for={id}>Seed</label>
      <span class="number">
        <button type="button" class="quiet" onClick={() => (lane.seed.value = Math.floor(Math.random() * 10_000))}>another</button>
        <input id={id} aria-describedby={`${id}-hint`} type="number" min={0} step={1} value={lane.seed.value} onChange={({ currentTarget }) => take(currentTarget.value)} />
      </span>
      <small id={`${id}-hint`}>The same seed writes the same tokens.</small>
    </div>
  );
}
