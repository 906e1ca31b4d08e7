// @ts-check
// From values to places and back, and the round values that deserve a line.

/** @typedef {{place: (value: number) => number, value: (place: number) => number}} Scale */

/** @param {number} from @param {number} to @param {number} start @param {number} end @returns {Scale} */
export function linear(from, to, start, end) {
  const span = to - from || 1;
  return {
    place: (value) => start + ((value - from) / span) * (end - start),
    value: (place) => from + ((place - start) / (end - start || 1)) * span,
  };
}

/** @param {number} from above 0 @param {number} to @param {number} start @param {number} end @returns {Scale} */
export function logarithmic(from, to, start, end) {
  const scale = linear(Math.log(from), Math.log(to), start, end);
  return {
    place: (value) => scale.place(Math.log(Math.max(value, from))),
    value: (place) => Math.exp(scale.value(place)),
  };
}

/**
 * Multiples of 1, 2 or 5 times a power of ten, at most `most` of them.
 * @param {number} from
 * @param {number} to
 * @param {number} most
 */
export function ticks(from, to, most) {
  const least = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(least || 1));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= least) ?? least;
  return multiples(from, to, step);
}

/**
 * Powers of ten, with 2 and 5 between where there is room.
 * @param {number} from
 * @param {number} to
 * @param {number} most
 */
export function powers(from, to, most) {
  for (const digits of [[1, 2, 5], [1, 3], [1]]) {
    const values = [];
    for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
      values.push(...digits.map((digit) => digit * 10 ** power));
    }
    const inside = values.filter((value) => value >= from * 0.999 && value <= to * 1.001);
    if (inside.length <= most || digits.length === 1) return inside;
  }
  return [];
}

const MOMENT_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400, 604800];

/** Round times of day, at most `most`. @param {number} from ms @param {number} to ms @param {number} most */
export function moments(from, to, most) {
  const step = 1000 * (MOMENT_STEPS_S.find((seconds) => (to - from) / (seconds * 1000) <= most) ?? 2592000);
  const zone = new Date(from).getTimezoneOffset() * 60_000;
  return multiples(from - zone, to - zone, step).map((moment) => moment + zone);
}

/** @param {number} from @param {number} to @param {number} step */
function multiples(from, to, step) {
  const values = [];
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to + step * 1e-9; index++) values.push(index * step);
  return values;
}
