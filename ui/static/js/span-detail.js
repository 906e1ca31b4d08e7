// @ts-check
// Everything about one span, fetched when it is opened.
import { ask } from "./api.js";
import { element, icon } from "./dom.js";
import { explanation } from "./explain.js";
import { tile } from "./service-marks.js";
import { link } from "./url.js";
import { clock, counted, duration, milliseconds, percent, percentile } from "./wording.js";

/**
 * @typedef {object} Span
 * @property {string} id
 * @property {string} trace_id
 * @property {string} start
 * @property {number} duration ns
 * @property {number} same_id spans of the trace with this id
 * @property {Record<string, string|number>} tags
 * @property {{time: string, name: string, attributes: Record<string, string|number>}[]} events
 * @property {{trace_id: string, span_id: string, attributes: Record<string, string|number>}[]} links
 */

/** How the figures are computed that the collector's answers do not explain. */
const HOW_COMPUTED = {
  duration: "From the span's start to its end, by a clock that never jumps, as its tracer measured it.",
  self:
    "The time of the span that none of its children covers; children it does not wait for take nothing away " +
    "(collector.analysis.self_time).",
  impossible:
    "It began before 2000 or lies in the future, or lasts for more than a year: a mistake of the client or its clock. " +
    "Its times count for nothing (collector.impossible_time).",
  starts: "The span's start minus the earliest start in the trace, by the clocks of those who sent them.",
};
const MAX_ANCESTORS = 6;
/** What the links to those who asked for deferred work say of their relation. */
const SUBMITTER = "submitter";
const ERROR_TAGS = ["error.type", "error.message", "error.stack"];

export class SpanDetail {
  /** @param {HTMLElement} root @param {import("./trace-columns.js").TraceColumns} columns */
  constructor(root, columns) {
    this.root = root;
    this.columns = columns;
    this.row = -1;
    /** @type {HTMLElement|null} */
    this.figures = null;
    /** @type {Map<string, Promise<Span>>} */
    this.fetched = new Map();
  }

  /** Show a span: what is known already at once, the rest when it arrives. @param {number} row */
  async show(row) {
    this.row = row;
    this.root.hidden = false;
    const body = element("div", "body", element("p", "muted", "…"));
    this.figures = this.#figures(row);
    this.root.replaceChildren(this.#head(row, this.figures), body);
    this.root.scrollTop = 0;
    try {
      const span = await this.#fetch(this.columns.ids[row]);
      if (this.row === row) body.replaceChildren(...this.#sections(row, span));
    } catch (error) {
      if (this.row === row)
        body.replaceChildren(element("p", "notice error", String(error instanceof Error ? error.message : error)));
    }
  }

  /** Fill the figures again, after more has become known. */
  updateFigures() {
    const updated = this.#figures(this.row);
    this.figures?.replaceWith(updated);
    this.figures = updated;
  }

  close() {
    this.row = -1;
    this.root.hidden = true;
  }

  /** @param {string} id */
  #fetch(id) {
    const before = this.fetched.get(id);
    if (before) return before;
    const span = ask(`/api/trace/${this.columns.answer.trace_id}/span/${id}`);
    this.fetched.set(id, span);
    span.catch(() => this.fetched.delete(id));
    return span;
  }

  /** @param {number} row @param {HTMLElement} figures */
  #head(row, figures) {
    const { columns } = this;
    const close = element("button", "quiet", icon("close"));
    close.setAttribute("aria-label", "Close the details");
    close.addEventListener("click", () => this.root.dispatchEvent(new CustomEvent("close")));
    const service = columns.service(row);
    const title = element("h2", "", tile(service, columns.services), element("span", "", columns.name(row)));
    const head = element("header", "", title, close);
    const ancestors = columns.ancestors(row);
    const path = ancestors.slice(-MAX_ANCESTORS).map((ancestor) => {
      const button = element("button", "", columns.name(ancestor));
      button.addEventListener("click", () => this.root.dispatchEvent(new CustomEvent("go", { detail: ancestor })));
      return element("li", "", button);
    });
    if (ancestors.length > MAX_ANCESTORS) path.unshift(element("li", "", "…"));
    return element("div", "top-part", head, element("ol", "path", ...path), this.#resource(row), figures);
  }

  /** @param {number} row */
  #resource(row) {
    const resource = this.columns.resource(row);
    return resource === this.columns.name(row) ? "" : element("pre", "statement", resource);
  }

