// @ts-check
// Finding spans of a trace by a piece of text, and going from match to match.
import { announce, find } from "./dom.js";
import { count } from "./wording.js";

export class Finder extends EventTarget {
  /** @param {import("./trace-columns.js").Columns} columns */
  constructor(columns) {
    super();
    this.columns = columns;
    /** @type {number[]} */
    this.rows = [];
    this.at = -1;
    /** @type {HTMLInputElement} */
    this.input = find("#find");
    this.input.addEventListener("input", () => {
      this.look(this.input.value);
      this.dispatchEvent(new CustomEvent("found"));
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The row of the current match, -1 without one. */
  get row() {
    return this.rows[this.at] ?? -1;
  }

  /** The text looked for. */
  get text() {
    return this.input.value.trim();
  }

  /** Find all matches of a text. @param {string} text */
  look(text) {
    const wanted = text.trim();
    if (this.text !== wanted) this.input.value = wanted;
    this.rows = wanted ? this.columns.matches(wanted) : [];
    this.at = -1;
    this.#say(wanted);
  }

  /** Go through these rows, whatever they have in common. @param {number[]} rows */
  take(rows) {
    this.rows = rows;
    this.at = -1;
    this.#say(this.text);
  }

  /** Go on (1) or back (-1) to a match, at first to the one nearest to `from`. @param {number} by @param {number} from */
  step(by, from) {
    if (!this.rows.length) return;
    const after = this.rows.findIndex((row) => row >= from);
    const first = by > 0 ? Math.max(0, after) : (after < 0 ? this.rows.length : after) - 1;
    const next = this.at < 0 ? first : this.at + by;
    this.at = (next + this.rows.length) % this.rows.length;
    this.#say(this.input.value);
    this.dispatchEvent(new CustomEvent("match", { detail: this.row }));
  }

  /** @param {string} wanted */
  #say(wanted) {
    const size = count(this.rows.length);
    const text = !this.rows.length && !wanted ? "" : this.at < 0 ? size : `${count(this.at + 1)} of ${size}`;
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
