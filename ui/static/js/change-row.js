// @ts-check
// An operation and what is changed about it: a choice, a number, and a slider for the number.
import { find } from "./dom.js";

const UNLIMITED_WIDTH = 1000;
/** Speeds on the slider: times as fast, 1 for no change. */
const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4, 5, 8, 10, 20, 50, 100];
/** Numbers of calls at a time on the slider; the last means all at once. */
const WIDTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, UNLIMITED_WIDTH];
/** Percentages of calls that hit the cache, on the slider. */
const HITS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 100];
const MAX_SPEED = 1000;
const ALL_HIT = 100;
/** The number that a choice begins with. */
const DEFAULT_NUMBERS = /** @type {Record<string, number>} */ ({ scale: 2, parallel: 8, cache: ALL_HIT });

/** @typedef {{service: string, name: string, resource: string, way: string, factor?: number, width?: number, hit_ratio?: number}} Change */

/** The numbers that the positions of a slider stand for. @param {string} way */
export const sliderNumbers = (way) => (way === "parallel" ? WIDTHS : way === "cache" ? HITS : SPEEDS);

/** What the number of a choice counts. @param {string} way */
export const numberName = (way) =>
  way === "parallel" ? "at a time" : way === "cache" ? "% of calls hit" : "times as fast";

/** What a choice and its number mean. @param {string} way @param {number} by */
export function describe(way, by) {
  if (way === "batch") return "in one call";
  if (way === "cache") return by >= ALL_HIT ? "from a cache" : `${Number(by.toPrecision(3))} % from a cache`;
  if (way === "parallel") return by >= UNLIMITED_WIDTH ? "all at once" : `${by} at a time`;
  return by === 1 ? "as it is" : `${Number(by.toPrecision(3))} × as fast`;
}

/** What a choice and its number mean, where there is little room. @param {string} way @param {number} by */
export function describeBriefly(way, by) {
  if (way === "batch") return "batched";
  if (way === "cache") return by >= ALL_HIT ? "cached" : `${Number(by.toPrecision(3))} % cached`;
  if (way === "parallel") return by >= UNLIMITED_WIDTH ? "parallel" : `${by} wide`;
  return `${Number(by.toPrecision(3))}× speed`;
}

/** How far two numbers are apart on a slider. @param {number} a @param {number} b */
const distance = (a, b) => Math.abs(Math.log(Math.max(a, 0.001) / Math.max(b, 0.001)));

/**
 * Move a slider to a number, and let it say what that means.
 * @param {HTMLInputElement} slider
 * @param {string} way
 * @param {number} by
 */
export function setSlider(slider, way, by) {
  const numbers = sliderNumbers(way);
  slider.max = String(numbers.length - 1);
  const nearest = numbers.reduce(
    (best, number, index) => (distance(number, by) < distance(numbers[best], by) ? index : best),
    0,
  );
  slider.value = String(nearest);
  slider.disabled = way === "batch";
  slider.setAttribute("aria-valuetext", describe(way, by));
}

export class ChangeRow extends EventTarget {
  /** @param {HTMLElement} row */
  constructor(row) {
    super();
    this.element = row;
    /** @type {HTMLSelectElement} */ this.choice = find('[name="way"]', row);
    /** @type {HTMLInputElement} */ this.number = find('[name="by"]', row);
    /** @type {HTMLInputElement} */ this.slider = find("[data-slider]", row);
    /** @type {[string, string, string]} */ this.operation = JSON.parse(find('[name="op"]', row).value);
    this.choice.addEventListener("change", () => this.set(this.choice.value));
    this.number.addEventListener(
      "input",
      () => this.number.value && this.set(this.choice.value || "scale", Number(this.number.value)),
    );
    this.slider.addEventListener("input", () => {
      const way = this.choice.value || "scale";
      this.set(way, sliderNumbers(way)[Number(this.slider.value)]);
    });
    this.#show();
  }

  get way() {
    return this.choice.value;
  }

  /** Times as fast, calls at a time, or percent of the calls that hit. */
  get by() {
    const number = Number(this.number.value);
    if (number > 0 || (this.way === "cache" && this.number.value !== "")) return Math.max(0, number);
    return this.way ? (DEFAULT_NUMBERS[this.way] ?? 1) : 1;
  }

  /** The change as the collector wants it; null for none. @returns {Change|null} */
  get change() {
    if (!this.way || (this.way === "scale" && this.by === 1)) return null;
    const [service, name, resource] = this.operation;
    const change = { service, name, resource, way: this.way };
    if (this.way === "scale") return { ...change, factor: Number((1 / Math.min(this.by, MAX_SPEED)).toFixed(6)) };
    if (this.way === "parallel")
      return { ...change, width: Math.max(1, Math.min(UNLIMITED_WIDTH, Math.round(this.by))) };
    if (this.way === "cache" && this.by < ALL_HIT) return { ...change, hit_ratio: Number((this.by / 100).toFixed(6)) };
    return change;
  }

  /** @param {string} way @param {number} [by] default: the number that the choice begins with */
  set(way, by) {
    const other = way !== this.way;
    this.choice.value = way;
    if (by) {
      if (Number(this.number.value) !== by) this.number.value = String(by);
    } else if (other) {
      this.number.value = way in DEFAULT_NUMBERS ? String(DEFAULT_NUMBERS[way]) : "";
    }
    this.#show();
    this.dispatchEvent(new Event("change"));
  }

  /** Undo the change. */
  reset() {
    if (!this.way) return;
    this.number.value = "";
    this.set("");
  }

  #show() {
    setSlider(this.slider, this.way, this.by);
    this.number.disabled = this.way === "batch";
    this.number.title = this.way && this.way !== "batch" ? numberName(this.way) : "";
    this.element.classList.toggle("changed", this.change !== null);
  }
}
