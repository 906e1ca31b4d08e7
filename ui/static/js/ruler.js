// @ts-check
// The times, or the ticks of a logical clock, above the waterfall, the lines that carry them down through the rows, and the time under the pointer.
// Drag along the ruler, or turn the wheel, to zoom.
import { element } from "./dom.js";
import { ticks } from "./scale.js";

/** @typedef {import("./waterfall-bars.js").View} View */

const TICK_DISTANCE_PX = 110;
/** How far the wheel has to be turned to zoom by a factor of e, and to move by the whole view, px. */
const WHEEL_PER_ZOOM_PX = 300;
const WHEEL_PER_VIEW_PX = 1000;

export class Ruler extends EventTarget {
  constructor() {
    super();
    this.element = element("div", "time ruler");
    this.lines = element("div", "lines");
    this.lines.setAttribute("aria-hidden", "true");
    this.pointer = element("i", "pointer");
    this.time = element("span", "pointer");
    this.brush = element("i", "brush");
    /** @type {View} */
    this.view = { from: 0, to: 1 };
    /** Whether the axis has ticks, which are whole numbers, instead of ns. */
    this.logical = false;
    this.aim(null);
    this.element.addEventListener("pointerdown", (event) => this.#drag(event));
  }

  /** @param {View} view @param {number} width px @param {boolean} logical */
  draw(view, width, logical) {
    this.view = view;
    this.width = width;
    this.logical = logical;
    const all = ticks(view.from, view.to, Math.max(2, Math.floor(width / TICK_DISTANCE_PX)));
    const times = logical ? all.filter(Number.isInteger) : all;
    const label = logical ? (/** @type {number} */ at) => (at === times[0] ? `tick ${at}` : `${at}`) : tick;
    this.element.replaceChildren(...times.map((at) => this.#placed("span", at, label(at))), this.time);
    this.lines.replaceChildren(...times.map((ns) => this.#placed("i", ns, "")), this.pointer, this.brush);
  }

  /** The time at a place on the screen, ns. @param {number} x px */
  timeAt(x) {
    const box = this.element.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (x - box.left) / box.width));
    return this.view.from + share * (this.view.to - this.view.from);
  }

  /** Show the time under the pointer; null hides it. @param {number|null} x px */
  aim(x) {
    this.pointer.hidden = this.time.hidden = x === null;
    if (x === null) return;
    const at = this.timeAt(x);
    const ns = this.logical ? Math.round(at) : at;
    const digits = Math.max(0, Math.ceil(-Math.log10((this.view.to - this.view.from) / 1000)));
    this.time.textContent = this.logical ? `tick ${ns}` : tick(Number(ns.toFixed(digits)), 4);
    for (const mark of [this.pointer, this.time]) mark.style.left = this.#share(ns);
    this.time.classList.toggle("last", ns > this.view.from + 0.9 * (this.view.to - this.view.from));
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (event.button) return;
    const start = this.timeAt(event.clientX);
    let end = start;
    const move = (/** @type {PointerEvent} */ to) => {
      end = this.timeAt(to.clientX);
      this.brush.style.left = this.#share(Math.min(start, end));
      this.brush.style.width = `${(100 * Math.abs(end - start)) / (this.view.to - this.view.from)}%`;
    };
    const done = () => {
      this.element.removeEventListener("pointermove", move);
      this.brush.style.width = "0";
      if (Math.abs(end - start) * 200 < this.view.to - this.view.from) return;
      this.#zoom(Math.min(start, end), Math.max(start, end));
    };
    this.element.setPointerCapture(event.pointerId);
    this.element.addEventListener("pointermove", move);
    this.element.addEventListener("pointerup", done, { once: true });
  }

  /**
   * Show the time under the pointer over the rows. The wheel with Ctrl zooms around it, with Shift it moves along.
   * @param {HTMLElement} root the rows and their head
   * @param {HTMLElement} viewport the rows
   * @param {{extent: number}} columns where the axis ends
   */
  follow(root, viewport, columns) {
    root.addEventListener("pointermove", ({ clientX }) => {
      const { left, right } = this.element.getBoundingClientRect();
      this.aim(clientX >= left && clientX <= right ? clientX : null);
    });
    root.addEventListener("pointerleave", () => this.aim(null));
    viewport.addEventListener("wheel", (event) => this.#turn(event, columns.extent), { passive: false });
  }

  /** @param {WheelEvent} event @param {number} extent where the axis ends */
  #turn(event, extent) {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    const { from, to } = this.view;
    const turned = event.deltaY || event.deltaX;
    if (event.ctrlKey) {
      const time = this.timeAt(event.clientX);
      const factor = Math.exp(turned / WHEEL_PER_ZOOM_PX);
      this.#zoom(time - (time - from) * factor, time + (to - time) * factor);
    } else {
      const step = Math.max(-from, Math.min(extent - to, ((to - from) * turned) / WHEEL_PER_VIEW_PX));
      this.#zoom(from + step, to + step);
    }
  }

  /** @param {number} from ns @param {number} to ns */
  #zoom(from, to) {
    this.dispatchEvent(new CustomEvent("zoom", { detail: { from, to } }));
  }

  /** @param {number} ns */
  #share(ns) {
    return `${(100 * (ns - this.view.from)) / (this.view.to - this.view.from)}%`;
  }

  /** @param {string} tag @param {number} ns @param {string} text */
  #placed(tag, ns, text) {
    const left = ((ns - this.view.from) / (this.view.to - this.view.from)) * (this.width ?? 0);
    const mark = element(tag, left > (this.width ?? 0) - 48 ? "last" : "", text);
    mark.style.left = this.#share(ns);
    return mark;
  }
}

/** A time on the ruler, exact where it is round. @param {number} ns @param {number} [digits] */
export function tick(ns, digits = 9) {
  if (ns < 1) return "0";
  const [size, unit] = ns >= 1e9 ? [1e9, "s"] : ns >= 1e6 ? [1e6, "ms"] : ns >= 1e3 ? [1e3, "µs"] : [1, "ns"];
  return `${Number((ns / Number(size)).toPrecision(digits))} ${unit}`;
}
