// @ts-check
// The strip above a trace: what the detectors found in it, and whether its clocks agree.
import { element, icon } from "./dom.js";
import { explanation } from "./explain.js";
import { link } from "./url.js";
import { counted, duration, percent } from "./wording.js";

/** @typedef {import("./trace-insight.js").Finding} Finding */
/** @typedef {import("./trace-insight.js").Insight} Insight */

const LOOKING = "Looking for known problems …";

export class FindingsStrip extends EventTarget {
  /** @param {HTMLElement} root @param {import("./trace-columns.js").TraceColumns} columns */
  constructor(root, columns) {
    super();
    this.root = root;
    this.columns = columns;
    /** @type {Record<string, string>} what each kind of finding is called */
    this.names = JSON.parse(root.dataset.kinds ?? "{}");
    /** @type {Insight|null} */
    this.insight = null;
    /** Which finding is open, -1 for none. */
    this.open = -1;
    /** Whether times are shown where they would be if the clocks agreed. */
    this.corrected = false;
  }

  /** @param {Insight} insight */
  show(insight) {
    this.insight = insight;
    this.draw();
  }

  /** Say that nothing came. @param {string} reason */
  fail(reason) {
    const again = element("button", "quiet", "Try again");
    again.addEventListener("click", () => {
      this.root.replaceChildren(element("div", "muted line", LOOKING));
      this.dispatchEvent(new CustomEvent("again"));
    });
    const text = `The critical path, ranks, statistics and findings could not be loaded: ${reason}`;
    this.root.replaceChildren(element("div", "muted line", text, again));
  }

  draw() {
    if (!this.insight) return;
    const { findings, how } = this.insight;
    const title = element("span", "muted", findings.length ? "Findings" : "None of the known problems");
    const detectors =
      `Detectors look for known kinds of problems: ${how.findings}. ` +
      "What is at stake is how much shorter the trace could be.";
    const chips = findings.map((finding, index) => this.#chip(finding, index));
    const line = element("div", "line", title, explanation(detectors), ...chips, ...this.#clocks(this.insight));
    const opened = findings[this.open];
    this.root.replaceChildren(line, ...(opened ? [this.#card(opened)] : []));
  }

  /** @param {Finding} finding @param {number} index */
  #chip({ kind, cost, rows }, index) {
    const name = element("b", "", this.names[kind] ?? kind.replaceAll("_", " "));
    const times = rows.length > 1 ? ` ×${rows.length} ` : " ";
    const chip = element("button", "finding-chip", icon("warning"), name, times, element("span", "", duration(cost)));
    chip.setAttribute("aria-expanded", String(this.open === index));
    const opened = this.open === index ? -1 : index;
    chip.addEventListener("click", () => this.dispatchEvent(new CustomEvent("open", { detail: opened })));
    return chip;
  }

  /** @param {Finding} finding */
  #card({ what, cost, rows, lesson }) {
    const whole = this.columns.duration || 1;
    const show = element("button", "", `Show the ${counted(rows.length, "span")}`);
    show.addEventListener("click", () => this.dispatchEvent(new CustomEvent("show", { detail: rows })));
    const stake = `${duration(cost)} at stake, ${percent(cost / whole)} of the trace`;
    const card = element("div", "card", element("p", "", what), element("p", "muted", stake), show);
    const [number, ...words] = lesson.split("-");
    if (lesson && this.root.hasAttribute("data-course")) {
      const title = `Lesson ${Number(number)}: ${words.join(" ")}`;
      const anchor = /** @type {HTMLAnchorElement} */ (element("a", "", title));
      anchor.href = link(`/course/${Number(number)}`);
      card.append(anchor);
    }
    return card;
  }

  /** @param {Insight} insight */
  #clocks({ skew, how }) {
    if (!skew.length) return [];
    const what = element("span", "", skew[0].what + (skew.length > 1 ? ` and ${skew.length - 1} more` : ""));
    const state = element("b", "", this.corrected ? "corrected" : "as sent");
    const chip = element("button", "finding-chip clock", icon("warning"), what, state);
    chip.title = this.corrected
      ? "Show the times as they were sent"
      : "Show where the spans would be if the clocks agreed";
    chip.setAttribute("aria-pressed", String(this.corrected));
    chip.addEventListener("click", () => this.dispatchEvent(new CustomEvent("clock")));
    return [chip, explanation(how.skew)];
  }
}
