// @ts-check
// "How is this computed?": one explanation at a time, inside the window, closed by Escape.

const OPEN = "details.how[open]";

/** Keep the explanations on the page in order. */
export function bindHow() {
  document.addEventListener("toggle", (event) => {
    const how = event.target;
    if (!(how instanceof HTMLDetailsElement) || !how.matches(OPEN)) return;
    for (const other of document.querySelectorAll(OPEN)) if (other !== how) other.removeAttribute("open");
    const text = /** @type {HTMLElement} */ (how.querySelector(".how-text"));
    how.classList.remove("leftwards");
    how.classList.toggle("leftwards", text.getBoundingClientRect().right > document.documentElement.clientWidth);
  }, true);
  document.addEventListener("click", (event) => {
    for (const how of document.querySelectorAll(OPEN)) {
      if (!how.contains(/** @type {Node} */ (event.target))) how.removeAttribute("open");
    }
  });
  document.addEventListener("keydown", (event) => {
    const how = document.querySelector(OPEN);
    if (event.key !== "Escape" || !how) return;
    how.removeAttribute("open");
    how.querySelector("summary")?.focus();
  });
}
