// @ts-check
// Tabs that are links, with the keys that tabs have: arrows, Home, End; one of them in the tab order.

/** Every list of tabs on the page. */
export function bindTabs() {
  for (const list of document.querySelectorAll("[role=tablist]")) {
    const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("a[role=tab]")]);
    for (const tab of tabs) tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
    if (list.hasAttribute("data-bound")) continue;
    list.setAttribute("data-bound", "");
    list.addEventListener("keydown", (event) => {
      const { key, target } = /** @type {KeyboardEvent} */ (event);
      const at = tabs.indexOf(/** @type {HTMLElement} */ (target));
      const to = /** @type {Record<string, number>} */ ({ ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 })[key];
      if (to === undefined || at < 0) {
        if (key === " " && at >= 0) {
          event.preventDefault();
          tabs[at].click();
        }
        return;
      }
      event.preventDefault();
      tabs[(to + tabs.length) % tabs.length].focus();
    });
  }
}
