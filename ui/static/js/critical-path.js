// @ts-check
// What the collector says about one trace besides its spans, fetched once these are on the screen:
// the critical path, ranks among likes, findings, clocks.
import { ask } from "./api.js";

/**
 * @typedef {object} Finding
 * @property {string} kind
 * @property {string} what
 * @property {number} cost ns
 * @property {number[]} rows
 * @property {string} lesson
 */

/**
 * @typedef {object} Insight what `/api/trace/<id>/insight` sends
 * @property {[number, number, number][]} critical row, start, end; by start
 * @property {number[]} critical_times
 * @property {(number|null)[]} ranks
 * @property {{traces: number}} ranks_of
 * @property {Finding[]} findings
 * @property {{service: string, offset: number, span_id: string, what: string}[]} skew
 * @property {{start: number[]}|null} corrected
 * @property {Record<string, string>} how
 */

/** @param {string} id @returns {Promise<Insight>} */
export const insight = (id) => ask(`/api/trace/${id}/insight`);

/** Sections of a collapsed row up to which sorting them is quicker than looking at all. */
const FEW = 2000;

export class CriticalPath {
  /** @param {import("./trace-columns.js").Columns} columns @param {Insight} told */
  constructor(columns, told) {
    this.columns = columns;
    this.times = told.critical_times;
    this.sections = told.critical;
    /** Sections by row: those of row r are `byRow[firsts[r]]` to before `byRow[firsts[r + 1]]`. */
    this.firsts = new Int32Array(columns.length + 1);
    for (const [row] of this.sections) this.firsts[row + 1]++;
    for (let row = 0; row < columns.length; row++) this.firsts[row + 1] += this.firsts[row];
    this.byRow = new Int32Array(this.sections.length);
    const next = this.firsts.slice();
    this.sections.forEach(([row], at) => (this.byRow[next[row]++] = at));
    /** @type {Map<number, number[]>} by first row and number of rows */
    this.merged = new Map();
  }

  /**
   * When the path ran through any of the rows from `row` to before `end`, merged: [start, end, …] ns.
   * @param {number} row
   * @param {number} end
   */
  stretches(row, end) {
    const key = row * (this.columns.length + 1) + end;
    let found = this.merged.get(key);
    if (!found) {
      found = this.#merge(row, end);
      this.merged.set(key, found);
    }
    return found;
  }

  /** @param {number} row @param {number} end */
  #merge(row, end) {
    const slice = this.byRow.subarray(this.firsts[row], this.firsts[end]);
    const inside = slice.length <= FEW ? [...slice].sort((a, b) => a - b) : this.sections.keys();
    const { starts, raw } = this.columns;
    /** @type {number[]} */
    const merged = [];
    for (const at of inside) {
      const [of, from, to] = this.sections[at];
      if (of < row || of >= end) continue;
      const shift = starts[of] - raw[of];
      if (merged.length && from + shift <= merged[merged.length - 1]) merged[merged.length - 1] = Math.max(merged[merged.length - 1], to + shift);
      else merged.push(from + shift, to + shift);
    }
    return merged;
  }

  /** For each row, whether the path runs through it or anything beneath it. */
  kept() {
    const kept = new Uint8Array(this.columns.length);
    for (let row = this.columns.length - 1; row >= 0; row--) {
      if (this.firsts[row + 1] > this.firsts[row]) kept[row] = 1;
      const parent = this.columns.parents[row];
      if (kept[row] && parent >= 0) kept[parent] = 1;
    }
    return kept;
  }
}
