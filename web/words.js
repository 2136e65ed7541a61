// How moments and numbers are said.

// "+3.2 s" from the first effect that users saw; a minus sign that screen readers read.
export function since(t) {
  return (t < 0 ? '−' : '+') + Math.abs(t).toFixed(1) + ' s';
}

// "18:02:57" of a moment that lies t seconds after the wall clock's `zero` (milliseconds).
export function clock(zero, t) {
  const moment = new Date(zero + t * 1000);
  return Number.isNaN(moment.getTime()) ? '' : moment.toISOString().slice(11, 19);
}

// "2026-05-09 12:30:05 UTC" of a moment as a journal has it; other texts as they are.
export function wall(moment) {
  return moment.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, '$1 $2 UTC');
}

export function number(value, digits = 1, unit = '') {
  return typeof value === 'number' ? value.toFixed(digits) + unit : '–';
}

// Steps of 1, 2 or 5 that divide a span into at most `most` parts.
export function step(span, most) {
  const least = span / most;
  const power = 10 ** Math.floor(Math.log10(least > 0 ? least : 1));
  return [1, 2, 5, 10].map((n) => n * power).find((one) => one >= least) ?? 10 * power;
}

// The last place of a sorted list whose value is at most `t`; -1 for none.
export function at(sorted, t) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
