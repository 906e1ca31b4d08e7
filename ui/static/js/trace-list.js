// @ts-check
// The list of traces: rows are made from the server's template, and never move while the reader points at them.
import { element, find, icon } from "./dom.js";
import { fillTile, tile } from "./service-marks.js";
import { link, shortId } from "./url.js";
import { age, compact, count, counted, duration, keptBecause } from "./wording.js";

/** @typedef {import("./api.js").Summary} Summary */

const MAX_CHIPS = 4;

export class TraceList {
  /** @param {HTMLTableElement} table @param {import("./service-marks.js").Marks} services @param {number} maxRows */
  constructor(table, services, maxRows) {
    this.table = table;
    this.body = table.tBodies[0];
    this.services = services;
    this.maxRows = maxRows;
    /** @type {HTMLTemplateElement} */
    this.template = find("#trace-row");
    /** @type {Map<string, HTMLTableRowElement>} */
    this.rows = new Map([...this.body.rows].map((row) => [row.dataset.id ?? "", row]));
    /** @type {Map<string, Summary>} new traces that wait until rows may move */
    this.waiting = new Map();
    /** @type {Map<string, number>} ns, by trace id */
    this.durations = new Map();
    this.pointed = false;
    this.paused = false;
    this.arrived = find("#arrived");
    this.arrived.addEventListener("click", () => this.#showWaiting());
    table.addEventListener("pointerenter", () => (this.pointed = true));
    table.addEventListener("pointerleave", () => {
      this.pointed = false;
      this.update();
    });
    table.addEventListener("focusout", () => setTimeout(() => this.update()));
  }

  /** Whether rows must stay where they are. */
  get #frozen() {
    return this.paused || this.pointed || this.table.contains(document.activeElement) || scrollY > this.table.offsetTop;
  }

  /** Add new traces, and update those that have grown. @param {Summary[]} traces */
  add(traces) {
    const last = this.rows.size < this.maxRows ? 0n : BigInt(this.body.rows[this.maxRows - 1].dataset.start ?? 0);
    for (const trace of traces) {
      this.#rename(shortId(trace.trace_id), trace.trace_id);
      const row = this.rows.get(trace.trace_id);
      if (row) this.#fill(row, trace);
      else if (BigInt(trace.start) > last) this.waiting.set(trace.trace_id, trace);
    }
    this.update();
  }

  /** Let a trace that was known by the lower half of its id have its whole one. @param {string} short @param {string} id */
  #rename(short, id) {
    if (short === id) return;
    this.waiting.delete(short);
    const row = this.rows.get(short);
    if (!row) return;
    this.rows.delete(short);
    this.durations.delete(short);
    this.rows.set(id, row);
    row.dataset.id = id;
  }

  /** Show the traces that wait, if rows may move, or else how many there are. */
  update() {
    if (!this.#frozen) this.#showWaiting();
    this.arrived.hidden = this.waiting.size === 0;
    this.arrived.textContent = `${counted(this.waiting.size, "new trace")}`;
  }

  /** Show the traces that wait, each at its place: the newest at the top. */
  #showWaiting() {
    for (const trace of this.waiting.values()) {
      const start = BigInt(trace.start);
      const older = [...this.body.rows].find((row) => BigInt(row.dataset.start ?? 0) < start);
      if (older || this.rows.size < this.maxRows) this.body.insertBefore(this.#row(trace), older ?? null);
    }
    this.waiting.clear();
    for (const row of [...this.body.rows].slice(this.maxRows)) {
      this.rows.delete(row.dataset.id ?? "");
      this.durations.delete(row.dataset.id ?? "");
      row.remove();
    }
    this.#meters();
    this.arrived.hidden = true;
  }

  /** @param {Summary} trace */
  #row(trace) {
    const row = /** @type {HTMLTableRowElement} */ (find("tr", this.template.content).cloneNode(true));
    row.dataset.id = trace.trace_id;
    row.classList.add("new");
    this.rows.set(trace.trace_id, row);
    this.#fill(row, trace);
    return row;
  }

  /** @param {HTMLTableRowElement} row @param {Summary} trace */
  #fill(row, trace) {
    const part = (/** @type {string} */ name) => find(`[data-f="${name}"]`, row);
    fillTile(find(".root > .tile", row), trace.service, this.services);
    row.dataset.start = trace.start;
    row.classList.toggle("failed", trace.errors > 0);
    part("resource").textContent = trace.resource || trace.name;
    part("resource").href = link(`/trace/${trace.trace_id}`);
    part("service").textContent = trace.service;
    part("name").textContent = trace.name;
    part("incomplete").hidden = trace.root_received;
    part("kept").hidden = !trace.kept;
    part("kept").textContent = keptBecause(trace.kept);
    part("chips").replaceChildren(chips(trace, this.services));
    part("spans").textContent = count(trace.spans);
    part("errors").replaceChildren(
      ...(trace.errors ? [icon("error"), count(trace.errors)] : [element("span", "none", "–")]),
    );
    part("duration").textContent = trace.timed ? duration(trace.duration) : "–";
    part("version").textContent = trace.version;
    part("age").textContent = age(trace.start);
    this.durations.set(trace.trace_id, trace.duration);
  }

  /** Draw all bars to one scale. Rows from the server keep theirs until the durations of all are known. */
  #meters() {
    if (this.durations.size < this.rows.size) return;
    const longest = Math.max(...this.durations.values());
    for (const [id, row] of this.rows) {
      find('[data-f="meter"]', row).setAttribute("width", `${(100 * (this.durations.get(id) ?? 0)) / (longest || 1)}%`);
    }
  }

  /** Learn the durations of the rows that came with the page. @param {Summary[]} traces */
  learnDurations(traces) {
    for (const trace of traces) {
      if (this.rows.has(trace.trace_id)) this.durations.set(trace.trace_id, trace.duration);
    }
  }

  /** Update how long ago each trace was. */
  updateAges() {
    for (const row of this.rows.values()) {
      find('[data-f="age"]', row).textContent = age(row.dataset.start ?? "0");
    }
  }

  /** Move the focus by rows. @param {number} by */
  move(by) {
    const rows = [...this.body.rows];
    const now = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[Math.max(0, Math.min(rows.length - 1, now + by))];
    if (next) find("a", next).focus();
  }
}

/** @param {Summary} trace @param {import("./service-marks.js").Marks} services */
function chips(trace, services) {
  const all = Object.entries(trace.services).sort((a, b) => b[1] - a[1]);
  const shown = all.slice(0, MAX_CHIPS).map(([name, spans]) => {
    return element(
      "span",
      "chip",
      tile(name, services),
      element("span", "chip-name", name),
      " ",
      element("b", "", compact(spans)),
    );
  });
  const more = all.length + trace.services_left_out - MAX_CHIPS;
  if (more > 0) shown.push(element("span", "chip more", `+${more}`));
  return element("span", "chips", ...shown);
}
