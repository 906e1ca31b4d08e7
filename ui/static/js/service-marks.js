// @ts-check
// How a service is marked wherever it is named; `ui/service_marks.py` gives the same answer on the server.
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

/** What tells services apart that would look the same, by all services shown. @type {WeakMap<Services, {size: number, letters: Map<string, string>}>} */
const known = new WeakMap();

/** One or two letters for a small tile, among all services that are shown. @param {string} name @param {Services} services */
export function mark(name, services) {
  const size = Object.keys(services).length;
  let found = known.get(services);
  if (found?.size !== size) {
    found = { size, letters: toldApart(services) };
    known.set(services, found);
  }
  return found.letters.get(name) ?? letters(name);
}

/** @param {Services} services @returns {Map<string, string>} only those that need more than their own letters */
function toldApart(services) {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const [name, service] of Object.entries(services)) {
    const look = `${classes(service)} ${letters(name)}`;
    groups.set(look, [...(groups.get(look) ?? []), name]);
  }
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const names of groups.values()) if (names.length > 1) for (const [name, pair] of pairs(names)) found.set(name, pair);
  return found;
}

/** Two letters for each name, the second one that the others do not have there. @param {string[]} names */
function pairs(names) {
  /** @type {Map<string, string>} */
  const found = new Map();
  const upper = new Map(names.map((name) => [name, [...name.toUpperCase()]]));
  [...names].sort(byCode).forEach((name, number) => {
    const [first] = letters(name);
    const own = upper.get(name) ?? [];
    const others = names.filter((other) => other !== name).map((other) => upper.get(other) ?? []);
    const at = own.findIndex((letter, at) => at > 0 && /[\p{L}\p{N}]/u.test(letter) && others.every((other) => other[at] !== letter) && ![...found.values()].includes(first + letter));
    found.set(name, first + (at > 0 ? own[at] : number + 1));
  });
  return found;
}

/** By code points, as Python sorts: `sort` alone looks at halves of the rarer ones. @param {string} one @param {string} other */
function byCode(one, other) {
  const [a, b] = [[...one], [...other]];
  const at = a.findIndex((letter, at) => letter !== b[at]);
  if (at < 0) return a.length - b.length;
  return (a[at].codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? -1);
}

/** One or two letters of a name by itself. @param {string} name */
export function letters(name) {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? ["·"];
  return words.slice(0, 2).map((word) => [...word][0]).join("").toUpperCase();
}

/** @param {string} name @param {Services} services */
export function tile(name, services) {
  const made = element("span", `tile ${classes(services[name])}`, mark(name, services));
  made.setAttribute("aria-hidden", "true");
  return made;
}
