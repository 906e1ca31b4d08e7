// @ts-check
// What the pointer does over the rows: it tells the time, and the wheel zooms and moves.

/** @param {import("./waterfall.js").Rows} rows */
export function watchPointer(rows) {
  const { root, ruler, viewport } = rows;
  root.addEventListener("pointermove", (event) => {
    const box = ruler.element.getBoundingClientRect();
    const overTime = event.clientX >= box.left && event.clientX <= box.right;
    ruler.aim(overTime ? event.clientX : null);
  });
  root.addEventListener("pointerleave", () => ruler.aim(null));
  viewport.addEventListener("wheel", (event) => turn(rows, event), { passive: false });
}

/** With Ctrl the wheel zooms around the pointer, with Shift it moves along. @param {import("./waterfall.js").Rows} rows @param {WheelEvent} event */
function turn({ view: { from, to }, ruler, columns }, event) {
  if (!event.ctrlKey && !event.shiftKey) return;
  event.preventDefault();
  const by = event.deltaY || event.deltaX;
  const wish = (/** @type {number} */ start, /** @type {number} */ end) =>
    ruler.dispatchEvent(new CustomEvent("zoom", { detail: { from: start, to: end } }));
  if (event.ctrlKey) {
    const at = ruler.at(event.clientX);
    const factor = Math.exp(by / 300);
    wish(at - (at - from) * factor, at + (to - at) * factor);
  } else {
    const step = Math.max(-from, Math.min(columns.duration - to, ((to - from) * by) / 1000));
    wish(from + step, to + step);
  }
}
