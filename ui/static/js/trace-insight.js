// @ts-check
// What the collector says about a trace besides its spans, brought to all parts of the screen: the critical path,
// ranks, totals, findings, clocks. It comes after the spans, and the screen is useful without it.
import { ask } from "./api.js";
import { CriticalPath } from "./critical-path.js";
import { announce, find, on } from "./dom.js";
import { FindingsStrip } from "./findings.js";
import { shownView } from "./trace-views.js";
import { change, parameters } from "./url.js";

/**
 * @typedef {object} Finding
 * @property {string} kind
 * @property {string} what
 * @property {number} cost ns that the trace could be shorter
 * @property {number[]} rows
 * @property {string} lesson
 */

/**
 * @typedef {object} OperationTotals the spans of one service and name, added up
 * @property {string} service
 * @property {string} name
 * @property {number} count
 * @property {number} errors
 * @property {number|null} total ns, null if all times are impossible, as of those below
 * @property {number} self ns
 * @property {number} critical ns
 * @property {number|null} p50 ns
 * @property {number|null} p95 ns
 * @property {number|null} max ns
 * @property {number|null} rank the middle one of its spans, null where none has any
 */

/**
 * @typedef {object} Insight what `/api/trace/<id>/insight` sends
 * @property {[number, number, number][]} critical row, start, end; by start
 * @property {number[]} critical_times
 * @property {(number|null)[]} ranks
 * @property {{traces: number}} ranks_of
 * @property {OperationTotals[]} operations those with the most self time
 * @property {number} operations_left_out
 * @property {Finding[]} findings
 * @property {{service: string, offset: number, span_id: string, what: string}[]} skew
 * @property {{start: number[]}|null} corrected
 * @property {Record<string, string>} how
 */

/** The parameters of the address that have to do with it. */
const PARAMETERS = ["critical", "clock", "finding"];

export class TraceInsight {
  /** @param {import("./trace.js").TraceScreen} screen */
  constructor(screen) {
    this.screen = screen;
    this.findings = new FindingsStrip(find("#findings"), screen.columns);
    on(this.findings, "open", (index) => this.openFinding(index));
    on(this.findings, "show", (rows) => this.#showSpans(rows));
    on(this.findings, "clock", () => this.correctClocks(!this.findings.corrected));
    on(this.findings, "again", () => this.load());
  }

  /** Fetch it and show it. */
  async load() {
    const { columns, detail, waterfall } = this.screen;
    try {
      /** @type {Insight} */
      const insight = await ask(`/api/trace/${columns.answer.trace_id}/insight`);
      if (insight.ranks.length !== columns.length) throw new Error("the trace has grown in the meantime.");
      columns.insight = insight;
      columns.critical = new CriticalPath(columns, insight);
      this.findings.show(insight);
      const view = shownView();
      // The reader may be scrolling already: redraw no more than is necessary.
      if (PARAMETERS.some((name) => parameters().has(name))) this.#apply();
      else if (view === "timeline") waterfall.draw(true);
      if (view === "flame" || view === "statistics") this.screen[view].draw();
      if (detail.row >= 0) detail.updateFigures();
      find('[data-do="critical"]').disabled = find('[data-do="only"]').disabled = false;
      waterfall.root.setAttribute("data-insight", "");
    } catch (error) {
      this.findings.fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** Show what an address says. @param {URLSearchParams} query */
  read(query) {
    const { columns, outline, waterfall } = this.screen;
    waterfall.critical = query.get("critical") !== "off";
    outline.filter(query.get("critical") === "only" ? (columns.critical?.rows() ?? null) : null);
    this.findings.corrected = query.get("clock") === "corrected";
    columns.correctClocks(this.findings.corrected);
    this.findings.open = Number(query.get("finding") ?? 0) - 1;
    const finding = columns.insight?.findings[this.findings.open];
    if (finding) this.#highlight(finding.rows);
    this.findings.draw();
  }

  /** Show the critical path under the bars, not at all, or nothing else. @param {"on"|"off"|"only"} mode */
  showCriticalPath(mode) {
    const { waterfall } = this.screen;
    const { active } = waterfall;
    change({ critical: mode === "on" ? null : mode });
    this.#apply();
    waterfall.activate(active, { focus: waterfall.root.contains(document.activeElement) });
    announce(`critical path: ${{ on: "shown", off: "hidden", only: "nothing else is shown" }[mode]}`);
  }

  /** @param {boolean} corrected whether to show times where they would be if the clocks agreed */
  correctClocks(corrected) {
    change({ clock: corrected ? "corrected" : null }, "push");
    this.#apply();
    announce(corrected ? "clocks corrected" : "times as they were sent");
  }

  /** Open one of the findings, or close it (-1). @param {number} index */
  openFinding(index) {
    change({ finding: index < 0 ? null : String(index + 1) });
    if (index < 0) this.#highlight([]);
    this.#apply();
    find('#findings [aria-expanded="true"]')?.focus();
  }

  #apply() {
    this.read(parameters());
    this.screen.refresh();
  }

  /** @param {number[]} rows */
  #showSpans(rows) {
    this.screen.show("timeline");
    this.#highlight(rows);
    this.screen.finder.step(1, rows[0]);
  }

  /** @param {number[]} rows */
  #highlight(rows) {
    const { finder, minimap, waterfall } = this.screen;
    finder.useRows(rows);
    waterfall.matches = minimap.matches = new Set(rows);
    waterfall.match = -1;
  }
}
