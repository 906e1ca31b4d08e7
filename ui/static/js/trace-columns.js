// @ts-check
// A trace as columns: row n of every column is one span, rows in display order, parents first.
// Nothing here recurses: a chain 50,000 deep is ordinary.
import { eventsByRow } from "./span-events.js";
import { Gutter } from "./waterfall-gutter.js";

/**
 * @typedef {object} Answer what `/api/trace/<id>` sends
 * @property {string} trace_id
 * @property {string} t0 moment, ns
 * @property {number} duration ns
 * @property {number} spans of the trace
 * @property {number} shown rows: fewer than its spans where there are very many
 * @property {{what: string}|null} selection which spans those are
 * @property {import("./api.js").Summary} summary
 * @property {string[]} strings what the numbers in some columns are indexes into
 * @property {[number, number][]} [templates] names that hold ids or literals, and what they share with their kind
 * @property {Record<string, any[]>} columns
 * @property {number[]} [asynchronous] rows that their parents do not wait for
 * @property {import("./waterfall-gutter.js").Fork[]} [forks] where work was done at the same time
 * @property {number[]} [untimed] rows whose times are impossible: they are shown where their relatives are
 * @property {[number, number][]} [shared] row, and which of the spans with its id it is, from the second on
 * @property {[number, number, number][]} [marks] events: row, ns after the span's start, name
 * @property {[number, number][]} [links] row, number of links
 * @property {{kind: string, span: string, what: string}[]} odd the first of each kind
 * @property {Record<string, number>} odd_left_out further ones, by kind
 */

/** This many alike siblings, one after another, are a run that can be folded into one row. */
const MIN_RUN_SPANS = 5;

export class TraceColumns {
  /** @param {Answer} answer @param {import("./service-marks.js").Marks} services how its services are marked */
  constructor(answer, services) {
    const { columns } = answer;
    this.answer = answer;
    this.services = services;
    this.length = columns.id.length;
    this.duration = answer.duration;
    /** How addresses name the spans: by id, and a number where others have the same. */
    this.ids = addresses(answer);
    /** @type {number[]} */ this.parents = columns.parent;
    /** @type {number[]} */ this.depths = columns.depth;
    /** @type {number[]} rows in each subtree */ this.sizes = columns.size;
    /** @type {number[]} ns after t0, by the clocks of those who sent them */ this.sentStarts = columns.start;
    /** @type {number[]} as they are shown: as sent, with the clocks corrected, or ticks */ this.starts = columns.start;
    /** @type {number[]} of the bars: durations, or ticks */ this.lengths = columns.duration;
    /** Where the last span ends on the axis: ns, or ticks. */ this.extent = answer.duration;
    /** @type {import("./logical-order.js").Order|null} the order that the spans are shown in, null for that of time */
    this.order = null;
    /** Whether the clocks are corrected. */ this.corrected = false;
    /** @type {import("./trace-insight.js").Insight|null} comes after the spans */ this.insight = null;
    /** @type {import("./critical-path.js").CriticalPath|null} */ this.critical = null;
    /** @type {number[]} ns */ this.durations = columns.duration;
    /** @type {number[]} ns */ this.selfTimes = columns.self;
    /** @type {number[]} 1 for a span that failed */ this.errors = columns.error;
    /** 1 for a span that its parent does not wait for. */
    this.asynchronous = new Uint8Array(this.length);
    for (const row of answer.asynchronous ?? []) this.asynchronous[row] = 1;
    /** Forks and joins, as they are drawn. */
    this.gutter = new Gutter(answer.forks);
    /** The rows whose times are impossible. */
    this.untimed = new Set(answer.untimed);
    /** The first events of the spans that have any, by row. */
    this.firstEvents = eventsByRow(answer);
    /** The number of links of the spans that have any, by row. */
    this.links = new Map(answer.links);
    this.deepest = columns.depth.reduce((most, depth) => Math.max(most, depth), 0);
    this.failures = columns.error.reduce((sum, error) => sum + error, 0);
    /** Index of the template of a name or a resource, by its index, where that is another text. */
    this.templates = new Map(answer.templates);
    const { firsts, sizes } = this.#runs();
    /** The first row of the run that a span is a member of. */
    this.runs = firsts;
    /** How many members the run has that begins at a row. */
    this.runSizes = sizes;
  }

