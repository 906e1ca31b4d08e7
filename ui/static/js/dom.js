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
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/**
 * @param {string} tag
 * @param {Record<string, string|number>} [attributes]
 * @param {...Node} children
 */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

const sprite = new URL("../icons.svg", import.meta.url).pathname;

/** One of the icons of `icons.svg`, as decoration. @param {string} name */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `${sprite}#${name}` }));
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

/** Say something to readers of the screen. @param {string} text */
export function announce(text) {
  find("#announce").textContent = text;
}
