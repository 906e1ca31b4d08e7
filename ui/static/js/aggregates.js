// @ts-check
// The screens about many traces. They came whole from the server; this makes them quick to the hand:
// pictures to copy, sizes of graphs, arrow keys in tabs and in the heat map, parts that change in place.
import { announce, find } from "./dom.js";
import { bind } from "./keys.js";
import { copy } from "./page.js";
import { bindCells } from "./heat-map-keys.js";
import { bindHow } from "./how.js";
import { bindSwaps } from "./replace-parts.js";
import { bindTabs } from "./tabs.js";
import { bindZoom, fitGraphs } from "./graph-zoom.js";

/** What has to be done again for parts of the page that are new. */
function dressPart() {
  bindTabs();
  fitGraphs();
}

document.addEventListener("click", async (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-picture]");
  if (!(button instanceof HTMLElement)) return;
  const { picture, name } = button.dataset;
  const around = button.closest("figure, section, .picture") ?? document;
  const drawing = around.querySelector(".graph-room > svg, .chart-room > svg");
  if (!(drawing instanceof SVGSVGElement)) return announce("There is no picture here");
  const { copySvg } = await import("./snapshot.js");
  await copySvg(drawing, /** @type {"svg"|"png"} */ (picture), name ?? "picture");
});

for (const select of document.querySelectorAll(".filter select")) {
  select.addEventListener("change", () => /** @type {HTMLSelectElement} */ (select).form?.requestSubmit());
}
document.querySelector(".filter")?.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  for (const input of form.querySelectorAll("input, select")) {
    if (input instanceof HTMLInputElement || input instanceof HTMLSelectElement) input.disabled = !input.value;
  }
});
addEventListener("pageshow", () => {
  for (const input of document.querySelectorAll(".filter :disabled")) input.removeAttribute("disabled");
});

bind("/", "search", () => find("#q")?.select());
bind("y", "copy the link", () => copy(location.href, "Link"));
bindCells();
bindHow();
bindZoom();
bindSwaps(dressPart);
dressPart();
