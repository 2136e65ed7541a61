// Several replays side by side: reads what report/series_page.cpp wrote into #data.
import { render } from 'preact';
import { Chart, drillCharts } from 'web/charts.js';
import { html } from 'web/html.js';
import { number, since, step } from 'web/words.js';

const data = JSON.parse(document.getElementById('data').textContent);
// One axis for all, so that lengths compare.
const from = Math.min(0, ...data.entries.map((one) => one.seconds.t[0] ?? 0));
const until = Math.max(1, ...data.entries.map((one) => one.end));

const kWidth = 400;
const kLeft = 52;
const kHeight = 80;

const x = (t) => kLeft + (kWidth - kLeft - 6) * (Math.min(Math.max(t, from), until) - from) / (until - from);

const kWords = {
  users_affected_percent: 'users affected', goodput_lost_percent: 'goodput lost',
  outage_success_percent: 'requests that succeed',
};

function documented(figure) {
  return (figure.at_most ? 'below ' : '') + number(figure.documented, 0, ' %');
}

function Plots({ entry }) {
  const charts = drillCharts(entry).filter((chart) => chart.name !== 'latency');
  const bottom = 26 + charts.length * (kHeight + 30) - 30;
  const by = step(until - from, 5);
  const moments = [];
  for (let t = Math.ceil(from / by) * by; t <= until; t += by) moments.push(t);
  const alert = entry.lanes.find((lane) => lane.name === 'alerts')?.items[0];
  const acts = entry.lanes.find((lane) => lane.name === 'documented team')?.items ?? [];
  return html`<svg class="small-plots" viewBox=${`0 0 ${kWidth} ${bottom + 20}`} role="img"
      aria-label=${`requests and users affected over time in ${entry.scene.scenario}: ${entry.answers[1].answer}`}>
    ${entry.shades.map((one, i) => html`<rect key=${i} class=${'shade shade-' + one.kind} x=${x(one.from)} y="8"
      width=${Math.max(1, x(one.until) - x(one.from))} height=${bottom - 8} />`)}
    ${moments.map((t) => html`<text key=${t} class="tick" x=${x(t)} y=${bottom + 14} text-anchor="middle">${t === 0 ? '0 s' : since(t).replace('.0', '')}</text>`)}
    ${charts.map((chart, i) => html`<${Chart} key=${chart.name} ts=${entry.seconds.t} breaks=${entry.seconds.interval}
      chart=${chart.name === 'users' ? { ...chart, title: 'users affected so far', most: 100 }
        : { ...chart, title: 'requests each second' }}
      x=${x} left=${kLeft} right=${kWidth - 6} top=${26 + i * (kHeight + 30)} height=${kHeight} />`)}
    ${alert && html`<line class="event-alert" x1=${x(alert.t)} x2=${x(alert.t)} y1="8" y2=${bottom} />`}
    ${acts.map((act) => html`<line key=${act.id} class="event-act" x1=${x(act.t)} x2=${x(act.t)} y1="8" y2=${bottom} />`)}
  </svg>`;
}

function Entry({ entry }) {
  const good = entry.verdict === 'as documented';
  return html`<article class="card" aria-label=${entry.scene.scenario}>
    <h2>${entry.scene.scenario}</h2>
    <p class="faint">${entry.scene.ticket} · seed ${entry.scene.seed}</p>
    <p class=${good ? '' : 'bad'}>${good ? '✓' : '✗'} ${entry.verdict}</p>
    ${entry.figures.map((figure) => html`<p key=${figure.name}><b>${kWords[figure.name] ?? figure.name}</b>:
      documented ${documented(figure)}, measured <b>${number(figure.measured, 1, ' %')}</b></p>`)}
    <${Plots} entry=${entry} />
    ${entry.answers.slice(0, 3).map((one) => html`<p key=${one.question}><b>${one.question}.</b> ${one.answer}</p>`)}
    <details><summary>Documented beside measured</summary><dl>${entry.rows.map((row) => html`<div key=${row.what}>
      <dt><b>${row.what}</b></dt><dd>documented: ${row.documented}</dd><dd>measured: ${row.measured}</dd></div>`)}</dl></details>
    <p><a href=${encodeURI(entry.folder) + '/report.html'}>The whole report</a></p>
  </article>`;
}

function Series() {
  return html`<header><h1>Documented outages, replayed</h1>
    <p class="faint">Seconds are this machine’s, from the first effect that users saw, on the same axis everywhere;
      shaded while users were not served. Dashed: the first alert. Dotted: what the documented people did.</p></header>
    <main class="cards">${data.entries.map((entry, i) => html`<${Entry} key=${i} entry=${entry} />`)}</main>
    ${data.left_out > 0 && html`<p class="note">Not all is shown: ${data.left_out} more replays have their own reports.</p>`}`;
}

addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
render(html`<${Series} />`, document.getElementById('page'));
document.documentElement.dataset.ready = 'yes';
