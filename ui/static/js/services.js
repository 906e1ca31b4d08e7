// @ts-check
// How a service is marked wherever it is named; `ui/services.py` gives the same answer on the server.
import { element } from "./dom.js";

const HUES = 6;
const GREYS = 2;

/** @typedef {{color: number, kind: string}} Service */
/** @typedef {Record<string, Service>} Services */

/** The classes that colour it. @param {Service|undefined} service */
export function classes(service) {
  if (!service) return "unknown";
  if (service.kind === "datastore") return `grey-${service.color % GREYS} datastore`;
  return `hue-${service.color % HUES} texture-${Math.min(Math.floor(service.color / HUES), 2)}`;
}

/** Whether its colour is another's as well, told apart by a texture. @param {Service|undefined} service */
export function textured(service) {
  return service !== undefined && service.kind !== "datastore" && service.color >= HUES;
}

/** One or two letters for a small tile. @param {string} name */
export function letters(name) {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? ["·"];
  return words.slice(0, 2).map((word) => [...word][0]).join("").toUpperCase();
}

/** @param {string} name @param {Services} services */
export function tile(name, services) {
  const made = element("span", `tile ${classes(services[name])}`, letters(name));
  made.setAttribute("aria-hidden", "true");
  return made;
}
