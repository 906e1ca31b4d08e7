// @ts-check
// From the list to a trace without loading the whole page anew: the scripts that draw it are here
// already, and page and spans are asked for together, as soon as somebody points at the trace. The
// way back, a new window and whatever goes wrong are left to the browser.
import { trace } from "./api.js";
import { announce, find } from "./dom.js";
import { dress } from "./page.js";

/** How long somebody points at a trace who means it, ms. */
const DWELL = 60;
/** How long what was asked for ahead is as good as new, ms. */
const FRESH = 5000;
/** Spans of a trace that takes a while to be put together, and how many such are prepared. */
const LARGE = 1000;
const MOST = 3;

/**
 * @typedef {object} Asked
 * @property {string} address
 * @property {number} at
 * @property {ReturnType<typeof trace>} spans
 * @property {Promise<Document>} page
 */

const screen = () => import("./trace.js");
const idle = globalThis.requestIdleCallback ?? setTimeout;
let visits = 0;
let dwelling = 0;
/** @type {Asked|null} */
let asked = null;

/** Fetch the scripts of the Trace screen while nobody waits for them, and traces pointed at. @param {HTMLElement} list */
export function prepare(list) {
  idle(screen);
  const aim = (/** @type {Event} */ event) => {
    const row = /** @type {Element} */ (event.target).closest("tr");
    const anchor = row?.querySelector("a");
    clearTimeout(dwelling);
    if (!anchor) return;
    if (event.type === "pointerdown") ask(anchor.href);
    else dwelling = setTimeout(() => ask(anchor.href), DWELL);
  };
  for (const name of ["pointerover", "pointerdown", "focusin"]) list.addEventListener(name, aim);
  list.addEventListener("pointerleave", () => clearTimeout(dwelling));
}

/**
 * Have the collector put together the large traces of a list before one of them is clicked at.
 * @param {import("./api.js").Summary[]} traces newest first
 */
export function foresee(traces) {
  const large = traces.filter(({ spans }) => spans >= LARGE).slice(0, MOST);
  if (large.length === 0 || document.hidden) return;
  idle(async () => {
    for (const { trace_id } of large) await fetch(`/api/trace/${trace_id}`, { method: "HEAD" }).catch(() => {});
  });
}

/** @param {string} address @returns {Asked} */
function ask(address) {
  if (asked?.address === address && performance.now() - asked.at < FRESH) return asked;
  const spans = trace(new URL(address, location.href).pathname.split("/")[2]);
  const page = fetch(address).then(async (response) => {
    const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!response.ok || !parsed.querySelector("[data-trace]")) throw new Error("this page has something else to say");
    return parsed;
  });
  for (const each of [spans, page]) each.catch(() => {}); // Said by whoever shows them; here nobody listens.
  asked = { address, at: performance.now(), spans, page };
  return asked;
}

/**
 * Whether a click is meant to open something here rather than in another tab or window.
 * @param {MouseEvent} event
 */
export function plain(event) {
  return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;
}

/**
 * Show a trace's page in place of this one.
 * @param {string} address
 * @param {() => void} leave ends what the screen shown now still does
 */
export async function visit(address, leave) {
  const mine = ++visits;
  clearTimeout(dwelling);
  const { spans, page } = ask(address);
  try {
    const [{ title, body }, { openTrace }] = await Promise.all([page, screen()]);
    if (mine !== visits) return; // Another click came after this one.
    asked = null;
    leave();
    history.pushState(null, "", address);
    document.title = title;
    document.body.replaceWith(body);
    scrollTo(0, 0);
    dress();
    await openTrace(spans);
    find("#main").focus({ preventScroll: true });
    announce(title);
  } catch {
    location.assign(address);
  }
}
