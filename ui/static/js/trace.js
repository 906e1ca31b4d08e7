// @ts-check
// The Trace screen: fetch the columns, draw them, and keep the address in step with what is shown.
import { trace } from "./api.js";
import { announce, element, find, on } from "./dom.js";
import { bindExplanations } from "./explain.js";
import { Finder } from "./finder.js";
import { Flame } from "./flame.js";
import { LogicalOrder } from "./logical-order.js";
import { Minimap } from "./minimap.js";
import { Outline } from "./outline.js";
import "./open-file.js";
import "./page.js";
import { marksOf } from "./service-marks.js";
import { SpanDetail } from "./span-detail.js";
import { showShares, Statistics } from "./statistics.js";
import { TraceColumns } from "./trace-columns.js";
import { TraceInsight } from "./trace-insight.js";
import { bindKeys } from "./trace-keys.js";
import { showNotices, watchGrowth } from "./trace-notices.js";
import { bindViews, showGraph, shownView, showView, viewNamed } from "./trace-views.js";
import { change, parameters } from "./url.js";
import { Waterfall } from "./waterfall.js";
import { count } from "./wording.js";

/** @typedef {import("./trace-views.js").View} View */

const MAX_ZOOM = 1e7;

export class TraceScreen {
  /** @param {import("./trace-columns.js").Answer} answer @param {import("./service-marks.js").Marks} services */
  constructor(answer, services) {
    this.columns = new TraceColumns(answer, services);
    this.outline = new Outline(this.columns);
    this.waterfall = new Waterfall(find("#rows"), this.outline);
    this.minimap = new Minimap(find("#minimap"), this.columns);
    this.finder = new Finder(this.columns);
    this.detail = new SpanDetail(find("#detail"), this.columns);
    this.statistics = new Statistics(find("#statistics"), this.columns);
    this.flame = new Flame(find("#flame"), this.columns);
    this.insight = new TraceInsight(this);
    this.order = new LogicalOrder(this);
    this.#listen();
    this.#bindTools();
    this.restore();
    find("#rows").removeAttribute("aria-busy");
    showNotices(answer, (id) => this.select(this.columns.row(id), "push"));
    painted().then(() => {
      showShares(this.columns);
      (globalThis.requestIdleCallback ?? setTimeout)(() => this.insight.load());
    });
  }

  #listen() {
    on(this.waterfall, "select", (row) => this.select(row, "push"));
    on(this.waterfall, "toggle", (row) => this.toggle(row));
    on(this.waterfall, "refold", (row) => this.adjust(() => this.outline.refold(row)));
    on(this.minimap, "zoom", (view) => this.zoom(view));
    on(this.waterfall.ruler, "zoom", (view) => this.zoom(view));
    on(this.finder, "found", () => this.#found());
    on(this.finder, "match", (row) => this.#match(row));
    on(this.finder, "step", (by) => this.step(by));
    on(this.finder, "leave", () => this.waterfall.activate(this.waterfall.active));
    on(this.detail.root, "close", () => this.close());
    on(this.detail.root, "go", (row) => this.select(row, "push"));
    on(this.statistics, "find", (name) => this.findAll(name));
    on(this.flame, "zoom", (row) => change({ flame: row < 0 ? null : this.columns.ids[row] }, "push"));
    on(this.flame, "find", (row) => {
      this.show("timeline");
      this.select(row, "push");
    });
    const { pathname } = location;
    addEventListener("popstate", () => (location.pathname === pathname ? this.restore() : location.reload()));
  }

  /** Show what the address says. */
  restore() {
    const query = parameters();
    this.order.read(query);
    this.outline.read(query);
    const from = Number(query.get("from") ?? 0);
    const to = Number(query.get("to") ?? this.columns.extent);
    const whole = { from: 0, to: this.columns.extent || 1 };
    this.waterfall.view = from >= 0 && to > from ? { from, to } : whole;
    this.minimap.measure();
    this.minimap.mark(this.waterfall.view);
    const row = this.columns.row(query.get("span"));
    if (row >= 0) this.outline.reveal(row);
    this.finder.find(query.get("find") ?? "");
    this.waterfall.matches = this.minimap.matches = new Set(this.finder.rows);
    this.waterfall.match = -1;
    this.waterfall.selected = row;
    if (row >= 0) this.detail.show(row);
    else this.detail.close();
    this.flame.root = this.columns.row(query.get("flame"));
    this.insight.read(query);
    this.show(viewNamed(query.get("view")));
    this.minimap.paint();
    if (row >= 0) this.waterfall.activate(row, { focus: false, middle: true });
    this.#updateTools();
  }

  /** Change what is open or folded, and keep it in the address. @param {() => void} adjustOutline */
  adjust(adjustOutline) {
    const { active } = this.waterfall;
    adjustOutline();
    this.waterfall.redraw();
    this.waterfall.activate(active, { focus: this.waterfall.root.contains(document.activeElement) });
    change(this.outline.toParameters());
    this.#updateTools();
  }

  /** @param {number} row */
  toggle(row) {
    this.waterfall.active = row;
    this.adjust(() => this.outline.toggle(row));
  }

  /** @param {import("./waterfall-bars.js").View} view */
  zoom(view) {
    const { extent } = this.columns;
    const least = Math.max(1, extent / MAX_ZOOM);
    const from = Math.max(0, Math.round(view.from));
    const to = Math.min(extent || 1, Math.round(Math.max(view.to, view.from + least)));
    this.waterfall.zoom({ from, to });
    this.minimap.mark({ from, to });
    const whole = from <= 0 && to >= extent;
    change({ from: whole ? null : String(from), to: whole ? null : String(to) });
    this.#updateTools();
  }

  /**
   * Show everything about a span.
   * @param {number} row
   * @param {"push"|"replace"} history what becomes of the address
   */
  select(row, history) {
    if (row < 0) return;
    this.#reveal(row);
    this.waterfall.selected = row;
    const opening = this.detail.root.hidden;
    this.detail.show(row);
    if (opening) this.waterfall.redraw();
    this.waterfall.activate(row);
    change({ span: this.columns.ids[row] }, history);
  }

  /** Open whatever hides a row. @param {number} row */
  #reveal(row) {
    if (this.outline.only && !this.outline.only[row]) this.insight.showCriticalPath("on");
    if (this.outline.reveal(row)) this.waterfall.redraw();
  }

