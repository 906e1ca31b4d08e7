// @ts-check
// How numbers, durations and moments are written; `ui/words/wording.py` writes them in the same way on the server.

const UNITS = /** @type {const} */ ([
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
]);

/** What a span has in place of numbers if it cannot have been when it says. */
export const TIME_IMPOSSIBLE = "time impossible";

/** A duration with three significant digits: `412 ms`, `1.24 s`; `–` if it is not known. @param {number|null} ns */
export function duration(ns) {
  if (ns === null) return "–";
  const [size, unit] = UNITS.find(([size]) => ns >= size * 0.9995) ?? UNITS[3];
  return `${threeDigits(ns / size)} ${unit}`;
}

/** @param {number} value */
function threeDigits(value) {
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fixed(Number(value.toFixed(decimals)), 0, decimals);
}

/** Kept, because a format is slow to make and quick to use. @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** @param {number} value @param {number} least @param {number} most decimals */
function fixed(value, least, most) {
  const key = `${least} ${most}`;
  const kept = formats.get(key);
  const format = kept ?? new Intl.NumberFormat("en", { minimumFractionDigits: least, maximumFractionDigits: most });
  if (!kept) formats.set(key, format);
  return format.format(value);
}

/** A whole number in groups of three. @param {number} number */
export function count(number) {
  return fixed(number, 0, 0);
}

/** A whole number where there is little room: `999`, `2.5k`, `25k`. @param {number} number */
export function compact(number) {
  return number < 1000 ? String(number) : `${threeDigits(Number((number / 1000).toPrecision(2)))}k`;
}

/** @param {number} number @param {string} noun */
export function counted(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * Say why a trace was kept, and for how many it stands: "kept: sample, for 10".
 * @param {{reason: string, stands_for: number} | null} kept
 */
export function keptBecause(kept) {
  if (!kept) return "";
  return `kept: ${kept.reason}${kept.stands_for > 1 ? `, for ${count(Math.round(kept.stands_for))}` : ""}`;
}

/**
 * What became of the spans for another backend.
 * @param {{target: string, sent: number, waiting: number, refused: number, dropped: number, problem: string}} target
 */
export function forwarded({ target, sent, waiting, refused, dropped, problem }) {
  const counts = { refused, dropped, waiting: problem ? waiting : 0 };
  const more = Object.entries(counts).filter(([, number]) => number > 0);
  const parts = [`${count(sent)} forwarded`, ...more.map(([what, number]) => `${count(number)} ${what}`)];
  return `${target.split("=")[0]}: ${parts.join(", ")}${problem ? ` (${problem})` : ""}`;
}

/** A share with as many digits as it deserves: `4 %`, `0.3 %`. @param {number} share 0 to 1 */
export function percent(share) {
  const hundredths = share * 100;
  if (hundredths > 0 && hundredths < 0.1) return "<0.1 %";
  return `${hundredths.toFixed(hundredths < 9.95 && hundredths > 0 && hundredths < 100 ? 1 : 0)} %`;
}

/** A rank from 0 to 1 as a percentile: `p97`; the last hundredth in tenths: `p99.5`. @param {number} rank */
export function percentile(rank) {
  return `p${rank >= 0.99 && rank < 1 ? (Math.floor(rank * 1000) / 10).toFixed(1) : Math.floor(rank * 100)}`;
}

/**
 * One unit for a whole column of durations, so that their sizes can be compared at a glance.
 * @param {number} longest ns, the longest of the column
 * @returns {{unit: string, text: (ns: number) => string}}
 */
export function column(longest) {
  const [size, unit] = longest >= 10e9 ? UNITS[0] : longest >= 1e6 ? UNITS[1] : longest >= 1e3 ? UNITS[2] : UNITS[3];
  const decimals = unit === "ns" ? 0 : longest / size >= 1000 ? 1 : longest / size >= 100 ? 2 : 3;
  const least = 10 ** -decimals;
  const text = (/** @type {number} */ ns) => {
    const value = ns / size;
    return value > 0 && value < least / 2 ? `<${least.toFixed(decimals)}` : fixed(value, decimals, decimals);
  };
  return { unit, text };
}

/** Milliseconds since 1970 of a moment in ns, which is too large for a number. @param {string} ns */
export function milliseconds(ns) {
  return Number(BigInt(ns) / 1000n) / 1000;
}

/** How long ago a moment was: `12 s`, `5 min`. @param {string} ns @param {number} [now] ms */
export function age(ns, now = Date.now()) {
  const seconds = Math.max(0, Math.floor((now - milliseconds(ns)) / 1000));
  if (seconds >= 86400) return `${Math.floor(seconds / 86400)} d`;
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min`;
  return `${seconds} s`;
}

/** A moment as this reader's clock shows it: `2026-11-20 14:03:22.123`. @param {number} ms */
export function clock(ms) {
  const when = new Date(ms);
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  const day = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  return `${day} ${time(ms)}.${String(when.getMilliseconds()).padStart(3, "0")}`;
}

/** The time of day: `14:03:22`. @param {number} ms */
export function time(ms) {
  const when = new Date(ms);
  return [when.getHours(), when.getMinutes(), when.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
