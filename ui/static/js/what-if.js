// @ts-check
// What if: sliders on operations, in the table and on the flow graph. Every change is asked for at
// once; the last answer wins, and the address always says what is shown.
import { announce, find } from "./dom.js";
import "./aggregates.js";
import { dress } from "./page.js";
import { Knob } from "./change-popover.js";
import { Row } from "./change-row.js";

const PAUSE = 120;
const rows = [...document.querySelectorAll("[data-row]")].map((row) => new Row(/** @type {HTMLElement} */ (row)));
let timer = 0;
let asked = new AbortController();

/** The address of the state that the controls are in. @param {string} path */
function address(path) {
  const given = new URLSearchParams(location.search);
  given.delete("change");
  for (const row of rows) if (row.change) given.append("change", JSON.stringify(row.change));
  return `${path}?${given}`;
}

async function predict() {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
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
    dress();
    const p50 = find('[data-then="p50"]')?.textContent;
    if (p50) announce(`predicted p50 ${p50}`);
  } catch (problem) {
    if (signal.aborted) return;
    find("#prediction").removeAttribute("aria-busy");
    announce(`No prediction: ${problem instanceof Error ? problem.message : problem}`);
  }
}

/** @param {Row} row */
function changed(row) {
  history.replaceState(null, "", address(location.pathname) + location.hash);
  knob?.mark(row);
  clearTimeout(timer);
  timer = window.setTimeout(predict, PAUSE);
}

const room = document.getElementById("picture");
const knob = room ? new Knob(find("#knob"), room, rows) : null;
for (const row of rows) row.addEventListener("change", () => changed(row));
document.addEventListener("click", (event) => {
  if (!(/** @type {Element} */ (event.target).closest("[data-reset]"))) return;
  event.preventDefault();
  for (const row of rows) row.reset();
});
