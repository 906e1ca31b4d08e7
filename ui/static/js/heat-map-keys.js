// @ts-check
// The heat map by keyboard: one cell at a time can be tabbed to, arrow keys go to the next one.
import { clock } from "./wording.js";

/** @param {Element} cell */
const middle = (cell) => {
  const box = cell.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};

/** Of the cells in that direction the nearest, with what lies straight ahead before the rest. */
const AHEAD = /** @type {Record<string, (dx: number, dy: number) => [number, number]>} */ ({
  ArrowRight: (dx, dy) => [dx, Math.abs(dy)],
  ArrowLeft: (dx, dy) => [-dx, Math.abs(dy)],
  ArrowDown: (dx, dy) => [dy, Math.abs(dx)],
  ArrowUp: (dx, dy) => [-dy, Math.abs(dx)],
});

/** Make the heat map of the page, if there is one, walkable. */
export function bindCells() {
  const map = document.querySelector("#cells");
  if (!map) return;
  const cells = [...map.querySelectorAll("a")];
  cells[0]?.setAttribute("tabindex", "0");
  map.addEventListener("keydown", (event) => {
    const { key, target } = /** @type {KeyboardEvent} */ (event);
    const now = /** @type {Element} */ (target).closest("a");
    if (!AHEAD[key] || !now) return;
    event.preventDefault();
    const here = middle(now);
    let next = now;
    let least = Infinity;
    for (const cell of cells) {
      const { x, y } = middle(cell);
      const [ahead, aside] = AHEAD[key](x - here.x, y - here.y);
      if (ahead > 1 && ahead + 3 * aside < least) [next, least] = [cell, ahead + 3 * aside];
    }
    now.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    /** @type {SVGElement} */ (/** @type {unknown} */ (next)).focus();
  });
  for (const label of document.querySelectorAll("[data-moment]")) {
    const ms = Number(/** @type {SVGElement} */ (label).dataset.moment);
    const [day, time] = clock(ms).split(" ");
    const said = label.textContent ?? "";
    label.textContent = said.includes(":") ? time.slice(0, said.replace(" UTC", "").length) : day;
  }
}
