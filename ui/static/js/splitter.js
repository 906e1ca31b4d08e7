// @ts-check
// The border between names and times, which can be moved. Its place is kept in this browser, not in the address:
// how wide names should be depends on the reader's screen.
import { element } from "./dom.js";

const STORAGE_KEY = "width of names";
// Shares of the whole width, in percent.
const DEFAULT_SHARE = 42;
const MIN_SHARE = 15;
const MAX_SHARE = 70;
const KEY_STEP = 2;

/** @param {HTMLElement} root the treegrid @param {() => void} moved */
export function splitter(root, moved) {
  const bar = element("div", "splitter");
  const attributes = {
    role: "separator",
    tabindex: 0,
    "aria-orientation": "vertical",
    "aria-label": "Width of the names",
    "aria-valuemin": MIN_SHARE,
    "aria-valuemax": MAX_SHARE,
  };
  for (const [name, value] of Object.entries(attributes)) bar.setAttribute(name, String(value));
  let share = Number(recall()) || DEFAULT_SHARE;
  const set = (/** @type {number} */ percent) => {
    share = Math.max(MIN_SHARE, Math.min(MAX_SHARE, percent));
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
    bar.addEventListener("lostpointercapture", () => (bar.removeEventListener("pointermove", move), keep(share)), {
      once: true,
    });
  });
  bar.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowRight" ? KEY_STEP : event.key === "ArrowLeft" ? -KEY_STEP : 0;
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
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

/** @param {number} share */
function keep(share) {
  try {
    localStorage.setItem(STORAGE_KEY, share.toFixed(1));
  } catch {
    // A browser that keeps nothing starts with the default.
  }
}