  /** @param {number} row */
  #figures(row) {
    const { columns } = this;
    const whole = columns.duration || 1;
    if (columns.untimed.has(row))
      return element(
        "dl",
        "figures",
        figure("time", "impossible", "shown where its relatives are", HOW_COMPUTED.impossible),
      );
    const took = columns.durations[row];
    const self = columns.selfTimes[row];
    const sent = columns.sentStarts[row];
    const start = columns.order ? sent : columns.starts[row];
    return element(
      "dl",
      "figures",
      figure("duration", duration(took), `${percent(took / whole)} of the trace`, HOW_COMPUTED.duration),
      figure("self", duration(self), took ? `${percent(self / took)} of the span` : "", HOW_COMPUTED.self),
      figure(
        "starts",
        duration(start),
        start === sent ? "after the trace" : `${duration(sent)} as sent`,
        HOW_COMPUTED.starts,
      ),
      ...this.#orderFigure(row),
      ...this.#insightFigures(row, whole),
    );
  }

  /** @param {number} row */
  #orderFigure(row) {
    const { order } = this.columns;
    if (!order) return [];
    const name = (/** @type {number} */ other) => `${this.columns.service(other)} ${this.columns.name(other)}`;
    const ticks = `${order.start[row]}–${order.start[row] + order.lengths[row]}`;
    return [figure("ticks", ticks, order.concurrentText(row, name), order.how)];
  }

  /** @param {number} row @param {number} whole duration of the trace, ns */
  #insightFigures(row, whole) {
    const { insight, critical } = this.columns;
    if (!insight) return [];
    const onPath = critical?.times[row] ?? 0;
    const rank = this.columns.rank(row);
    const share = `${percent(onPath / whole)} of the trace`;
    const figures = [figure("critical", onPath ? duration(onPath) : "–", share, insight.how.critical)];
    if (rank !== null) {
      const among = `of its kind in ${counted(insight.ranks_of.traces, "trace")}`;
      figures.push(figure("rank", percentile(rank), among, insight.how.ranks));
    }
    return figures;
  }

  /** @param {number} row @param {Span} span */
  #sections(row, span) {
    const tags = Object.entries(span.tags).filter(([key]) => !ERROR_TAGS.includes(key));
    const says = [
      ["start", clock(milliseconds(span.start))],
      ["duration", duration(span.duration)],
    ];
    const others = span.same_id > 1 ? ` (one of ${span.same_id} spans with this id)` : "";
    return [
      this.#error(row, span),
      section("As sent", Number(this.columns.untimed.has(row)), table(/** @type {[string, string][]} */ (says))),
      section(
        `Tags`,
        tags.length,
        table(tags, (key, value) => link("/", { q: `${tagKey(key)}:${exactly(value)}` })),
      ),
      section("Events", span.events.length, ...span.events.map((event) => this.#event(span, event))),
      section("Links", span.links.length, ...span.links.map(linked), ...whoPays(span)),
      section(
        "Ids",
        2,
        table([
          ["span", span.id + others],
          ["trace", span.trace_id],
          ["service", this.columns.service(row)],
          ["type", this.columns.type(row)],
        ]),
      ),
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

/**
 * @param {string} name
 * @param {string} value
 * @param {string} under it
 * @param {string|undefined} how it is computed
 */
function figure(name, value, under, how) {
  return element(
    "div",
    "",
    element("dt", "", name, " ", explanation(how)),
    element("dd", "", value, element("small", "", under)),
  );
}

/** @param {string} title @param {number} size 0 for a section that is left out @param {...(Node|string)} parts */
function section(title, size, ...parts) {
  if (!size) return null;
  return element("section", "", element("h3", "", title), ...parts);
}

/**
 * @param {[string, string|number][]} pairs
 * @param {(key: string, value: string) => string} [search] returns the address of traces with the same value
 */
function table(pairs, search) {
  const rows = pairs
    .filter(([, value]) => value !== "")
    .map(([key, value]) => {
      const text = element("td", "", element("pre", "", String(value)));
      if (search) {
        const title = element("span", "reader", `Traces with this ${key}`);
        const more = /** @type {HTMLAnchorElement} */ (element("a", "", icon("search"), title));
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
  const name = `trace ${trace_id.slice(0, 8)}… span ${span_id}`;
  const anchor = /** @type {HTMLAnchorElement} */ (element("a", "", name));
  anchor.href = link(`/trace/${trace_id}`, { span: span_id });
  const relation = attributes.relation === SUBMITTER ? "asked for by " : "";
  return element("div", "event", relation, anchor, table(Object.entries(attributes)));
}

/** The way to the bill, if the span has submitters. @param {Span} span */
function whoPays(span) {
  if (!span.links.some(({ attributes }) => attributes.relation === SUBMITTER)) return [];
  const anchor = /** @type {HTMLAnchorElement} */ (element("a", "", "Who pays for it"));
  anchor.href = link(`/trace/${span.trace_id}/bill`);
  return [element("p", "", anchor)];
}

/** A key that a search takes for that of a tag, and for nothing else: as `PLAIN_KEY` of ui/search_text.py. */
const PLAIN_KEY =
  /^(?!service|name$|resource|type$|duration|span|trace|error$|kept$|synthetic|root|route|status|operation|latency|min|max|attributes|tags|dd\.)\w+([.-]\w+)*$/;

/** The key of a tag in a search. @param {string} key */
function tagKey(key) {
  return PLAIN_KEY.test(key) ? key : quoted(key);
}

/** A value so that a search finds it and nothing else. @param {string} value */
function exactly(value) {
  return /^[\w./-]+$/.test(value) ? value : quoted(value);
}

/** @param {string} text */
function quoted(text) {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
