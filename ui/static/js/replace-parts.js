// @ts-check
// Links inside a part marked `data-swap` that lead to another state of the same screen replace that part without
// loading the page. Whatever fails is left to the browser.
import { announce, isPlainClick } from "./dom.js";
import { completePage } from "./page.js";

let visits = 0;

/** @param {() => void} completeParts is called after a part has been replaced */
export function bindReplaceableParts(completeParts) {
  document.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("a[href]");
    const part = link?.closest("[data-swap]");
    if (!link || !part || !isPlainClick(event)) return;
    const address = new URL(link.getAttribute("href") ?? "", location.href);
    if (address.pathname !== location.pathname || address.origin !== location.origin) return;
    event.preventDefault();
    const focused = { id: link.id, key: link.getAttribute("data-key"), text: link.textContent };
    replace(address, part, focused, completeParts);
  });
  addEventListener("popstate", () => {
    const part = document.querySelector("[data-swap]");
    if (part) replace(new URL(location.href), part, null, completeParts);
    else location.reload();
  });
}

/** @typedef {{id: string, key: string|null, text: string|null}} Focused */

/**
 * @param {URL} address
 * @param {Element} part
 * @param {Focused|null} focused the link that leads there; null on the way back
 * @param {() => void} completeParts
 */
async function replace(address, part, focused, completeParts) {
  const visit = ++visits;
  try {
    const response = await fetch(address);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (visit !== visits) return;
    if (!response.ok || !fresh) throw new Error("this page does not have the part");
    if (focused) history.pushState(null, "", address);
    part.replaceWith(fresh);
    completePage();
    completeParts();
    const target =
      address.hash.length > 1 && address.hash !== `#${part.id}` ? document.getElementById(address.hash.slice(1)) : null;
    if (target) {
      target.tabIndex = -1;
      target.focus({ preventScroll: true });
      target.scrollIntoView({ block: "nearest" });
      announce(target.querySelector("h2")?.textContent?.trim() ?? "");
    } else if (focused) {
      refocus(fresh, focused);
    }
  } catch {
    if (focused) location.assign(address);
    else location.reload();
  }
}

/** @param {Element} part @param {Focused} focused */
function refocus(part, { id, key, text }) {
  const links = /** @type {HTMLElement[]} */ ([...part.querySelectorAll("a[href]")]);
  const same = links.find((link) => (id && link.id === id) || (key && link.getAttribute("data-key") === key));
  (same ?? links.find((link) => link.textContent === text) ?? links[0])?.focus({ preventScroll: true });
}
