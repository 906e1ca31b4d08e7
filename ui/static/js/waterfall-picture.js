// @ts-check
// The waterfall as a picture of its own, for slides and reports: SVG, or PNG made from it.
import { bar, comb, underline } from "./bars.js";
import { svg } from "./dom.js";
import { drawn as marks } from "./span-events.js";
import { copyImage } from "./image.js";
import { ticks } from "./scale.js";
import { tick } from "./ruler.js";
import { colour, hue } from "./css-tokens.js";
import { clock, duration, milliseconds } from "./wording.js";

/** @typedef {import("./trace.js").TraceScreen} Screen */

const WIDTH = 1280;
const NAMES = 470;
const TOOK = 80;
const ROW = 24;
const TOP = 84;
/** A trace with more rows shows those on the screen only. */
const MOST = 60;

/** @param {Screen} screen @param {"svg"|"png"} kind */
export async function copyPicture(screen, kind) {
  const name = `trace-${screen.columns.answer.trace_id.slice(0, 8)}`;
  await copyImage(new XMLSerializer().serializeToString(drawn(screen)), kind, name);
}

/** @param {Screen} screen */
export function drawn(screen) {
  const { outline, rows } = screen;
  const first = outline.visible.length <= MOST ? 0 : Math.floor(rows.viewport.scrollTop / rows.room.height);
  const shown = [...outline.visible.subarray(first, first + (outline.visible.length <= MOST ? MOST : rows.page + 1))];
  const height = TOP + shown.length * ROW + 40;
  const root = svg("svg", { xmlns: "http://www.w3.org/2000/svg", width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`, "font-family": "system-ui, sans-serif", "font-size": 13, fill: colour("--ink") });
  root.append(svg("rect", { width: WIDTH, height, fill: colour("--surface") }), ...title(screen), ...ruler(screen, height));
  shown.forEach((row, at) => root.append(...line(screen, row, TOP + at * ROW)));
  const { summary } = screen.columns.answer;
  root.append(text(20, height - 14, `trace ${summary.trace_id}   ${clock(milliseconds(summary.start))}   ${location.href.split("?")[0]}`, { "font-size": 11, fill: colour("--muted") }));
  return root;
}

/** @param {Screen} screen */
function title({ columns }) {
  const { summary } = columns.answer;
  return [
    text(20, 34, cut(summary.resource || summary.name, 60), { "font-size": 20, "font-weight": 650 }),
    text(WIDTH - 20, 34, duration(columns.duration), { "font-size": 20, "font-weight": 650, "text-anchor": "end" }),
    text(20, 56, `${summary.service}  ${summary.name}`, { fill: colour("--muted") }),
  ];
}

/** @param {Screen} screen @param {number} height */
function ruler({ rows }, height) {
  const { from, to } = rows.view;
  const left = NAMES + TOOK;
  const width = WIDTH - left - 20;
  return ticks(from, to, 6).flatMap((ns) => {
    const x = left + ((ns - from) / (to - from)) * width;
    const last = x > WIDTH - 70;
    return [
      svg("path", { d: `M${x.toFixed(1)} ${TOP - 4}V${height - 40}`, stroke: colour("--line") }),
      text(last ? x - 3 : x + 3, TOP - 8, tick(ns), { fill: colour("--muted"), "font-size": 11, "text-anchor": last ? "end" : "start" }),
    ];
  });
}

/** @param {Screen} screen @param {number} row @param {number} top */
function line({ columns, outline, rows }, row, top) {
  const folded = outline.isFolded(row);
  const service = columns.service(row);
  const known = columns.answer.services[service];
  const fill = colour(columns.errors[row] ? "--error" : known ? hue(known) : "--muted");
  const indent = 20 + Math.min(180, columns.depths[row] * 14);
  const room = { width: WIDTH - NAMES - TOOK - 20, height: ROW, lane: ROW };
  const path = (folded ? comb : bar)(columns, row, rows.view, room);
  const critical = rows.critical && columns.critical ? underline(columns.critical.stretches(row, outline.stands(row)), rows.view, room) : "";
  const resource = columns.resource(row) === columns.name(row) ? "" : `  ${columns.resource(row)}`;
  const label = `${folded ? `×${columns.runSizes[row]} ` : ""}${columns.errors[row] ? "! " : ""}${service}  ${columns.name(row)}${resource}`;
  return [
    svg("rect", { x: indent, y: top + 6, width: 12, height: 12, rx: 2, fill }),
    text(indent + 20, top + 16, cut(label, Math.floor((NAMES - indent - 20) / 6.8)), {}),
    text(NAMES + TOOK - 12, top + 16, rows.unit.text(columns.durations[row]), { "text-anchor": "end" }),
    svg("path", { d: path, fill, transform: `translate(${NAMES + TOOK} ${top})` }),
    svg("path", { d: critical, fill: colour("--ink"), transform: `translate(${NAMES + TOOK} ${top})` }),
    svg("g", { fill: colour("--surface"), stroke: colour("--ink"), "stroke-width": 1.5, transform: `translate(${NAMES + TOOK} ${top})` }, ...(folded ? [] : marks(columns, row, rows.view, room))),
  ];
}

/** @param {number} x @param {number} y @param {string} content @param {Record<string, string|number>} attributes */
function text(x, y, content, attributes) {
  const made = svg("text", { x, y, ...attributes });
  made.textContent = content;
  return made;
}

/** @param {string} content @param {number} most */
function cut(content, most) {
  const letters = [...content.replace(/\s+/g, " ")];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : content;
}
