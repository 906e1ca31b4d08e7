// @ts-check
// One row of the waterfall: an element that is filled again and again with different spans.
import { bar, comb, outlined, side, underline } from "./bars.js";
import { element, icon, svg } from "./dom.js";
import { beside, drawn, told } from "./span-events.js";
import { classes, mark, textured } from "./service-marks.js";
import { count, counted, duration, percent, percentile } from "./wording.js";

/** From this rank on a span is among the slow ones of its kind. */
const HIGH = 0.95;

/**
 * @typedef {object} Look what all rows share at a moment
 * @property {import("./trace-columns.js").Columns} columns
 * @property {import("./outline.js").Outline} outline
 * @property {import("./bars.js").View} view
 * @property {import("./bars.js").Room} room of the timeline
 * @property {(ns: number) => string} took durations in the column's unit
 * @property {(row: number) => number} indent px
 * @property {boolean} depthShown whether levels are too many to be told by indentation
 * @property {Set<number>} matches
 * @property {number} match the row of the current match, or -1
 * @property {number} active the row that keys move from
 * @property {number} selected the row whose details are shown, or -1
 * @property {boolean} critical whether the critical path is shown
 */

export class Row {
  constructor() {
    this.at = -1;
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
    /** @type {Element[]} few rows have any */
    this.marks = [];
    this.rank = element("div", "rank");
    this.edge = element("span", "edge");
    const label = element("span", "label", this.service, this.name, this.resource);
    this.cell = element("div", "name", this.indent, this.twist, this.depth, this.tile, this.run, label, this.extras);
    this.picture = svg("svg", { "aria-hidden": "true", preserveAspectRatio: "none" }, this.ghost, this.path, this.weave, this.line);
    this.time = element("div", "time", this.picture, this.edge);
    this.element = element("div", "row", this.cell, this.took, this.rank, this.time);
    this.element.setAttribute("role", "row");
    for (const cell of [this.cell, this.took, this.rank, this.time]) cell.setAttribute("role", "gridcell");
    this.tile.setAttribute("aria-hidden", "true");
  }

  /**
   * Show a span.
   * @param {number} at its place among the visible rows
   * @param {Look} look
   */
  fill(at, look) {
    const { columns, outline } = look;
    const row = outline.visible[at];
    const folded = outline.isFolded(row);
    this.at = at;
    this.element.style.top = `${at * look.room.height}px`;
    this.#name(row, folded, look);
    this.took.textContent = look.took(folded ? total(columns, row) : columns.durations[row]);
    this.#rank(folded ? null : columns.rank(row), columns);
    this.#bar(row, folded, look);
    this.#state(at, row, folded, look);
  }

