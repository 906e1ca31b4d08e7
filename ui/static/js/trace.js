// @ts-check
// The Trace screen: fetch the columns, draw them, and keep the address in step with what is shown.
import { trace } from "./api.js";
import { Columns } from "./trace-columns.js";
import { Detail } from "./span-detail.js";
import { announce, element, find } from "./dom.js";
import { Finder } from "./finder.js";
import { Flame } from "./flame.js";
import { watch } from "./trace-growth.js";
import { bindHow } from "./how.js";
import { Knowledge } from "./trace-insight.js";
import { Minimap } from "./minimap.js";
import { showOdd } from "./anomalies.js";
import { Outline } from "./outline.js";
import "./page.js";
import { Rows } from "./waterfall.js";
import { showShares } from "./service-shares.js";
import { Statistics } from "./statistics.js";
import { showGraph } from "./trace-graph.js";
import { bindKeys } from "./trace-keys.js";
import { change, parameters } from "./url.js";
import { bindViews, shownView, showView, viewNamed } from "./trace-views.js";
import { count, counted } from "./wording.js";

/** @typedef {import("./trace-views.js").View} View */

export class TraceScreen {
  /** @param {import("./trace-columns.js").Answer} answer */
  constructor(answer) {
    this.columns = new Columns(answer);
    this.outline = new Outline(this.columns);
    this.rows = new Rows(find("#rows"), this.outline);
    this.minimap = new Minimap(find("#minimap"), this.columns);
    this.finder = new Finder(this.columns);
    this.detail = new Detail(find("#detail"), this.columns);
    this.statistics = new Statistics(find("#statistics"), this.columns);
    this.flame = new Flame(find("#flame"), this.columns);
    this.knowledge = new Knowledge(this);
    this.#listen();
    this.#tools();
    this.restore();
    find("#rows").removeAttribute("aria-busy");
    showOdd(find("#odd"), answer.odd, (id) => this.select(this.columns.row(id), "push"));
    painted().then(() => {
      showShares(this.columns);
      (globalThis.requestIdleCallback ?? setTimeout)(() => this.knowledge.learn());
    });
  }

  #listen() {
    const on = (/** @type {EventTarget} */ from, /** @type {string} */ name, /** @type {(detail: any) => void} */ run) =>
      from.addEventListener(name, (event) => run(/** @type {CustomEvent} */ (event).detail));
    on(this.rows, "select", (row) => this.select(row, "push"));
    on(this.rows, "toggle", (row) => this.toggle(row));
    on(this.rows, "refold", (row) => this.adjust(() => this.outline.refold(row)));
    on(this.minimap, "zoom", (view) => this.zoom(view));
    on(this.rows.ruler, "zoom", (view) => this.zoom(view));
    on(this.finder, "found", () => this.#found());
    on(this.finder, "match", (row) => this.#match(row));
    on(this.finder, "step", (by) => this.step(by));
    on(this.finder, "leave", () => this.rows.activate(this.rows.active));
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
    const given = parameters();
    this.outline.read(given);
    const from = Number(given.get("from") ?? 0);
    const to = Number(given.get("to") ?? this.columns.duration);
    const whole = { from: 0, to: this.columns.duration || 1 };
    this.rows.view = from >= 0 && to > from ? { from, to } : whole;
    this.minimap.measure();
    this.minimap.mark(this.rows.view);
    const row = this.columns.row(given.get("span"));
    if (row >= 0) this.outline.reveal(row);
    this.finder.look(given.get("find") ?? "");
    this.rows.matches = this.minimap.matches = new Set(this.finder.rows);
    this.rows.match = -1;
    this.rows.selected = row;
    if (row >= 0) this.detail.show(row);
    else this.detail.close();
    this.flame.root = this.columns.row(given.get("flame"));
    this.knowledge.read(given);
    this.show(viewNamed(given.get("view")));
    this.minimap.paint();
    if (row >= 0) this.rows.activate(row, { focus: false, middle: true });
    this.#state();
  }

  /** Change what is open or folded, and say so in the address. @param {() => void} how */
  adjust(how) {
    const { active } = this.rows;
    how();
    this.rows.redraw();
    this.rows.activate(active, { focus: this.rows.root.contains(document.activeElement) });
    change(this.outline.written());
    this.#state();
  }

  /** @param {number} row */
  toggle(row) {
    this.rows.active = row;
    this.adjust(() => this.outline.toggle(row));
  }

  /** @param {import("./bars.js").View} view */
  zoom(view) {
    const least = Math.max(1, this.columns.duration / 1e7);
    const from = Math.max(0, Math.round(view.from));
    const to = Math.min(this.columns.duration || 1, Math.round(Math.max(view.to, view.from + least)));
    this.rows.zoom({ from, to });
    this.minimap.mark({ from, to });
    const whole = from <= 0 && to >= this.columns.duration;
    change({ from: whole ? null : String(from), to: whole ? null : String(to) });
    this.#state();
  }

  /** Show everything about a span. @param {number} row @param {"push"|"replace"} how */
  select(row, how) {
    if (row < 0) return;
    this.#reveal(row);
    this.rows.selected = row;
    const opening = this.detail.root.hidden;
    this.detail.show(row);
    if (opening) this.rows.redraw();
    this.rows.activate(row);
    change({ span: this.columns.ids[row] }, how);
  }

  /** Open whatever hides a row. @param {number} row */
  #reveal(row) {
    if (this.outline.only && !this.outline.only[row]) this.knowledge.critical("on");
    if (this.outline.reveal(row)) this.rows.redraw();
  }

