// @ts-check
// The shape of a span's bar: thick where it worked itself, a thin line where its children did.

/** @typedef {{from: number, to: number}} View the part of the trace shown, ns after its start */

/** @typedef {{width: number, height: number, lane: number}} Room px: of the timeline, of a row, of its bar */

/** Bars closer than this many pixels are drawn as one, and no bar is thinner. */
const MERGE = 0.6;
const THINNEST = 1.5;
/** In a comb teeth are fine, and a third of the way from one to the next is left free. */
const TOOTH = { merge: 0.25, thinnest: 0.9, free: 1 / 3 };
/** In a bar narrower than this nothing can be told apart: it is drawn whole. */
const NARROW = 4;

/**
 * Stretches of time as a path of rectangles, cut to what is in view.
 * @param {number[]} times [start, end, start, end, …] ns, by start
 * @param {View} view
 * @param {number} width px
 * @param {number} top px
 * @param {number} height px
 * @param {{merge: number, thinnest: number}} [least] px
 */
export function stretches(times, view, width, top, height, { merge, thinnest } = { merge: MERGE, thinnest: THINNEST }) {
  const scale = width / (view.to - view.from);
  let path = "";
  let left = NaN;
  let right = NaN;
  const flush = () => {
    if (left <= right) path += `M${left.toFixed(1)} ${top}H${right.toFixed(1)}v${height}H${left.toFixed(1)}z`;
  };
  for (let at = 0; at < times.length; at += 2) {
    if (times[at + 1] < view.from || times[at] > view.to) continue;
    const start = Math.max(-4, (times[at] - view.from) * scale);
    const end = Math.max(start + thinnest, Math.min(width + 4, (times[at + 1] - view.from) * scale));
    if (start - right <= merge) {
      right = Math.max(right, end);
    } else {
      flush();
      left = start;
      right = end;
    }
  }
  flush();
  return path;
}

/**
 * Stretches too short to be drawn one by one, as a profile: where they fill a third of a pixel, it
 * rises a third of the way. Drawn each for itself they would look like one long stretch.
 * @param {number[]} times [start, end, …] ns
 * @param {View} view
 * @param {number} width px
 * @param {{thick: number, thin: number, middle: number}} heights px
 */
function profile(times, view, width, { thick, thin, middle }) {
  const scale = width / (view.to - view.from);
  const filled = new Float32Array(Math.ceil(width) + 1);
  for (let at = 0; at < times.length; at += 2) {
    const start = (times[at] - view.from) * scale;
    const end = (times[at + 1] - view.from) * scale;
    if (end <= 0 || start >= width) continue;
    const pixel = Math.max(0, Math.floor(start));
    filled[pixel] += Math.min(end, pixel + 1) - Math.max(start, pixel);
    if (end > pixel + 1) filled[pixel + 1] += end - pixel - 1;
  }
  let path = "";
  const rise = (/** @type {number} */ pixel) => Math.round(2 * (thick - thin) * Math.min(1, filled[pixel])) / 2;
  for (let pixel = 0; pixel < width; ) {
    const height = rise(pixel);
    let next = pixel + 1;
    while (next < width && rise(next) === height) next++;
    if (height) path += `M${pixel} ${middle - (thin + height) / 2}H${next}v${thin + height}H${pixel}z`;
    pixel = next;
  }
  return path;
}

/**
 * A span's whole bar.
 * @param {import("./trace-columns.js").Columns} columns
 * @param {number} row
 * @param {View} view
 * @param {Room} room
 */
export function bar(columns, row, view, room) {
  const { thick, thin } = heights(room);
  const middle = room.lane / 2;
  const whole = [columns.starts[row], columns.starts[row] + columns.durations[row]];
  const pixel = (view.to - view.from) / room.width;
  if (!columns.hasChildren(row) || columns.durations[row] < NARROW * pixel) {
    return stretches(whole, view, room.width, middle - thick / 2, thick);
  }
  /** @type {number[]} */
  const long = [];
  /** @type {number[]} */
  const short = [];
  const own = columns.ownTimes(row);
  for (let at = 0; at < own.length; at += 2) {
    (own[at + 1] - own[at] < THINNEST * pixel ? short : long).push(own[at], own[at + 1]);
  }
  return (
    stretches(whole, view, room.width, middle - thin / 2, thin) +
    stretches(long, view, room.width, middle - thick / 2, thick) +
    profile(short, view, room.width, { thick, thin, middle })
  );
}

/**
 * The bars of a folded run: one comb.
 * @param {import("./trace-columns.js").Columns} columns
 * @param {number} first
 * @param {View} view
 * @param {Room} room
 */
export function comb(columns, first, view, room) {
  const { thick } = heights(room);
  const pixel = (view.to - view.from) / room.width;
  const members = columns.members(first);
  const times = members.flatMap((row, at) => {
    const start = columns.starts[row];
    const end = start + columns.durations[row];
    const next = columns.starts[members[at + 1]] ?? Infinity;
    const free = Math.min(pixel, (next - start) * TOOTH.free);
    return [start, Math.min(end, Math.max(start, next - free))];
  });
  return stretches(times, view, room.width, (room.lane - thick) / 2, thick, TOOTH);
}

/**
 * The line of the critical path, under the bars.
 * @param {number[]} times [start, end, …] ns
 * @param {View} view
 * @param {Room} room
 */
export function underline(times, view, room) {
  const { thick } = heights(room);
  return stretches(times, view, room.width, (room.lane + thick) / 2 + 1, 3);
}

/**
 * Where a span was by its own clock: the outline of its bar.
 * @param {import("./trace-columns.js").Columns} columns
 * @param {number} row
 * @param {View} view
 * @param {Room} room
 */
export function outlined(columns, row, view, room) {
  const { thick } = heights(room);
  return stretches([columns.raw[row], columns.raw[row] + columns.durations[row]], view, room.width, (room.lane - thick) / 2, thick);
}

/**
 * A mark at a moment on a bar, whole at the edges too; nothing where the moment is not in view.
 * @param {number} ns after the trace's start
 * @param {View} view
 * @param {Room} room
 */
export function diamond(ns, view, room) {
  if (ns < view.from || ns > view.to) return "";
  const half = heights(room).thick / 2 - 1;
  const x = Math.max(half, Math.min(room.width - half, ((ns - view.from) / (view.to - view.from)) * room.width));
  return `M${(x - half).toFixed(1)} ${room.lane / 2}l${half} ${-half}l${half} ${half}l${-half} ${half}z`;
}

/** Even numbers, so that both lie on whole pixels around the same middle. @param {Room} room */
function heights({ lane }) {
  return { thick: 2 * Math.round(lane * 0.25), thin: 2 * Math.max(1, Math.round(lane * 0.07)) };
}

/**
 * On which side of the view a span lies that is not in it: -1 before, 1 after, 0 in it.
 * @param {import("./trace-columns.js").Columns} columns
 * @param {number} row
 * @param {View} view
 */
export function side(columns, row, view) {
  if (columns.starts[row] + columns.durations[row] < view.from) return -1;
  return columns.starts[row] > view.to ? 1 : 0;
}
