// @ts-check
// The border between names and times, to be moved. It is kept for this browser, not in the address:
// how wide names should be is a matter of one's screen.
import { element } from "./dom.js";

const KEY = "width of names";
const LEAST = 15;
const MOST = 70;

/** @param {HTMLElement} root the treegrid @param {() => void} moved */
export function splitter(root, moved) {
  const bar = element("div", "splitter");
  const attributes = { role: "separator", tabindex: 0, "aria-orientation": "vertical", "aria-label": "Width of the names", "aria-valuemin": LEAST, "aria-valuemax": MOST };
  for (const [name, value] of Object.entries(attributes)) bar.setAttribute(name, String(value));
  let share = Number(recall()) || 42;
  const set = (/** @type {number} */ wanted) => {
    share = Math.max(LEAST, Math.min(MOST, wanted));
    root.style.setProperty("--tree", `${share.toFixed(1)}%`);
    bar.setAttribute("aria-valuenow", String(Math.round(share)));
  };
  const move = (/** @type {PointerEvent} */ event) => {
    const box = root.getBoundingClientRect();
    const names = bar.getBoundingClientRect().left + 4 - box.left - (share / 100) * box.width;
    set((100 * (event.clientX - box.left - names)) / box.width);
    moved();
  };
  bar.addEventListener("pointerdown", (event) => {
    bar.setPointerCapture(event.pointerId);
    bar.addEventListener("pointermove", move);
    bar.addEventListener("lostpointercapture", () => (bar.removeEventListener("pointermove", move), keep(share)), { once: true });
  });
  bar.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowRight" ? 2 : event.key === "ArrowLeft" ? -2 : 0;
    if (!by) return;
    event.preventDefault();
    set(share + by);
    moved();
    keep(share);
  });
  set(share);
  return bar;
}

function recall() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** @param {number} share */
function keep(share) {
  try {
    localStorage.setItem(KEY, share.toFixed(1));
  } catch {
    // A browser that keeps nothing starts with the usual width.
  }
}