  close() {
    if (this.detail.root.hidden) return;
    this.detail.close();
    this.rows.selected = -1;
    this.rows.redraw();
    this.rows.activate(this.rows.active);
    change({ span: null }, "push");
  }

  /** Go to a row by key: the details follow if they are open. @param {number} row */
  go(row) {
    this.#reveal(row);
    if (this.detail.root.hidden) this.rows.activate(row);
    else this.select(row, "replace");
  }

  /** Move by visible rows. @param {number} by */
  move(by) {
    const { visible } = this.outline;
    const place = Math.max(0, Math.min(visible.length - 1, this.outline.place(this.rows.active) + by));
    this.go(visible[place]);
  }

  /** To the next match (1) or the one before (-1). @param {number} by */
  step(by) {
    this.finder.step(by, this.rows.active);
  }

  /** To the next span that failed, round and round. */
  nextError() {
    const { errors, length } = this.columns;
    for (let steps = 1; steps <= length; steps++) {
      const row = (this.rows.active + steps) % length;
      if (!errors[row]) continue;
      this.go(row);
      const before = errors.slice(0, row + 1).reduce((sum, error) => sum + error, 0);
      return announce(`error ${before} of ${this.columns.failures}`);
    }
    announce("no errors in this trace");
  }

  /** Show the timeline with all spans that match. @param {string} text */
  findAll(text) {
    this.show("timeline");
    this.finder.look(text);
    this.#found();
    this.step(1);
  }

  #found() {
    this.rows.matches = this.minimap.matches = new Set(this.finder.rows);
    this.rows.match = -1;
    this.rows.draw(true);
    this.minimap.paint();
    change({ find: this.finder.text || null });
    this.#state();
  }

  /** @param {number} row */
  #match(row) {
    this.rows.match = row;
    this.#reveal(row);
    if (!this.detail.root.hidden) this.select(row, "replace");
    this.rows.activate(row, { focus: document.activeElement !== this.finder.input, middle: true });
  }

  /** @param {View} view */
  show(view) {
    showView(view);
    if (view === "timeline") this.rows.redraw();
    if (view === "flame") this.flame.draw();
    if (view === "graph") showGraph(find("#graph"), this.columns.answer.trace_id);
    if (view === "statistics") this.statistics.draw();
    change({ view: view === "timeline" ? null : view }, "push");
  }

  /** There and back. @param {View} view */
  flip(view) {
    this.show(shownView() === view ? "timeline" : view);
  }

  /** Draw the timeline anew after something that all its parts show has changed. */
  refresh() {
    if (shownView() === "timeline") {
      this.minimap.paint();
      this.rows.redraw();
    }
    this.#state();
  }

  #tools() {
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

  /** What the buttons say about the state. */
  #state() {
    find('[data-do="fold"]').setAttribute("aria-pressed", String(this.outline.foldAll));
    find('[data-do="critical"]').setAttribute("aria-pressed", String(this.rows.critical));
    find('[data-do="only"]').setAttribute("aria-pressed", String(this.outline.only !== null));
    find('[data-do="unzoom"]').disabled = !this.minimap.root.classList.contains("zoomed");
    find('[data-do="less"]').disabled = this.outline.level === 0;
    find('[data-do="more"]').disabled = this.outline.level === Infinity && this.outline.toggled.size === 0;
    for (const name of ["previous", "next"]) find(`[data-do="${name}"]`).disabled = this.finder.rows.length === 0;
  }
}

/** When what has been changed is on the screen. @returns {Promise<void>} */
function painted() {
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}

/** @typedef {NonNullable<Awaited<ReturnType<typeof trace>>>} Known */

/** Draw the trace whose page this is. @param {ReturnType<typeof trace>} spans */
export async function openTrace(spans) {
  try {
    const known = /** @type {Known} */ (await spans);
    new TraceScreen(known.answer);
    performance.mark("drawn");
    watch(known, ({ answer }) => tellGrowth(answer.spans - known.answer.spans));
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    find("#rows").replaceChildren(element("p", "notice error", `The spans did not come: ${says}`));
  }
}

/** @param {number} spans that came since the trace was drawn */
function tellGrowth(spans) {
  const more = element("button", "", `${counted(spans, "span")} more arrived. Show`);
  more.addEventListener("click", () => location.reload());
  find("#odd").hidden = false;
  find("#odd .grown")?.remove();
  find("#odd").append(element("p", "notice grown", more));
}

bindHow();

// Where the list fetches this module ahead of a click, there is no trace to draw yet.
if (find("[data-trace]")) openTrace(trace(find("[data-trace]").dataset.trace));
