// @ts-check
// The list of traces: rows are filled from the same template as on the server, and never move
// while somebody points at them.
import { element, find, icon } from "./dom.js";
import { classes, mark, tile } from "./service-marks.js";
import { link } from "./url.js";
import { age, compact, count, counted, duration } from "./wording.js";

/** @typedef {import("./api.js").Summary} Summary */

const CHIPS = 4;

export class List {
  /** @param {HTMLTableElement} table @param {import("./service-marks.js").Services} services @param {number} size rows at most */
  constructor(table, services, size) {
    this.table = table;
    this.body = table.tBodies[0];
    this.services = services;
    this.size = size;
    /** @type {HTMLTemplateElement} */
    this.template = find("#trace-row");
    /** @type {Map<string, HTMLTableRowElement>} */
    this.rows = new Map([...this.body.rows].map((row) => [row.dataset.id ?? "", row]));
    /** @type {Map<string, Summary>} what waits until the list may move */
    this.waiting = new Map();
    /** @type {Map<string, number>} */
    this.durations = new Map();
    this.pointed = false;
    this.paused = false;
    this.arrived = find("#arrived");
    this.arrived.addEventListener("click", () => this.flush());
    table.addEventListener("pointerenter", () => (this.pointed = true));
    table.addEventListener("pointerleave", () => {
      this.pointed = false;
      this.settle();
    });
    table.addEventListener("focusout", () => setTimeout(() => this.settle()));
  }

  /** Whether rows may move now. */
  get still() {
    return this.paused || this.pointed || this.table.contains(document.activeElement) || scrollY > this.table.offsetTop;
  }

  /** Take in new and grown traces. @param {Summary[]} traces */
  take(traces) {
    const last = this.rows.size < this.size ? 0n : BigInt(this.body.rows[this.size - 1].dataset.start ?? 0);
    for (const trace of traces) {
      const row = this.rows.get(trace.trace_id);
      if (row) this.#fill(row, trace);
      else if (BigInt(trace.start) > last) this.waiting.set(trace.trace_id, trace);
    }
    this.settle();
  }

  /** Show what waits, unless somebody is looking. */
  settle() {
    if (!this.still) this.flush();
    this.arrived.hidden = this.waiting.size === 0;
    this.arrived.textContent = `${counted(this.waiting.size, "new trace")}`;
  }

  /** Show what waits, each at its place: the newest at the top. */
  flush() {
    for (const trace of this.waiting.values()) {
      const start = BigInt(trace.start);
      const older = [...this.body.rows].find((row) => BigInt(row.dataset.start ?? 0) < start);
      if (older || this.rows.size < this.size) this.body.insertBefore(this.#row(trace), older ?? null);
    }
    this.waiting.clear();
    for (const row of [...this.body.rows].slice(this.size)) {
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
    const badge = find(".root > .tile", row);
    badge.className = `tile ${classes(this.services[trace.service])}`;
    badge.textContent = mark(trace.service, this.services);
    row.dataset.start = trace.start;
    row.classList.toggle("failed", trace.errors > 0);
    part("resource").textContent = trace.resource || trace.name;
    part("resource").href = link(`/trace/${trace.trace_id}`);
    part("service").textContent = trace.service;
    part("name").textContent = trace.name;
    part("incomplete").hidden = trace.root_received;
    part("chips").replaceChildren(chips(trace.services, this.services));
    part("spans").textContent = count(trace.spans);
    part("errors").replaceChildren(...(trace.errors ? [icon("error"), count(trace.errors)] : [element("span", "none", "–")]));
    part("duration").textContent = duration(trace.duration);
    part("version").textContent = trace.version;
    part("age").textContent = age(trace.start);
    this.durations.set(trace.trace_id, trace.duration);
  }

  /** Bars share one scale, the longest of the list. Rows from the server keep their width until then. */
  #meters() {
    if (this.durations.size < this.rows.size) return;
    const longest = Math.max(...this.durations.values());
    for (const [id, row] of this.rows) {
      find('[data-f="meter"]', row).setAttribute("width", `${(100 * (this.durations.get(id) ?? 0)) / (longest || 1)}%`);
    }
  }

  /** Tell the list what it shows already. @param {Summary[]} traces */
  know(traces) {
    for (const trace of traces) {
      if (this.rows.has(trace.trace_id)) this.durations.set(trace.trace_id, trace.duration);
    }
  }

  /** Say anew how old everything is. */
  tick() {
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

/** @param {Record<string, number>} counts @param {import("./service-marks.js").Services} services */
function chips(counts, services) {
  const all = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  const shown = all.slice(0, CHIPS).map(([name, spans]) => {
    return element("span", "chip", tile(name, services), element("span", "chip-name", name), " ", element("b", "", compact(spans)));
  });
  if (all.length > CHIPS) shown.push(element("span", "chip more", `+${all.length - CHIPS}`));
  return element("span", "chips", ...shown);
}
