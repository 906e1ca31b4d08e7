// @ts-check
// "How is this computed?" beside a number: one explanation at a time, inside the window, closed by Escape.
import { element } from "./dom.js";

const OPEN = "details.how[open]";

/** The question mark with its explanation, as in `templates/aggregates.html`. @param {string|undefined} text */
export function explanation(text) {
  if (!text) return "";
  const mark = element("span", "", "?");
  mark.setAttribute("aria-hidden", "true");
  const summary = element("summary", "", mark, element("span", "reader", "How is this computed?"));
  summary.title = "How is this computed?";
  return element("details", "how", summary, element("span", "how-text", text));
}

/** Keep the explanations on the page in order: only one open, none cut off by the window. */
export function bindExplanations() {
  document.addEventListener("toggle", opened, true);
  document.addEventListener("click", (event) => {
    for (const details of document.querySelectorAll(OPEN)) {
      if (!details.contains(/** @type {Node} */ (event.target))) details.removeAttribute("open");
    }
  });
  document.addEventListener("keydown", (event) => {
    const details = document.querySelector(OPEN);
    if (event.key !== "Escape" || !details) return;
    details.removeAttribute("open");
    details.querySelector("summary")?.focus();
  });
}

/** @param {Event} event */
function opened({ target: details }) {
  if (!(details instanceof HTMLDetailsElement) || !details.matches(OPEN)) return;
  for (const other of document.querySelectorAll(OPEN)) if (other !== details) other.removeAttribute("open");
  const text = /** @type {HTMLElement} */ (details.querySelector(".how-text"));
  details.classList.remove("leftwards");
  details.classList.toggle("leftwards", text.getBoundingClientRect().right > document.documentElement.clientWidth);
}
