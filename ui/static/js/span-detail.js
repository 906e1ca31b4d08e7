// @ts-check
// Everything about one span, fetched when somebody looks at it.
import { ask } from "./api.js";
import { element, icon } from "./dom.js";
import { how } from "./note.js";
import { tile } from "./service-marks.js";
import { link } from "./url.js";
import { counted, duration, percent, percentile } from "./wording.js";

/**
 * @typedef {object} Span
 * @property {string} id
 * @property {string} trace_id
 * @property {string} start
 * @property {Record<string, string|number>} tags
 * @property {{time: string, name: string, attributes: Record<string, string|number>}[]} events
 * @property {{trace_id: string, span_id: string, attributes: Record<string, string|number>}[]} links
 */

/** How the figures are made that the collector does not speak of itself. */
const HOW = {
  duration: "From the span's start to its end, by a clock that never jumps, as its tracer measured it.",
  self: "The time of the span that none of its children covers; children it does not wait for take nothing away (collector.analysis.self_time).",
  starts: "The span's start less the earliest start in the trace, by the clocks of those who sent them.",
};
const ERROR_TAGS = ["error.type", "error.message", "error.stack"];

export class Detail {
  /** @param {HTMLElement} root @param {import("./trace-columns.js").Columns} columns */
  constructor(root, columns) {
    this.root = root;
    this.columns = columns;
    this.row = -1;
    /** @type {HTMLElement|null} */
    this.figures = null;
    /** @type {Map<string, Promise<Span>>} */
    this.fetched = new Map();
  }

  /** Show a span: what is known at once, the rest when it comes. @param {number} row */
  async show(row) {
    this.row = row;
    this.root.hidden = false;
    const body = element("div", "body", element("p", "muted", "…"));
    this.figures = this.#figures(row);
    this.root.replaceChildren(this.#head(row), body);
    this.root.scrollTop = 0;
    try {
      const span = await this.#fetch(this.columns.ids[row]);
      if (this.row === row) body.replaceChildren(...this.#sections(row, span));
    } catch (error) {
      if (this.row === row) body.replaceChildren(element("p", "notice error", String(error instanceof Error ? error.message : error)));
    }
  }

  /** Fill the figures again, when more is known. */
  figure() {
    const anew = this.#figures(this.row);
    this.figures?.replaceWith(anew);
    this.figures = anew;
  }

  close() {
    this.row = -1;
    this.root.hidden = true;
  }

  /** @param {string} id */
  #fetch(id) {
    const known = this.fetched.get(id);
    if (known) return known;
    const asked = ask(`/api/trace/${this.columns.answer.trace_id}/span/${id}`);
    this.fetched.set(id, asked);
    asked.catch(() => this.fetched.delete(id));
    return asked;
  }

  /** @param {number} row */
  #head(row) {
    const { columns } = this;
    const close = element("button", "quiet", icon("close"));
    close.setAttribute("aria-label", "Close the details");
    close.addEventListener("click", () => this.root.dispatchEvent(new CustomEvent("close")));
    const service = columns.service(row);
    const title = element("h2", "", tile(service, columns.answer.services), element("span", "", columns.name(row)));
    const head = element("header", "", title, close);
    const path = columns.ancestors(row).slice(-6).map((above) => {
      const button = element("button", "", columns.name(above));
      button.addEventListener("click", () => this.root.dispatchEvent(new CustomEvent("go", { detail: above })));
      return element("li", "", button);
    });
    if (columns.ancestors(row).length > 6) path.unshift(element("li", "", "…"));
    return element("div", "top-part", head, element("ol", "path", ...path), this.#resource(row), this.figures);
  }

  /** @param {number} row */
  #resource(row) {
    const resource = this.columns.resource(row);
    return resource === this.columns.name(row) ? "" : element("pre", "statement", resource);
  }

