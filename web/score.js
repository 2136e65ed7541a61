// The score, what it means, and where each lost point went.
import { html } from 'web/html.js';
import { number } from 'web/words.js';

export function Bar({ name, points, full }) {
  const share = full > 0 ? Math.max(0, Math.min(1, points / full)) : 0;
  return html`<div class="bar-row"><span class="bar-name">${name}</span>
    <svg class="bar-svg" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-back" width="100" height="10" /><rect class="bar-fill" width=${100 * share} height="10" /></svg>
    <span class="bar-points"><b>${number(points)}</b> of ${full}</span></div>`;
}

export function Score({ score }) {
  if (score.ungraded) {
    return html`<div class="score"><p class="total none">no score</p><p>${score.ungraded}</p></div>`;
  }
  return html`<div class="score">
    <p class="total"><b>${number(score.total)}</b> of 100${score.capped ? ', capped: orders were lost' : ''}</p>
    ${score.bars.map((bar) => html`<${Bar} key=${bar.name} ...${bar} />`)}
    <p class="faint">On the same drill doing nothing earns ${number(score.nothing)}, the right answer
      without a proof ${number(score.unproved)}.${score.provisional && ' Times are graded provisionally: too few expert runs are recorded.'}</p>
  </div>`;
}

// [line 62]: what stands there, at once.
export function Lines({ lines, texts }) {
  return lines.map((line) => {
    if (line === 0) return html`<span key="0" class="faint"> given afterwards</span>`;
    const text = texts[line];
    return text
      ? html`<details key=${line} class="line"><summary>line ${line}</summary><code>${text}</code></details>`
      : html`<span key=${line} class="faint"> line ${line}</span>`;
  });
}

export function Lost({ data }) {
  if (data.score.ungraded) return null;
  return html`<section aria-labelledby="lost"><h2 id="lost">Points that were lost</h2>
    ${data.lost.length === 0 ? html`<p>None.</p>` : html`<div class="scroll" tabindex="0" role="group" aria-label="Points that were lost"><table>
      <thead><tr><th scope="col" class="num">points</th><th scope="col">for</th><th scope="col">why</th>
        <th scope="col">better</th><th scope="col">journal</th></tr></thead>
      <tbody>${data.lost.map((one) => html`<tr key=${one.bar + one.item}>
        <td class="num bad">−${number(one.points)}</td><td>${one.item} <span class="faint">${one.bar}</span></td>
        <td>${one.how}</td><td>${one.advice}</td>
        <td><${Lines} lines=${one.lines.slice(0, 6)} texts=${data.lines} /></td></tr>`)}</tbody>
    </table></div>`}</section>`;
}
