// @ts-check
// Making elements. Whatever a span carries goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with a class and children; strings become text nodes.
 * @param {string} tag
 * @param {string} [className]
 * @param {...(Node|string)} children
 */
export function element(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * An SVG element with attributes and children.
 * @param {string} tag
 * @param {Record<string, string|number>} [attributes]
 * @param {...Node} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

const sprite = new URL("../icons.svg", import.meta.url).pathname;

/** An icon of `icons.svg`, as decoration. @param {string} name */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `${sprite}#${name}` }));
}

/**
 * Call `run` with the detail of each event of a name.
 * @param {EventTarget} target
 * @param {string} name
 * @param {(detail: any) => void} run
 */
export function on(target, name, run) {
  target.addEventListener(name, (event) => run(/** @type {CustomEvent} */ (event).detail));
}

/**
 * Return whether a click is meant to open something here rather than in another tab or window.
 * @param {MouseEvent} event
 */
export function isPlainClick(event) {
  return (
    event.button === 0 &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.shiftKey &&
    !event.altKey &&
    !event.defaultPrevented
  );
}

/**
 * The element that matches, which the page is known to have.
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {any}
 */
export function find(selector, within = document) {
  return within.querySelector(selector);
}

/** Have screen readers say something. @param {string} text */
export function announce(text) {
  find("#announce").textContent = text;
}
