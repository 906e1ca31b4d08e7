// @ts-check
// The whole trace in a strip: drag to zoom, drag the window to move it. Painted pixel by pixel,
// because a filled rectangle for each of 100,000 spans stalls the first frame for seconds.
import { hueToken, pixel } from "./css-tokens.js";
import { element } from "./dom.js";
import { markOf } from "./service-marks.js";

/** This many times the strip's width in bars on one line of pixels; more of them add nothing to the picture. */
const MAX_WIDTHS_PER_LINE = 6;

export class Minimap extends EventTarget {
  /** @param {HTMLElement} root @param {import("./trace-columns.js").TraceColumns} columns */
  constructor(root, columns) {
    super();
    this.root = root;
    this.columns = columns;
    this.matches = new Set();
    this.view = { from: 0, to: columns.extent || 1 };
    this.size = { width: 0, height: 0, minHeight: 1 };
    this.canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
    this.before = element("div", "shade");
    this.after = element("div", "shade");
    this.window = element("div", "window", element("i", "grip left"), element("i", "grip right"));
    root.replaceChildren(this.canvas, this.before, this.after, this.window);
    root.addEventListener("pointerdown", (event) => this.#drag(event));
    root.addEventListener("dblclick", () => this.#zoom(0, this.whole));
    root.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#resized()).observe(root);
    document.addEventListener("theme", () => this.paint());
  }

  get whole() {
    return this.columns.extent || 1;
  }

  /** Mark the part of the trace that is shown. @param {import("./waterfall-bars.js").View} view */
  mark(view) {
    this.view = view;
    const percent = (/** @type {number} */ ns) => `${(100 * ns) / this.whole}%`;
    this.before.style.width = percent(view.from);
    this.after.style.left = percent(view.to);
    this.window.style.left = percent(view.from);
    this.window.style.width = percent(view.to - view.from);
    this.root.classList.toggle("zoomed", view.from > 0 || view.to < this.whole);
    const [from, to] = [view.from, view.to].map((ns) => Math.round((100 * ns) / this.whole));
    this.root.setAttribute("aria-valuenow", String(from));
    this.root.setAttribute("aria-valuetext", `${from} to ${to} percent`);
  }

  /** Read its size before anything else on the page is changed, because it is expensive to know afterwards. */
  measure() {
    const ratio = Math.min(2, devicePixelRatio);
    this.size = {
      width: Math.round(this.root.clientWidth * ratio),
      height: Math.round(this.root.clientHeight * ratio),
      minHeight: Math.round(ratio),
    };
  }

  #resized() {
    this.measure();
    if (this.canvas.width !== this.size.width || this.canvas.height !== this.size.height) this.paint();
  }

  /** Draw every span, at least one pixel high. */
  paint() {
    const { width, height, minHeight } = this.size;
    if (!width || !height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    const context = /** @type {CanvasRenderingContext2D} */ (
      this.canvas.getContext("2d", { willReadFrequently: true })
    );
    const image = context.createImageData(width, height);
    this.#spans(new Uint32Array(image.data.buffer), width, height, minHeight);
    context.putImageData(image, 0, 0);
  }

  /**
   * @param {Uint32Array} pixels
   * @param {number} width
   * @param {number} height
   * @param {number} minHeight of a span, in pixels
   */
  #spans(pixels, width, height, minHeight) {
    const { columns } = this;
    const rows = columns.length;
    const pitch = height / rows;
    const thick = Math.max(minHeight, Math.min(Math.ceil(pitch * 0.6), 12 * minHeight));
    const scale = width / this.whole;
    const colours = this.#colours();
    const services = columns.answer.columns.service;
    const room = new Float64Array(height).fill(width * MAX_WIDTHS_PER_LINE);
    for (let row = 0; row < rows; row++) {
      const top = Math.min(height - thick, Math.floor(row * pitch));
      const left = Math.min(width - 1, Math.max(0, Math.floor(columns.starts[row] * scale)));
      const right = Math.min(
        width,
        Math.max(left + 1, Math.ceil((columns.starts[row] + columns.lengths[row]) * scale)),
      );
      room[top] -= right - left;
      if (room[top] < 0 && right - left > 8) continue;
      const colour = columns.errors[row] ? colours.error : colours.services[services[row]];
      const faded = this.matches.size > 0 && !this.matches.has(row);
      for (let y = top; y < top + thick; y++) {
        pixels.fill(faded ? (colour & 0xffffff) | 0x38000000 : colour, y * width + left, y * width + right);
      }
    }
  }

  /** The colours of the theme as pixels, by index into the trace's strings. */
  #colours() {
    const { answer, services } = this.columns;
    const colours = answer.strings.map((name) => pixel(hueToken(markOf(name, services))));
    return { error: pixel("--error"), services: colours };
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (event.button) return;
    const box = this.root.getBoundingClientRect();
    const timeAt = (/** @type {PointerEvent} */ { clientX }) =>
      Math.max(0, Math.min(1, (clientX - box.left) / box.width)) * this.whole;
    const start = timeAt(event);
    const { from, to } = this.view;
    const grip = /** @type {Element} */ (event.target).closest(".grip");
    const inside = !grip && this.root.classList.contains("zoomed") && start > from && start < to;
    const fixed = grip ? (grip.classList.contains("left") ? to : from) : start;
    this.root.setPointerCapture(event.pointerId);
    const move = (/** @type {PointerEvent} */ moved) => {
      if (inside) {
        const left = Math.max(0, Math.min(this.whole - (to - from), from + timeAt(moved) - start));
        this.#zoom(left, left + to - from);
      } else if (Math.abs(timeAt(moved) - fixed) * box.width > 3 * this.whole) {
        this.#zoom(Math.min(fixed, timeAt(moved)), Math.max(fixed, timeAt(moved)));
      }
    };
    this.root.addEventListener("pointermove", move);
    this.root.addEventListener("lostpointercapture", () => this.root.removeEventListener("pointermove", move), {
      once: true,
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { from, to } = this.view;
    const step = (to - from) / 10;
    const moved = event.key === "ArrowRight" ? step : event.key === "ArrowLeft" ? -step : 0;
    const nearer = event.key === "ArrowUp" ? step : event.key === "ArrowDown" ? -step : 0;
    if (!moved && !nearer) return;
    event.preventDefault();
    const width = Math.min(this.whole, to - from - 2 * nearer);
    const left = Math.max(0, Math.min(this.whole - width, from + moved + nearer));
    this.#zoom(left, left + width);
  }

  /** @param {number} from @param {number} to */
  #zoom(from, to) {
    this.dispatchEvent(new CustomEvent("zoom", { detail: { from, to } }));
  }
}
