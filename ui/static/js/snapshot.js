// @ts-check
// A picture on the page as a file of its own: what the style sheet says goes into the elements.
import { svg } from "./dom.js";
import { copyImage } from "./image.js";
import { colour } from "./css-tokens.js";

/** What a picture needs of its style, and what stands for "not there". */
const STYLES = /** @type {const} */ ([
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap",
  "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "font-style", "text-anchor", "paint-order",
]);
const CAPTION = 34;

/** @param {SVGSVGElement} drawing @param {"svg"|"png"} kind @param {string} name of the file, where it cannot be copied */
export async function copySvg(drawing, kind, name) {
  await copyImage(new XMLSerializer().serializeToString(alone(drawing)), kind, name);
}

/** The drawing with its styles, on its own ground, and where it comes from. @param {SVGSVGElement} drawing */
export function alone(drawing) {
  const copy = /** @type {SVGSVGElement} */ (drawing.cloneNode(true));
  const [from, to] = [drawing, copy].map((root) => [...root.querySelectorAll("*")]);
  from.forEach((element, at) => dress(element, to[at]));
  for (const link of copy.querySelectorAll("a")) {
    const group = svg("g", {}, ...link.childNodes);
    for (const { name, value } of link.attributes) if (!["href", "tabindex"].includes(name)) group.setAttribute(name, value);
    link.replaceWith(group);
  }
  for (const reach of copy.querySelectorAll(".reach")) reach.remove();
  const { x, y, width, height } = drawing.viewBox.baseVal;
  const tall = height + CAPTION;
  const root = svg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: tall, viewBox: `${x} ${y} ${width} ${tall}` });
  const caption = svg("text", { x: x + 14, y: y + tall - 12, "font-size": 11, "font-family": "system-ui, sans-serif", fill: colour("--muted") });
  caption.textContent = `${document.title}   ${location.href}`.slice(0, 220);
  root.append(svg("rect", { x, y, width, height: tall, fill: colour("--surface") }), ...copy.childNodes, caption);
  return root;
}

/** @param {Element} element @param {Element} copy */
function dress(element, copy) {
  if (!(element instanceof SVGGraphicsElement)) return;
  const style = getComputedStyle(element);
  for (const name of STYLES) copy.setAttribute(name, style.getPropertyValue(name));
  copy.removeAttribute("class");
  if (style.display === "none" || element.matches(".reach")) copy.remove();
}
