// @ts-check
// One operation and what is done to it: a choice, a number, and a slider that stands for the number.
import { find } from "./dom.js";

/** Times as fast; 1 leaves it as it is. */
const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4, 5, 8, 10, 20, 50, 100];
/** So many at a time; the last is all at once. */
const WIDTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 1000];
const USUAL = /** @type {Record<string, number>} */ ({ scale: 2, parallel: 8 });

/** @typedef {{service: string, name: string, resource: string, way: string, factor?: number, width?: number}} Change */

/** The numbers that a slider stands for. @param {string} way */
export const stops = (way) => (way === "parallel" ? WIDTHS : SPEEDS);

/** What a number means. @param {string} way @param {number} by */
export function said(way, by) {
  if (way === "batch") return "in one call";
  if (way === "cache") return "from a cache";
  if (way === "parallel") return by >= 1000 ? "all at once" : `${by} at a time`;
  return by === 1 ? "as it is" : `${Number(by.toPrecision(3))} × as fast`;
}

/** The same where there is little room. @param {string} way @param {number} by */
export function mark(way, by) {
  if (way === "batch") return "batched";
  if (way === "cache") return "cached";
  if (way === "parallel") return by >= 1000 ? "parallel" : `${by} wide`;
  return `${Number(by.toPrecision(3))}× speed`;
}

/** Put a slider where a number is, and let it say so. @param {HTMLInputElement} slider @param {string} way @param {number} by */
export function place(slider, way, by) {
  const numbers = stops(way);
  slider.max = String(numbers.length - 1);
  const nearest = numbers.reduce((best, number, at) => (Math.abs(Math.log(number / by)) < Math.abs(Math.log(numbers[best] / by)) ? at : best), 0);
  slider.value = String(nearest);
  slider.disabled = way === "batch" || way === "cache";
  slider.setAttribute("aria-valuetext", said(way, by));
}

export class Row extends EventTarget {
  /** @param {HTMLElement} row */
  constructor(row) {
    super();
    this.element = row;
    /** @type {HTMLSelectElement} */ this.choice = find('[name="way"]', row);
    /** @type {HTMLInputElement} */ this.number = find('[name="by"]', row);
    /** @type {HTMLInputElement} */ this.slider = find("[data-slider]", row);
    /** @type {[string, string, string]} */ this.operation = JSON.parse(find('[name="op"]', row).value);
    this.choice.addEventListener("change", () => this.set(this.choice.value));
    this.number.addEventListener("input", () => this.number.value && this.set(this.choice.value || "scale", Number(this.number.value)));
    this.slider.addEventListener("input", () => {
      const way = this.choice.value || "scale";
      this.set(way, stops(way)[Number(this.slider.value)]);
    });
    this.#show();
  }

  get way() {
    return this.choice.value;
  }

  /** How many times as fast, or so many at a time. */
  get by() {
    const given = Number(this.number.value);
    return given > 0 ? given : this.way ? (USUAL[this.way] ?? 1) : 1;
  }

  /** What the collector is asked; null for nothing. @returns {Change|null} */
  get change() {
    if (!this.way || (this.way === "scale" && this.by === 1)) return null;
    const [service, name, resource] = this.operation;
    const change = { service, name, resource, way: this.way };
    if (this.way === "scale") return { ...change, factor: Number((1 / Math.min(this.by, 1000)).toFixed(6)) };
    if (this.way === "parallel") return { ...change, width: Math.max(1, Math.min(1000, Math.round(this.by))) };
    return change;
  }

  /** @param {string} way @param {number} [by] the way's usual number unless given */
  set(way, by) {
    const other = way !== this.way;
    this.choice.value = way;
    if (by) {
      if (Number(this.number.value) !== by) this.number.value = String(by);
    } else if (other) {
      this.number.value = way in USUAL ? String(USUAL[way]) : "";
    }
    this.#show();
    this.dispatchEvent(new Event("change"));
  }

  /** Leave it as it is. */
  reset() {
    if (!this.way) return;
    this.number.value = "";
    this.set("");
  }

  #show() {
    place(this.slider, this.way, this.by);
    this.number.disabled = this.way === "batch" || this.way === "cache";
    this.element.classList.toggle("changed", this.change !== null);
  }
}
