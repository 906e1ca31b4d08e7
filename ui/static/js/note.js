// @ts-check
// "How is this computed?" beside a number: the same piece as in templates/aggregates.html.
import { element } from "./dom.js";

/** @param {string|undefined} text */
export function how(text) {
  if (!text) return "";
  const mark = element("span", "", "?");
  mark.setAttribute("aria-hidden", "true");
  const summary = element("summary", "", mark, element("span", "reader", "How is this computed?"));
  summary.title = "How is this computed?";
  return element("details", "how", summary, element("span", "how-text", text));
}