  /** @param {number} row */
  #figures(row) {
    const { columns } = this;
    const { insight, critical } = columns;
    const figure = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ under, /** @type {string|undefined} */ computed) =>
      element("div", "", element("dt", "", name, " ", how(computed)), element("dd", "", value, element("small", "", under)));
    const onPath = critical?.times[row] ?? 0;
    const rank = columns.rank(row);
    const whole = columns.duration || 1;
    const took = columns.durations[row];
    return element(
      "dl", "figures",
      figure("duration", duration(took), `${percent(took / whole)} of the trace`, HOW.duration),
      figure("self", duration(columns.selves[row]), took ? `${percent(columns.selves[row] / took)} of the span` : "", HOW.self),
      figure("starts", duration(columns.starts[row]), columns.starts[row] === columns.raw[row] ? "after the trace" : `${duration(columns.raw[row])} as sent`, HOW.starts),
      ...(insight ? [figure("critical", onPath ? duration(onPath) : "–", `${percent(onPath / whole)} of the trace`, insight.how.critical)] : []),
      ...(insight && rank !== null ? [figure("rank", percentile(rank), `of its likes in ${counted(insight.ranks_of.traces, "trace")}`, insight.how.ranks)] : []),
    );
  }

  /** @param {number} row @param {Span} span */
  #sections(row, span) {
    const tags = Object.entries(span.tags).filter(([key]) => !ERROR_TAGS.includes(key));
    return [
      this.#error(row, span),
      section(`Tags`, tags.length, table(tags, (key, value) => link("/", { q: `${key}:${quoted(value)}` }))),
      section("Events", span.events.length, ...span.events.map((event) => this.#event(span, event))),
      section("Links", span.links.length, ...span.links.map(linked)),
      section("Ids", 2, table([["span", span.id], ["trace", span.trace_id], ["service", this.columns.service(row)], ["type", this.columns.type(row)]])),
    ].filter((part) => part !== null);
  }

  /** @param {number} row @param {Span} span */
  #error(row, span) {
    if (!this.columns.errors[row]) return null;
    const [type, message, stack] = ERROR_TAGS.map((key) => String(span.tags[key] ?? ""));
    const title = element("h3", "", icon("error"), type || "Error");
    const box = element("section", "failure", title, element("p", "", message || "no message was recorded"));
    if (stack) box.append(element("details", "", element("summary", "", "Stack"), element("pre", "", stack)));
    return box;
  }

  /** @param {Span} span @param {Span["events"][number]} event */
  #event(span, event) {
    const after = Number(BigInt(event.time) - BigInt(span.start));
    const title = element("h4", "", event.name, element("small", "", `${duration(Math.max(0, after))} into the span`));
    return element("div", "event", title, table(Object.entries(event.attributes)));
  }
}

/** @param {string} title @param {number} size @param {...(Node|string)} parts */
function section(title, size, ...parts) {
  if (!size) return null;
  return element("section", "", element("h3", "", title), ...parts);
}

/**
 * @param {[string, string|number][]} pairs
 * @param {(key: string, value: string) => string} [search] the address of more traces like it
 */
function table(pairs, search) {
  const rows = pairs.filter(([, value]) => value !== "").map(([key, value]) => {
    const text = element("td", "", element("pre", "", String(value)));
    if (search) {
      const more = /** @type {HTMLAnchorElement} */ (element("a", "", icon("search"), element("span", "reader", `Traces with this ${key}`)));
      more.href = search(key, String(value));
      more.title = "Traces with this tag";
      text.append(more);
    }
    const name = element("th", "", key);
    name.setAttribute("scope", "row");
    return element("tr", "", name, text);
  });
  return element("table", "", element("tbody", "", ...rows));
}

/** @param {Span["links"][number]} linked */
function linked({ trace_id, span_id, attributes }) {
  const anchor = /** @type {HTMLAnchorElement} */ (element("a", "", `trace ${trace_id.slice(0, 8)}… span ${span_id}`));
  anchor.href = link(`/trace/${trace_id}`, { span: span_id });
  return element("div", "event", anchor, table(Object.entries(attributes)));
}

/** A value as the search language needs it. @param {string} value */
function quoted(value) {
  return value && !/[\s"(){}*]/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}
