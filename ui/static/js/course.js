// @ts-check
// The Course screen: beside the lesson the traces that arrive, and what the checks say as soon as they say it.
import { find, on } from "./dom.js";
import { LiveStream } from "./live-stream.js";
import { fillTile, marksOf, updateMarks } from "./service-marks.js";
import { link } from "./url.js";
import { counted, duration } from "./wording.js";

/** @typedef {import("./api.js").Summary} Summary */

const MAX_TRACES = 8;
const REFRESH_INTERVAL_MS = 1000;
/** The parts of the page that follow the learner's files. */
const PARTS = ["lessons", "running", "verdict", "learned"];

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

/** Put what has changed into the page: the server makes its parts anew from the learner's files. */
async function refresh() {
  const query = new URLSearchParams(location.search);
  query.set("lesson", find("#lesson").dataset.number);
  try {
    const parts = await (await fetch(`/course/now?${query}`)).text();
    const fresh = new DOMParser().parseFromString(parts, "text/html");
    for (const id of PARTS) {
      const [old, updated] = [find(`#${id}`), fresh.getElementById(id)];
      if (updated && old.textContent !== updated.textContent) replaceContent(old, updated);
    }
  } catch {
    // The UI is restarting; the next try finds it.
  }
}

/** Put new content into a part; the link that has the focus keeps it. @param {Element} old @param {Element} updated */
function replaceContent(old, updated) {
  const focused = old.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  old.replaceChildren(...updated.childNodes);
  if (focused) find(`a[href="${CSS.escape(focused)}"]`, old)?.focus();
}

async function keepFresh() {
  if (!document.hidden) await refresh();
  setTimeout(keepFresh, REFRESH_INTERVAL_MS);
}

const stream = new LiveStream(() => ({}));
on(stream, "traces", show);
stream.start();
setTimeout(keepFresh, REFRESH_INTERVAL_MS);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
