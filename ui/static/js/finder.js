// @ts-check
// Finding spans of a trace by text, and going from match to match.
import { announce, find } from "./dom.js";
import { count } from "./wording.js";

export class Finder extends EventTarget {
  /** @param {import("./trace-columns.js").TraceColumns} columns */
  constructor(columns) {
    super();
    this.columns = columns;
    /** @type {number[]} */
    this.rows = [];
    /** The number of the current match, -1 without one. */
    this.current = -1;
    /** @type {HTMLInputElement} */
    this.input = find("#find");
    this.input.addEventListener("input", () => {
      this.find(this.input.value);
      this.dispatchEvent(new CustomEvent("found"));
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The row of the current match, -1 without one. */
  get row() {
    return this.rows[this.current] ?? -1;
  }

  /** The text looked for. */
  get text() {
    return this.input.value.trim();
  }

  /** Find all spans with a text. @param {string} text */
  find(text) {
    const trimmed = text.trim();
    if (this.text !== trimmed) this.input.value = trimmed;
    this.rows = trimmed ? this.columns.matches(trimmed) : [];
    this.current = -1;
    this.#say(trimmed);
  }

  /** Go through these rows, whatever they have in common. @param {number[]} rows */
  useRows(rows) {
    this.rows = rows;
    this.current = -1;
    this.#say(this.text);
  }

  /**
   * Go to the next (1) or previous (-1) match; without a current one, to the nearest from a row.
   * @param {number} by
   * @param {number} from
   */
  step(by, from) {
    if (!this.rows.length) return;
    const after = this.rows.findIndex((row) => row >= from);
    const first = by > 0 ? Math.max(0, after) : (after < 0 ? this.rows.length : after) - 1;
    const next = this.current < 0 ? first : this.current + by;
    this.current = (next + this.rows.length) % this.rows.length;
    this.#say(this.input.value);
    this.dispatchEvent(new CustomEvent("match", { detail: this.row }));
  }

  /** @param {string} searched */
  #say(searched) {
    const size = count(this.rows.length);
    const text =
      !this.rows.length && !searched ? "" : this.current < 0 ? size : `${count(this.current + 1)} of ${size}`;
    find("#found").textContent = text;
    if (text) announce(this.rows.length ? `match ${text}` : "nothing found");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Enter") this.dispatchEvent(new CustomEvent("step", { detail: event.shiftKey ? -1 : 1 }));
    if (event.key === "Escape") this.dispatchEvent(new CustomEvent("leave"));
    if (event.key === "Enter" || event.key === "Escape") event.preventDefault();
  }
}
