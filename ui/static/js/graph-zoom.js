// @ts-check
// The size of a graph: its viewBox stays, its width changes, and the room around it scrolls.
// A drag moves it. The size stands in the address.
import { announce } from "./dom.js";
import { bind } from "./keys.js";
import { change, parameters } from "./url.js";

const STEP = 1.25;
const SMALLEST = 0.1;
const LARGEST = 4;
/** Without being asked a graph shrinks to the room, but not so far that it could not be read. */
const READABLE = 0.72;

const graphs = () => /** @type {SVGSVGElement[]} */ ([...document.querySelectorAll(".graph-room > svg")]);

/** @param {SVGSVGElement} graph */
const fit = (graph) => {
  const { width, height } = graph.viewBox.baseVal;
  const room = /** @type {Element} */ (graph.parentElement);
  const tallest = Math.max(240, innerHeight * 0.8);
  return Math.min(1, room.clientWidth / width, tallest / height);
};

/** @param {SVGSVGElement} graph */
const fitWidth = (graph) => Math.min(1, /** @type {Element} */ (graph.parentElement).clientWidth / graph.viewBox.baseVal.width);

/** @param {number} size 1 is as drawn */
function resize(size) {
  for (const graph of graphs()) {
    const { width, height } = graph.viewBox.baseVal;
    graph.setAttribute("width", (width * size).toFixed(1));
    graph.setAttribute("height", (height * size).toFixed(1));
  }
}

/** @returns {number} */
const size = () => {
  const [graph] = graphs();
  return graph ? graph.width.baseVal.value / graph.viewBox.baseVal.width : 1;
};

/** Give the graphs of the page the size that the address says, or one that fits. */
export function fitGraphs() {
  if (document.documentElement.hasAttribute("data-present")) return;
  const asked = Number(parameters().get("zoom"));
  for (const graph of graphs()) {
    resize(asked >= SMALLEST && asked <= LARGEST ? asked : Math.max(READABLE, fitWidth(graph)));
    reveal(graph);
  }
}

/** Scroll to where the graph begins, or to the node that is chosen. @param {SVGSVGElement} graph */
function reveal(graph) {
  const node = graph.querySelector(".node.current") ?? graph.querySelector(".node");
  const room = /** @type {Element} */ (graph.parentElement);
  if (!node) return;
  const [inner, outer] = [node.getBoundingClientRect(), room.getBoundingClientRect()];
  const beyond = (/** @type {number} */ near, /** @type {number} */ far, /** @type {number} */ size) => (near < 0 || far > size ? near - (size - far + near) / 2 : 0);
  room.scrollBy(
    beyond(inner.left - outer.left, inner.right - outer.left, outer.width),
    beyond(inner.top - outer.top, inner.bottom - outer.top, outer.height),
  );
}

/** @param {number} to */
function zoom(to) {
  const next = Math.min(LARGEST, Math.max(SMALLEST, to));
  resize(next);
  change({ zoom: next.toFixed(2) });
  announce(`${Math.round(next * 100)} percent`);
}

/** Buttons, keys and the pointer. */
export function bindZoom() {
  const actions = /** @type {Record<string, () => void>} */ ({
    in: () => zoom(size() * STEP),
    out: () => zoom(size() / STEP),
    fit: () => {
      for (const graph of graphs()) zoom(fit(graph));
    },
  });
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-zoom]");
    if (button instanceof HTMLElement) actions[button.dataset.zoom ?? ""]?.();
  });
  if (graphs().length) {
    bind("+ =", "a larger graph", actions.in);
    bind("-", "a smaller graph", actions.out);
  }
  document.addEventListener("pointerdown", drag);
}

/** @param {PointerEvent} event */
function drag(event) {
  const target = /** @type {Element} */ (event.target);
  const room = target.closest(".graph-room");
  if (!room || target.closest("a") || event.button || event.pointerType === "touch") return;
  const from = { x: event.clientX + room.scrollLeft, y: event.clientY + room.scrollTop };
  const move = (/** @type {PointerEvent} */ now) => room.scrollTo(from.x - now.clientX, from.y - now.clientY);
  const until = new AbortController();
  addEventListener("pointermove", move, { signal: until.signal });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => until.abort(), { signal: until.signal });
}