  /** @param {number} row @param {boolean} folded @param {Look} look */
  #name(row, folded, { columns, indent, depthShown }) {
    const parent = columns.parents[row];
    const service = columns.service(row);
    const name = columns.name(row);
    const resource = columns.resource(row);
    this.indent.style.width = `${indent(row)}px`;
    this.depth.textContent = depthShown ? String(columns.depths[row] + 1) : "";
    this.tile.textContent = mark(service, columns.answer.services);
    const said = columns.runs[row] !== row || (parent >= 0 && columns.service(parent) === service);
    this.service.textContent = said ? "" : service;
    this.name.textContent = name;
    this.resource.textContent = resource === name ? "" : resource.slice(0, 300);
    this.extras.textContent = beside(columns, row, folded);
    this.#fail(columns.errors[row] > 0);
    const size = columns.isRun(row) ? columns.runSizes[row] : 0;
    this.run.textContent = size ? `×${count(size)}` : "";
    this.run.title = folded ? "Show each of them" : "Fold them into one row";
    this.cell.title = resource === name ? name : `${name}  ${resource.slice(0, 300)}`;
  }

  /** Few spans failed: only their rows have the mark. @param {boolean} failed */
  #fail(failed) {
    if (failed === this.failed) return;
    this.failed = failed;
    if (failed) this.tile.after(this.error);
    else this.error.remove();
  }

  /** @param {number|null} rank @param {import("./trace-columns.js").Columns} columns */
  #rank(rank, { insight }) {
    this.rank.textContent = rank === null ? "" : percentile(rank);
    this.rank.className = rank !== null && rank >= HIGH ? "rank high" : "rank";
    this.rank.title = rank === null ? "" : `longer than ${percent(rank)} of its likes in ${counted(insight?.ranks_of.traces ?? 0, "trace")}`;
  }

  /** @param {number} row @param {boolean} folded @param {Look} look */
  #bar(row, folded, { columns, outline, view, room, critical }) {
    this.line.setAttribute("d", critical && columns.critical ? underline(columns.critical.stretches(row, outline.stands(row)), view, room) : "");
    this.ghost.setAttribute("d", folded || columns.starts[row] === columns.raw[row] ? "" : outlined(columns, row, view, room));
    const path = folded ? comb(columns, row, view, room) : bar(columns, row, view, room);
    const woven = this.failed || textured(columns.answer.services[columns.service(row)]);
    this.picture.setAttribute("viewBox", `0 0 ${room.width} ${room.lane}`);
    this.path.setAttribute("d", path);
    this.weave.setAttribute("d", woven ? path : "");
    for (const mark of this.marks) mark.remove();
    this.marks = folded || !columns.marks.has(row) ? [] : drawn(columns, row, view, room);
    if (this.marks.length) this.picture.append(...this.marks);
    const beyond = folded || path ? 0 : side(columns, row, view);
    this.edge.className = beyond < 0 ? "edge before" : beyond > 0 ? "edge after" : "edge";
  }

  /** @param {number} at @param {number} row @param {boolean} folded @param {Look} look */
  #state(at, row, folded, look) {
    const { columns, outline } = look;
    const { element } = this;
    const colour = classes(columns.answer.services[columns.service(row)]);
    const opens = columns.hasChildren(row) || folded;
    element.className = `row ${colour}`;
    this.tile.className = `tile ${colour}`;
    element.classList.toggle("failed", Boolean(columns.errors[row]));
    element.classList.toggle("match", look.matches.has(row));
    element.classList.toggle("current", look.match === row);
    element.classList.toggle("leaf", !opens);
    element.id = `row-${row}`;
    element.tabIndex = look.active === row ? 0 : -1;
    element.setAttribute("aria-level", String(columns.depths[row] + 1));
    element.setAttribute("aria-rowindex", String(at + 2));
    element.setAttribute("aria-selected", String(look.selected === row));
    if (opens) element.setAttribute("aria-expanded", String(outline.isOpen(row)));
    else element.removeAttribute("aria-expanded");
    this.cell.setAttribute("aria-label", spoken(columns, row, folded));
    this.time.setAttribute("aria-label", `starts at ${duration(columns.starts[row])}, self ${duration(columns.selves[row])}${onPath(look, row)}${happened(columns, row, folded)}`);
  }
}

/** @param {Look} look @param {number} row */
function onPath({ columns, critical }, row) {
  const took = critical ? (columns.critical?.times[row] ?? 0) : 0;
  return took ? `, ${duration(took)} on the critical path` : "";
}

/** @param {import("./trace-columns.js").Columns} columns @param {number} row @param {boolean} folded */
function happened(columns, row, folded) {
  if (folded || !columns.marks.has(row)) return "";
  return told(columns, row).map((event) => `, ${event}`).join("");
}

/** @param {import("./trace-columns.js").Columns} columns @param {number} first */
function total(columns, first) {
  return columns.members(first).reduce((sum, row) => sum + columns.durations[row], 0);
}

/** @param {import("./trace-columns.js").Columns} columns @param {number} row @param {boolean} folded */
function spoken(columns, row, folded) {
  const resource = columns.resource(row) === columns.name(row) ? "" : columns.resource(row).slice(0, 300);
  const parts = [folded ? `${columns.runSizes[row]} times` : "", columns.errors[row] ? "error" : "", columns.service(row), columns.name(row), resource];
  return parts.filter(Boolean).join(" ");
}
