// @ts-check
// The colours of `tokens.css` as they are now, for what is painted rather than styled.
import { element } from "./dom.js";

const probe = element("i");
/** Asking makes the browser work out the styles of the whole page. @type {Map<string, string>} */
const known = new Map();
document.addEventListener("theme", () => known.clear(), true);

/** A colour as `rgb(r, g, b)`. @param {string} token its name, `--hue-0` */
export function colour(token) {
  const said = known.get(token) ?? asked(token);
  known.set(token, said);
  return said;
}

/** @param {string} token */
function asked(token) {
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

/** The token of a service's colour. @param {import("./service-marks.js").Service} service */
export function hue({ color, kind }) {
  return kind === "datastore" ? `--grey-${color % 2}` : `--hue-${color % 6}`;
}
