// @ts-check
// The colours of `tokens.css` as they are now, for what is painted rather than styled.
import { element } from "./dom.js";

const probe = element("i");
/** Kept, because reading one makes the browser work out the styles of the whole page. @type {Map<string, string>} */
const colours = new Map();
document.addEventListener("theme", () => colours.clear(), true);

/** A colour as `rgb(r, g, b)`. @param {string} token its name, `--hue-0` */
export function colour(token) {
  const value = colours.get(token) ?? computed(token);
  colours.set(token, value);
  return value;
}

/** @param {string} token */
function computed(token) {
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${token})`;
  return getComputedStyle(probe).color;
}

/** A colour as a pixel of a canvas. @param {string} token */
export function pixel(token) {
  const [red, green, blue] = (colour(token).match(/\d+/g) ?? []).map(Number);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * The token of a service's colour: that of the first of its classes.
 * @param {import("./service-marks.js").Mark} mark
 */
export function hueToken({ classes }) {
  return classes === "unknown" ? "--muted" : `--${classes.split(" ")[0]}`;
}
