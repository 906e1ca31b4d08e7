// @ts-check
// Where the critical path runs: its sections, by the rows of the waterfall that they belong to.

/** Sections of a collapsed row up to which sorting them is quicker than looking at all. */
const MAX_SORTED_SECTIONS = 2000;

export class CriticalPath {
  /**
   * @param {import("./trace-columns.js").TraceColumns} columns
   * @param {import("./trace-insight.js").Insight} insight
   */
  constructor(columns, insight) {
    this.columns = columns;
    /** Time on the path of each row, ns. */
    this.times = insight.critical_times;
    this.sections = insight.critical;
    /** Sections by row: those of row r are `byRow[firsts[r]]` to before `byRow[firsts[r + 1]]`. */
    this.firsts = new Int32Array(columns.length + 1);
    for (const [row] of this.sections) this.firsts[row + 1]++;
    for (let row = 0; row < columns.length; row++) this.firsts[row + 1] += this.firsts[row];
    this.byRow = new Int32Array(this.sections.length);
    const next = this.firsts.slice();
    this.sections.forEach(([row], index) => (this.byRow[next[row]++] = index));
    /** @type {Map<number, number[]>} by first row and number of rows */
    this.merged = new Map();
  }

  /**
   * When the path ran through any of the rows from `row` to before `end`, merged: [start, end, …] ns.
   * @param {number} row
   * @param {number} end
   */
  intervals(row, end) {
    const key = row * (this.columns.length + 1) + end;
    let intervals = this.merged.get(key);
    if (!intervals) {
      intervals = this.#merge(row, end);
      this.merged.set(key, intervals);
    }
    return intervals;
  }

  /** @param {number} row @param {number} end */
  #merge(row, end) {
    const slice = this.byRow.subarray(this.firsts[row], this.firsts[end]);
    const candidates = slice.length <= MAX_SORTED_SECTIONS ? [...slice].sort((a, b) => a - b) : this.sections.keys();
    const { starts, sentStarts } = this.columns;
    /** @type {number[]} */
    const merged = [];
    for (const index of candidates) {
      const [owner, start, finish] = this.sections[index];
      if (owner < row || owner >= end) continue;
      const shift = starts[owner] - sentStarts[owner];
      const last = merged.length - 1;
      if (last > 0 && start + shift <= merged[last]) merged[last] = Math.max(merged[last], finish + shift);
      else merged.push(start + shift, finish + shift);
    }
    return merged;
  }

  /** For each row, whether the path runs through it or anything beneath it. */
  rows() {
    const kept = new Uint8Array(this.columns.length);
    for (let row = this.columns.length - 1; row >= 0; row--) {
      if (this.firsts[row + 1] > this.firsts[row]) kept[row] = 1;
      const parent = this.columns.parents[row];
      if (kept[row] && parent >= 0) kept[parent] = 1;
    }
    return kept;
  }
}
