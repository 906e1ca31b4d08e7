// @ts-check
// The Load screen: everything is drawn by the server. A choice shows at once, and while a run goes on the page follows it.
import "./page.js";

const FOLLOW = 3000;

/** @type {HTMLFormElement | null} */
const form = document.querySelector(".load-choose");
form?.addEventListener("change", () => form.requestSubmit());
form?.addEventListener("submit", () => {
  for (const select of form.querySelectorAll("select")) if (!select.value) select.disabled = true;
});

if (document.querySelector(".load-state.running")) {
  setInterval(() => {
    if (!document.hidden && !document.querySelector("dialog[open], details[open]")) location.reload();
  }, FOLLOW);
}
