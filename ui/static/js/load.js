// @ts-check
// The Load screen: everything is drawn by the server. A choice takes effect at once, and the page is reloaded while
// a load run goes on.
import "./page.js";

const RELOAD_INTERVAL_MS = 3000;

/** @type {HTMLFormElement | null} */
const form = document.querySelector(".load-choose");
form?.addEventListener("change", () => form.requestSubmit());
form?.addEventListener("submit", () => {
  for (const select of form.querySelectorAll("select")) if (!select.value) select.disabled = true;
});

if (document.querySelector(".load-state.running")) {
  setInterval(() => {
    if (!document.hidden && !document.querySelector("dialog[open], details[open]")) location.reload();
  }, RELOAD_INTERVAL_MS);
}
