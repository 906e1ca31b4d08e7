// @ts-check
// From the list to a trace without loading a whole page: the scripts that draw it are here already, and page and
// spans are requested together, as soon as the reader points at the trace. Going back, opening a new window and
// whatever fails are left to the browser.
import { trace } from "./api.js";
import { announce, find } from "./dom.js";
import { completePage } from "./page.js";

/** A pointer that rests on a trace for this long is likely to click it. */
const DWELL_MS = 60;
/** What was requested ahead is used for this long. */
const FRESH_MS = 5000;
/** A trace of this many spans takes the collector a while to put together. */
const LARGE_TRACE_SPANS = 1000;
const MAX_PREPARED_TRACES = 3;
/** Larger ones are read one at a time: whoever really opens one should not have to wait for the others. */
const MAX_PREPARED_SPANS = 50_000;

/**
 * @typedef {object} Prefetched
 * @property {string} address
 * @property {number} since when, ms on the clock of `performance`
 * @property {ReturnType<typeof trace>} spans
 * @property {Promise<Document>} page
 */

const importTraceScreen = () => import("./trace.js");
const idle = globalThis.requestIdleCallback ?? setTimeout;
let visits = 0;
let dwellTimer = 0;
/** @type {Prefetched|null} */
let prefetched = null;

/**
 * Fetch the scripts of the Trace screen while the browser is idle, and traces that are pointed at.
 * @param {HTMLElement} list
 */
export function bindPrefetch(list) {
  idle(importTraceScreen);
  const aim = (/** @type {Event} */ event) => {
    const row = /** @type {Element} */ (event.target).closest("tr");
    const anchor = row?.querySelector("a");
    clearTimeout(dwellTimer);
    if (!anchor) return;
    if (event.type === "pointerdown") prefetch(anchor.href);
    else dwellTimer = setTimeout(() => prefetch(anchor.href), DWELL_MS);
  };
  for (const name of ["pointerover", "pointerdown", "focusin"]) list.addEventListener(name, aim);
  list.addEventListener("pointerleave", () => clearTimeout(dwellTimer));
}

/**
 * Have the collector put together the large traces of a list before one of them is clicked.
 * @param {import("./api.js").Summary[]} traces newest first
 */
export function prepareLargeTraces(traces) {
  const large = traces
    .filter(({ spans }) => spans >= LARGE_TRACE_SPANS && spans < MAX_PREPARED_SPANS)
    .slice(0, MAX_PREPARED_TRACES);
  if (large.length === 0 || document.hidden) return;
  idle(async () => {
    for (const { trace_id } of large) await fetch(`/api/trace/${trace_id}`, { method: "HEAD" }).catch(() => {});
  });
}

/** @param {string} address @returns {Prefetched} */
function prefetch(address) {
  if (prefetched?.address === address && performance.now() - prefetched.since < FRESH_MS) return prefetched;
  const spans = trace(new URL(address, location.href).pathname.split("/")[2]);
  const page = fetch(address).then(async (response) => {
    const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!response.ok || !parsed.querySelector("[data-trace]")) throw new Error("this is not the page of a trace");
    return parsed;
  });
  for (const request of [spans, page]) request.catch(() => {}); // Reported when they are shown, if ever.
  prefetched = { address, since: performance.now(), spans, page };
  return prefetched;
}

/**
 * Show a trace's page in place of this one.
 * @param {string} address
 * @param {() => void} leave ends what the present screen still does
 */
export async function openInPlace(address, leave) {
  const visit = ++visits;
  clearTimeout(dwellTimer);
  const { spans, page } = prefetch(address);
  try {
    const [{ title, body }, { openTrace }] = await Promise.all([page, importTraceScreen()]);
    if (visit !== visits) return; // Another click came after this one.
    prefetched = null;
    leave();
    history.pushState(null, "", address);
    document.title = title;
    document.body.replaceWith(body);
    scrollTo(0, 0);
    completePage();
    await openTrace(spans);
    find("#main").focus({ preventScroll: true });
    announce(title);
  } catch {
    location.assign(address);
  }
}
