// @ts-check
// What a trace's spans add up to by service and operation, as a table that sorts.
import { element, svg } from "./dom.js";
import { classes, tile } from "./services.js";
import { column, count, percent } from "./wording.js";

/**
 * @typedef {object} Total
 * @property {string} service
 * @property {string} name
 * @property {number} count
 * @property {number} errors
 * @property {number} total
 * @property {number} self
 * @property {number} max
 */

/** @param {import("./columns.js").Columns} columns @returns {Total[]} */
export function totals(columns) {
  const { service, name } = columns.answer.columns;
  /** @type {Map<string, Total>} */
  const found = new Map();
  for (let row = 0; row < columns.length; row++) {
    const key = `${service[row]} ${name[row]}`;
    let total = found.get(key);
    if (!total) {
      total = { service: columns.service(row), name: columns.name(row), count: 0, errors: 0, total: 0, self: 0, max: 0 };
      found.set(key, total);
    }
    total.count++;
    total.errors += columns.errors[row];
    total.total += columns.durations[row];
    total.self += columns.selves[row];
    total.max = Math.max(total.max, columns.durations[row]);
  }
  return [...found.values()];
}

/** Each service's share of all self time. @param {import("./columns.js").Columns} columns @returns {Map<string, number>} */
export function shares(columns) {
  const { service } = columns.answer.columns;
  const sums = new Float64Array(columns.answer.strings.length);
  let all = 0;
  for (let row = 0; row < columns.length; row++) {
    sums[service[row]] += columns.selves[row];
    all += columns.selves[row];
  }
  return new Map([...new Set(service)].map((index) => [columns.answer.strings[index], all ? sums[index] / all : 0]));
}

const COLUMNS = /** @type {const} */ (["count", "errors", "total", "self", "max"]);
const NAMES = { count: "Spans", errors: "Errors", total: "Total", self: "Self", max: "Longest" };

export class Statistics extends EventTarget {
  /** @param {HTMLElement} root @param {import("./columns.js").Columns} columns */
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
    this.totals ??= totals(this.columns);
    const all = this.totals.reduce((sum, total) => sum + total.self, 0) || 1;
    const took = column(this.totals.reduce((most, { total }) => Math.max(most, total), 0));
    const sorted = [...this.totals].sort((a, b) => b[this.order] - a[this.order]);
    const head = element("tr", "", heading("Operation"), ...COLUMNS.map((name) => this.#sortable(name, took.unit)), heading("Self time"));
    const table = element("table", "totals", element("thead", "", head), element("tbody", "", ...sorted.map((total) => this.#row(total, all, took.text))));
    const note = element("p", "muted", "Self time is the time of a span that none of its children covers. Work done side by side counts each for itself, so the sums may exceed the trace's duration.");
    this.root.replaceChildren(table, note);
  }

  /** @param {keyof typeof NAMES} name @param {string} unit */
  #sortable(name, unit) {
    const timed = name === "total" || name === "self" || name === "max";
    const button = element("button", "quiet", NAMES[name], timed ? element("small", "", unit) : "");
    button.addEventListener("click", () => {
      this.order = name;
      this.draw();
    });
    const cell = heading(button);
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
      element("td", "", took(total.total)), element("td", "", took(total.self)), element("td", "", took(total.max)),
      element("td", "share", bar, element("span", "", percent(share))),
    );
  }
}

/** @param {string|Node} content */
function heading(content) {
  const cell = element("th", "", content);
  cell.setAttribute("scope", "col");
  return cell;
}
