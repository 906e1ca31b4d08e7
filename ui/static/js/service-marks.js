// @ts-check
// How a service is marked wherever it is named. `ui/service_marks.py` decides; the page brings what it decided.
import { ask } from "./api.js";
import { element } from "./dom.js";

/** @typedef {{classes: string, letters: string}} Mark the CSS classes that colour it, and one or two letters */
/** @typedef {Record<string, Mark>} Marks by the service's name */

/** @type {Mark} of a service that the server did not know yet */
const UNKNOWN = { classes: "unknown", letters: "·" };

/** The marks that came with the page, in `data-marks`. @param {HTMLElement} root @returns {Marks} */
export function marksOf(root) {
  return JSON.parse(root.dataset.marks ?? "{}");
}

/** Learn the marks of all services again, after a new one has appeared. @param {Marks} marks is changed */
export async function updateMarks(marks) {
  Object.assign(marks, await ask("/service-marks"));
}

/** @param {string} name @param {Marks} marks @returns {Mark} */
export function markOf(name, marks) {
  return Object.hasOwn(marks, name) ? marks[name] : UNKNOWN;
}

/** A service's tile: its letters on its colour. @param {string} name @param {Marks} marks */
export function tile(name, marks) {
  const tile = element("span");
  tile.setAttribute("aria-hidden", "true");
  fillTile(tile, name, marks);
  return tile;
}

/** @param {Element} tile @param {string} name @param {Marks} marks */
export function fillTile(tile, name, marks) {
  const { classes, letters } = markOf(name, marks);
  tile.setAttribute("class", `tile ${classes}`);
  tile.textContent = letters;
}
