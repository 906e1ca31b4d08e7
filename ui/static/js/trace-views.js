// @ts-check
// The views of a trace: tabs, the panels that belong to them, and what fills the graph's panel.
import { element, find } from "./dom.js";
import { link } from "./url.js";

export const VIEWS = /** @type {const} */ (["timeline", "flame", "graph", "statistics"]);
/** @typedef {typeof VIEWS[number]} View */

/** @param {string|null} name @returns {View} the timeline if there is no view of that name */
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
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (!by) return;
    event.preventDefault();
    const view = VIEWS[(VIEWS.indexOf(shownView()) + by + VIEWS.length) % VIEWS.length];
    choose(view);
    find(`#tab-${view}`).focus();
  });
}

/**
 * Put the graph, which the server lays out and draws, into its panel.
 * @param {HTMLElement} panel
 * @param {string} id of the trace
 */
export async function showGraph(panel, id) {
  if (panel.childElementCount) return;
  panel.replaceChildren(element("p", "loading", "Laying out the graph …"));
  try {
    const response = await fetch(link(`/trace/${id}/graph`));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const graph = page.querySelector("[data-flow]");
    if (!response.ok || !graph) throw new Error(page.querySelector("h1")?.textContent ?? response.statusText);
    panel.replaceChildren(graph);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const again = element("button", "", "Try again");
    again.addEventListener("click", () => {
      panel.replaceChildren();
      showGraph(panel, id);
    });
    panel.replaceChildren(element("p", "notice error", `The graph could not be loaded: ${reason} `, again));
  }
}
