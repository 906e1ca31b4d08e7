// @ts-check
// The screens about many traces. They come complete from the server; this makes them quicker to use: pictures to
// copy, sizes of graphs, arrow keys in tabs and in the heat map, parts that are replaced without loading the page.
import { announce, find } from "./dom.js";
import { bind } from "./keys.js";
import { copy } from "./page.js";
import { bindCells } from "./heat-map-keys.js";
import { bindExplanations } from "./explain.js";
import { bindReplaceableParts } from "./replace-parts.js";
import { bindZoom, fitGraphs } from "./graph-zoom.js";

/** Do for parts of the page that are new what is done once for a page. */
function completeParts() {
  bindTabs();
  fitGraphs();
}

/** Give tabs that are links the keys that tabs have: arrows, Home, End, Space; one of them is in the tab order. */
function bindTabs() {
  for (const list of document.querySelectorAll("[role=tablist]")) {
    const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("a[role=tab]")]);
    for (const tab of tabs) tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
    if (list.hasAttribute("data-bound")) continue;
    list.setAttribute("data-bound", "");
    list.addEventListener("keydown", (event) => tabKey(tabs, /** @type {KeyboardEvent} */ (event)));
  }
}

/** @param {HTMLElement[]} tabs @param {KeyboardEvent} event */
function tabKey(tabs, event) {
  const { key, target } = event;
  const index = tabs.indexOf(/** @type {HTMLElement} */ (target));
  if (index < 0) return;
  const keys = /** @type {Record<string, number>} */ ({
    ArrowRight: index + 1,
    ArrowLeft: index - 1,
    Home: 0,
    End: -1,
  });
  if (key in keys) {
    event.preventDefault();
    tabs[(keys[key] + tabs.length) % tabs.length].focus();
  } else if (key === " ") {
    event.preventDefault();
    tabs[index].click();
  }
}

document.addEventListener("click", async (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-picture]");
  if (!(button instanceof HTMLElement)) return;
  const { picture, name } = button.dataset;
  const around = button.closest("figure, section, .picture") ?? document;
  const image = around.querySelector(".graph-room > svg, .chart-room > svg");
  if (!(image instanceof SVGSVGElement)) return announce("There is no picture here");
  const { copySvg } = await import("./export.js");
  await copySvg(image, /** @type {"svg"|"png"} */ (picture), name ?? "picture");
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
bindExplanations();
bindZoom();
bindReplaceableParts(completeParts);
completeParts();
