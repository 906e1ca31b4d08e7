// @ts-check
// Events and links of spans in the waterfall: marks on the bars, and a few words beside the names.
import { diamond } from "./waterfall-bars.js";
import { svg } from "./dom.js";
import { counted, duration } from "./wording.js";

/** @typedef {{after: number, name: string}} SpanEvent after: ns after its span's start */

/** Plain words for events whose names are technical. */
const PLAIN_NAMES = new Map([["http.response.first_byte", "first byte"]]);
const MAX_NAME_LETTERS = 60;

/** The events that came with the columns, by row. @param {import("./trace-columns.js").Answer} answer */
export function eventsByRow({ marks = [], strings }) {
  /** @type {Map<number, SpanEvent[]>} */
  const byRow = new Map();
  for (const [row, after, name] of marks) {
    const event = { after, name: strings[name] };
    const others = byRow.get(row);
    if (others) others.push(event);
    else byRow.set(row, [event]);
  }
  return byRow;
}

/**
 * The text beside a name: the event with its moment, or how many there are; the links.
 * @param {import("./trace-columns.js").TraceColumns} columns
 * @param {number} row
 * @param {boolean} folded
 */
export function summaryOf(columns, row, folded) {
  if (!columns.firstEvents.size && !columns.links.size) return "";
  const rows = folded ? columns.members(row) : [row];
  const sum = (/** @type {(row: number) => number} */ count) =>
    rows.reduce((total, member) => total + count(member), 0);
  const events = sum((member) => columns.events(member));
  const links = sum((member) => columns.links.get(member) ?? 0);
  const only = events === 1 && !folded ? columns.firstEvents.get(row) : null;
  const text = only ? `${plain(only[0].name)} ${duration(Math.max(0, only[0].after))}` : counted(events, "event");
  return [events ? text : "", links ? counted(links, "link") : ""].filter(Boolean).join(" · ");
}

/**
 * Each event with its moment, and how many more there are.
 * @param {import("./trace-columns.js").TraceColumns} columns
 * @param {number} row
 */
export function sentencesOf(columns, row) {
  const events = columns.firstEvents.get(row) ?? [];
  const more = columns.events(row) - events.length;
  return [...events.map(sentence), ...(more > 0 ? [`${counted(more, "more event")}`] : [])];
}

/**
 * The marks of a span's events on its bar.
 * @param {import("./trace-columns.js").TraceColumns} columns
 * @param {number} row
 * @param {import("./waterfall-bars.js").View} view
 * @param {import("./waterfall-bars.js").RowSize} size
 */
export function eventMarks(columns, row, view, size) {
  return (columns.firstEvents.get(row) ?? []).map((event) => {
    const title = svg("title");
    title.textContent = sentence(event);
    return svg("path", { class: "event-mark", d: diamond(columns.starts[row] + event.after, view, size) }, title);
  });
}

/** @param {SpanEvent} event */
function sentence({ after, name }) {
  return `${plain(name)} ${duration(Math.max(0, after))} into the span`;
}

/** @param {string} name */
function plain(name) {
  const letters = [...name];
  return (
    PLAIN_NAMES.get(name) ??
    (letters.length > MAX_NAME_LETTERS ? `${letters.slice(0, MAX_NAME_LETTERS - 1).join("")}…` : name)
  );
}
