// @ts-check
// One row of the waterfall: an element that is filled again and again with different spans.
import { bar, comb, sentOutline, side, underline } from "./waterfall-bars.js";
import { element, icon, svg } from "./dom.js";
import { eventMarks, sentencesOf, summaryOf } from "./span-events.js";
import { fillTile, markOf } from "./service-marks.js";
import { count, counted, duration, percent, percentile, TIME_IMPOSSIBLE } from "./wording.js";

/** From this rank on, a span is among the slow ones of its kind. */
const HIGH_RANK = 0.95;
/** Letters of a resource, which may be a long statement. */
const MAX_RESOURCE_LETTERS = 300;
/** The part of the timeline up to which that is written to the right of where the span begins. */
const MAX_NOTE_START = 0.6;

/**
 * @typedef {object} RowContext what all rows have in common at the moment
 * @property {import("./trace-columns.js").TraceColumns} columns
 * @property {import("./outline.js").Outline} outline
 * @property {import("./waterfall-bars.js").View} view
 * @property {import("./waterfall-bars.js").RowSize} size
 * @property {(ns: number) => string} took durations in the column's unit
 * @property {(row: number) => number} indent px
 * @property {boolean} depthShown whether there are too many levels to be shown by indentation
 * @property {Set<number>} matches
 * @property {number} match the row of the current match, or -1
 * @property {number} active the row that keys move from
 * @property {number} selected the row whose details are shown, or -1
 * @property {boolean} critical whether the critical path is shown
 */

export class WaterfallRow {
  constructor() {
    this.indent = element("span", "indent");
    this.twist = element("span", "twist");
    this.tile = element("span", "tile");
    this.depth = element("span", "depth");
    this.service = element("b", "service");
    this.name = element("span", "operation");
    this.resource = element("span", "resource");
    this.run = element("span", "run");
    this.extras = element("span", "extras");
    this.error = icon("error");
    this.took = element("div", "took");
    this.weave = svg("path", { class: "weave" });
    this.failed = false;
    this.path = svg("path", { class: "bar" });
    this.line = svg("path", { class: "critical" });
    this.ghost = svg("path", { class: "ghost" });
    /** @type {Element[]} of events; few rows have any */
    this.marks = [];
    this.rank = element("div", "rank");
    this.edge = element("span", "edge");
    this.note = element("span", "untimed");
    const label = element("span", "label", this.service, this.name, this.resource);
    this.cell = element("div", "name", this.indent, this.twist, this.depth, this.tile, this.run, label, this.extras);
    this.picture = svg(
      "svg",
      { "aria-hidden": "true", preserveAspectRatio: "none" },
      this.ghost,
      this.path,
      this.weave,
      this.line,
    );
    this.time = element("div", "time", this.picture, this.note, this.edge);
    this.element = element("div", "row", this.cell, this.took, this.rank, this.time);
    this.element.setAttribute("role", "row");
    for (const cell of [this.cell, this.took, this.rank, this.time]) cell.setAttribute("role", "gridcell");
    this.tile.setAttribute("aria-hidden", "true");
  }

  /**
   * Show a span.
   * @param {number} place among the visible rows
   * @param {RowContext} context
   */
  fill(place, context) {
    const { columns, outline } = context;
    const row = outline.visible[place];
    const folded = outline.isFolded(row);
    this.element.style.top = `${place * context.size.height}px`;
    this.#name(row, folded, context);
    const took = columns.took(row, folded);
    this.took.textContent = took === null ? "–" : context.took(took);
    this.note.textContent = took === null ? TIME_IMPOSSIBLE : "";
    this.#rank(folded ? null : columns.rank(row), columns);
    this.#bar(row, folded, context);
    this.#state(place, row, folded, context);
  }

