// @ts-check
// The Course screen: the traces that arrive, beside the lesson, and the results of checks.
import { find, on } from "./dom.js";
import { LiveStream } from "./live-stream.js";
import { fillTile, marksOf, updateMarks } from "./service-marks.js";
import { link } from "./url.js";
import { counted, duration } from "./wording.js";

/** @typedef {import("./api.js").Summary} Summary */

const MAX_TRACES = 8;
const REFRESH_INTERVAL_MS = 2000;

const recent = find("#recent");
/** @type {HTMLTemplateElement} */
const template = find("#recent-row");
const services = marksOf(recent);
/** @type {Map<string, Summary>} those shown, by id */
const shown = new Map();

/** @param {Summary} trace */
function row(trace) {
  const item = /** @type {HTMLElement} */ (find("li", template.content).cloneNode(true));
  fillTile(find(".tile", item), trace.service, services);
  item.classList.toggle("failed", trace.errors > 0);
  const name = find('[data-f="resource"]', item);
  name.textContent = trace.resource || trace.name;
  name.href = link(`/trace/${trace.trace_id}`);
  find('[data-f="spans"]', item).textContent = counted(trace.spans, "span");
  find('[data-f="duration"]', item).textContent = duration(trace.duration);
  return item;
}

/** @param {Summary[]} traces */
async function show(traces) {
  if (traces.length === 0 || recent.contains(document.activeElement)) return;
  for (const trace of traces) shown.set(trace.trace_id, trace);
  const newest = [...shown.values()].sort((a, b) => (BigInt(a.start) < BigInt(b.start) ? 1 : -1)).slice(0, MAX_TRACES);
  shown.clear();
  for (const trace of newest) shown.set(trace.trace_id, trace);
  if (newest.some(({ service }) => !Object.hasOwn(services, service))) await updateMarks(services);
  recent.replaceChildren(...newest.map(row));
  find("#no-traces").hidden = true;
}

/** Copy the lists and the last result from a fresh copy of the page, which the server makes of the learner's files. */
async function refresh() {
  if (!document.hidden) {
    try {
      const page = await (await fetch(location.href)).text();
      const fresh = new DOMParser().parseFromString(page, "text/html");
      for (const id of ["lessons", "last-check"]) {
        const [old, updated] = [find(`#${id}`), fresh.getElementById(id)];
        if (updated && old.textContent !== updated.textContent) old.replaceChildren(...updated.childNodes);
      }
    } catch {
      // The UI is restarting; the next try finds it.
    }
  }
  setTimeout(refresh, REFRESH_INTERVAL_MS);
}

const stream = new LiveStream(() => ({}));
on(stream, "traces", show);
stream.start();
setTimeout(refresh, REFRESH_INTERVAL_MS);
