// @ts-check
// A trace as columns: row n of every column is one span, rows in display order, parents first.
// Nothing here recurses: a chain 50,000 deep is ordinary.
import { marksOf } from "./span-events.js";

/**
 * @typedef {object} Answer what `/api/trace/<id>` sends
 * @property {string} trace_id
 * @property {string} t0
 * @property {number} duration
 * @property {number} spans
 * @property {boolean} complete
 * @property {import("./api.js").Summary} summary
 * @property {string[]} strings
 * @property {import("./service-marks.js").Services} services
 * @property {Record<string, any[]>} columns
 * @property {[number, number, number][]} [marks] row, ns after the span's start, name
 * @property {[number, number][]} [links] row, number of links
 * @property {{kind: string, span: string, what: string}[]} odd
 */

/** So many like siblings in a row are a run that can be folded into one row. */
const RUN = 5;

export class Columns {
  /** @param {Answer} answer */
  constructor(answer) {
    const { columns } = answer;
    this.answer = answer;
    this.length = columns.id.length;
    this.duration = answer.duration;
    /** @type {string[]} */ this.ids = columns.id;
    /** @type {number[]} */ this.parents = columns.parent;
    /** @type {number[]} */ this.depths = columns.depth;
    /** @type {number[]} */ this.raw = columns.start;
    /** @type {number[]} as they are shown: raw, or with the clocks corrected */ this.starts = columns.start;
    /** @type {import("./critical-path.js").Insight|null} comes after the spans */ this.insight = null;
    /** @type {import("./critical-path.js").CriticalPath|null} */ this.critical = null;
    /** @type {number[]} */ this.durations = columns.duration;
    /** @type {number[]} */ this.selves = columns.self;
    /** @type {number[]} */ this.errors = columns.error;
    /** The first events of a span, of those that have any. */
    this.marks = marksOf(answer);
    /** How many links a span has, of those that have any. */
    this.links = new Map(answer.links);
    /** The row after a span's last descendant. */
    this.ends = subtreeEnds(this.parents);
    this.deepest = columns.depth.reduce((most, depth) => Math.max(most, depth), 0);
    this.failures = columns.error.reduce((sum, error) => sum + error, 0);
    const { firsts, sizes } = this.#runs();
    /** The first row of the run that a span is a member of. */
    this.runs = firsts;
    /** How many members the run has that begins at a row. */
    this.runSizes = sizes;
  }

  /** @param {number} row */ service(row) { return this.#string("service", row); }
  /** @param {number} row */ name(row) { return this.#string("name", row); }
  /** @param {number} row */ resource(row) { return this.#string("resource", row); }
  /** @param {number} row */ type(row) { return this.#string("type", row); }
  /** @param {number} row */ status(row) { return this.answer.columns.status[row]; }
  /** @param {number} row */ events(row) { return this.answer.columns.events[row]; }
  /** @param {number} row */ hasChildren(row) { return this.ends[row] > row + 1; }
  /** @param {number} row */ isRun(row) { return this.runs[row] === row && this.runSizes[row] >= RUN; }

  /** The share of its likes that are shorter, null where it has none. @param {number} row */
  rank(row) { return this.insight?.ranks[row] ?? null; }

  /** Show times as they were sent, or where they would be if the clocks agreed. @param {boolean} corrected */
  correct(corrected) {
    this.starts = (corrected && this.insight?.corrected?.start) || this.raw;
    this.critical?.merged.clear();
  }

  /** @param {string} column @param {number} row @returns {string} */
  #string(column, row) {
    return this.answer.strings[this.answer.columns[column][row]];
  }

  /** The row of a span, -1 if it is not here. @param {string|null} id */
  row(id) {
    return id ? this.ids.indexOf(id) : -1;
  }

  /** The rows of the members of a run. @param {number} first */
  members(first) {
    const rows = [];
    for (let row = first; rows.length < this.runSizes[first]; row = this.ends[row]) rows.push(row);
    return rows;
  }

  /** The row after the last descendant of a run's last member. @param {number} first */
  runEnd(first) {
    let end = first;
    for (let left = this.runSizes[first]; left > 0; left--) end = this.ends[end];
    return end;
  }

  /** From the root to the parent of a span. @param {number} row */
  ancestors(row) {
    const path = [];
    for (let at = this.parents[row]; at >= 0; at = this.parents[at]) path.push(at);
    return path.reverse();
  }

  /**
   * When a span itself worked: the parts of it that no child covers, as [start, end, start, end, …].
   * Children are sorted by start, so one sweep does; where clocks are corrected they have to be first.
   * @param {number} row
   */
  ownTimes(row) {
    const end = this.starts[row] + this.durations[row];
    let cursor = this.starts[row];
    const parts = [];
    const children = [];
    for (let child = row + 1; child < this.ends[row]; child = this.ends[child]) children.push(child);
    if (this.starts !== this.raw) children.sort((a, b) => this.starts[a] - this.starts[b]);
    for (const child of children) {
      const start = Math.min(this.starts[child], end);
      if (start > cursor) parts.push(cursor, start);
      cursor = Math.max(cursor, Math.min(end, this.starts[child] + this.durations[child]));
    }
    if (end > cursor || parts.length === 0 && !this.hasChildren(row)) parts.push(cursor, end);
    return parts;
  }

  /**
   * The rows whose service, name, resource or id has the text in it.
   * @param {string} text
   */
  matches(text) {
    const wanted = text.toLowerCase();
    const hits = this.answer.strings.map((string) => string.toLowerCase().includes(wanted));
    const { service, name, resource } = this.answer.columns;
    const id = /^[0-9a-f]{6,16}$/.test(wanted) ? wanted : null;
    const rows = [];
    for (let row = 0; row < this.length; row++) {
      if (hits[service[row]] || hits[name[row]] || hits[resource[row]] || (id && this.ids[row].startsWith(id))) rows.push(row);
    }
    return rows;
  }

  #runs() {
    const { service, name, resource } = this.answer.columns;
    const firsts = new Int32Array(this.length);
    const sizes = new Int32Array(this.length);
    const last = new Int32Array(this.length + 1).fill(-1);
    for (let row = 0; row < this.length; row++) {
      const parent = this.parents[row] + 1;
      const before = last[parent];
      const like = before >= 0 && service[before] === service[row] && name[before] === name[row] && resource[before] === resource[row];
      firsts[row] = like ? firsts[before] : row;
      sizes[firsts[row]]++;
      last[parent] = row;
    }
    return { firsts, sizes };
  }
}

/** @param {number[]} parents */
function subtreeEnds(parents) {
  const ends = new Int32Array(parents.length);
  for (let row = parents.length - 1; row >= 0; row--) {
    ends[row] = Math.max(ends[row], row + 1);
    const parent = parents[row];
    if (parent >= 0) ends[parent] = Math.max(ends[parent], ends[row]);
  }
  return ends;
}
