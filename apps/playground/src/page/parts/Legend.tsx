import type { JSX } from 'preact';
import { confidenceClasses } from '../confidence.js';

/** How to read the page. */
export function Legend(): JSX.Element {
  return (
    <aside class="legend" aria-label="Legend">
      <span class="legend-title">How sure the model was</span>
      {confidenceClasses.map(({ title }, index) => <Sample key={title} like={`written sure-${index}`} text={title} />).reverse()}
      <Sample like="written newest" text="just written" />
      <Sample like="written rewritten" text="scraped and written again" />
      <span><Sample like="open current" text="" /> still open</span>
      <span><Sample like="open drafted" text="draft" /> stands to be written</span>
    </aside>
  );
}

function Sample({ like, text }: { readonly like: string; readonly text: string }): JSX.Element {
  return <span class={`cell ${like}`}><span class="word">{text}</span></span>;
}
