// @ts-check
// The heat map by keyboard: one cell at a time is in the tab order, arrow keys go to the next.
import { clock } from "./wording.js";

/** @param {Element} cell */
const middle = (cell) => {
  const box = cell.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};

/** How far a cell is ahead and how far to the side, seen in the direction of a key. */
const AHEAD_AND_ASIDE = /** @type {Record<string, (dx: number, dy: number) => [number, number]>} */ ({
  ArrowRight: (dx, dy) => [dx, Math.abs(dy)],
  ArrowLeft: (dx, dy) => [-dx, Math.abs(dy)],
  ArrowDown: (dx, dy) => [dy, Math.abs(dx)],
  ArrowUp: (dx, dy) => [-dy, Math.abs(dx)],
});

/** Let arrow keys move through the heat map on the page, if there is one. */
export function bindCells() {
  const map = document.querySelector("#cells");
  if (!map) return;
  const cells = [...map.querySelectorAll("a")];
  cells[0]?.setAttribute("tabindex", "0");
  map.addEventListener("keydown", (event) => {
    const { key, target } = /** @type {KeyboardEvent} */ (event);
    const now = /** @type {Element} */ (target).closest("a");
    if (!AHEAD_AND_ASIDE[key] || !now) return;
    event.preventDefault();
    const here = middle(now);
    let next = now;
    let least = Infinity;
    for (const cell of cells) {
      const { x, y } = middle(cell);
      const [ahead, aside] = AHEAD_AND_ASIDE[key](x - here.x, y - here.y);
      // Cells straight ahead come before nearer ones to the side.
      if (ahead > 1 && ahead + 3 * aside < least) [next, least] = [cell, ahead + 3 * aside];
    }
    now.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    /** @type {SVGElement} */ (/** @type {unknown} */ (next)).focus();
  });
  for (const label of document.querySelectorAll("[data-moment]")) {
    const ms = Number(/** @type {SVGElement} */ (label).dataset.moment);
    const [day, time] = clock(ms).split(" ");
    const text = label.textContent ?? "";
    label.textContent = text.includes(":") ? time.slice(0, text.replace(" UTC", "").length) : day;
  }
}
