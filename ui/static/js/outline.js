// @ts-check
// Which rows of a trace are open, folded and therefore visible.
import { packed, unpacked } from "./url.js";

const ALL_LEVELS = Infinity;
/** More exceptions than this are not written into the address. */
const MAX_ROWS_IN_ADDRESS = 300;

export class Outline {
  /** @param {import("./trace-columns.js").TraceColumns} columns */
  constructor(columns) {
    this.columns = columns;
    /** Spans at this depth and deeper are closed at first. */
    this.level = ALL_LEVELS;
    /** @type {Set<number>} rows that are the opposite of what their level says */
    this.toggled = new Set();
    this.foldAll = false;
    /** @type {Set<number>} runs, by first row, that are the opposite of what `foldAll` says */
    this.refolded = new Set();
    /** @type {Uint8Array|null} the rows that are shown at all; null for every one */
    this.only = null;
    this.visible = new Int32Array(0);
    this.update();
  }

  /** @param {number} row */
  isClosed(row) {
    return this.columns.hasChildren(row) && this.columns.depths[row] >= this.level !== this.toggled.has(row);
  }

  /** Whether a run begins here that is shown as one row. @param {number} row */
  isFolded(row) {
    return this.columns.isRun(row) && this.foldAll !== this.refolded.has(row);
  }

  /** Whether more can be shown under this row. @param {number} row */
  isOpen(row) {
    return !this.isFolded(row) && !this.isClosed(row);
  }

  /** The row after the last one that a visible row represents: itself, or all that it hides. @param {number} row */
  representedEnd(row) {
    if (this.isFolded(row)) return this.columns.runEnd(row);
    return this.isClosed(row) ? this.columns.end(row) : row + 1;
  }

  /** Work out which rows are visible, after any change. */
  update() {
    const { columns } = this;
    const visible = new Int32Array(columns.length);
    let size = 0;
    for (let row = 0; row < columns.length;) {
      if (this.only && !this.only[row]) {
        row = columns.end(row);
        continue;
      }
      visible[size++] = row;
      if (this.isFolded(row)) row = columns.runEnd(row);
      else row = this.isClosed(row) ? columns.end(row) : row + 1;
    }
    this.visible = visible.subarray(0, size);
  }

  /** The place of a row among the visible ones, or of the row that hides it. @param {number} row */
  place(row) {
    let low = 0;
    let high = this.visible.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.visible[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Open or close what is under a row. @param {number} row */
  toggle(row) {
    flip(this.isFolded(row) ? this.refolded : this.toggled, row);
    this.update();
  }

  /** Fold the run that begins here, or unfold it. @param {number} first */
  refold(first) {
    flip(this.refolded, first);
    this.update();
  }

  /** Show some rows and nothing else; null shows all again. @param {Uint8Array|null} only */
  filter(only) {
    this.only = only;
    this.update();
  }

  /** @param {boolean} fold */
  foldRuns(fold) {
    this.foldAll = fold;
    this.refolded.clear();
    this.update();
  }

  /** Show the spans down to a depth. @param {number} level */
  showLevels(level) {
    this.level = level > this.columns.deepest ? ALL_LEVELS : Math.max(0, level);
    this.toggled.clear();
    this.update();
  }

  /** One level more (1) or less (-1) than now. @param {number} by */
  deepen(by) {
    this.showLevels(Math.min(this.level, this.columns.deepest) + by);
  }

  /** Open whatever hides a row. @param {number} row @returns {boolean} whether anything had to be opened */
  reveal(row) {
    const hiding = this.columns.ancestors(row).filter((above) => this.isClosed(above));
    for (const above of hiding) flip(this.toggled, above);
    const runs = [row, ...this.columns.ancestors(row)].map((above) => this.columns.runs[above]);
    const folded = runs.filter((first, index) => this.isFolded(first) && (index > 0 || first !== row));
    for (const first of new Set(folded)) flip(this.refolded, first);
    if (hiding.length + folded.length) this.update();
    return hiding.length + folded.length > 0;
  }

  /** All of this as parameters of the address. @returns {Record<string, string|null>} */
  toParameters() {
    const short = (/** @type {Set<number>} */ rows) =>
      rows.size && rows.size <= MAX_ROWS_IN_ADDRESS ? packed(rows) : null;
    const toggled = short(this.toggled);
    const refolded = short(this.refolded);
    return {
      level: this.level === ALL_LEVELS ? null : String(this.level),
      toggled,
      fold: this.foldAll ? "all" : null,
      refolded,
      of: toggled || refolded ? String(this.columns.length) : null,
    };
  }

  /**
   * Take it from an address; row numbers only if they were written for this number of spans.
   * @param {URLSearchParams} query
   */
  read(query) {
    const level = query.get("level");
    this.level = level !== null && /^\d+$/.test(level) ? Number(level) : ALL_LEVELS;
    this.foldAll = query.get("fold") === "all";
    const same = query.get("of") === String(this.columns.length);
    this.toggled = unpacked(same ? query.get("toggled") : null, this.columns.length);
    this.refolded = unpacked(same ? query.get("refolded") : null, this.columns.length);
    this.update();
  }
}

/** @param {Set<number>} rows @param {number} row */
function flip(rows, row) {
  if (!rows.delete(row)) rows.add(row);
}
