// @ts-check
// Links inside a part marked `data-swap` that lead to another state of the same screen change that
// part in place. Whatever goes wrong is left to the browser.
import { announce } from "./dom.js";
import { dress } from "./page.js";

let visits = 0;

/** @param {() => void} dressPart is called for parts that are new */
export function bindSwaps(dressPart) {
  document.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("a[href]");
    const part = link?.closest("[data-swap]");
    if (!link || !part || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const address = new URL(link.getAttribute("href") ?? "", location.href);
    if (address.pathname !== location.pathname || address.origin !== location.origin) return;
    event.preventDefault();
    const focused = { id: link.id, key: link.getAttribute("data-key"), text: link.textContent };
    swap(address, part, focused, dressPart);
  });
  addEventListener("popstate", () => {
    const part = document.querySelector("[data-swap]");
    if (part) swap(new URL(location.href), part, null, dressPart);
    else location.reload();
  });
}

/** @typedef {{id: string, key: string|null, text: string|null}} Focused */

/**
 * @param {URL} address
 * @param {Element} part
 * @param {Focused|null} focused the link that leads there; null on the way back
 * @param {() => void} dressPart
 */
async function swap(address, part, focused, dressPart) {
  const mine = ++visits;
  try {
    const response = await fetch(address);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (mine !== visits) return;
    if (!response.ok || !fresh) throw new Error("this page has something else to say");
    if (focused) history.pushState(null, "", address);
    part.replaceWith(fresh);
    dress();
    dressPart();
    const target = address.hash.length > 1 && address.hash !== `#${part.id}` ? document.getElementById(address.hash.slice(1)) : null;
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
