// @ts-check
// The duration of each trace over time. Traces that look alike are one path, because thousands of elements are slow.
import { element, svg } from "./dom.js";
import { linear, logarithmic, moments, powers, ticks } from "./scale.js";
import { markOf } from "./service-marks.js";
import { shortId } from "./url.js";
import { clock, count, counted, duration, milliseconds, time } from "./wording.js";

/** @typedef {import("./api.js").Summary} Summary */
/** @typedef {{trace: Summary, at: number}} Point at: ms since 1970 */

const MARGIN_REM = { left: 3.6, right: 2.9, top: 0.5, bottom: 1.4 };
/** How near to a point the pointer has to be. */
const REACH_PX = 18;
const MAX_POINTS = 2000;
/** A drag is at least this long, and a box as tall as this selects durations, too. */
const MIN_DRAG_PX = 5;
const MIN_BOX_PX = 24;
/** The least distances between lines, and between moments. */
const LINE_DISTANCE_PX = 34;
const MOMENT_DISTANCE_PX = 130;

export class Scatter extends EventTarget {
  /** @param {HTMLElement} root @param {import("./service-marks.js").Marks} services */
  constructor(root, services) {
    super();
    this.root = root;
    this.services = services;
    /** @type {Map<string, Point>} */
    this.points = new Map();
    /** @type {Point[]} oldest first */
    this.sorted = [];
    /** @type {Record<string, number>} durations that have a line, by name */
    this.lines = {};
    /** @type {{from: number, to: number}|null} ms; null follows the traces */
    this.range = null;
    this.live = true;
    /** Margins, px. */
    this.margin = { left: 0, right: 0, top: 0, bottom: 0 };
    this.log = true;
    /** @type {Point|null} */
    this.pointed = null;
    this.marks = svg("g");
    this.axes = svg("g");
    this.ring = svg("circle", { class: "ring", r: 7, visibility: "hidden" });
    this.brush = svg("rect", { class: "brush", visibility: "hidden" });
    this.picture = svg("svg", { "aria-hidden": "true" }, this.axes, this.marks, this.ring, this.brush);
    this.tip = element("div", "tip");
    this.tip.hidden = true;
    root.append(this.picture, this.tip);
    root.addEventListener("pointermove", (event) => this.#point(this.#nearest(event)));
    root.addEventListener("pointerleave", () => this.#point(null));
    root.addEventListener("pointerdown", (event) => this.#press(event));
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("blur", () => this.#point(null));
    new ResizeObserver(() => this.draw()).observe(root);
  }

  /** @param {Summary[]} traces new or grown */
  add(traces) {
    for (const trace of traces) {
      this.points.delete(shortId(trace.trace_id)); // It may have been known by that so far.
      if (trace.timed) this.points.set(trace.trace_id, { trace, at: milliseconds(trace.start) });
    }
    this.sorted = [...this.points.values()].sort((a, b) => a.at - b.at);
    for (const { trace } of this.sorted.splice(0, Math.max(0, this.sorted.length - MAX_POINTS)))
      this.points.delete(trace.trace_id);
    this.draw();
  }

  draw() {
    const width = this.root.clientWidth;
    const height = this.root.clientHeight;
    if (!width || !this.sorted.length) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const { left, right, top, bottom } = MARGIN_REM;
    this.margin = { left: left * rem, right: right * rem, top: top * rem, bottom: bottom * rem };
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#scales(width, height);
    this.#axes(width, height);
    this.#marks();
    if (this.pointed) this.#point(this.points.get(this.pointed.trace.trace_id) ?? null);
  }

  /** @param {number} width @param {number} height */
  #scales(width, height) {
    const oldest = this.range?.from ?? this.sorted[0].at;
    const newest = this.range?.to ?? this.#end(oldest);
    const margin = Math.max(500, (newest - oldest) * 0.01);
    this.x = { from: oldest - margin, to: newest + margin };
    this.across = linear(this.x.from, this.x.to, this.margin.left, width - this.margin.right);
    let least = Infinity;
    let most = 0;
    for (const { trace } of this.sorted) {
      least = Math.min(least, trace.duration);
      most = Math.max(most, trace.duration);
    }
    const bottom = height - this.margin.bottom;
    if (this.log) {
      this.y = { from: Math.max(1, least) / 1.3, to: Math.max(10, most) * 1.3 };
      this.up = logarithmic(this.y.from, this.y.to, bottom, this.margin.top);
    } else {
      this.y = { from: 0, to: Math.max(1, most) * 1.05 };
      this.up = linear(0, this.y.to, bottom, this.margin.top);
    }
  }

  /**
   * Where the picture ends: now, unless the last trace was long ago.
   * @param {number} oldest ms
   * @returns {number} ms
   */
  #end(oldest) {
    const last = this.sorted[this.sorted.length - 1].at;
    return this.live ? Math.min(Date.now(), last + 30_000 + (last - oldest) * 0.3) : last;
  }

  /** @param {number} width @param {number} height */
  #axes(width, height) {
    const { x, y, across, up } = this;
    if (!x || !y || !across || !up) return;
    const parts = [];
    const most = Math.floor(height / LINE_DISTANCE_PX);
    for (const ns of this.log ? powers(y.from, y.to, most) : ticks(0, y.to, most)) {
      const at = up.place(ns).toFixed(1);
      parts.push(
        svg("path", { class: "grid", d: `M${this.margin.left} ${at}H${width - this.margin.right}` }),
        label(this.margin.left - 8, Number(at) + 4, duration(ns), "end"),
      );
    }
    for (const ms of moments(x.from, x.to, Math.max(2, Math.floor(width / MOMENT_DISTANCE_PX)))) {
      const at = across.place(ms);
      parts.push(
        svg("path", { class: "tick", d: `M${at.toFixed(1)} ${height - this.margin.bottom}v5` }),
        label(at, height - 4, time(ms), "middle"),
      );
    }
    let above = Infinity;
    for (const [name, ns] of Object.entries(this.lines).sort((a, b) => a[1] - b[1])) {
      const at = up.place(ns);
      if (ns < y.from || ns > y.to || above - at < 12) continue;
      above = at;
      parts.push(
        svg("path", { class: "level", d: `M${this.margin.left} ${at.toFixed(1)}H${width - this.margin.right}` }),
        label(width - this.margin.right + 6, at + 4, name, "start", "level-name"),
      );
    }
    this.axes.replaceChildren(...parts);
  }

  #marks() {
    const { across, up } = this;
    if (!across || !up) return;
    /** @type {Map<string, string[]>} */
    const paths = new Map();
    for (const { trace, at } of this.sorted) {
      const kind = trace.errors ? "cross" : `dot ${markOf(trace.service, this.services).classes}`;
      const x = across.place(at).toFixed(1);
      const y = up.place(trace.duration).toFixed(1);
      const path = paths.get(kind) ?? [];
      path.push(trace.errors ? `M${x} ${y}m-4-4l8 8m0-8l-8 8` : `M${x} ${y}h0`);
      paths.set(kind, path);
    }
    const drawn = [...paths].sort(([a], [b]) => Number(a === "cross") - Number(b === "cross"));
    this.marks.replaceChildren(...drawn.map(([kind, path]) => svg("path", { class: kind, d: path.join("") })));
  }

