// @ts-check
// The waterfall: as many row elements as fit on the screen, whatever the number of spans.
import { element, svg } from "./dom.js";
import { watchPointer } from "./gestures.js";
import { how } from "./note.js";
import { Row } from "./waterfall-row.js";
import { Ruler } from "./ruler.js";
import { splitter } from "./splitter.js";
import { column } from "./wording.js";

const OVERSCAN = 4;
/** Rows on paper at most. */
const PRINTED = 2000;
/** Indentation of one level, in rem. */
const STEP = 0.875;
const LEAST_STEP = 6;
const RANK = "Its percentile among its likes: the share of the spans with the same service, name and resource that are shorter, in the newest traces of the same route (collector.analysis.percentiles.rank).";
/** Elements out of sight that are kept for later. */
const SPARE = 40;

export class Rows extends EventTarget {
  /**
   * @param {HTMLElement} root the treegrid
   * @param {import("./outline.js").Outline} outline
   */
  constructor(root, outline) {
    super();
    this.root = root;
    this.outline = outline;
    this.columns = outline.columns;
    /** @type {import("./bars.js").View} */
    this.view = { from: 0, to: this.columns.duration || 1 };
    /** @type {import("./bars.js").Room} */
    this.room = { width: 0, height: 28, lane: 28 };
    this.rem = 16;
    this.nameWidth = 300;
    this.seen = { width: 0, height: 0 };
    /** How far it is scrolled, px. */
    this.top = 0;
    this.unit = column(this.columns.duration);
    /** @type {Map<number, Row>} by place */
    this.shown = new Map();
    /** @type {Row[]} */
    this.spare = [];
    /** @type {Set<number>} */
    this.matches = new Set();
    this.match = -1;
    this.active = 0;
    this.selected = -1;
    this.critical = true;
    this.printing = false;
    this.offset = 0;
    this.ruler = new Ruler();
    this.spacer = element("div", "spacer");
    this.spacer.setAttribute("role", "presentation");
    this.viewport = element("div", "viewport", this.spacer);
    this.viewport.setAttribute("role", "rowgroup");
    this.head = this.#head();
    root.replaceChildren(this.head, this.viewport, this.ruler.lines, splitter(root, () => this.redraw()));
    root.setAttribute("aria-colcount", "4");
    this.#listen();
  }

  #head() {
    const legend = element("span", "legend", element("i", "thick"), "itself", element("i", "thin"), "its children", element("i", "path"), "critical path");
    if (this.columns.marks.size) legend.append(svg("svg", { class: "diamond", viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("path", { class: "event-mark", d: "M1 6l5 -5l5 5l-5 5z" })), "event");
    const took = element("div", "took", this.unit.unit);
    took.setAttribute("aria-label", `Duration in ${this.unit.unit}`);
    this.ruler.element.setAttribute("aria-label", "Timeline");
    const rank = element("div", "rank", "Rank", how(RANK));
    const cells = [element("div", "name", "Span", legend), took, rank, this.ruler.element];
    for (const cell of cells) cell.setAttribute("role", "columnheader");
    const head = element("div", "head", ...cells);
    head.setAttribute("role", "row");
    head.setAttribute("aria-rowindex", "1");
    return head;
  }

  #listen() {
    this.viewport.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.viewport.addEventListener("click", (event) => this.#clicked(event));
    watchPointer(this);
    new ResizeObserver(() => this.#resized()).observe(this.viewport);
    addEventListener("beforeprint", () => this.#print(true));
    addEventListener("afterprint", () => this.#print(false));
  }

  #scrolled() {
    this.top = this.viewport.scrollTop;
    this.draw();
  }

  #resized() {
    const { clientWidth, clientHeight } = this.viewport;
    if (this.seen.width !== clientWidth || this.seen.height !== clientHeight) this.redraw();
  }

  /** On paper all rows stand, not only those on the screen. @param {boolean} printing */
  #print(printing) {
    this.printing = printing;
    this.redraw();
    if (printing) this.spacer.style.height = `${Math.min(PRINTED, this.outline.visible.length) * this.room.height}px`;
  }

  /** Show another part of the time. @param {import("./bars.js").View} view */
  zoom(view) {
    this.view = view;
    this.ruler.draw(view, this.room.width);
    this.draw(true);
  }

  /** Measure and fill every row anew: after a change of the outline or the size. */
  redraw() {
    this.#measure();
    this.spacer.style.height = `${this.outline.visible.length * this.room.height}px`;
    this.root.setAttribute("aria-rowcount", String(this.outline.visible.length + 1));
    this.ruler.draw(this.view, this.room.width);
    this.draw(true);
  }

