// @ts-check
// The size of a graph: its viewBox stays, its width changes, and what is around it scrolls. A drag moves it.
// The size is kept in the address.
import { announce } from "./dom.js";
import { bind } from "./keys.js";
import { change, parameters } from "./url.js";

/** Sizes are factors: at 1 the graph is as large as it was drawn. */
const SIZE_STEP = 1.25;
const MIN_SIZE = 0.1;
const MAX_SIZE = 4;
/** By itself a graph shrinks until it fits, but not so far that it could not be read. */
const MIN_READABLE_SIZE = 0.72;
const MIN_HEIGHT_PX = 240;
const MAX_HEIGHT_SHARE = 0.8;

const graphs = () => /** @type {SVGSVGElement[]} */ ([...document.querySelectorAll(".graph-room > svg")]);

/** @param {SVGSVGElement} graph */
const fit = (graph) => {
  const { width, height } = graph.viewBox.baseVal;
  const room = /** @type {Element} */ (graph.parentElement);
  const tallest = Math.max(MIN_HEIGHT_PX, innerHeight * MAX_HEIGHT_SHARE);
  return Math.min(1, room.clientWidth / width, tallest / height);
};

/** @param {SVGSVGElement} graph */
const fitWidth = (graph) =>
  Math.min(1, /** @type {Element} */ (graph.parentElement).clientWidth / graph.viewBox.baseVal.width);

/** @param {number} size */
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

/** Give the graphs on the page the size in the address, or one that fits. */
export function fitGraphs() {
  if (document.documentElement.hasAttribute("data-present")) return;
  const chosen = Number(parameters().get("zoom"));
  for (const graph of graphs()) {
    resize(chosen >= MIN_SIZE && chosen <= MAX_SIZE ? chosen : Math.max(MIN_READABLE_SIZE, fitWidth(graph)));
    reveal(graph);
  }
}

/** Scroll to the selected node, or to where the graph begins. @param {SVGSVGElement} graph */
function reveal(graph) {
  const node = graph.querySelector(".node.current") ?? graph.querySelector(".node");
  const room = /** @type {Element} */ (graph.parentElement);
  if (!node) return;
  const [inner, outer] = [node.getBoundingClientRect(), room.getBoundingClientRect()];
  const beyond = (/** @type {number} */ near, /** @type {number} */ far, /** @type {number} */ size) =>
    near < 0 || far > size ? near - (size - far + near) / 2 : 0;
  room.scrollBy(
    beyond(inner.left - outer.left, inner.right - outer.left, outer.width),
    beyond(inner.top - outer.top, inner.bottom - outer.top, outer.height),
  );
}

/** @param {number} to */
function zoom(to) {
  const next = Math.min(MAX_SIZE, Math.max(MIN_SIZE, to));
  resize(next);
  change({ zoom: next.toFixed(2) });
  announce(`${Math.round(next * 100)} percent`);
}

/** Bind the buttons, keys and pointer that change the size of graphs and move them. */
export function bindZoom() {
  const actions = /** @type {Record<string, () => void>} */ ({
    in: () => zoom(size() * SIZE_STEP),
    out: () => zoom(size() / SIZE_STEP),
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
  const end = new AbortController();
  addEventListener("pointermove", move, { signal: end.signal });
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => end.abort(), { signal: end.signal });
}
