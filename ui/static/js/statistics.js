// @ts-check
// What a trace's spans add up to: by service in its head, by operation in a table that sorts.
import { element, find, svg } from "./dom.js";
import { explanation } from "./explain.js";
import { markOf, tile } from "./service-marks.js";
import { column, count, counted, percent, percentile } from "./wording.js";

/** @typedef {import("./trace-columns.js").TraceColumns} TraceColumns */
/** @typedef {import("./trace-insight.js").OperationTotals} OperationTotals */

const MAX_SHARES = 6;

/** Each service's share of all self time, 0 to 1. @param {TraceColumns} columns @returns {Map<string, number>} */
function serviceShares(columns) {
  const { service } = columns.answer.columns;
  const sums = new Float64Array(columns.answer.strings.length);
  let all = 0;
  for (let row = 0; row < columns.length; row++) {
    sums[service[row]] += columns.selfTimes[row];
    all += columns.selfTimes[row];
  }
  return new Map([...new Set(service)].map((index) => [columns.answer.strings[index], all ? sums[index] / all : 0]));
}

/** Show which services did the work. @param {TraceColumns} columns */
export function showShares(columns) {
  const sorted = [...serviceShares(columns)].sort((a, b) => b[1] - a[1]);
  const items = sorted.slice(0, MAX_SHARES).map(([name, share]) => {
    const service = tile(name, columns.services);
    const item = element("li", "", service, element("span", "", name), element("b", "", percent(share)));
    item.title = `${percent(share)} of all self time was spent in ${name}`;
    return item;
  });
  const others = sorted.length - MAX_SHARES;
  if (others > 0) items.push(element("li", "", element("span", "", `and ${others} more`)));
  find("#share").replaceChildren(...items);
}

const ORDERS = /** @type {const} */ (["count", "errors", "total", "self", "critical", "p50", "p95", "max", "rank"]);
/** @typedef {typeof ORDERS[number]} Order */

/** @type {Record<Order, string>} */
const TITLES = {
  count: "Spans",
  errors: "Errors",
  total: "Total",
  self: "Self",
  critical: "Critical",
  p50: "p50",
  p95: "p95",
  max: "Longest",
  rank: "Rank",
};
/** Columns that hold no durations, and so have no unit. */
const WITHOUT_UNIT = new Set(["count", "errors", "rank"]);
/** @type {Partial<Record<Order, string>>} */
const HOW_COMPUTED = {
  total: "The durations of these spans, added up.",
  self:
    "The time of a span that none of its children covers (collector.analysis.self_time), added up. Work done side " +
    "by side counts in full for each span, so the sums may exceed the trace's duration.",
  p50: "Half of these spans took at most this long (nearest rank).",
  p95: "95 of 100 of these spans took at most this long (nearest rank).",
};

export class Statistics extends EventTarget {
  /** @param {HTMLElement} root @param {TraceColumns} columns */
  constructor(root, columns) {
    super();
    this.root = root;
    this.columns = columns;
    /** @type {Order} */
    this.order = "self";
  }

  draw() {
    const { insight } = this.columns;
    if (!insight) {
      this.root.replaceChildren(element("p", "loading", "The statistics are not here yet."));
      return;
    }
    const { operations } = insight;
    const selfTime = this.columns.selfTimes.reduce((sum, self) => sum + self, 0) || 1;
    const { unit, text } = column(operations.reduce((most, { total }) => Math.max(most, total ?? 0), 0));
    const sorted = [...operations].sort((a, b) => (b[this.order] ?? -1) - (a[this.order] ?? -1));
    const headings = ORDERS.map((order) => this.#sortable(order, unit, insight.how));
    const head = element("tr", "", heading("Operation"), ...headings, heading("Self time"));
    const rows = sorted.map((totals) => this.#row(totals, totals.self / selfTime, text));
    const table = element("table", "totals", element("thead", "", head), element("tbody", "", ...rows));
    const leftOut = insight.operations_left_out;
    const more = leftOut
      ? [element("p", "muted", `and ${counted(leftOut, "more operation")} with less self time`)]
      : [];
    this.root.replaceChildren(table, ...more);
  }

  /** @param {Order} order @param {string} unit @param {Record<string, string>} how */
  #sortable(order, unit, how) {
    const button = element("button", "quiet", TITLES[order], WITHOUT_UNIT.has(order) ? "" : element("small", "", unit));
    button.addEventListener("click", () => {
      this.order = order;
      this.draw();
    });
    const rank = `The middle rank of these spans: ${how.ranks}`;
    const cell = heading(button, explanation({ ...HOW_COMPUTED, critical: how.critical, rank }[order]));
    cell.setAttribute("aria-sort", this.order === order ? "descending" : "none");
    return cell;
  }

  /** @param {OperationTotals} totals @param {number} share of all self time @param {(ns: number) => string} took */
  #row(totals, share, took) {
    const { services } = this.columns;
    const name = element(
      "button",
      "quiet",
      tile(totals.service, services),
      element("b", "", totals.service),
      totals.name,
    );
    name.title = "Find these spans";
    name.addEventListener("click", () => this.dispatchEvent(new CustomEvent("find", { detail: totals.name })));
    const first = element("th", "", name);
    first.setAttribute("scope", "row");
    const bar = svg("rect", { class: "own", width: `${100 * share}%`, height: "100%" });
    const meter = svg(
      "svg",
      { class: `meter ${markOf(totals.service, services).classes}`, "aria-hidden": "true" },
      bar,
    );
    const durations = [totals.total, totals.self, totals.critical, totals.p50, totals.p95, totals.max];
    return element(
      "tr",
      "",
      first,
      element("td", "", count(totals.count)),
      element("td", totals.errors ? "bad" : "", count(totals.errors)),
      ...durations.map((ns) => element("td", "", ns === null ? "–" : took(ns))),
      element("td", "", totals.rank === null ? "–" : percentile(totals.rank)),
      element("td", "share", meter, element("span", "", percent(share))),
    );
  }
}

/** @param {...(string|Node)} content */
function heading(...content) {
  const cell = element("th", "", ...content);
  cell.setAttribute("scope", "col");
  return cell;
}
