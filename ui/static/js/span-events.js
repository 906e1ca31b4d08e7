// @ts-check
// Events and links of spans in the waterfall: marks on the bars, and a few words beside the names.
import { diamond } from "./bars.js";
import { svg } from "./dom.js";
import { counted, duration } from "./wording.js";

/** @typedef {{after: number, name: string}} Mark an event: ns after its span's start */

/** Names of events that have a plain word. */
const PLAIN = new Map([["http.response.first_byte", "first byte"]]);
/** Letters of any other name. */
const LONGEST = 60;

/** The events that came with the columns, by row. @param {import("./trace-columns.js").Answer} answer */
export function marksOf({ marks = [], strings }) {
  /** @type {Map<number, Mark[]>} */
  const byRow = new Map();
  for (const [row, after, name] of marks) {
    const mark = { after, name: strings[name] };
    const others = byRow.get(row);
    if (others) others.push(mark);
    else byRow.set(row, [mark]);
  }
  return byRow;
}

/** What is said beside a name: the event with its moment, or how many there are; the links. @param {import("./trace-columns.js").Columns} columns @param {number} row @param {boolean} folded */
export function beside(columns, row, folded) {
  if (!columns.marks.size && !columns.links.size) return "";
  const rows = folded ? columns.members(row) : [row];
  const sum = (/** @type {(row: number) => number} */ of) => rows.reduce((total, each) => total + of(each), 0);
  const events = sum((each) => columns.events(each));
  const links = sum((each) => columns.links.get(each) ?? 0);
  const only = events === 1 && !folded ? columns.marks.get(row) : null;
  const said = only ? `${plain(only[0].name)} ${duration(Math.max(0, only[0].after))}` : counted(events, "event");
  return [events ? said : "", links ? counted(links, "link") : ""].filter(Boolean).join(" · ");
}

/** Each event with its moment, and how many more there are. @param {import("./trace-columns.js").Columns} columns @param {number} row */
export function told(columns, row) {
  const marks = columns.marks.get(row) ?? [];
  const more = columns.events(row) - marks.length;
  return [...marks.map(sentence), ...(more > 0 ? [`${counted(more, "more event")}`] : [])];
}

/** The marks of a span on its bar. @param {import("./trace-columns.js").Columns} columns @param {number} row @param {import("./bars.js").View} view @param {import("./bars.js").Room} room */
export function drawn(columns, row, view, room) {
  return (columns.marks.get(row) ?? []).map((mark) => {
    const title = svg("title");
    title.textContent = sentence(mark);
    return svg("path", { class: "event-mark", d: diamond(columns.starts[row] + mark.after, view, room) }, title);
  });
}

/** @param {Mark} mark */
function sentence({ after, name }) {
  return `${plain(name)} ${duration(Math.max(0, after))} into the span`;
}

/** @param {string} name */
function plain(name) {
  const letters = [...name];
  return PLAIN.get(name) ?? (letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("")}…` : name);
}
