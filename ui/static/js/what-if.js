// @ts-check
// The What if screen: sliders on operations, in the table and on the flow graph. Every change is predicted at once;
// the last answer wins, and the address always says what is shown.
import "./aggregates.js";
import { ChangePopover } from "./change-popover.js";
import { ChangeRow } from "./change-row.js";
import { announce, find } from "./dom.js";
import { completePage } from "./page.js";

/** How long a slider has to rest before its change is predicted. */
const REST_MS = 120;
/** @type {HTMLFormElement} */
const form = find("#changes");
const rows = [...document.querySelectorAll("[data-row]")].map((row) => new ChangeRow(/** @type {HTMLElement} */ (row)));
let timer = 0;
let request = new AbortController();

/** The address of what the controls say. @param {string} path */
function address(path) {
  const query = new URLSearchParams(location.search);
  query.delete("change");
  for (const row of rows) if (row.change) query.append("change", JSON.stringify(row.change));
  return `${path}?${query}`;
}

async function predict() {
  request.abort();
  request = new AbortController();
  const { signal } = request;
  find("#prediction").setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address("/what-if/answer"), { signal });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (signal.aborted) return;
    if (!page.getElementById("prediction")) throw new Error(`the server answered ${response.status}`);
    for (const part of ["prediction", "after"]) {
      const fresh = page.getElementById(part);
      if (fresh) find(`#${part}`).replaceWith(fresh);
    }
    completePage();
    const p50 = find('[data-then="p50"]')?.textContent;
    if (p50) announce(`predicted p50 ${p50}`);
  } catch (error) {
    if (signal.aborted) return;
    find("#prediction").removeAttribute("aria-busy");
    announce(`No prediction: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {ChangeRow} row */
function changed(row) {
  history.replaceState(null, "", address(location.pathname) + location.hash);
  popover?.mark(row);
  clearTimeout(timer);
  timer = window.setTimeout(predict, REST_MS);
}

const graph = document.getElementById("picture");
const popover = graph ? new ChangePopover(find("#change-popover"), graph, rows) : null;
for (const row of rows) row.addEventListener("change", () => changed(row));
// The levers belong to what was asked for, so another route, search or time is asked for at once.
form.addEventListener("change", () => form.requestSubmit());
document.addEventListener("click", (event) => {
  if (!(/** @type {Element} */ (event.target).closest("[data-reset]"))) return;
  event.preventDefault();
  for (const row of rows) row.reset();
});
