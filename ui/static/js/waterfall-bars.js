// @ts-check
// The shape of a span's bar: thick where the span itself worked, a thin line where its children did.

/** @typedef {{from: number, to: number}} View the part of the trace shown, ns after its start, or ticks */

/** @typedef {{width: number, height: number, lane: number}} RowSize px: of the timeline, of a row, of its bar */

/** Bars closer than this are drawn as one, and none is narrower. */
const MAX_MERGED_GAP_PX = 0.6;
const MIN_WIDTH_PX = 1.5;
/** The teeth of a comb are fine, and a third of the way from one to the next is left free. */
const TOOTH = { maxGap: 0.25, minWidth: 0.9, freeShare: 1 / 3 };
/** A bar narrower than this is drawn whole, because nothing in it could be told apart. */
const MIN_DETAILED_PX = 4;

/**
 * Intervals of time as a path of rectangles, cut to what is in view.
 * @param {number[]} times [start, end, start, end, …] ns, by start
 * @param {View} view
 * @param {number} width px
 * @param {number} top px
 * @param {number} height px
 * @param {{maxGap: number, minWidth: number}} [limits] px
 */
export function rectangles(
  times,
  view,
  width,
  top,
  height,
  limits = { maxGap: MAX_MERGED_GAP_PX, minWidth: MIN_WIDTH_PX },
) {
  const scale = width / (view.to - view.from);
  let path = "";
  let left = NaN;
  let right = NaN;
  const flush = () => {
    if (left <= right) path += `M${left.toFixed(1)} ${top}H${right.toFixed(1)}v${height}H${left.toFixed(1)}z`;
  };
  for (let index = 0; index < times.length; index += 2) {
    if (times[index + 1] < view.from || times[index] > view.to) continue;
    const start = Math.max(-4, (times[index] - view.from) * scale);
    const end = Math.max(start + limits.minWidth, Math.min(width + 4, (times[index + 1] - view.from) * scale));
    if (start - right <= limits.maxGap) {
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
 * Intervals too short to be drawn one by one, as a profile: where they fill a third of a pixel, it rises a third of
 * the way. Drawn one by one they would look like one long interval.
 * @param {number[]} times [start, end, …] ns
 * @param {View} view
 * @param {number} width px
 * @param {{thick: number, thin: number, middle: number}} heights px
 */
function profile(times, view, width, { thick, thin, middle }) {
  const scale = width / (view.to - view.from);
  const filled = new Float32Array(Math.ceil(width) + 1);
  for (let index = 0; index < times.length; index += 2) {
    const start = (times[index] - view.from) * scale;
    const end = (times[index + 1] - view.from) * scale;
    if (end <= 0 || start >= width) continue;
    const pixel = Math.max(0, Math.floor(start));
    filled[pixel] += Math.min(end, pixel + 1) - Math.max(start, pixel);
    if (end > pixel + 1) filled[pixel + 1] += end - pixel - 1;
  }
  let path = "";
  const rise = (/** @type {number} */ pixel) => Math.round(2 * (thick - thin) * Math.min(1, filled[pixel])) / 2;
  for (let pixel = 0; pixel < width;) {
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
 * @param {import("./trace-columns.js").TraceColumns} columns
 * @param {number} row
 * @param {View} view
 * @param {RowSize} size
 */
export function bar(columns, row, view, size) {
  const { thick, thin } = heights(size);
  const middle = size.lane / 2;
  const whole = [columns.starts[row], columns.starts[row] + columns.lengths[row]];
  const pixel = (view.to - view.from) / size.width;
  if (!columns.hasChildren(row) || columns.lengths[row] < MIN_DETAILED_PX * pixel) {
    return rectangles(whole, view, size.width, middle - thick / 2, thick);
  }
  /** @type {number[]} */
  const long = [];
  /** @type {number[]} */
  const short = [];
  const own = columns.ownTimes(row);
  for (let index = 0; index < own.length; index += 2) {
    (own[index + 1] - own[index] < MIN_WIDTH_PX * pixel ? short : long).push(own[index], own[index + 1]);
  }
  return (
    rectangles(whole, view, size.width, middle - thin / 2, thin) +
    rectangles(long, view, size.width, middle - thick / 2, thick) +
    profile(short, view, size.width, { thick, thin, middle })
  );
}

/**
 * The bars of a folded run: one comb.
 * @param {import("./trace-columns.js").TraceColumns} columns
 * @param {number} first
 * @param {View} view
 * @param {RowSize} size
 */
export function comb(columns, first, view, size) {
  const { thick } = heights(size);
  const pixel = (view.to - view.from) / size.width;
  const members = columns.members(first).filter((row) => !columns.untimed.has(row));
  const times = members.flatMap((row, index) => {
    const start = columns.starts[row];
    const end = start + columns.lengths[row];
    const next = columns.starts[members[index + 1]] ?? Infinity;
    const gap = Math.min(pixel, (next - start) * TOOTH.freeShare);
    return [start, Math.min(end, Math.max(start, next - gap))];
  });
  return rectangles(times, view, size.width, (size.lane - thick) / 2, thick, TOOTH);
}

/**
 * The line of the critical path, under the bars.
 * @param {number[]} times [start, end, …] ns
 * @param {View} view
 * @param {RowSize} size
 */
export function underline(times, view, size) {
  const { thick } = heights(size);
  return rectangles(times, view, size.width, (size.lane + thick) / 2 + 1, 3);
}

/**
 * Where a span was by the clock of its sender: the outline of its bar.
 * @param {import("./trace-columns.js").TraceColumns} columns
 * @param {number} row
 * @param {View} view
 * @param {RowSize} size
 */
export function sentOutline(columns, row, view, size) {
  const { thick } = heights(size);
  return rectangles(
    [columns.sentStarts[row], columns.sentStarts[row] + columns.durations[row]],
    view,
    size.width,
    (size.lane - thick) / 2,
    thick,
  );
}

/**
 * A mark at a moment on a bar, not cut off at the edges; "" where the moment is not in view.
 * @param {number} ns after the trace's start
 * @param {View} view
 * @param {RowSize} size
 */
export function diamond(ns, view, size) {
  if (ns < view.from || ns > view.to) return "";
  const half = heights(size).thick / 2 - 1;
  const x = Math.max(half, Math.min(size.width - half, ((ns - view.from) / (view.to - view.from)) * size.width));
  return `M${(x - half).toFixed(1)} ${size.lane / 2}l${half} ${-half}l${half} ${half}l${-half} ${half}z`;
}

/**
 * Thickness of a bar where a span worked itself and where it did not: even numbers, to lie on whole pixels.
 * @param {RowSize} size
 */
function heights({ lane }) {
  return { thick: 2 * Math.round(lane * 0.25), thin: 2 * Math.max(1, Math.round(lane * 0.07)) };
}

/**
 * On which side of the view a span is: -1 before it, 1 after it, 0 in it.
 * @param {import("./trace-columns.js").TraceColumns} columns
 * @param {number} row
 * @param {View} view
 */
export function side(columns, row, view) {
  if (columns.starts[row] + columns.lengths[row] < view.from) return -1;
  return columns.starts[row] > view.to ? 1 : 0;
}
