// Recordings of terminals, shown as they were at the moment that is chosen. The player is a script of
// its own (AsciinemaPlayer); quiet stretches are shortened here, so that moments are exact.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { html } from 'web/html.js';
import { at, since } from 'web/words.js';

const kQuiet = 2;

// Events with every pause of more than `quiet` seconds cut to that, and where a moment went.
export function withoutPauses(events, quiet) {
  const real = [];
  const played = [];
  let last = 0;
  let now = 0;
  const shorter = events.map(([time, kind, text]) => {
    now += Math.min(Math.max(0, time - last), quiet);
    last = Math.max(last, time);
    real.push(time);
    played.push(now);
    return [now, kind, text];
  });
  const moment = (time) => {
    const i = at(real, time);
    return i < 0 ? 0 : played[i] + Math.min(time - real[i], quiet / 2);
  };
  return { events: shorter, moment };
}

// The terminal that shows a moment best: the observation's own, else the one that spoke last.
export function castFor(casts, t, observation) {
  const own = casts.findIndex((cast) => cast.name === observation?.cast && cast.opened !== null);
  if (own >= 0) return own;
  let best = -1;
  let spoke = -Infinity;
  casts.forEach((cast, i) => {
    if (cast.opened === null || cast.opened > t) return;
    const k = at(cast.times, t - cast.opened);
    const when = k < 0 ? cast.opened : cast.opened + cast.times[k];
    if (when > spoke) [best, spoke] = [i, when];
  });
  return best;
}

function markersOf(cast, observations, moment) {
  return Object.entries(observations)
    .filter(([, one]) => one.cast === cast.name && cast.opened !== null)
    .map(([id, one]) => [moment(one.until - cast.opened), id + ' ' + one.command.slice(0, 60)])
    .sort((a, b) => a[0] - b[0]);
}

// `place`: {cast, t}, t in the page's seconds or null for the beginning.
export function Terminals({ casts, observations, place, choose }) {
  const box = useRef(null);
  const [state, setState] = useState('');
  const player = useRef(null);
  const cast = casts[place.cast];
  const short = useMemo(() => withoutPauses(cast.events, kQuiet), [cast]);

  useEffect(() => {
    const header = { version: 2, width: cast.width, height: cast.height };
    player.current = globalThis.AsciinemaPlayer.create(
      { data: () => [header, ...short.events] }, box.current,
      { fit: 'width', preload: true, controls: true, terminalFontSize: 'small', theme: 'asciinema',
        markers: markersOf(cast, observations, short.moment) });
    return () => player.current.dispose();
  }, [cast]);
  useEffect(() => {
    let current = true;
    setState('moving');
    const t = place.t === null || cast.opened === null ? 0 : short.moment(place.t - cast.opened + 0.002);
    Promise.resolve(player.current.seek(t)).then(() => { if (current) setState('ready'); });
    return () => { current = false; };
  }, [cast, place]);

  return html`<div class="terminals" data-state=${state}>
    <label>Terminal <select value=${place.cast}
        onChange=${(event) => choose({ cast: Number(event.target.value), t: null })}>
      ${casts.map((one, i) => html`<option key=${one.name} value=${i}>
        ${one.name.replace('.cast', '')}${one.by ? ', ' + one.by : ''}${one.opened === null ? '' : ', from ' + since(one.opened)}</option>`)}
    </select></label>
    <span class="faint"> Space plays, [ and ] go from command to command; pauses are cut to ${kQuiet} s.
      ${cast.opened === null && ' When it began is not in the journal: it does not follow the plots.'}
      ${cast.cut > 0 && ' Only its beginning is in this page.'}</span>
    <div ref=${box} class="player"></div>
  </div>`;
}