  /** @param {number} row */ service(row) {
    return this.#string("service", row);
  }
  /** @param {number} row */ name(row) {
    return this.#string("name", row);
  }
  /** @param {number} row */ resource(row) {
    return this.#string("resource", row);
  }
  /**
   * Name and resource of a span, or what all spans of its operation have in common of them.
   * @param {number} row @param {boolean} shared
   */
  names(row, shared) {
    if (!shared) return [this.name(row), this.resource(row)];
    const { strings } = this.answer;
    return [strings[this.#template("name", row)], strings[this.#template("resource", row)]];
  }
  /** Equal for spans of one operation. @param {number} row */ operation(row) {
    return `${this.answer.columns.service[row]} ${this.#template("name", row)} ${this.#template("resource", row)}`;
  }
  /** @param {"name"|"resource"} column @param {number} row */
  #template(column, row) {
    const index = this.answer.columns[column][row];
    return this.templates.get(index) ?? index;
  }
  /** @param {number} row */ type(row) {
    return this.#string("type", row);
  }
  /** @param {number} row */ status(row) {
    return this.answer.columns.status[row];
  }
  /** How many there are. @param {number} row */ events(row) {
    return this.answer.columns.events[row];
  }
  /**
   * How long a span took, or all spans of a run together, ns; null if their times are impossible.
   * @param {number} row @param {boolean} folded
   */
  took(row, folded) {
    const timed = (folded ? this.members(row) : [row]).filter((member) => !this.untimed.has(member));
    return timed.length ? timed.reduce((sum, member) => sum + this.durations[member], 0) : null;
  }
  /** @param {number} row */ hasChildren(row) {
    return this.sizes[row] > 1;
  }
  /** The row after the last descendant. @param {number} row */ end(row) {
    return row + this.sizes[row];
  }
  /** @param {number} row */ isRun(row) {
    return this.runs[row] === row && this.runSizes[row] >= MIN_RUN_SPANS;
  }

  /** The share of spans like it that are shorter, null where there are none. @param {number} row */
  rank(row) {
    return this.insight?.ranks[row] ?? null;
  }

  /** Show times as they were sent, or where they would be if the clocks agreed. @param {boolean} corrected */
  correctClocks(corrected) {
    this.corrected = corrected;
    this.#place();
  }

  /** Show the spans by time, or in an order. @param {import("./logical-order.js").Order|null} order */
  orderBy(order) {
    this.order = order;
    this.#place();
  }

  #place() {
    const { order } = this;
    const starts = (this.corrected && this.insight?.corrected?.start) || this.sentStarts;
    this.starts = order ? order.start : starts;
    this.lengths = order ? order.lengths : this.durations;
    this.extent = order ? order.ticks - 1 : this.duration;
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
    for (let row = first; rows.length < this.runSizes[first]; row = this.end(row)) rows.push(row);
    return rows;
  }

  /** The row after the last descendant of a run's last member. @param {number} first */
  runEnd(first) {
    let end = first;
    for (let left = this.runSizes[first]; left > 0; left--) end = this.end(end);
    return end;
  }

  /** From the root to the parent of a span. @param {number} row */
  ancestors(row) {
    const path = [];
    for (let at = this.parents[row]; at >= 0; at = this.parents[at]) path.push(at);
    return path.reverse();
  }

  /**
   * When a span itself worked, as [start, end, start, end, …] ns or ticks: the parts of it that no child covers, except
   * children it does not wait for. Their sum is the span's self time (collector.analysis.self_time).
   * Children come by start, so one sweep is enough; with corrected clocks they have to be sorted again.
   * @param {number} row
   */
  ownTimes(row) {
    const end = this.starts[row] + this.lengths[row];
    let cursor = this.starts[row];
    const parts = [];
    const children = [];
    for (let child = row + 1; child < this.end(row); child = this.end(child)) {
      if (!this.asynchronous[child]) children.push(child);
    }
    if (this.starts !== this.sentStarts) children.sort((a, b) => this.starts[a] - this.starts[b]);
    for (const child of children) {
      const start = Math.min(this.starts[child], end);
      if (start > cursor) parts.push(cursor, start);
      cursor = Math.max(cursor, Math.min(end, this.starts[child] + this.lengths[child]));
    }
    if (end > cursor || (parts.length === 0 && !this.hasChildren(row))) parts.push(cursor, end);
    return parts;
  }

  /**
   * The rows whose service, name, resource or id has the text in it.
   * @param {string} text
   */
  matches(text) {
    const lower = text.toLowerCase();
    const hits = this.answer.strings.map((string) => string.toLowerCase().includes(lower));
    const { service, name, resource } = this.answer.columns;
    const id = /^[0-9a-f]{6,16}$/.test(lower) ? lower : null;
    const rows = [];
    for (let row = 0; row < this.length; row++) {
      if (hits[service[row]] || hits[name[row]] || hits[resource[row]] || (id && this.ids[row].startsWith(id)))
        rows.push(row);
    }
    return rows;
  }

  /** Whether two spans are of one operation. @param {number} one @param {number} other */
  #isAlike(one, other) {
    const { service } = this.answer.columns;
    return (
      service[one] === service[other] &&
      this.#template("name", one) === this.#template("name", other) &&
      this.#template("resource", one) === this.#template("resource", other)
    );
  }

  #runs() {
    const firsts = new Int32Array(this.length);
    const sizes = new Int32Array(this.length);
    const last = new Int32Array(this.length + 1).fill(-1);
    for (let row = 0; row < this.length; row++) {
      const parent = this.parents[row] + 1;
      const before = last[parent];
      const alike = before >= 0 && this.#isAlike(before, row);
      firsts[row] = alike ? firsts[before] : row;
      sizes[firsts[row]]++;
      last[parent] = row;
    }
    return { firsts, sizes };
  }
}

/** @param {Answer} answer */
function addresses({ columns, shared = [] }) {
  /** @type {string[]} */
  const ids = [...columns.id];
  for (const [row, number] of shared) ids[row] += `.${number}`;
  return ids;
}
