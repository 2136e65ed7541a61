// One lane for each kind of thing that happened, below the plots and on their axis.
import { html } from 'web/html.js';
import { since } from 'web/words.js';

const kRow = 20;
const kMostRows = 4;

// Items in rows, so that none covers another's sign; what has no room goes into the last row.
export function placed(items, x, end) {
  const free = [];
  return items.map((item) => {
    const from = x(item.t);
    const until = Math.max(from + 13, item.until === undefined ? 0 : x(item.until ?? end));
    let row = free.findIndex((taken) => taken <= from);
    if (row < 0) row = Math.min(free.length, kMostRows - 1);
    free[row] = Math.max(free[row] ?? 0, until + 2);
    return { item, row, from, until };
  });
}

export function laneHeight(places) {
  return kRow * (1 + Math.max(0, ...places.map((place) => place.row))) + 6;
}

const fitted = (text, most) => (text.length <= most ? text : text.slice(0, most - 1) + '…');

// A sign says what it is: the colour only repeats it.
function Item({ place, top, chosen, focusable, choose, end }) {
  const { item, row, from, until } = place;
  const y = top + row * kRow + 15;
  const span = item.until !== undefined;
  const cls = 'item ' + (item.kind ?? '') + (chosen ? ' chosen' : '');
  return html`<g><g class=${cls} role="button" tabindex=${focusable ? 0 : -1} data-id=${item.id}
      aria-label=${item.label + ', ' + since(item.t)} aria-pressed=${chosen ? 'true' : 'false'}
      onClick=${(event) => { event.stopPropagation(); choose(item); }}>
    <title>${since(item.t)} ${item.label}</title>
    ${span && html`<rect class="bar" x=${from} y=${y - 10} width=${Math.max(2, until - from)} height="12" />`}
    <rect class="hit" x=${from - 2} y=${y - 13} width="16" height="18" rx="3" />
    <text class="sign" aria-hidden="true" x=${from} y=${y}>${item.sign}</text>
  </g>
    ${span && until - from > 60 && html`<text class="in-bar" x=${from + 15} y=${y}>
      ${fitted(item.label, Math.floor((until - from - 20) / 7))}</text>`}
  </g>`;
}

export function Lane({ lane, places, top, left, right, chosen, focusable, choose, end }) {
  return html`<g>
    <line class="grid" x1="0" x2=${right} y1=${top} y2=${top} />
    <text class="lane-name" x="0" y=${top + 15}>${lane.name}<title>${lane.about}</title></text>
    ${places.map((place) => html`<${Item} key=${place.item.id} place=${place} top=${top} end=${end}
      chosen=${chosen === place.item.id} focusable=${focusable === place.item.id} choose=${choose} />`)}
  </g>`;
}

// The drill's phases, named where there is room.
export function Phases({ phases, x, top, right }) {
  return html`<g>
    <line class="grid" x1="0" x2=${right} y1=${top} y2=${top} />
    <text class="lane-name" x="0" y=${top + 15}>phases</text>
    ${phases.map((phase, i) => {
      const from = x(phase.from);
      const width = Math.max(1, x(phase.until) - from);
      const fits = width > phase.name.length * 6.6 + 6;
      return html`<g key=${i} class="phase"><title>${phase.name}, from ${since(phase.from)}</title>
        <rect x=${from} y=${top + 4} width=${width} height="16" class=${'phase-' + (i % 2)} />
        ${fits && html`<text x=${from + 4} y=${top + 16}>${phase.name}</text>`}</g>`;
    })}
  </g>`;
}
