// @ts-check
// What a trace's spans add up to by service and operation, as a table that sorts.
import { element, svg } from "./dom.js";
import { how } from "./note.js";
import { classes, tile } from "./service-marks.js";
import { column, count, percent, percentile } from "./wording.js";

/**
 * @typedef {object} Total
 * @property {string} service
 * @property {string} name
 * @property {number} count
 * @property {number} errors
 * @property {number} total
 * @property {number} self
 * @property {number} max
 * @property {number} critical
 * @property {number} p50
 * @property {number} p95
 * @property {number|null} rank the middle one of its spans, null where none has likes
 */

/** @param {import("./trace-columns.js").Columns} columns @returns {Total[]} */
export function totals(columns) {
  const { service, name } = columns.answer.columns;
  /** @type {Map<string, Total>} */
  const found = new Map();
  /** @typedef {{took: number[], ranks: number[]}} Spread */
  /** @type {Map<Total, Spread>} */
  const spread = new Map();
  for (let row = 0; row < columns.length; row++) {
    const key = `${service[row]} ${name[row]}`;
    let total = found.get(key);
    if (!total) {
      total = { service: columns.service(row), name: columns.name(row), count: 0, errors: 0, total: 0, self: 0, max: 0, critical: 0, p50: 0, p95: 0, rank: null };
      found.set(key, total);
      spread.set(total, { took: [], ranks: [] });
    }
    const { took, ranks } = /** @type {Spread} */ (spread.get(total));
    const rank = columns.rank(row);
    took.push(columns.durations[row]);
    if (rank !== null) ranks.push(rank);
    total.critical += columns.critical?.times[row] ?? 0;
    total.count++;
    total.errors += columns.errors[row];
    total.total += columns.durations[row];
    total.self += columns.selves[row];
    total.max = Math.max(total.max, columns.durations[row]);
  }
  for (const [total, { took, ranks }] of spread) {
    total.p50 = nearest(took, 0.5);
    total.p95 = nearest(took, 0.95);
    total.rank = ranks.length ? nearest(ranks, 0.5) : null;
  }
  return [...found.values()];
}

/** The value at a share of the sorted ones: nearest rank. @param {number[]} values @param {number} share */
function nearest(values, share) {
  values.sort((a, b) => a - b);
  return values[Math.max(0, Math.ceil(share * values.length) - 1)];
}

const COLUMNS = /** @type {const} */ (["count", "errors", "total", "self", "critical", "p50", "p95", "max", "rank"]);
const NAMES = { count: "Spans", errors: "Errors", total: "Total", self: "Self", critical: "Critical", p50: "p50", p95: "p95", max: "Longest", rank: "Rank" };
const PLAIN = new Set(["count", "errors", "rank"]);
/** @type {Record<string, string>} */
const HOW = {
  total: "The durations of these spans, added up.",
  self: "The time of a span that none of its children covers (collector.analysis.self_time), added up. Work done side by side counts each for itself, so the sums may exceed the trace's duration.",
  p50: "Half of these spans took at most so long (nearest rank).",
  p95: "95 of 100 of these spans took at most so long (nearest rank).",
};

export class Statistics extends EventTarget {
  /** @param {HTMLElement} root @param {import("./trace-columns.js").Columns} columns */
  constructor(root, columns) {
    super();
    this.root = root;
    this.columns = columns;
    /** @type {Total[]|null} worked out when somebody looks */
    this.totals = null;
    /** @type {keyof typeof NAMES} */
    this.order = "self";
  }

  draw() {
    // The critical path may have come since.
    if (!this.totals || this.known !== this.columns.insight) this.totals = totals(this.columns);
    this.known = this.columns.insight;
    const all = this.totals.reduce((sum, total) => sum + total.self, 0) || 1;
    const took = column(this.totals.reduce((most, { total }) => Math.max(most, total), 0));
    const sorted = [...this.totals].sort((a, b) => (b[this.order] ?? -1) - (a[this.order] ?? -1));
    const head = element("tr", "", heading("Operation"), ...COLUMNS.map((name) => this.#sortable(name, took.unit)), heading("Self time"));
    const table = element("table", "totals", element("thead", "", head), element("tbody", "", ...sorted.map((total) => this.#row(total, all, took.text))));
    this.root.replaceChildren(table);
  }

  /** @param {keyof typeof NAMES} name @param {string} unit */
  #sortable(name, unit) {
    const button = element("button", "quiet", NAMES[name], PLAIN.has(name) ? "" : element("small", "", unit));
    button.addEventListener("click", () => {
      this.order = name;
      this.draw();
    });
    const told = this.columns.insight?.how ?? {};
    const cell = heading(button, how({ ...HOW, critical: told.critical, rank: told.ranks && `The middle rank of these spans: ${told.ranks}` }[name]));
    cell.setAttribute("aria-sort", this.order === name ? "descending" : "none");
    return cell;
  }

  /** @param {Total} total @param {number} all @param {(ns: number) => string} took */
  #row(total, all, took) {
    const name = element("button", "quiet", tile(total.service, this.columns.answer.services), element("b", "", total.service), total.name);
    name.title = "Find these spans";
    name.addEventListener("click", () => this.dispatchEvent(new CustomEvent("find", { detail: total.name })));
    const first = element("th", "", name);
    first.setAttribute("scope", "row");
    const share = total.self / all;
    const bar = svg("svg", { class: `meter ${classes(this.columns.answer.services[total.service])}`, "aria-hidden": "true" }, svg("rect", { class: "own", width: `${100 * share}%`, height: "100%" }));
    return element(
      "tr", "", first, element("td", "", count(total.count)), element("td", total.errors ? "bad" : "", count(total.errors)),
      element("td", "", took(total.total)), element("td", "", took(total.self)), element("td", "", this.columns.critical ? took(total.critical) : "–"),
      element("td", "", took(total.p50)), element("td", "", took(total.p95)), element("td", "", took(total.max)),
      element("td", "", total.rank === null ? "–" : percentile(total.rank)),
      element("td", "share", bar, element("span", "", percent(share))),
    );
  }
}

/** @param {...(string|Node)} content */
function heading(...content) {
  const cell = element("th", "", ...content);
  cell.setAttribute("scope", "col");
  return cell;
}
