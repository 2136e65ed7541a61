// The report of one drill: reads what report/drill_page.cpp wrote into #data.
import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { html } from 'web/html.js';
import { Lost, Score } from 'web/score.js';
import { Document, Intervals, Lessons, Twins } from 'web/tables.js';
import { castFor, Terminals } from 'web/terminal.js';
import { Timeline } from 'web/timeline.js';
import { clock, since, wall } from 'web/words.js';

const data = JSON.parse(document.getElementById('data').textContent);
for (const cast of data.casts) cast.times = cast.events.map((event) => event[0]);

// The wall clock, in milliseconds, at the page's zero.
const zero = Date.parse(data.scene.began) + data.scene.start * 1000;
const items = new Map(data.lanes.flatMap((lane) =>
  lane.items.map((item) => [item.id, { item, lane: lane.name }])));

function Facts({ scene }) {
  const facts = [
    scene.replay ? 'a replay of the documented outage' : 'a drill',
    `scenario ${scene.scenario}, variant ${scene.variant}${scene.twin ? ', without its fault' : ''}`,
    `began ${wall(scene.began)}`, scene.engine && `engine ${scene.engine}`, `seed ${scene.seed}`,
    `catalogue ${scene.catalogue}`, scene.ended && `ended: ${scene.ended.replace('_', ' ')}`,
    scene.known && !scene.replay && 'the scenario was known beforehand',
    scene.tutor && 'tutor mode: every answer was told right or wrong',
  ];
  return html`<p class="faint">${facts.filter(Boolean).join(' · ')}</p>`;
}

function Answers({ answers }) {
  return html`<section aria-labelledby="short"><h2 id="short">In short</h2><dl class="answers">
    ${answers.map((one) => html`<div key=${one.question}><dt>${one.question}</dt><dd>${one.answer}</dd></div>`)}
  </dl></section>`;
}

// What is chosen, in full.
function Detail({ chosen, chosenAt }) {
  const found = items.get(chosen);
  if (!found) {
    return html`<div class="detail" aria-live="polite"><p class="faint">${chosenAt === null
      ? 'Choose something in the lanes: what it was stands here.' : `At ${since(chosenAt)}, ${clock(zero, chosenAt)} UTC.`}</p></div>`;
  }
  const { item, lane } = found;
  const seen = data.observations[item.id];
  return html`<div class="detail" aria-live="polite">
    <h3>${item.sign} ${item.label}</h3>
    <p class="faint">${since(item.t)}${seen ? ' to ' + since(seen.until) : ''} · ${clock(zero, item.t)} UTC · ${lane} · line ${item.line} of journal.jsonl</p>
    ${item.text && html`<p>${item.text}</p>`}
    ${seen && html`<pre tabindex="0" aria-label=${'what ' + item.id + ' printed'}><code>${'$ ' + seen.command + '\n' + seen.output + (seen.left_out > 0 ? `\n[${seen.left_out} bytes more in journal.jsonl]` : '')}</code></pre>
      <p class="faint">by ${seen.by}, on ${seen.host}, ${seen.status === null || seen.status === undefined ? 'without a status' : 'status ' + seen.status}${seen.cited ? ', cited as evidence' : ''}</p>`}
  </div>`;
}

function Files() {
  return html`<section aria-labelledby="files"><h2 id="files">What lies beside this page</h2>
    <p>In the drill’s folder: <a href="journal.jsonl">journal.jsonl</a> (every event; all figures come from it),${' '}
      <a href="scorecard.json">scorecard.json</a>, <a href="report.md">report.md</a>${data.casts.length > 0 && html`, recordings
      (<code>asciinema play FILE</code>): ${data.casts.map((cast) => html`<a key=${cast.name} href=${'recordings/' + encodeURIComponent(cast.name)}>${cast.name}</a> `)}`}.</p></section>`;
}

function Report() {
  const [chosen, setChosen] = useState(null);
  const [chosenAt, setChosenAt] = useState(null);
  const [place, setPlace] = useState({ cast: 0, t: null });

  const goTo = (t, observation) => {
    setChosenAt(t);
    const cast = castFor(data.casts, t, observation);
    if (cast >= 0) setPlace({ cast, t });
  };
  const choose = (item) => {
    setChosen(item.id);
    const seen = data.observations[item.id];
    // At the end of a command its output is on the screen.
    goTo(seen ? seen.until : item.t, seen);
    if (seen) setChosenAt(item.t);
    history.replaceState(null, '', '#' + item.id);
  };
  const show = (t) => { setChosen(null); goTo(t); };
  useEffect(() => {
    const follow = () => {
      const found = items.get(decodeURIComponent(location.hash.slice(1)));
      if (found) choose(found.item);
    };
    follow();
    addEventListener('hashchange', follow);
    // On paper everything is open but a row for each second.
    const open = () => document.querySelectorAll('details:not(.long)').forEach((one) => { one.open = true; });
    addEventListener('beforeprint', open);
    return () => { removeEventListener('hashchange', follow); removeEventListener('beforeprint', open); };
  }, []);

  return html`<header><h1>${data.scene.ticket}</h1><${Facts} scene=${data.scene} /></header>
    <main>
      <div class="top"><${Answers} answers=${data.answers} /><section aria-label="Score"><${Score} score=${data.score} /></section></div>
      ${data.score.noticed.map((one) => html`<p key=${one} class="note">${one}</p>`)}
      ${data.score.lacks.map((one) => html`<p key=${one} class="note">The journal does not say: ${one}</p>`)}
      <section aria-labelledby="course"><h2 id="course">What happened</h2>
        <${Timeline} data=${data} zero=${zero} chosen=${chosen} chosenAt=${chosenAt} choose=${choose} goTo=${show} />
        <${Detail} chosen=${chosen} chosenAt=${chosenAt} />
        ${data.casts.length > 0 && html`<${Terminals} casts=${data.casts} observations=${data.observations}
          place=${place} choose=${setPlace} />`}
        <${Twins} data=${data} zero=${zero} choose=${choose} />
        ${data.notes.map((one) => html`<p key=${one} class="note">Not all is shown: ${one}.</p>`)}
      </section>
      <${Lost} data=${data} />
      <${Lessons} data=${data} goTo=${show} />
      <${Document} data=${data} />
      <${Intervals} rows=${data.intervals} />
      <${Files} />
    </main>`;
}

render(html`<${Report} />`, document.getElementById('page'));
document.documentElement.dataset.ready = 'yes';
