// Plots and lanes on one axis: hover reads, click goes there, arrows walk from thing to thing.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Chart, drillCharts, reading } from 'web/charts.js';
import { html } from 'web/html.js';
import { Lane, laneHeight, Phases, placed } from 'web/lanes.js';
import { at, clock, since, step } from 'web/words.js';

const kLeft = 112;
const kChart = 92;
const kGap = 30;

// The width that there is, followed.
function useWidth(element) {
  const [width, setWidth] = useState(960);
  useEffect(() => {
    // In the next frame, by what is true then: what is drawn anew may change the size. On paper the
    // drawing is scaled instead.
    const observer = new ResizeObserver(() => requestAnimationFrame(() => {
      const found = Math.round(element.current?.clientWidth ?? 0);
      if (found > 0 && !matchMedia('print').matches) setWidth(Math.max(420, found));
    }));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}

function Axis({ x, from, until, y, zero }) {
  const by = step(until - from, Math.max(2, Math.floor((x(until) - x(from)) / 85)));
  const moments = [];
  for (let t = Math.ceil(from / by) * by; t <= until; t += by) moments.push(t);
  const last = x(until) - 26;
  return html`<g>${moments.map((t) => html`<g key=${t}>
    <line class="grid" x1=${x(t)} x2=${x(t)} y1="14" y2=${y} />
    ${x(t) < last && html`<text class="tick" x=${x(t)} y=${y + 14} text-anchor="middle">${t === 0 ? '0 s' : since(t).replace('.0', '')}</text>
      <text class="tick faint" x=${x(t)} y=${y + 28} text-anchor="middle">${clock(zero, t)}</text>`}</g>`)}</g>`;
}

const kShadeWords = { fault: 'fault', effect: 'effect', drill: 'restart by the drill' };

function Shades({ shades, x, bottom }) {
  let named = 0;  // the names above the plots must not cover each other
  return html`<g>${[...shades].sort((a, b) => a.from - b.from).map((one, i) => {
    const width = Math.max(1.5, x(one.until) - x(one.from));
    const fits = width > 30 && x(one.from) >= named;
    if (fits) named = x(one.from) + 8 + 7 * kShadeWords[one.kind].length;
    return html`<g key=${i}>
      <rect class=${'shade shade-' + one.kind} x=${x(one.from)} y="14" width=${width} height=${bottom - 14}>
        <title>${one.name}: ${since(one.from)} to ${since(one.until)}</title></rect>
      ${fits && html`<text class="shade-name" x=${x(one.from) + 3} y="11">${kShadeWords[one.kind]}</text>`}</g>`;
  })}</g>`;
}

// Lines through the plots: alerts that fired, and what somebody did.
function Lines({ lanes, x, bottom }) {
  const lines = [];
  for (const lane of lanes) {
    const kind = { alerts: 'alert', said: 'act', 'documented team': 'act' }[lane.name];
    if (!kind) continue;
    for (const item of lane.items.slice(0, 60)) lines.push({ kind, item });
  }
  return html`<g>${lines.map(({ kind, item }) => html`<line key=${item.id} class=${'event-' + kind}
    x1=${x(item.t)} x2=${x(item.t)} y1="14" y2=${bottom}><title>${item.label}, ${since(item.t)}</title></line>`)}</g>`;
}

function layout(data, width) {
  const from = Math.min(0, data.seconds.t[0] ?? 0, data.phases[0]?.from ?? 0);
  const until = Math.max(from + 1, data.end);
  const right = width - 8;
  const x = (t) => kLeft + (right - kLeft) * (Math.min(Math.max(t, from), until) - from) / (until - from);
  const back = (px) => from + (until - from) * (px - kLeft) / (right - kLeft);
  let top = 44;
  const charts = drillCharts(data).map((chart) => {
    const place = { chart, top };
    top += kChart + kGap;
    return place;
  });
  const chartsEnd = top - kGap + 4;
  const axis = chartsEnd;
  top = chartsEnd + 40;
  const phases = top;
  top += 26;
  const lanes = data.lanes.map((lane) => {
    const places = placed(lane.items, x, until);
    const place = { lane, places, top };
    top += laneHeight(places);
    return place;
  });
  return { from, until, right, x, back, charts, chartsEnd, axis, phases, lanes, height: top + 4 };
}

export function Timeline({ data, zero, chosen, chosenAt, choose, goTo }) {
  const box = useRef(null);
  const width = useWidth(box);
  const [hover, setHover] = useState(null);
  const plan = useMemo(() => layout(data, width), [data, width]);
  const order = useMemo(() => data.lanes.flatMap((lane) => lane.items)
    .sort((a, b) => a.t - b.t || a.line - b.line), [data]);
  const focusable = chosen ?? order[0]?.id;

  const moment = (event) => {
    const x = event.clientX - box.current.getBoundingClientRect().left;
    const t = plan.back(x);
    return t >= plan.from && t <= plan.until ? t : null;
  };
  const walk = (event) => {
    const id = document.activeElement?.dataset?.id;
    if (!id) return;
    const lane = data.lanes.findIndex((one) => one.items.some((item) => item.id === id));
    const place = order.findIndex((item) => item.id === id);
    let next = null;
    if (event.key === 'ArrowRight') next = order[place + 1];
    else if (event.key === 'ArrowLeft') next = order[place - 1];
    else if (event.key === 'Home') next = order[0];
    else if (event.key === 'End') next = order[order.length - 1];
    else if (event.key === 'ArrowDown') next = nearest(data.lanes[lane + 1], order[place].t);
    else if (event.key === 'ArrowUp') next = nearest(data.lanes[lane - 1], order[place].t);
    else if (event.key === 'Enter' || event.key === ' ') next = order[place];
    else return;
    event.preventDefault();
    if (!next) return;
    choose(next);
    box.current.querySelector(`[data-id="${CSS.escape(next.id)}"]`)?.focus();
  };
  const marked = hover ?? chosenAt;
  const place = marked === null ? -1 : at(data.seconds.t, marked);
  return html`<div class="timeline">
    <div ref=${box} class="scroll">
      <svg width=${width} height=${plan.height} viewBox=${`0 0 ${width} ${plan.height}`} role="group"
          aria-label="Plots and lanes over time; arrow keys walk, a table follows below"
          onMouseMove=${(event) => setHover(moment(event))} onMouseLeave=${() => setHover(null)}
          onClick=${(event) => { const t = moment(event); if (t !== null) goTo(t); }} onKeyDown=${walk}>
        <${Shades} shades=${data.shades} x=${plan.x} bottom=${plan.chartsEnd} />
        <${Axis} x=${plan.x} from=${plan.from} until=${plan.until} y=${plan.axis} zero=${zero} />
        ${plan.charts.map(({ chart, top }) => html`<${Chart} key=${chart.name} chart=${chart}
          ts=${data.seconds.t} breaks=${data.seconds.interval} x=${plan.x} left=${kLeft}
          right=${plan.right} top=${top} height=${kChart} />`)}
        <${Lines} lanes=${data.lanes} x=${plan.x} bottom=${plan.chartsEnd} />
        <${Phases} phases=${data.phases} x=${plan.x} top=${plan.phases} right=${plan.right} />
        ${plan.lanes.map(({ lane, places, top }) => html`<${Lane} key=${lane.name} lane=${lane}
          places=${places} top=${top} left=${kLeft} right=${plan.right} chosen=${chosen}
          focusable=${focusable} choose=${choose} end=${plan.until} />`)}
        ${marked !== null && html`<line class="cursor" x1=${plan.x(marked)} x2=${plan.x(marked)}
          y1="14" y2=${plan.height - 4} />`}
      </svg>
    </div>
    <p class="reading" aria-hidden="true">${marked === null ? 'Point at the plots to read them; click to go there.'
      : html`<b>${since(marked)}</b> ${clock(zero, marked)} ${reading(data, place)}`}</p>
  </div>`;
}

function nearest(lane, t) {
  return lane?.items.reduce((best, item) =>
    (!best || Math.abs(item.t - t) < Math.abs(best.t - t) ? item : best), null);
}
