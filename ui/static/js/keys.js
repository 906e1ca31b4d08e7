// @ts-check
// The keyboard. A key is bound together with what it does, so the help is never out of date.
import { element, find } from "./dom.js";

/** @typedef {{keys: string[], does: string, run: (event: KeyboardEvent) => void}} Binding */
/** @type {Binding[]} */
let bindings = [];
const KEY_NAMES = /** @type {Record<string, string>} */ ({
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  " ": "Space",
  PageDown: "PgDn",
  PageUp: "PgUp",
});
/** Keys that buttons, links and sliders use themselves. */
const CONTROL_KEYS = new Set(["Enter", " ", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"]);

/**
 * Bind keys everywhere except in inputs and dialogs.
 * @param {string} keys one or more, as `KeyboardEvent.key` names them, separated by spaces
 * @param {string} does what the help says; "" for keys not worth a line
 * @param {(event: KeyboardEvent) => void} run
 * @param {AbortSignal} [until] unbinds the keys
 */
export function bind(keys, does, run, until) {
  const binding = { keys: keys.split(" "), does, run };
  bindings.push(binding);
  until?.addEventListener("abort", () => (bindings = bindings.filter((other) => other !== binding)));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = /** @type {Element} */ (event.target);
  if (target.closest("input, select, textarea, dialog")) return;
  if (CONTROL_KEYS.has(event.key) && target.closest("a, button, summary, [role=slider], [role=separator], [role=tab]"))
    return;
  const binding = bindings.find(({ keys }) => keys.includes(event.key));
  if (!binding) return;
  event.preventDefault();
  binding.run(event);
});

/** Show what every key does. */
export function help() {
  const lines = bindings
    .filter(({ does }) => does)
    .map(({ keys, does }) => {
      const caps = keys.map((key) => element("kbd", "", KEY_NAMES[key] ?? key));
      return element("div", "", element("dt", "", ...caps), element("dd", "", does));
    });
  find("#help-keys").replaceChildren(...lines);
  find("#help").showModal();
}
