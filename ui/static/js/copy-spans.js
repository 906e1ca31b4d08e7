// @ts-check
// Spans to paste into an issue or a chat: the collector writes them, as text, Markdown or JSON.
import { RefusedError } from "./api.js";
import { announce } from "./dom.js";
import { copyLater } from "./page.js";

/** What can be copied, in words. */
const PARTS = { span: "Span", subtree: "Span with all below it", trace: "Trace" };
const FORMATS = ["text", "markdown", "json"];

/**
 * What the buttons do that copy spans, by their `data-do`.
 * @param {import("./trace.js").TraceScreen} screen
 * @returns {Record<string, () => void>}
 */
export function copyActions(screen) {
  const ways = Object.entries(PARTS).flatMap(([part, words]) =>
    FORMATS.map((format) => [
      `copy-${part}-${format}`,
      () => copyLater(written(address(screen, part, format)), words).catch((error) => announce(error.message)),
    ]),
  );
  return Object.fromEntries(ways);
}

/** @param {import("./trace.js").TraceScreen} screen @param {string} part @param {string} format */
function address(screen, part, format) {
  const query = new URLSearchParams({ format });
  if (part !== "trace") query.set("span", screen.columns.ids[screen.waterfall.active]);
  if (part === "span") query.set("only", "1");
  return `/api/trace/${screen.columns.answer.trace_id}/export?${query}`;
}

/** @param {string} address */
async function written(address) {
  const response = await fetch(address);
  if (!response.ok) throw new RefusedError(response.status, (await response.json()).error ?? response.statusText);
  return response.text();
}