  /** Read all sizes, before anything is written: a reading after a change lays the page out anew. */
  #measure() {
    const style = getComputedStyle(this.root);
    this.rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const [height, lane] = ["--row", "--lane"].map((name) => parseFloat(style.getPropertyValue(name)) * this.rem);
    const { clientWidth, clientHeight, scrollTop } = this.viewport;
    this.seen = { width: clientWidth, height: clientHeight };
    this.top = Math.max(0, Math.min(scrollTop, this.outline.visible.length * height - clientHeight));
    this.room = { width: this.ruler.element.clientWidth, height, lane };
    this.nameWidth = this.head.firstElementChild?.clientWidth || clientWidth;
  }

  /** The places from the first to the last row in sight. */
  #range() {
    const first = this.printing ? 0 : Math.max(0, Math.floor(this.top / this.room.height) - OVERSCAN);
    const end = this.printing ? PRINTED - 1 : Math.ceil((this.top + this.seen.height) / this.room.height) + OVERSCAN;
    return { first, last: Math.min(this.outline.visible.length - 1, end) };
  }

  /** Fill the rows that came into sight. @param {boolean} [all] and those that were there already */
  draw(all = false) {
    const { first, last } = this.#range();
    const before = this.offset;
    const look = this.#look(first, last);
    const refill = all || this.offset !== before;
    // The active row stays even out of sight: it may have the focus, which must not get lost.
    const places = [this.outline.place(this.active)];
    for (let at = first; at <= last; at++) places.push(at);
    this.#release(new Set(places));
    for (const at of new Set(places)) {
      const row = this.shown.get(at);
      if (!row) this.#add(at, look);
      else if (refill) row.fill(at, look);
    }
    for (const row of this.spare) row.element.remove();
    this.spare.length = Math.min(this.spare.length, SPARE);
  }

  /** Give back the elements of rows that are not needed any more. @param {Set<number>} needed */
  #release(needed) {
    for (const [at, row] of this.shown) {
      if (needed.has(at)) continue;
      this.shown.delete(at);
      this.spare.push(row);
    }
  }

  /** @param {number} at @param {import("./waterfall-row.js").Look} look */
  #add(at, look) {
    const row = this.spare.pop() ?? new Row();
    row.fill(at, look);
    this.shown.set(at, row);
    if (!row.element.isConnected) this.spacer.append(row.element);
  }

  /**
   * What the rows from `first` to `last` have in common. Where levels are too many to be indented,
   * indentation starts with the least deep row in sight, and rows say their level.
   * @param {number} first
   * @param {number} last
   * @returns {import("./waterfall-row.js").Look}
   */
  #look(first, last) {
    const { columns, outline } = this;
    const room = Math.max(60, this.nameWidth * 0.42);
    const step = Math.max(LEAST_STEP, Math.min(STEP * this.rem, room / Math.max(1, columns.deepest)));
    this.root.style.setProperty("--step", `${step}px`);
    const depthShown = columns.deepest * step > room;
    this.offset = depthShown ? outline.visible.subarray(first, last + 1).reduce((least, row) => Math.min(least, columns.depths[row]), Infinity) : 0;
    const indent = (/** @type {number} */ row) => Math.max(0, Math.min(room, (columns.depths[row] - this.offset) * step));
    const { view, matches, match, active, selected, critical } = this;
    return { columns, outline, view, room: this.room, took: this.unit.text, indent, depthShown, matches, match, active, selected, critical };
  }

  /**
   * Make a row the one that keys move from, and bring it into sight.
   * @param {number} row
   * @param {{focus?: boolean, middle?: boolean}} [options]
   */
  activate(row, { focus = true, middle = false } = {}) {
    const place = this.outline.place(row);
    this.active = this.outline.visible[place];
    this.#scrollTo(place * this.room.height, middle);
    this.draw(true);
    if (focus) this.shown.get(place)?.element.focus({ preventScroll: true });
  }

  /** @param {number} top px @param {boolean} middle */
  #scrollTo(top, middle) {
    const { scrollTop, clientHeight } = this.viewport;
    const bottom = top + this.room.height;
    if (top >= scrollTop && bottom <= scrollTop + clientHeight) return;
    const edge = top < scrollTop ? top : bottom - clientHeight;
    this.viewport.scrollTop = Math.max(0, middle ? top - clientHeight / 2 : edge);
    this.top = this.viewport.scrollTop;
  }

  /** How many rows fit. */
  get page() {
    return Math.max(1, Math.floor(this.viewport.clientHeight / this.room.height) - 1);
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const found = target.closest(".row");
    if (!found || getSelection()?.toString()) return;
    const row = Number(found.id.slice("row-".length));
    const what = target.closest(".twist") ? "toggle" : target.closest(".run") ? "refold" : "select";
    this.dispatchEvent(new CustomEvent(what, { detail: row }));
  }
}
