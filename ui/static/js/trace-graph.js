// @ts-check
// The graph view: the server lays it out and writes the SVG; here it is put in its place.
import { element } from "./dom.js";
import { link } from "./url.js";

/** @param {HTMLElement} panel @param {string} id of the trace */
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
    const says = error instanceof Error ? error.message : String(error);
    const again = element("button", "", "Try again");
    again.addEventListener("click", () => {
      panel.replaceChildren();
      showGraph(panel, id);
    });
    panel.replaceChildren(element("p", "notice error", `The graph did not come: ${says} `, again));
  }
}
