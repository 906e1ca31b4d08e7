// @ts-check
// What every page has: help, the theme, things to copy, moments in the reader's own time.
import { announce, find } from "./dom.js";
import { bind, help } from "./keys.js";
import { nextTheme, theme } from "./theme.js";
import { clock } from "./wording.js";

function changeTheme() {
  nextTheme();
  nameTheme();
  announce(`Theme: ${theme()}`);
}

function nameTheme() {
  find("[data-theme-name]").textContent = `Theme: ${theme()}`;
}

/** @param {string} text @param {string} what */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied`);
  } catch {
    prompt(`Copy the ${what.toLowerCase()}`, text);
  }
}

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-do], [data-copy]");
  if (!(button instanceof HTMLElement)) return;
  if (button.dataset.do === "help") help();
  if (button.dataset.do === "theme") changeTheme();
  if (button.dataset.copy) {
    copy(button.dataset.copy, "Trace id");
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1200);
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open], details.helper[open]")) {
    const target = /** @type {Element} */ (event.target);
    if (!menu.contains(target) || target.closest(".menu button")) menu.removeAttribute("open");
  }
});
/** What a page that came from the server still lacks. */
export function dress() {
  for (const moment of document.querySelectorAll("time[data-clock]")) {
    moment.textContent = clock(Date.parse(/** @type {HTMLTimeElement} */ (moment).dateTime));
  }
  nameTheme();
}

dress();
bind("?", "this help", help);
bind("d", "theme: system, light, dark", changeTheme);
