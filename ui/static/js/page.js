// @ts-check
// What every page has: help, the theme, things to copy, moments in the reader's own time zone.
import { announce, find } from "./dom.js";
import { bind, help } from "./keys.js";
import { clock } from "./wording.js";

const root = document.documentElement;
const present = root.hasAttribute("data-present");
/** The theme is kept in a cookie, so that the server knows it and the first paint is right already. Pages shown to
 * a room (`?present=1`) have a choice of their own, light at first. */
const THEME_COOKIE = present ? "traces-theme-present" : "traces-theme";
const THEMES = present ? ["light", "dark"] : ["system", "light", "dark"];
const THEME_KEPT_S = 365 * 24 * 3600;
const COPIED_SHOWN_MS = 1200;

/** What was chosen: `system`, `light` or `dark`. */
function theme() {
  return root.dataset.theme ?? "system";
}

/** Go on to the next theme. */
function changeTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  setTheme(next);
  document.cookie = `${THEME_COOKIE}=${next}; path=/; max-age=${THEME_KEPT_S}; samesite=lax`;
  nameTheme();
  announce(`Theme: ${theme()}`);
}

/** @param {string} theme */
function setTheme(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  themeChanged();
}

function themeChanged() {
  document.dispatchEvent(new CustomEvent("theme"));
}

function nameTheme() {
  find("[data-theme-name]").textContent = `Theme: ${theme()}`;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
addEventListener("pageshow", (event) => {
  const kept = document.cookie.match(`(?:^|; )${THEME_COOKIE}=(\\w+)`)?.[1];
  if (event.persisted && kept) setTheme(kept);
});

/**
 * Copy a text; where that is not allowed, show it.
 * @param {string} text
 * @param {string} what it is, for the reader
 */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied`);
  } catch {
    prompt(`Copy the ${what.toLowerCase()}`, text);
  }
}

/**
 * Copy a text that is on its way. Browsers allow that only if the clipboard is told at once that it will come.
 * @param {Promise<string>} text
 * @param {string} what it is, for the reader
 */
export async function copyLater(text, what) {
  try {
    const blob = text.then((written) => new Blob([written], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    announce(`${what} copied`);
  } catch {
    await copy(await text, what);
  }
}

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-do], [data-copy]");
  if (!(button instanceof HTMLElement)) return;
  if (button.dataset.do === "help") help();
  if (button.dataset.do === "theme") changeTheme();
  if (button.dataset.copy) {
    copy(button.dataset.copy, button.dataset.what ?? "Trace id");
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), COPIED_SHOWN_MS);
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open], details.helper[open]")) {
    const target = /** @type {Element} */ (event.target);
    if (!menu.contains(target) || target.closest(".menu button")) menu.removeAttribute("open");
  }
});

/** Add what only the browser knows to a page that came from the server: the reader's clock and theme. */
export function completePage() {
  for (const moment of document.querySelectorAll("time[data-clock]")) {
    moment.textContent = clock(Date.parse(/** @type {HTMLTimeElement} */ (moment).dateTime));
  }
  nameTheme();
}

completePage();
bind("?", "this help", help);
bind("d", "theme: system, light, dark", changeTheme);
