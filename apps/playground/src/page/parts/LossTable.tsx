import type { JSX } from 'preact';
import type { InnerLossReport } from '../../protocol/inner-loss.js';
import { formatLoss } from '../format.js';
import type { Span } from '../learning.js';

/** All numbers of the charts, for readers who do not see them and for those who want to know. */
export function LossTable({ report: { layers, texts }, spans }: { readonly report: InnerLossReport; readonly spans: readonly Span[] }): JSX.Element {
  return (
    <details class="numbers">
      <summary>All numbers as a table</summary>
      <div class="scrolled" tabIndex={0} role="region" aria-label="Inner losses, a table" data-keeps-arrows>
        <table>
          <thead>
            <tr>
              <th scope="col">layer</th><th scope="col">tokens</th><th scope="col">loss before</th><th scope="col">loss after</th><th scope="col">weights moved</th><th scope="col">text</th>
            </tr>
          </thead>
          <tbody>
            {layers.flatMap(({ layer, lossBefore, lossAfter, moved }) => spans.map(({ from, to }, index) => (
              <tr key={`${layer} ${from}`}>
                <th scope="row">{layer.replace(/^model\.layers\./, '')}</th>
                <td>{from + 1} to {to}</td>
                <td>{formatLoss(lossBefore[index])}</td>
                <td>{formatLoss(lossAfter[index])}</td>
                <td>{formatLoss(moved[index])}</td>
                <td class="text">{texts.slice(from, to).join('')}</td>
              </tr>
            )))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