  /** @param {MouseEvent} event @returns {Point|null} */
  #nearest(event) {
    const { across, up } = this;
    if (!across || !up) return null;
    const box = this.root.getBoundingClientRect();
    let best = null;
    let reach = REACH_PX ** 2;
    for (const point of this.sorted) {
      const far =
        (across.place(point.at) - event.clientX + box.left) ** 2 +
        (up.place(point.trace.duration) - event.clientY + box.top) ** 2;
      if (far < reach) {
        reach = far;
        best = point;
      }
    }
    return best;
  }

  /** Show which trace a mark is. @param {Point|null} point */
  #point(point) {
    const { across, up } = this;
    this.pointed = point;
    this.ring.setAttribute("visibility", point ? "visible" : "hidden");
    this.tip.hidden = !point;
    this.root.classList.toggle("aimed", Boolean(point));
    if (!point || !across || !up) return;
    const { trace, at } = point;
    const x = across.place(at);
    const y = up.place(trace.duration);
    this.ring.setAttribute("cx", x.toFixed(1));
    this.ring.setAttribute("cy", y.toFixed(1));
    const errors = trace.errors ? [element("span", "bad", `${count(trace.errors)} with an error`)] : [];
    this.tip.replaceChildren(
      element("b", "", duration(trace.duration)),
      element("span", "what", trace.resource || trace.name),
      element("span", "", `${trace.service}, ${counted(trace.spans, "span")}`),
      ...errors,
      element("span", "", clock(at)),
    );
    const right = x > this.root.clientWidth / 2;
    this.tip.classList.toggle("left", right);
    this.tip.style.left = `${x}px`;
    this.tip.style.top = `${Math.min(y, this.root.clientHeight - 60)}px`;
  }

  /** Open a trace with a click, select times by dragging. @param {PointerEvent} event */
  #press(event) {
    if (event.button) return;
    const box = this.root.getBoundingClientRect();
    const start = { x: event.clientX - box.left, y: event.clientY - box.top };
    let end = start;
    const far = () => Math.abs(end.x - start.x) > MIN_DRAG_PX;
    const move = (/** @type {PointerEvent} */ to) => {
      end = { x: to.clientX - box.left, y: to.clientY - box.top };
      this.#showBrush(start, end, far());
    };
    const done = () => {
      this.root.removeEventListener("pointermove", move);
      this.#showBrush(start, end, false);
      if (far()) this.#select(start, end);
      else if (this.pointed) this.dispatchEvent(new CustomEvent("open", { detail: this.pointed.trace.trace_id }));
    };
    this.root.setPointerCapture(event.pointerId);
    this.#point(this.#nearest(event));
    this.root.addEventListener("pointermove", move);
    this.root.addEventListener("pointerup", done, { once: true });
  }

  /** @param {{x: number, y: number}} start @param {{x: number, y: number}} end @param {boolean} visible */
  #showBrush(start, end, visible) {
    const tall = Math.abs(end.y - start.y) > MIN_BOX_PX;
    this.brush.setAttribute("visibility", visible ? "visible" : "hidden");
    this.brush.setAttribute("x", String(Math.min(start.x, end.x)));
    this.brush.setAttribute("width", String(Math.abs(end.x - start.x)));
    this.brush.setAttribute("y", String(tall ? Math.min(start.y, end.y) : this.margin.top));
    this.brush.setAttribute(
      "height",
      String(tall ? Math.abs(end.y - start.y) : this.root.clientHeight - this.margin.top - this.margin.bottom),
    );
  }

  /**
   * Select times, and durations if the box is tall enough.
   * @param {{x: number, y: number}} start
   * @param {{x: number, y: number}} end
   */
  #select(start, end) {
    const { across, up } = this;
    if (!across || !up) return;
    const times = [start.x, end.x].map(across.value).sort((a, b) => a - b);
    const tall = Math.abs(end.y - start.y) > MIN_BOX_PX;
    const durations = tall ? [start.y, end.y].map(up.value).sort((a, b) => a - b) : null;
    this.dispatchEvent(new CustomEvent("select", { detail: { from: times[0], to: times[1], durations } }));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by) {
      const now = this.pointed ? this.sorted.indexOf(this.pointed) : by > 0 ? -1 : this.sorted.length;
      const next = this.sorted[Math.max(0, Math.min(this.sorted.length - 1, now + by))];
      if (next) this.#point(next);
      this.dispatchEvent(new CustomEvent("say", { detail: this.tip.innerText }));
    } else if (event.key === "Enter" && this.pointed) {
      this.dispatchEvent(new CustomEvent("open", { detail: this.pointed.trace.trace_id }));
    } else return;
    event.preventDefault();
  }
}

/** @param {number} x @param {number} y @param {string} text @param {string} anchor @param {string} [name] */
function label(x, y, text, anchor, name = "axis") {
  const label = svg("text", { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor, class: name });
  label.textContent = text;
  return label;
}
