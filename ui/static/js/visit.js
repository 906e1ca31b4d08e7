// @ts-check
// From the list to a trace without loading the whole page anew: the spans are asked for at the
// click, together with the page, and the scripts that draw them are here already. The way back, a
// new window and whatever goes wrong are left to the browser.
import { trace } from "./api.js";
import { announce, find } from "./dom.js";
import { dress } from "./page.js";

const screen = () => import("./trace.js");
let visits = 0;

/** Fetch the scripts of the Trace screen while nobody waits for them. */
export function prepare() {
  (globalThis.requestIdleCallback ?? setTimeout)(screen);
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
  const id = new URL(address, location.href).pathname.split("/")[2];
  const spans = trace(id);
  spans.catch(() => {}); // The screen says what went wrong; until it is there nobody listens.
  try {
    const [response, { openTrace }] = await Promise.all([fetch(address), screen()]);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (mine !== visits) return; // Another click came after this one.
    if (!response.ok || !page.querySelector("[data-trace]")) throw new Error("this page has something else to say");
    leave();
    history.pushState(null, "", address);
    document.title = page.title;
    document.body.replaceWith(page.body);
    scrollTo(0, 0);
    dress();
    find("#main").focus({ preventScroll: true });
    announce(page.title);
    openTrace(spans);
  } catch {
    location.assign(address);
  }
}
