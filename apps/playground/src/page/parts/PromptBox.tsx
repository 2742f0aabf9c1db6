import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { examples } from '../examples.js';
import { runKey } from '../shortcuts.js';
import type { Order, Stage } from '../stage.js';

interface PromptBoxProps {
  readonly stage: Stage;
  readonly copyLink: () => Promise<boolean>;
  readonly exportRun: () => void;
  readonly openRun: (file: File) => Promise<void>;
}

export function PromptBox({ stage, copyLink, exportRun, openRun }: PromptBoxProps): JSX.Element {
  const { prompt, order, pending } = stage;
  const nothingRecorded = stage.lanes.every((lane) => lane.recording.value.events.length === 0);
  return (
    <section class="prompt-box" aria-label="Prompt">
      <div class="prompt-head">
        <label for="prompt">Both lanes go on from this text</label>
        <div class="examples" role="group" aria-label="Example prompts">
          {examples.map((example) => (
            <button key={example} type="button" class="example" title={example} aria-pressed={prompt.value === example} onClick={() => (prompt.value = example)}>
              {example === '' ? 'unprompted' : example}
            </button>
          ))}
        </div>
      </div>
      <textarea
        id="prompt"
        rows={2}
        maxLength={8000}
        placeholder="Empty: each model begins by itself."
        value={prompt.value}
        onInput={({ currentTarget }) => (prompt.value = currentTarget.value)}
      />
      <div class="actions">
        <button type="button" class="primary" onClick={() => (pending.value ? stage.stop() : void stage.run(stage.lanes))}>
          {pending.value ? <>Stop <kbd>Esc</kbd></> : <>Run both <kbd>{runKey}</kbd></>}
        </button>
        <OrderChoice order={order.value} choose={(chosen) => (order.value = chosen)} />
        <span class="spacer" />
        <CopyButton copy={copyLink} />
        <OpenButton open={openRun} />
        <button type="button" class="quiet" onClick={exportRun} disabled={nothingRecorded}>Export run</button>
      </div>
    </section>
  );
}

const orders: readonly { readonly order: Order; readonly title: string; readonly meaning: string }[] = [
  { order: 'together', title: 'at once', meaning: 'Both run live and share the machine' },
  { order: 'in-turn', title: 'in turn', meaning: 'Each has the machine to itself, so its times are its own; then both are shown side by side' },
];

function OrderChoice({ order, choose }: { readonly order: Order; readonly choose: (order: Order) => void }): JSX.Element {
  return (
    <fieldset class="choice">
      <legend class="unseen">Run the lanes</legend>
      {orders.map((each) => (
        <label key={each.order} title={each.meaning}>
          <input type="radio" name="order" checked={order === each.order} onChange={() => choose(each.order)} />
          <span>{each.title}</span>
        </label>
      ))}
    </fieldset>
  );
}

function OpenButton({ open }: { readonly open: (file: File) => Promise<void> }): JSX.Element {
  const take = (field: HTMLInputElement): void => {
    const file = field.files?.[0];
    field.value = ''; // the same file may be chosen again
    if (file !== undefined) void open(file);
  };
  return (
    <label class="open-run">
      <input class="unseen" type="file" accept=".json,application/json" onChange={({ currentTarget }) => take(currentTarget)} />
      <span>Open run</span>
    </label>
  );
}

function CopyButton({ copy }: { readonly copy: () => Promise<boolean> }): JSX.Element {
  const said = useSignal('Copy link');
  const press = async (): Promise<void> => {
    said.value = (await copy()) ? 'Copied' : 'It is in the address bar';
    setTimeout(() => (said.value = 'Copy link'), 2_000);
  };
  return <button type="button" class="quiet" aria-live="polite" onClick={() => void press()}>{said.value}</button>;
}
