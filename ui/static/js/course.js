// @ts-check
// The Course screen: the traces that arrive beside the lesson, and the checks' results as they come.
import { ask } from "./api.js";
import { find } from "./dom.js";
import { classes, mark } from "./service-marks.js";
import { Stream } from "./live-stream.js";
import { link } from "./url.js";
import { counted, duration } from "./wording.js";

/** @typedef {import("./api.js").Summary} Summary */

const ROWS = 8;
const LOOK = 2000;

const recent = find("#recent");
/** @type {HTMLTemplateElement} */
const template = find("#recent-row");
/** @type {Map<string, Summary>} */
const known = new Map();

/** @param {Summary} trace @param {import("./service-marks.js").Services} services */
function row(trace, services) {
  const made = /** @type {HTMLElement} */ (find("li", template.content).cloneNode(true));
  const badge = find(".tile", made);
  badge.className = `tile ${classes(services[trace.service])}`;
  badge.textContent = mark(trace.service, services);
  made.classList.toggle("failed", trace.errors > 0);
  const name = find('[data-f="resource"]', made);
  name.textContent = trace.resource || trace.name;
  name.href = link(`/trace/${trace.trace_id}`);
  find('[data-f="spans"]', made).textContent = counted(trace.spans, "span");
  find('[data-f="duration"]', made).textContent = duration(trace.duration);
  return made;
}

/** @param {Summary[]} traces */
async function take(traces) {
  if (traces.length === 0 || recent.contains(document.activeElement)) return;
  for (const trace of traces) known.set(trace.trace_id, trace);
  const newest = [...known.values()].sort((a, b) => (BigInt(a.start) < BigInt(b.start) ? 1 : -1)).slice(0, ROWS);
  known.clear();
  for (const trace of newest) known.set(trace.trace_id, trace);
  const services = Object.fromEntries((await ask("/api/services")).services.map((/** @type {any} */ each) => [each.name, each]));
  recent.replaceChildren(...newest.map((trace) => row(trace, services)));
  find("#no-traces").hidden = true;
}

/** What the files say now: take the lists and the last result over from a fresh copy of the page. */
async function refresh() {
  if (!document.hidden) {
    try {
      const page = await (await fetch(location.href)).text();
      const fresh = new DOMParser().parseFromString(page, "text/html");
      for (const id of ["lessons", "last-check"]) {
        const [now, then] = [find(`#${id}`), fresh.getElementById(id)];
        if (then && now.textContent !== then.textContent) now.replaceChildren(...then.childNodes);
      }
    } catch {
      // The UI is starting again; the next look finds it.
    }
  }
  setTimeout(refresh, LOOK);
}

const stream = new Stream(() => ({}));
stream.addEventListener("traces", (event) => take(/** @type {CustomEvent} */ (event).detail));
stream.start();
setTimeout(refresh, LOOK);
