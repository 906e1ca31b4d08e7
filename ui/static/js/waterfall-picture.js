// @ts-check
// The waterfall as a picture of its own, for slides and reports: SVG, or PNG made from it.
import { bar, comb, underline } from "./waterfall-bars.js";
import { svg } from "./dom.js";
import { eventMarks } from "./span-events.js";
import { copyImage } from "./export.js";
import { ticks } from "./scale.js";
import { tick } from "./ruler.js";
import { markOf } from "./service-marks.js";
import { colour, hueToken } from "./css-tokens.js";
import { clock, duration, milliseconds, TIME_IMPOSSIBLE } from "./wording.js";

/** @typedef {import("./trace.js").TraceScreen} TraceScreen */

// Sizes of the picture and of its parts, px.
const WIDTH = 1280;
const NAMES_WIDTH = 470;
const DURATIONS_WIDTH = 80;
const ROW_HEIGHT = 24;
const TOP = 84;
const BOTTOM = 40;
const MARGIN = 20;
const BARS_LEFT = NAMES_WIDTH + DURATIONS_WIDTH;
const BARS_WIDTH = WIDTH - BARS_LEFT - MARGIN;
const LETTER_WIDTH = 6.8;
/** Of a trace with more rows than this, only those on the screen are in the picture. */
const MAX_ROWS = 60;

/** @param {TraceScreen} screen @param {"svg"|"png"} format */
export async function copyWaterfall(screen, format) {
  await copyImage(waterfallSvg(screen), format, `trace-${screen.columns.answer.trace_id.slice(0, 8)}`);
}

/** @param {TraceScreen} screen */
function waterfallSvg(screen) {
  const { outline, waterfall } = screen;
  const { summary } = screen.columns.answer;
  const { visible } = outline;
  const first = Math.floor(waterfall.viewport.scrollTop / waterfall.size.height);
  const shown = visible.length <= MAX_ROWS ? visible : visible.subarray(first, first + waterfall.page + 1);
  const height = TOP + shown.length * ROW_HEIGHT + BOTTOM;
  const root = svg("svg", {
    xmlns: "http://www.w3.org/2000/svg",
    width: WIDTH,
    height,
    viewBox: `0 0 ${WIDTH} ${height}`,
    "font-family": "system-ui, sans-serif",
    "font-size": 13,
    fill: colour("--ink"),
  });
  const background = svg("rect", { width: WIDTH, height, fill: colour("--surface") });
  root.append(background, ...title(screen), ...rulerLines(screen, height));
  shown.forEach((row, index) => root.append(...rowParts(screen, row, TOP + index * ROW_HEIGHT)));
  const origin = `trace ${summary.trace_id}   ${clock(milliseconds(summary.start))}   ${location.href.split("?")[0]}`;
  root.append(text(MARGIN, height - 14, origin, { "font-size": 11, fill: colour("--muted") }));
  return root;
}

/** @param {TraceScreen} screen */
function title({ columns }) {
  const { summary } = columns.answer;
  const large = { "font-size": 20, "font-weight": 650 };
  return [
    text(MARGIN, 34, cut(summary.resource || summary.name, 60), large),
    text(WIDTH - MARGIN, 34, duration(columns.duration), { ...large, "text-anchor": "end" }),
    text(MARGIN, 56, `${summary.service}  ${summary.name}`, { fill: colour("--muted") }),
  ];
}

/** @param {TraceScreen} screen @param {number} height */
function rulerLines({ columns, waterfall }, height) {
  const { from, to } = waterfall.view;
  return ticks(from, to, 6).flatMap((ns) => {
    const x = BARS_LEFT + ((ns - from) / (to - from)) * BARS_WIDTH;
    const last = x > WIDTH - 70;
    const small = { fill: colour("--muted"), "font-size": 11, "text-anchor": last ? "end" : "start" };
    return [
      svg("path", { d: `M${x.toFixed(1)} ${TOP - 4}V${height - BOTTOM}`, stroke: colour("--line") }),
      text(last ? x - 3 : x + 3, TOP - 8, columns.order ? String(ns) : tick(ns), small),
    ];
  });
}

/** @param {TraceScreen} screen @param {number} row @param {number} top px */
function rowParts({ columns, outline, waterfall }, row, top) {
  const { view } = waterfall;
  const folded = outline.isFolded(row);
  const fill = colour(columns.errors[row] ? "--error" : hueToken(markOf(columns.service(row), columns.services)));
  const indent = MARGIN + Math.min(180, columns.depths[row] * 14);
  const size = { width: BARS_WIDTH, height: ROW_HEIGHT, lane: ROW_HEIGHT };
  const took = columns.took(row, folded);
  const path = took === null ? "" : (folded ? comb : bar)(columns, row, view, size);
  const onPath = waterfall.critical && !columns.order && columns.critical?.intervals(row, outline.representedEnd(row));
  const transform = `translate(${BARS_LEFT} ${top})`;
  const events = { fill: colour("--surface"), stroke: colour("--ink"), "stroke-width": 1.5, transform };
  const label = cut(labelOf(columns, row, folded), Math.floor((NAMES_WIDTH - indent - 20) / LETTER_WIDTH));
  return [
    svg("rect", { x: indent, y: top + 6, width: 12, height: 12, rx: 2, fill }),
    text(indent + 20, top + 16, label, {}),
    text(BARS_LEFT - 12, top + 16, took === null ? "–" : waterfall.unit.text(took), { "text-anchor": "end" }),
    text(BARS_LEFT, top + 16, took === null ? TIME_IMPOSSIBLE : "", { fill: colour("--muted") }),
    svg("path", { d: path, fill, transform }),
    svg("path", { d: onPath ? underline(onPath, view, size) : "", fill: colour("--ink"), transform }),
    svg("g", events, ...(folded || columns.order ? [] : eventMarks(columns, row, view, size))),
  ];
}

/** @param {import("./trace-columns.js").TraceColumns} columns @param {number} row @param {boolean} folded */
function labelOf(columns, row, folded) {
  const [name, resource] = columns.names(row, folded);
  const times = folded ? `×${columns.runSizes[row]} ` : "";
  return `${times}${columns.errors[row] ? "! " : ""}${columns.service(row)}  ${name}${resource === name ? "" : `  ${resource}`}`;
}

/** @param {number} x @param {number} y @param {string} content @param {Record<string, string|number>} attributes */
function text(x, y, content, attributes) {
  const element = svg("text", { x, y, ...attributes });
  element.textContent = content;
  return element;
}

/** @param {string} content @param {number} maxLetters */
function cut(content, maxLetters) {
  const letters = [...content.replace(/\s+/g, " ")];
  return letters.length > maxLetters ? `${letters.slice(0, maxLetters - 1).join("")}…` : content;
}
