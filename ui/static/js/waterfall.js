// @ts-check
// The waterfall: only as many row elements as fit on the screen, however many spans there are.
import { element, svg } from "./dom.js";
import { explanation } from "./explain.js";
import { WaterfallRow } from "./waterfall-row.js";
import { Ruler } from "./ruler.js";
import { splitter } from "./splitter.js";
import { column } from "./wording.js";

/** Rows that are drawn beyond the edges of what is in sight. */
const OVERSCAN_ROWS = 4;
const MAX_PRINTED_ROWS = 2000;
/** Indentation of one level. */
const INDENT_REM = 0.875;
const MIN_INDENT_PX = 6;
/** The most that all levels together are indented: at least this much, and this share of the names' width. */
const MIN_INDENT_ROOM_PX = 60;
const INDENT_ROOM_SHARE = 0.42;
/** Elements out of sight that are kept to be used again. */
const MAX_SPARE_ROWS = 40;
const HOW_RANK =
  "Its percentile among its kind: the share of the spans with the same service, name and resource that are " +
  "shorter, in the newest traces of the same route (collector.analysis.percentiles.rank).";

export class Waterfall extends EventTarget {
  /**
   * @param {HTMLElement} root the treegrid
   * @param {import("./outline.js").Outline} outline
   */
  constructor(root, outline) {
    super();
    this.root = root;
    this.outline = outline;
    this.columns = outline.columns;
    /** @type {import("./waterfall-bars.js").View} */
    this.view = { from: 0, to: this.columns.extent || 1 };
    /** @type {import("./waterfall-bars.js").RowSize} */
    this.size = { width: 0, height: 28, lane: 28 };
    this.rem = 16;
    this.nameWidth = 300;
    this.viewportSize = { width: 0, height: 0 };
    /** How far it is scrolled, px. */
    this.scrolled = 0;
    this.unit = column(this.columns.duration);
    /** @type {Map<number, WaterfallRow>} by place */
    this.shown = new Map();
    /** @type {WaterfallRow[]} */
    this.spare = [];
    /** @type {Set<number>} rows */
    this.matches = new Set();
    /** The row of the current match, -1 without one. */
    this.match = -1;
    /** The row that keys move from. */
    this.active = 0;
    /** The row whose details are shown, -1 without one. */
    this.selected = -1;
    /** Whether the critical path is shown. */
    this.critical = true;
    this.printing = false;
    /** Levels that no row in sight is indented by. */
    this.hiddenLevels = 0;
    this.ruler = new Ruler();
    this.spacer = element("div", "spacer");
    this.spacer.setAttribute("role", "presentation");
    this.viewport = element("div", "viewport", this.spacer);
    this.viewport.setAttribute("role", "rowgroup");
    this.head = this.#head();
    root.replaceChildren(
      this.head,
      this.viewport,
      this.ruler.lines,
      splitter(root, () => this.redraw()),
    );
    root.setAttribute("aria-colcount", "4");
    this.#listen();
  }

  #head() {
    const keys = [
      element("i", "thick"),
      "itself",
      element("i", "thin"),
      "its children",
      element("i", "path"),
      "critical path",
    ];
    const legend = element("span", "legend", ...keys);
    if (this.columns.firstEvents.size) {
      const diamond = svg("path", { class: "event-mark", d: "M1 6l5 -5l5 5l-5 5z" });
      legend.append(svg("svg", { class: "diamond", viewBox: "0 0 12 12", "aria-hidden": "true" }, diamond), "event");
    }
    legend.append(...this.columns.gutter.legend());
    const took = element("div", "took", this.unit.unit);
    took.setAttribute("aria-label", `Duration in ${this.unit.unit}`);
    this.ruler.element.setAttribute("aria-label", "Timeline");
    const rank = element("div", "rank", "Rank", explanation(HOW_RANK));
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
    this.ruler.follow(this.root, this.viewport, this.columns);
    new ResizeObserver(() => this.#resized()).observe(this.viewport);
    addEventListener("beforeprint", () => this.#print(true));
    addEventListener("afterprint", () => this.#print(false));
  }

  #scrolled() {
    this.scrolled = this.viewport.scrollTop;
    this.draw();
  }

  #resized() {
    const { clientWidth, clientHeight } = this.viewport;
    if (this.viewportSize.width !== clientWidth || this.viewportSize.height !== clientHeight) this.redraw();
  }

