// Plots as SVG: they print, follow the theme and have their words beside them. One of them is a band
// of the timeline: x is the timeline's, y its own.
import { html } from 'web/html.js';
import { number, step } from 'web/words.js';

// A line through the points whose value is a number, broken where one is none, and where `breaks`
// changes.
function path(xs, ys, breaks) {
  let drawn = '';
  let pen = false;
  xs.forEach((x, i) => {
    if (ys[i] === null || (breaks && i > 0 && breaks[i] !== breaks[i - 1])) pen = false;
    if (ys[i] === null) return;
    drawn += (pen ? 'L' : 'M') + x.toFixed(1) + ' ' + ys[i].toFixed(1);
    pen = true;
  });
  return drawn;
}

// The area between two lines.
function area(xs, low, high) {
  if (xs.length === 0) return '';
  const there = xs.map((x, i) => x.toFixed(1) + ' ' + high[i].toFixed(1)).join('L');
  const back = xs.map((x, i) => x.toFixed(1) + ' ' + low[i].toFixed(1)).reverse().join('L');
  return 'M' + there + 'L' + back + 'Z';
}

function scale(chart, height, top) {
  if (chart.log) {
    const least = Math.log10(chart.least);
    const most = Math.log10(chart.most);
    return (v) => top + height * (1 - (Math.log10(Math.max(v, chart.least)) - least) / (most - least));
  }
  return (v) => top + height * (1 - v / chart.most);
}

function ticks(chart) {
  const list = [];
  if (chart.log) {
    for (let v = chart.least; v <= chart.most; v *= 10) list.push(v);
  } else {
    const by = step(chart.most, 4);
    for (let v = 0; v <= chart.most; v += by) list.push(v);
  }
  return list;
}

// chart: {title, unit, log, least, most, series: [{name, kind: line|area, values, low, className,
// dash}], levels: [{value, name}]}
export function Chart({ chart, ts, breaks, x, left, right, top, height }) {
  const y = scale(chart, height, top);
  const xs = ts.map(x);
  return html`<g>
    <text class="chart-title" x=${left} y=${top - 8}>${chart.title}</text>
    ${ticks(chart).map((v) => html`<g key=${v}>
      <line class="grid" x1=${left} x2=${right} y1=${y(v)} y2=${y(v)} />
      <text class="tick" x=${left - 6} y=${y(v) + 4} text-anchor="end">${v}${chart.unit}</text></g>`)}
    ${chart.series.map((one) => one.kind === 'area'
      ? html`<path key=${one.name} class=${'area ' + one.className}
               d=${area(xs, one.low.map(y), one.values.map(y))} />`
      : html`<path key=${one.name} class=${'line ' + one.className}
               d=${path(xs, one.values.map((v) => (v === null ? null : y(v))), one.broken && breaks)} />`)}
    ${(chart.levels ?? []).map((level) => html`<g key=${level.name}>
      <line class="level" x1=${left} x2=${right} y1=${y(level.value)} y2=${y(level.value)} />
      <text class="tick" x=${right - 4} y=${y(level.value) - 4} text-anchor="end">${level.name}</text></g>`)}
  </g>`;
}

// The plots of a drill from its columns.
export function drillCharts(data) {
  const s = data.seconds;
  const zero = s.t.map(() => 0);
  const slow = s.failed.map((v, i) => v + s.slow[i]);
  const all = slow.map((v, i) => v + s.good[i]);
  const worst = Math.max(10, ...s.p99.map((v) => v ?? 0), data.objective_ms);
  const quickest = Math.min(1, ...s.p50.filter((v) => v > 0));
  const least = 10 ** Math.floor(Math.log10(Math.max(quickest, 0.1)));
  return [
    {
      name: 'requests', unit: '', most: Math.max(10, ...all) * 1.08,
      title: 'Requests each second: failed, slow, good (from below)',
      series: [
        { name: 'good', kind: 'area', className: 'good', low: slow, values: all },
        { name: 'slow', kind: 'area', className: 'slow', low: s.failed, values: slow },
        { name: 'failed', kind: 'area', className: 'bad', low: zero, values: s.failed },
      ],
    },
    {
      name: 'latency', unit: ' ms', log: true, least, most: worst * 1.5,
      title: 'Time to answer: p99 (solid), p50 (dashed)',
      levels: [{ value: data.objective_ms, name: 'slower counts as slow' }],
      series: [
        { name: 'p99', kind: 'line', className: 'p99', values: s.p99 },
        { name: 'p50', kind: 'line', className: 'p50', values: s.p50 },
      ],
    },
    {
      name: 'users', unit: ' %', most: Math.max(10, ...s.affected) * 1.1,
      title: 'Users affected so far; counted anew in each phase',
      series: [{ name: 'affected', kind: 'line', className: 'bad-line', values: s.affected, broken: true }],
    },
  ];
}

// What the plots say at a place of the columns.
export function reading(data, i) {
  if (i < 0) return '';
  const s = data.seconds;
  return `failed ${s.failed[i]}, slow ${s.slow[i]}, good ${s.good[i]} a second; ` +
    `p99 ${number(s.p99[i], 0, ' ms')}, p50 ${number(s.p50[i], 1, ' ms')}; ` +
    `users affected so far ${number(s.affected[i], 1, ' %')}`;
}
