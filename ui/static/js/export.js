// @ts-check
// A picture copied to the clipboard, as SVG or as PNG made from it; where that is not allowed, saved as a file.
import { colour } from "./css-tokens.js";
import { announce, svg } from "./dom.js";

/** The CSS properties that a picture takes along, because a file of its own has no style sheet. */
const STYLES = /** @type {const} */ ([
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "font-style",
  "text-anchor",
  "paint-order",
]);
const CAPTION_HEIGHT_PX = 34;
const MAX_CAPTION_LETTERS = 220;
/** A PNG is this many times as large as its SVG, to be sharp on slides. */
const PNG_SCALE = 2;
/** How long a saved picture is kept for the browser to write it to disk. */
const RELEASE_AFTER_MS = 10_000;

/**
 * Copy a picture that is on the page.
 * @param {SVGSVGElement} picture
 * @param {"svg"|"png"} format
 * @param {string} name of the file, without its ending
 */
export async function copySvg(picture, format, name) {
  await copyImage(standalone(picture), format, name);
}

/**
 * Copy an SVG that has all of its styles in its attributes.
 * @param {SVGElement} picture
 * @param {"svg"|"png"} format
 * @param {string} name of the file, without its ending
 */
export async function copyImage(picture, format, name) {
  const source = new XMLSerializer().serializeToString(picture);
  try {
    if (format === "svg") await navigator.clipboard.writeText(source);
    else await navigator.clipboard.write([new ClipboardItem({ "image/png": png(source) })]);
    announce(`${format.toUpperCase()} copied`);
  } catch {
    save(format === "svg" ? new Blob([source], { type: "image/svg+xml" }) : await png(source), `${name}.${format}`);
    announce(`${name}.${format} saved`);
  }
}

/**
 * A copy with its styles as attributes, on its own background, with a caption that says where it is from.
 * @param {SVGSVGElement} picture
 */
export function standalone(picture) {
  const copy = /** @type {SVGSVGElement} */ (picture.cloneNode(true));
  const [originals, copies] = [picture, copy].map((root) => [...root.querySelectorAll("*")]);
  originals.forEach((original, index) => copyStyle(original, copies[index]));
  for (const link of copy.querySelectorAll("a")) {
    const group = svg("g", {}, ...link.childNodes);
    for (const { name, value } of link.attributes)
      if (!["href", "tabindex"].includes(name)) group.setAttribute(name, value);
    link.replaceWith(group);
  }
  for (const reach of copy.querySelectorAll(".reach")) reach.remove();
  const { x, y, width, height } = picture.viewBox.baseVal;
  const whole = height + CAPTION_HEIGHT_PX;
  const root = svg("svg", {
    xmlns: "http://www.w3.org/2000/svg",
    width,
    height: whole,
    viewBox: `${x} ${y} ${width} ${whole}`,
  });
  const caption = svg("text", {
    x: x + 14,
    y: y + whole - 12,
    "font-size": 11,
    "font-family": "system-ui, sans-serif",
    fill: colour("--muted"),
  });
  caption.textContent = `${document.title}   ${location.href}`.slice(0, MAX_CAPTION_LETTERS);
  root.append(svg("rect", { x, y, width, height: whole, fill: colour("--surface") }), ...copy.childNodes, caption);
  return root;
}

/** @param {Element} original @param {Element} copy */
function copyStyle(original, copy) {
  if (!(original instanceof SVGGraphicsElement)) return;
  const style = getComputedStyle(original);
  for (const name of STYLES) copy.setAttribute(name, style.getPropertyValue(name));
  copy.removeAttribute("class");
  if (style.display === "none" || original.matches(".reach")) copy.remove();
}

/** @param {string} source of an SVG @returns {Promise<Blob>} */
async function png(source) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * PNG_SCALE;
  canvas.height = image.height * PNG_SCALE;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be drawn"))), "image/png"),
  );
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), RELEASE_AFTER_MS);
}