  close() {
    if (this.detail.root.hidden) return;
    this.detail.close();
    this.waterfall.selected = -1;
    this.waterfall.redraw();
    this.waterfall.activate(this.waterfall.active);
    change({ span: null }, "push");
  }

  /** Go to a row by key; the details follow if they are open. @param {number} row */
  go(row) {
    this.#reveal(row);
    if (this.detail.root.hidden) this.waterfall.activate(row);
    else this.select(row, "replace");
  }

  /** Move by visible rows. @param {number} by */
  move(by) {
    const { visible } = this.outline;
    const place = Math.max(0, Math.min(visible.length - 1, this.outline.place(this.waterfall.active) + by));
    this.go(visible[place]);
  }

  /** Go to the next (1) or previous (-1) match. @param {number} by */
  step(by) {
    this.finder.step(by, this.waterfall.active);
  }

  /** Go to the next span that failed; after the last, to the first. */
  nextError() {
    const { errors, length } = this.columns;
    for (let steps = 1; steps <= length; steps++) {
      const row = (this.waterfall.active + steps) % length;
      if (!errors[row]) continue;
      this.go(row);
      const number = errors.slice(0, row + 1).reduce((sum, error) => sum + error, 0);
      return announce(`error ${number} of ${this.columns.failures}`);
    }
    announce("no errors in this trace");
  }

  /** Show the timeline with all spans that match. @param {string} text */
  findAll(text) {
    this.show("timeline");
    this.finder.find(text);
    this.#found();
    this.step(1);
  }

  #found() {
    this.waterfall.matches = this.minimap.matches = new Set(this.finder.rows);
    this.waterfall.match = -1;
    this.waterfall.draw(true);
    this.minimap.paint();
    change({ find: this.finder.text || null });
    this.#updateTools();
  }

  /** @param {number} row */
  #match(row) {
    this.waterfall.match = row;
    this.#reveal(row);
    if (!this.detail.root.hidden) this.select(row, "replace");
    this.waterfall.activate(row, { focus: document.activeElement !== this.finder.input, middle: true });
  }

  /** @param {View} view */
  show(view) {
    showView(view);
    if (view === "timeline") this.waterfall.redraw();
    if (view === "flame") this.flame.draw();
    if (view === "graph") showGraph(find("#graph"), this.columns.answer.trace_id);
    if (view === "statistics") this.statistics.draw();
    change({ view: view === "timeline" ? null : view }, "push");
  }

  /** Show a view, or the timeline if that view is shown already. @param {View} view */
  flip(view) {
    this.show(shownView() === view ? "timeline" : view);
  }

  /** Draw the timeline again after something that all its parts show has changed. */
  refresh() {
    if (shownView() === "timeline") {
      this.minimap.paint();
      this.waterfall.redraw();
    }
    this.#updateTools();
  }

  #bindTools() {
    const runs = this.columns.runs.reduce((sum, _, row) => sum + Number(this.columns.isRun(row)), 0);
    find('[data-do="fold"]').hidden = runs === 0;
    find('[data-do="error"]').hidden = this.columns.failures === 0;
    find("[data-errors]").textContent = count(this.columns.failures);
    const actions = bindKeys(this);
    document.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-do]");
      if (button instanceof HTMLElement) actions[button.dataset.do ?? ""]?.();
    });
    bindViews((view) => this.show(view));
  }

  /** Let the buttons say what state the view is in. */
  #updateTools() {
    find('[data-do="fold"]').setAttribute("aria-pressed", String(this.outline.foldAll));
    find('[data-do="critical"]').setAttribute("aria-pressed", String(this.waterfall.critical));
    find('[data-do="only"]').setAttribute("aria-pressed", String(this.outline.only !== null));
    find('[data-do="unzoom"]').disabled = !this.minimap.root.classList.contains("zoomed");
    find('[data-do="less"]').disabled = this.outline.level === 0;
    find('[data-do="more"]').disabled = this.outline.level === Infinity && this.outline.toggled.size === 0;
    for (const name of ["previous", "next"]) find(`[data-do="${name}"]`).disabled = this.finder.rows.length === 0;
  }
}

/** Wait until what has been changed is on the screen. @returns {Promise<void>} */
function painted() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

/** Draw the trace whose page this is. @param {ReturnType<typeof trace>} spans */
export async function openTrace(spans) {
  try {
    const received = /** @type {import("./trace-notices.js").Received} */ (await spans);
    new TraceScreen(received.answer, marksOf(find("[data-trace]")));
    performance.mark("drawn");
    watchGrowth(received);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    find("#rows").replaceChildren(element("p", "notice error", `The spans could not be loaded: ${reason}`));
  }
}

bindExplanations();

// Where the list imports this module ahead of a click, there is no trace to draw yet.
if (find("[data-trace]")) openTrace(trace(find("[data-trace]").dataset.trace));
