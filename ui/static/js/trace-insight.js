// @ts-check
// What the collector says about a trace besides its spans, brought to all parts of the screen: the
// critical path, ranks, findings, clocks. It comes after the spans, and the screen is useful without.
import { CriticalPath, insight } from "./critical-path.js";
import { announce, find } from "./dom.js";
import { Troubles } from "./findings.js";
import { change, parameters } from "./url.js";
import { shownView } from "./trace-views.js";

/** What of it stands in the address. */
const KEPT = ["critical", "clock", "finding"];

export class Knowledge {
  /** @param {import("./trace.js").TraceScreen} screen */
  constructor(screen) {
    this.screen = screen;
    this.troubles = new Troubles(find("#troubles"), screen.columns);
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ run) =>
      this.troubles.addEventListener(name, (event) => run(/** @type {CustomEvent} */ (event).detail));
    on("open", (at) => this.open(at));
    on("show", (rows) => this.#show(rows));
    on("clock", () => this.clock(!this.troubles.corrected));
    on("again", () => this.learn());
  }

  async learn() {
    const { columns, detail, rows } = this.screen;
    try {
      const told = await insight(columns.answer.trace_id);
      if (told.ranks.length !== columns.length) throw new Error("the trace has grown meanwhile.");
      columns.insight = told;
      columns.critical = new CriticalPath(columns, told);
      this.troubles.tell(told);
      const view = shownView();
      // Somebody may be scrolling already: no more is drawn anew than has to be.
      if (KEPT.some((name) => parameters().has(name))) this.#apply();
      else if (view === "timeline") rows.draw(true);
      if (view === "flame" || view === "statistics") this.screen[view].draw();
      if (detail.row >= 0) detail.figure();
      find('[data-do="critical"]').disabled = find('[data-do="only"]').disabled = false;
      rows.root.setAttribute("data-insight", "");
    } catch (error) {
      this.troubles.fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** Take it from an address. @param {URLSearchParams} given */
  read(given) {
    const { columns, outline, rows } = this.screen;
    rows.critical = given.get("critical") !== "off";
    outline.filter(given.get("critical") === "only" ? (columns.critical?.kept() ?? null) : null);
    this.troubles.corrected = given.get("clock") === "corrected";
    columns.correct(this.troubles.corrected);
    this.troubles.open = Number(given.get("finding") ?? 0) - 1;
    const opened = columns.insight?.findings[this.troubles.open];
    if (opened) this.#mark(opened.rows);
    this.troubles.draw();
  }

  /** The critical path under the bars, not at all, or nothing else. @param {"on"|"off"|"only"} how */
  critical(how) {
    const { rows } = this.screen;
    const { active } = rows;
    change({ critical: how === "on" ? null : how });
    this.#apply();
    rows.activate(active, { focus: rows.root.contains(document.activeElement) });
    announce(`critical path: ${{ on: "shown", off: "hidden", only: "nothing but it" }[how]}`);
  }

  /** @param {boolean} corrected whether to show times where they would be if the clocks agreed */
  clock(corrected) {
    change({ clock: corrected ? "corrected" : null }, "push");
    this.#apply();
    announce(corrected ? "clocks corrected" : "times as they were sent");
  }

  /** Open one of the findings, or close it (-1). @param {number} at */
  open(at) {
    change({ finding: at < 0 ? null : String(at + 1) });
    if (at < 0) this.#mark([]);
    this.#apply();
    find('#troubles [aria-expanded="true"]')?.focus();
  }

  #apply() {
    this.read(parameters());
    this.screen.refresh();
  }

  /** @param {number[]} rows */
  #show(rows) {
    this.screen.show("timeline");
    this.#mark(rows);
    this.screen.finder.step(1, rows[0]);
  }

  /** @param {number[]} rows */
  #mark(rows) {
    const { finder, minimap, rows: shown } = this.screen;
    finder.take(rows);
    shown.matches = minimap.matches = new Set(rows);
    shown.match = -1;
  }
}
