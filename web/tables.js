// What stands in tables: the drill's lessons, the document beside the measurement, and the twin of
// each plot.
import { useState } from 'preact/hooks';
import { html } from 'web/html.js';
import { Lines } from 'web/score.js';
import { clock, number, since } from 'web/words.js';

const Table = ({ label, head, numbers, children }) => html`<div class="scroll" tabindex="0" role="group" aria-label=${label}><table class=${numbers ? 'numbers' : ''}>
  <thead><tr>${head.map((one) => html`<th key=${one} scope="col">${one}</th>`)}</tr></thead>
  <tbody>${children}</tbody></table></div>`;

const right = (credit) => (credit >= 0.999 ? '✓ right' : credit > 0 ? '◐ near' : '✗ wrong');

export function Lessons({ data, goTo }) {
  const { fields, proofs, tells, notes, question, not_seen: notSeen, turns } = data.lessons;
  const seen = proofs.some((proof) => proof.sights.length > 0);
  return html`<section aria-labelledby="cause"><h2 id="cause">The cause, and what would have told</h2>
    ${fields.length > 0 && html`<${Table} label="The answer, field by field" head=${['field', 'said', 'truth', 'grade', 'why']}>
      ${fields.map((one) => html`<tr key=${one.field}><th scope="row">${one.field}</th><td>${one.said || '–'}</td>
        <td>${one.truth || '–'}</td><td class="nowrap">${right(one.credit)}</td><td>${one.why}</td></tr>`)}<//>`}
    ${notes.map((one) => html`<p key=${one}>${one}</p>`)}
    <ul>${tells.map((one) => html`<li key=${one}>${one}</li>`)}</ul>
    <h3>Each of these is enough by itself</h3>
    <ul>${proofs.map((proof) => html`<li key=${proof.name}>${proof.name}${proof.cited ? ' ★ cited' : ''}
      ${proof.sights.map((sight, i) => html`<div key=${i} class="sight">
        <a href=${sight.id ? '#' + sight.id : '#e' + sight.line}>${since(sight.t)} ${sight.id || sight.by}</a> on ${sight.host}:${' '}<code>${sight.command}</code> printed <code>${sight.shown}</code></div>`)}</li>`)}</ul>
    ${!seen && question && html`<p>Nobody asked. The question: ${question}</p>`}
    ${notSeen.map((one) => html`<p key=${one.id}>✗ ${one.id} was cited, but was not seen on the system: ${one.why}</p>`)}
    ${turns.length > 0 && html`<h3>Wrong turns, and what they cost</h3><${Table} label="Wrong turns" head=${['when', 'for', 'what', 'points', 'journal']}>
      ${turns.map((one, i) => html`<tr key=${i}><td class="nowrap">
          <button type="button" class="link" onClick=${() => goTo(one.t)}>${since(one.t)}</button></td>
        <td class="nowrap">${one.seconds > 0 ? number(one.seconds) + ' s' : '–'}</td><td>${one.what}</td>
        <td class="num">${one.points > 0 ? '−' + number(one.points) : '–'}</td>
        <td><${Lines} lines=${one.lines.slice(0, 4)} texts=${data.lines} /></td></tr>`)}<//>`}
  </section>`;
}

export function Document({ data }) {
  const d = data.document;
  return html`<section aria-labelledby="document"><h2 id="document">Documented beside measured</h2>
    <${Table} label="Documented beside measured" head=${['what', 'documented (clock time)', 'measured (seconds of this machine)']}>
      ${d.rows.map((row) => html`<tr key=${row.what}><th scope="row">${row.what}</th><td>${row.documented}</td><td>${row.measured}</td></tr>`)}<//>
    ${!d.documented_variant && html`<p>This drill played another mechanism than the documented one.</p>`}
    <p class="faint">Source: ${d.source}. ${d.note}</p>
    <details><summary>The document’s own timeline</summary><ul>${d.timeline.map((one, i) => html`<li key=${i}>
      ${one.at} <b>${one.event.replace('_', ' ')}</b>: ${one.text}</li>`)}</ul></details>
    ${d.repairs.length > 0 && html`<h3>Repairs that were accepted</h3>
    <ul>${d.repairs.map((one) => html`<li key=${one.text}>${one.text} (worth ${number(100 * one.rung, 0, ' %')})</li>`)}</ul>`}
    <h3>True, and of no importance</h3>
    <ul>${d.distractors.map((one) => html`<li key=${one}>${one}</li>`)}</ul></section>`;
}

export function Intervals({ rows }) {
  return html`<section aria-labelledby="users"><h2 id="users">What users met</h2>
    <${Table} numbers label="What users met" head=${['interval', 'seconds', 'requests', 'failed', 'slow', 'users affected', 'p50', 'p99']}>
      ${rows.map((row, i) => html`<tr key=${i}><th scope="row">${row.name}</th>
        <td class="num">${number(row.seconds)}</td><td class="num">${number(row.offered, 0)}</td>
        <td class="num">${number(row.requests_failed_percent, 1, ' %')}</td>
        <td class="num">${number(row.requests_slow_percent, 1, ' %')}</td>
        <td class="num">${number(row.users_affected_percent, 1, ' %')}</td>
        <td class="num">${number(row.p50_ms, 1, ' ms')}</td><td class="num">${number(row.p99_ms, 0, ' ms')}</td></tr>`)}<//></section>`;
}

// A part that is made when it is opened, or printed.
function Later({ title, long, children }) {
  const [open, setOpen] = useState(false);
  return html`<details class=${long ? 'long' : ''} onToggle=${(event) => setOpen(event.target.open)}><summary>${title}</summary>${open && children()}</details>`;
}

// Both twins: figures by seconds, and everything that happened in its order.
export function Twins({ data, zero, choose }) {
  const s = data.seconds;
  const all = data.lanes.flatMap((lane) => lane.items.map((item) => ({ lane: lane.name, item })))
    .sort((a, b) => a.item.t - b.item.t || a.item.line - b.item.line);
  return html`<${Later} title="Everything that happened, as a table">${() => html`
      <${Table} label="Everything that happened" head=${['when', 'clock (UTC)', 'lane', 'what', 'in full', 'journal']}>
        ${all.map(({ lane, item }) => html`<tr key=${item.id}><td class="nowrap">
            <button type="button" class="link" onClick=${() => choose(item)}>${since(item.t)}</button></td>
          <td>${clock(zero, item.t)}</td><td>${lane}</td><td>${item.sign} ${item.label}</td><td>${item.text}</td>
          <td class="nowrap">line ${item.line}</td></tr>`)}<//>`}<//>
    <${Later} long title="The plots, as a table">${() => html`
      <${Table} numbers label="The plots" head=${['when', 'failed a second', 'slow', 'good', 'p50 ms', 'p99 ms', 'users affected so far %']}>
        ${s.t.map((t, i) => html`<tr key=${i}><th scope="row">${since(t)}</th><td class="num">${s.failed[i]}</td>
          <td class="num">${s.slow[i]}</td><td class="num">${s.good[i]}</td><td class="num">${number(s.p50[i])}</td>
          <td class="num">${number(s.p99[i])}</td><td class="num">${number(s.affected[i])}</td></tr>`)}<//>`}<//>`;
}