  /** @param {number} row @param {boolean} folded @param {RowContext} context */
  #name(row, folded, context) {
    const { columns, indent, depthShown } = context;
    const parent = columns.parents[row];
    const service = columns.service(row);
    const [name, resource] = columns.names(row, folded);
    this.indent.style.width = `${indent(row)}px`;
    columns.gutter.draw(this.indent, row, context);
    this.depth.textContent = depthShown ? String(columns.depths[row] + 1) : "";
    fillTile(this.tile, service, columns.services);
    const repeated = columns.runs[row] !== row || (parent >= 0 && columns.service(parent) === service);
    this.service.textContent = repeated ? "" : service;
    this.name.textContent = name;
    this.resource.textContent = resource === name ? "" : resource.slice(0, MAX_RESOURCE_LETTERS);
    this.extras.textContent = summaryOf(columns, row, folded);
    this.#fail(columns.errors[row] > 0);
    const size = columns.isRun(row) ? columns.runSizes[row] : 0;
    this.run.textContent = size ? `×${count(size)}` : "";
    this.run.title = folded ? "Show each of them" : "Fold them into one row";
    this.cell.title = resource === name ? name : `${name}  ${resource.slice(0, MAX_RESOURCE_LETTERS)}`;
  }

  /** Add the mark of a failure, or remove it. @param {boolean} failed */
  #fail(failed) {
    if (failed === this.failed) return;
    this.failed = failed;
    if (failed) this.tile.after(this.error);
    else this.error.remove();
  }

  /** @param {number|null} rank @param {import("./trace-columns.js").TraceColumns} columns */
  #rank(rank, { insight }) {
    this.rank.textContent = rank === null ? "" : percentile(rank);
    this.rank.className = rank !== null && rank >= HIGH_RANK ? "rank high" : "rank";
    this.rank.title =
      rank === null
        ? ""
        : `longer than ${percent(rank)} of its kind in ${counted(insight?.ranks_of.traces ?? 0, "trace")}`;
  }

  /** @param {number} row @param {boolean} folded @param {RowContext} context */
  #bar(row, folded, { columns, outline, view, size, critical }) {
    this.line.setAttribute(
      "d",
      critical && columns.critical && !columns.order
        ? underline(columns.critical.intervals(row, outline.representedEnd(row)), view, size)
        : "",
    );
    const untimed = this.note.textContent !== "";
    const moved = !columns.order && columns.starts[row] !== columns.sentStarts[row];
    this.ghost.setAttribute("d", !folded && (moved || untimed) ? sentOutline(columns, row, view, size) : "");
    const path = untimed ? "" : folded ? comb(columns, row, view, size) : bar(columns, row, view, size);
    if (untimed) this.#placeNote(row, columns, view);
    const woven = this.failed || /texture-[12]/.test(markOf(columns.service(row), columns.services).classes);
    this.picture.setAttribute("viewBox", `0 0 ${size.width} ${size.lane}`);
    this.path.setAttribute("d", path);
    this.weave.setAttribute("d", woven ? path : "");
    for (const mark of this.marks) mark.remove();
    this.marks = folded || columns.order || !columns.firstEvents.has(row) ? [] : eventMarks(columns, row, view, size);
    if (this.marks.length) this.picture.append(...this.marks);
    const beyond = folded || path ? 0 : side(columns, row, view);
    this.edge.className = beyond < 0 ? "edge before" : beyond > 0 ? "edge after" : "edge";
  }

  /**
   * Put the note where the span is shown: after its start, or before it near the right edge.
   * @param {number} row
   * @param {import("./trace-columns.js").TraceColumns} columns
   * @param {import("./waterfall-bars.js").View} view
   */
  #placeNote(row, columns, view) {
    const from = Math.max(0, Math.min(1, (columns.starts[row] - view.from) / (view.to - view.from)));
    this.note.style.left = `${100 * from}%`;
    this.note.classList.toggle("leftwards", from > MAX_NOTE_START);
  }

  /** @param {number} place @param {number} row @param {boolean} folded @param {RowContext} context */
  #state(place, row, folded, context) {
    const { columns, outline } = context;
    const { element } = this;
    const { classes } = markOf(columns.service(row), columns.services);
    const opens = columns.hasChildren(row) || folded;
    element.className = `row ${classes}`;
    element.classList.toggle("failed", Boolean(columns.errors[row]));
    element.classList.toggle("match", context.matches.has(row));
    element.classList.toggle("current", context.match === row);
    element.classList.toggle("leaf", !opens);
    element.id = `row-${row}`;
    element.tabIndex = context.active === row ? 0 : -1;
    element.setAttribute("aria-level", String(columns.depths[row] + 1));
    element.setAttribute("aria-rowindex", String(place + 2));
    element.setAttribute("aria-selected", String(context.selected === row));
    if (opens) element.setAttribute("aria-expanded", String(outline.isOpen(row)));
    else element.removeAttribute("aria-expanded");
    this.cell.setAttribute("aria-label", spoken(columns, row, folded));
    const when = columns.order?.text(row) ?? `starts at ${duration(columns.starts[row])}`;
    const start = this.note.textContent ? TIME_IMPOSSIBLE : `${when}, self ${duration(columns.selfTimes[row])}`;
    this.time.setAttribute("aria-label", start + onPath(context, row) + eventsText(columns, row, folded));
  }
}

/** @param {RowContext} context @param {number} row */
function onPath({ columns, critical }, row) {
  const took = critical ? (columns.critical?.times[row] ?? 0) : 0;
  return took ? `, ${duration(took)} on the critical path` : "";
}

/** @param {import("./trace-columns.js").TraceColumns} columns @param {number} row @param {boolean} folded */
function eventsText(columns, row, folded) {
  if (folded || !columns.firstEvents.has(row)) return "";
  return sentencesOf(columns, row)
    .map((event) => `, ${event}`)
    .join("");
}

/** @param {import("./trace-columns.js").TraceColumns} columns @param {number} row @param {boolean} folded */
function spoken(columns, row, folded) {
  const [name, resource] = columns.names(row, folded);
  const parts = [
    folded ? `${columns.runSizes[row]} times` : "",
    columns.errors[row] ? "error" : "",
    columns.service(row),
    name,
    resource === name ? "" : resource.slice(0, MAX_RESOURCE_LETTERS),
    columns.gutter.spoken(row),
  ];
  return parts.filter(Boolean).join(" ");
}