  /** Draw all rows for paper, not only those on the screen. @param {boolean} printing */
  #print(printing) {
    this.printing = printing;
    this.redraw();
    if (printing)
      this.spacer.style.height = `${Math.min(MAX_PRINTED_ROWS, this.outline.visible.length) * this.size.height}px`;
  }

  /** Show another part of the time. @param {import("./waterfall-bars.js").View} view */
  zoom(view) {
    this.view = view;
    this.ruler.draw(view, this.size.width, this.columns.order !== null);
    this.draw(true);
  }

  /** Measure and fill every row again, after a change of the outline or the size. */
  redraw() {
    this.#measure();
    this.spacer.style.height = `${this.outline.visible.length * this.size.height}px`;
    this.root.setAttribute("aria-rowcount", String(this.outline.visible.length + 1));
    this.ruler.draw(this.view, this.size.width, this.columns.order !== null);
    this.draw(true);
  }

  /** Read all sizes before anything is written, because reading after a change makes the browser lay out the page. */
  #measure() {
    const style = getComputedStyle(this.root);
    this.rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const [height, lane] = ["--row", "--lane"].map((name) => parseFloat(style.getPropertyValue(name)) * this.rem);
    const { clientWidth, clientHeight, scrollTop } = this.viewport;
    this.viewportSize = { width: clientWidth, height: clientHeight };
    this.scrolled = Math.max(0, Math.min(scrollTop, this.outline.visible.length * height - clientHeight));
    this.size = { width: this.ruler.element.clientWidth, height, lane };
    this.nameWidth = this.head.firstElementChild?.clientWidth || clientWidth;
  }

  /** The places of the first and the last row in sight. */
  #range() {
    const first = this.printing ? 0 : Math.max(0, Math.floor(this.scrolled / this.size.height) - OVERSCAN_ROWS);
    const end = this.printing
      ? MAX_PRINTED_ROWS - 1
      : Math.ceil((this.scrolled + this.viewportSize.height) / this.size.height) + OVERSCAN_ROWS;
    return { first, last: Math.min(this.outline.visible.length - 1, end) };
  }

  /** Fill the rows that came into sight. @param {boolean} [all] whether to fill those that were there already, too */
  draw(all = false) {
    const { first, last } = this.#range();
    const before = this.hiddenLevels;
    const context = this.#context(first, last);
    const refill = all || this.hiddenLevels !== before;
    // The active row is kept even out of sight: it may have the focus, which must not be lost.
    const places = [this.outline.place(this.active)];
    for (let place = first; place <= last; place++) places.push(place);
    this.#release(new Set(places));
    for (const place of new Set(places)) {
      const row = this.shown.get(place);
      if (!row) this.#add(place, context);
      else if (refill) row.fill(place, context);
    }
    for (const row of this.spare) row.element.remove();
    this.spare.length = Math.min(this.spare.length, MAX_SPARE_ROWS);
  }

  /** Take back the elements of rows that are no longer needed. @param {Set<number>} needed places */
  #release(needed) {
    for (const [place, row] of this.shown) {
      if (needed.has(place)) continue;
      this.shown.delete(place);
      this.spare.push(row);
    }
  }

  /** @param {number} place @param {import("./waterfall-row.js").RowContext} context */
  #add(place, context) {
    const row = this.spare.pop() ?? new WaterfallRow();
    row.fill(place, context);
    this.shown.set(place, row);
    if (!row.element.isConnected) this.spacer.append(row.element);
  }

  /**
   * What the rows at the places from `first` to `last` have in common. Where there are too many levels to indent,
   * indentation starts with the least deep row in sight, and rows say their level.
   * @param {number} first
   * @param {number} last
   * @returns {import("./waterfall-row.js").RowContext}
   */
  #context(first, last) {
    const { columns, outline } = this;
    const room = Math.max(MIN_INDENT_ROOM_PX, this.nameWidth * INDENT_ROOM_SHARE);
    const step = Math.max(MIN_INDENT_PX, Math.min(INDENT_REM * this.rem, room / Math.max(1, columns.deepest)));
    this.root.style.setProperty("--step", `${step}px`);
    const depthShown = columns.deepest * step > room;
    this.hiddenLevels = depthShown
      ? outline.visible.subarray(first, last + 1).reduce((least, row) => Math.min(least, columns.depths[row]), Infinity)
      : 0;
    const indent = (/** @type {number} */ row) =>
      Math.max(0, Math.min(room, (columns.depths[row] - this.hiddenLevels) * step));
    const { view, matches, match, active, selected, critical } = this;
    return {
      columns,
      outline,
      view,
      size: this.size,
      took: this.unit.text,
      indent,
      depthShown,
      matches,
      match,
      active,
      selected,
      critical,
    };
  }

  /**
   * Make a row the one that keys move from, and bring it into sight.
   * @param {number} row
   * @param {{focus?: boolean, middle?: boolean}} [options]
   */
  activate(row, { focus = true, middle = false } = {}) {
    const place = this.outline.place(row);
    this.active = this.outline.visible[place];
    this.#scrollTo(place * this.size.height, middle);
    this.draw(true);
    if (focus) this.shown.get(place)?.element.focus({ preventScroll: true });
  }

  /** @param {number} top px @param {boolean} middle */
  #scrollTo(top, middle) {
    const { scrollTop, clientHeight } = this.viewport;
    const bottom = top + this.size.height;
    if (top >= scrollTop && bottom <= scrollTop + clientHeight) return;
    const edge = top < scrollTop ? top : bottom - clientHeight;
    this.viewport.scrollTop = Math.max(0, middle ? top - clientHeight / 2 : edge);
    this.scrolled = this.viewport.scrollTop;
  }

  /** How many rows fit on the screen. */
  get page() {
    return Math.max(1, Math.floor(this.viewport.clientHeight / this.size.height) - 1);
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const element = target.closest(".row");
    if (!element || getSelection()?.toString()) return;
    const row = Number(element.id.slice("row-".length));
    const action = target.closest(".twist") ? "toggle" : target.closest(".run") ? "refold" : "select";
    this.dispatchEvent(new CustomEvent(action, { detail: row }));
  }
}
