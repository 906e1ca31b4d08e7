// @ts-check
// Who did the work: each service's share of all self time, in the head of a trace.
import { element, find } from "./dom.js";
import { tile } from "./service-marks.js";
import { percent } from "./wording.js";

const MOST = 6;

/** @param {import("./trace-columns.js").Columns} columns @returns {Map<string, number>} */
export function shares(columns) {
  const { service } = columns.answer.columns;
  const sums = new Float64Array(columns.answer.strings.length);
  let all = 0;
  for (let row = 0; row < columns.length; row++) {
    sums[service[row]] += columns.selves[row];
    all += columns.selves[row];
  }
  return new Map([...new Set(service)].map((index) => [columns.answer.strings[index], all ? sums[index] / all : 0]));
}

/** @param {import("./trace-columns.js").Columns} columns */
export function showShares(columns) {
  const { services } = columns.answer;
  const sorted = [...shares(columns)].sort((a, b) => b[1] - a[1]);
  const items = sorted.slice(0, MOST).map(([name, share]) => {
    const item = element("li", "", tile(name, services), element("span", "", name), element("b", "", percent(share)));
    item.title = `${percent(share)} of all self time was spent in ${name}`;
    return item;
  });
  if (sorted.length > MOST) items.push(element("li", "", element("span", "", `and ${sorted.length - MOST} more`)));
  find("#share").replaceChildren(...items);
}
