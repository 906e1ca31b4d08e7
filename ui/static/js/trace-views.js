// @ts-check
// The views of a trace: tabs, and the panels that belong to them.
import { find } from "./dom.js";

export const VIEWS = /** @type {const} */ (["timeline", "flame", "graph", "statistics"]);
/** @typedef {typeof VIEWS[number]} View */

/** @param {string|null} name @returns {View} the timeline for what is no view */
export function viewNamed(name) {
  return VIEWS.find((view) => view === name) ?? "timeline";
}

/** @returns {View} */
export function shownView() {
  return VIEWS.find((view) => !find(`#${view}`).hidden) ?? "timeline";
}

/** @param {View} view */
export function showView(view) {
  for (const name of VIEWS) {
    const tab = find(`#tab-${name}`);
    tab.setAttribute("aria-selected", String(name === view));
    tab.tabIndex = name === view ? 0 : -1;
    find(`#${name}`).hidden = name !== view;
  }
  find(".tools").hidden = view !== "timeline";
}

/** @param {(view: View) => void} choose */
export function bindViews(choose) {
  for (const view of VIEWS) find(`#tab-${view}`).addEventListener("click", () => choose(view));
  find('[role="tablist"]').addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const view = VIEWS[(VIEWS.indexOf(shownView()) + by + VIEWS.length) % VIEWS.length];
    choose(view);
    find(`#tab-${view}`).focus();
  });
}
