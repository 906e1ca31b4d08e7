// @ts-check
// Light, dark, or as the system has it. The choice is a cookie, so that the server knows it and the
// first paint is right already. For a room (`?present=1`) there is a choice of its own, at first light.

const root = document.documentElement;
const present = root.hasAttribute("data-present");
const COOKIE = present ? "traces-theme-present" : "traces-theme";
const THEMES = present ? ["light", "dark"] : ["system", "light", "dark"];
const YEAR = 365 * 24 * 3600;

/** What was chosen: `system`, `light` or `dark`. */
export function theme() {
  return root.dataset.theme ?? "system";
}

/** Go on to the next theme. */
export function nextTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  show(next);
  document.cookie = `${COOKIE}=${next}; path=/; max-age=${YEAR}; samesite=lax`;
}

/** @param {string} chosen */
function show(chosen) {
  if (chosen === "system") delete root.dataset.theme;
  else root.dataset.theme = chosen;
  tell();
}

function tell() {
  document.dispatchEvent(new CustomEvent("theme"));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
addEventListener("pageshow", (event) => {
  const kept = document.cookie.match(`(?:^|; )${COOKIE}=(\\w+)`)?.[1];
  if (event.persisted && kept) show(kept);
});
