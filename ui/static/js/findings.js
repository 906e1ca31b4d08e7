// @ts-check
// The strip above a trace: what detectors found in it, and whether its clocks agree.
import { element, icon } from "./dom.js";
import { how } from "./note.js";
import { link } from "./url.js";
import { counted, duration, percent } from "./wording.js";

/** @typedef {import("./critical-path.js").Finding} Finding */

export class Troubles extends EventTarget {
  /** @param {HTMLElement} root @param {import("./trace-columns.js").Columns} columns */
  constructor(root, columns) {
    super();
    this.root = root;
    this.columns = columns;
    /** @type {Record<string, string>} */
    this.words = JSON.parse(root.dataset.kinds ?? "{}");
    /** @type {import("./critical-path.js").Insight|null} */
    this.told = null;
    /** Which finding is open, -1 for none. */
    this.open = -1;
    this.corrected = false;
  }

  /** @param {import("./critical-path.js").Insight} told */
  tell(told) {
    this.told = told;
    this.draw();
  }

  /** @param {string} why */
  fail(why) {
    const again = element("button", "quiet", "Try again");
    again.addEventListener("click", () => {
      this.root.replaceChildren(element("div", "muted line", "Looking for known trouble …"));
      this.dispatchEvent(new CustomEvent("again"));
    });
    this.root.replaceChildren(element("div", "muted line", `Critical path, ranks and findings did not come: ${why}`, again));
  }

  draw() {
    if (!this.told) return;
    const { findings } = this.told;
    const chips = findings.map((finding, at) => this.#chip(finding, at));
    const says = element("span", "muted", findings.length ? "Found" : "Nothing that the detectors know");
    const line = element("div", "line", says, how(`Detectors look for known kinds of trouble: ${this.told.how.findings}. What is at stake is the time that the trace could be shorter.`), ...chips, ...this.#clocks());
    const opened = findings[this.open];
    this.root.replaceChildren(line, ...(opened ? [this.#card(opened)] : []));
  }

  /** @param {Finding} finding @param {number} at */
  #chip({ kind, cost, rows }, at) {
    const chip = element("button", "trouble", icon("warning"), element("b", "", this.words[kind] ?? kind.replaceAll("_", " ")), rows.length > 1 ? ` ×${rows.length} ` : " ", element("span", "", duration(cost)));
    chip.setAttribute("aria-expanded", String(this.open === at));
    chip.addEventListener("click", () => this.dispatchEvent(new CustomEvent("open", { detail: this.open === at ? -1 : at })));
    return chip;
  }

  /** @param {Finding} finding */
  #card({ what, cost, rows, lesson }) {
    const whole = this.columns.duration || 1;
    const show = element("button", "", `Show the ${counted(rows.length, "span")}`);
    show.addEventListener("click", () => this.dispatchEvent(new CustomEvent("show", { detail: rows })));
    const card = element("div", "card", element("p", "", what), element("p", "muted", `${duration(cost)} at stake, ${percent(cost / whole)} of the trace`), show);
    const [number, ...words] = lesson.split("-");
    if (lesson && this.root.hasAttribute("data-course")) {
      const treat = /** @type {HTMLAnchorElement} */ (element("a", "", `Lesson ${Number(number)}: ${words.join(" ")}`));
      treat.href = link(`/course/${Number(number)}`);
      card.append(treat);
    }
    return card;
  }

  #clocks() {
    const { skew, how: texts } = /** @type {import("./critical-path.js").Insight} */ (this.told);
    if (!skew.length) return [];
    const more = skew.length > 1 ? ` and ${skew.length - 1} more` : "";
    const chip = element("button", "trouble clock", icon("warning"), element("span", "", skew[0].what + more), element("b", "", this.corrected ? "corrected" : "as sent"));
    chip.title = this.corrected ? "Show the times as they were sent" : "Show where the spans would be if the clocks agreed";
    chip.setAttribute("aria-pressed", String(this.corrected));
    chip.addEventListener("click", () => this.dispatchEvent(new CustomEvent("clock")));
    return [chip, how(texts.skew)];
  }
}
