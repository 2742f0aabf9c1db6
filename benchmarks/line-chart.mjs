// Charts for docs: lines over a logarithmic or plain axis as an SVG that is legible on light and dark pages.
import { writeFileSync } from 'node:fs';
import { init } from 'echarts';

/** Okabe and Ito's colours, which the colour-blind tell apart; marks differ too. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00'];
const marks = ['circle', 'rect', 'triangle', 'diamond', 'pin'];
/** Stands for the colour of the page's text. */
const ink = '#010203';

const axis = ({ title, ...rest }, where) => ({
  name: title, nameLocation: 'middle', nameGap: where === 'x' ? 26 : 40, nameTextStyle: { color: ink }, axisLabel: { color: ink }, axisLine: { lineStyle: { color: ink } },
  splitLine: { lineStyle: { color: '#8884' } }, ...rest,
});

/**
 * Writes `panels` side by side. A panel is { title, x, y, lines }: axes as ECharts takes them with a title, lines as
 * { name, points: [x, y][] } in the same order in every panel; the legend is that of the first.
 */
export function writeChart(path, panels, { width = 900, height = 340, description }) {
  const share = 100 / panels.length;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    animation: false,
    color: colours,
    legend: { bottom: 0, itemGap: 36, textStyle: { color: ink }, data: panels[0].lines.map(({ name }) => name) },
    title: panels.map(({ title }, index) => ({ text: title, left: `${(index + 0.5) * share}%`, textAlign: 'center', textStyle: { color: ink, fontSize: 13 } })),
    grid: panels.map((_, index) => ({ left: `${index * share + 7}%`, width: `${share - 10}%`, top: 36, bottom: 78 })),
    xAxis: panels.map(({ x }, index) => ({ ...axis(x, 'x'), gridIndex: index })),
    yAxis: panels.map(({ y }, index) => ({ ...axis(y, 'y'), gridIndex: index })),
    series: panels.flatMap(({ lines }, panel) => lines.map(({ name, points }, line) => ({
      type: 'line', name, data: points, xAxisIndex: panel, yAxisIndex: panel, symbol: marks[line], symbolSize: 7, itemStyle: { color: colours[line] }, lineStyle: { width: 2 },
    }))),
  });
  const drawn = chart.renderToSVGString();
  chart.dispose();
  const style = '<style>svg{color:#24292f}@media(prefers-color-scheme:dark){svg{color:#e6edf3}}</style>';
  writeFileSync(path, `${drawn.replaceAll(ink, 'currentColor').replace(/(<svg[^>]*>)/, `$1<title>${description}</title>${style}`)}\n`);
}
