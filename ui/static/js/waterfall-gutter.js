// @ts-check
// Forks and joins in the waterfall's gutter: a rail beside the spans that were executed at the same time.
import { element } from "./dom.js";
import { count } from "./wording.js";

/**
 * @typedef {object} Fork
 * @property {number} parent row of the span that forked
 * @property {number[]} rows of the branches, by start: the first of them, where there are very many
 * @property {number} branches how many there are
 * @property {boolean} joined whether the parent waited for all of them
 * @property {"threads"|"times"} seen_by
 */

/** Rails beside one row: more would be a comb. */
const MAX_RAILS = 8;
/** Where the line of a level is, as a part of its step (`.row .indent` in waterfall-row.css). */
const LINE_PART = 0.6;
const SEEN_BY = { threads: "its tracer names other threads", times: "their times overlap" };

export class Gutter {
  /** @param {Fork[]} [forks] of a trace, parents first */
  constructor(forks = []) {
    this.rails = forks.map((fork) => ({
      fork,
      first: fork.rows[0],
      last: fork.rows[fork.rows.length - 1],
      branches: new Set(fork.rows),
    }));
  }

  /** Draw what belongs beside a row.
   * @param {HTMLElement} indent
   * @param {number} row
   * @param {import("./waterfall-row.js").RowContext} context
   */
  draw(indent, row, context) {
    if (!this.rails.length) return;
    const end = context.outline.representedEnd(row);
    const passing = this.rails.filter(({ first, last }) => first < end && row <= last && row >= first);
    indent.replaceChildren(...passing.slice(-MAX_RAILS).map((rail) => this.#piece(rail, row, end, context)));
  }

  /** @param {Gutter["rails"][0]} rail @param {number} row @param {number} end @param {import("./waterfall-row.js").RowContext} context */
  #piece({ fork, first, last, branches }, row, end, { columns, indent }) {
    const piece = element("i", "rail");
    const right = indent(first);
    const left = indent(fork.parent) + (right - indent(fork.parent)) * LINE_PART;
    piece.style.left = `${left}px`;
    piece.style.width = `${right - left}px`;
    piece.title = `${columns.service(fork.parent)} ${columns.name(fork.parent)} ${this.#words(fork)}`;
    piece.classList.toggle("branch", branches.has(row));
    piece.classList.toggle("starts", row === first);
    piece.classList.toggle("ends", last < end);
    piece.classList.toggle("loose", !fork.joined);
    return piece;
  }

  /** What is to be said about a row, "" for most: that it forks. @param {number} row */
  spoken(row) {
    return this.rails
      .filter(({ fork }) => fork.parent === row)
      .map(({ fork }) => this.#words(fork))
      .join(", ");
  }

  /** @param {Fork} fork */
  #words({ branches, joined, seen_by }) {
    const wait = joined ? "and joins" : "and does not wait for all";
    const into = branches === 1 ? "forks one off" : `forks into ${count(branches)}`;
    return `${into} ${wait} (${SEEN_BY[seen_by]})`;
  }

  /** The gutter's part of the legend, nothing where there are no forks. */
  legend() {
    if (!this.rails.length) return [];
    const sample = element("i", "rail-sample");
    const text = element("span", "", "fork, join");
    text.title =
      `${count(this.rails.length)}: where a span had several things done at the same time. A full dot is a fork or a ` +
      "join, an empty one the end of what was not waited for (collector.analysis.forks).";
    return [sample, text];
  }
}
