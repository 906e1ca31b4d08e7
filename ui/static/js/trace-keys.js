// @ts-check
// What keys and buttons do on the Trace screen.
import { copyActions } from "./copy-spans.js";
import { find } from "./dom.js";
import { bind } from "./keys.js";
import { copy } from "./page.js";
import { shownView } from "./trace-views.js";

/**
 * Bind the keys, and return what the buttons do, by their `data-do`.
 * @param {import("./trace.js").TraceScreen} screen
 * @returns {Record<string, () => void>}
 */
export function bindKeys(screen) {
  const { waterfall, outline, columns } = screen;
  const last = () => outline.visible.length - 1;
  // These modules are imported only now, because few visits to a trace end in a picture.
  const copyPicture = async (/** @type {"svg"|"png"} */ format) => {
    const view = shownView();
    const picture = find(`#${view} svg.picture-of, #${view} .graph-room > svg`);
    if (!picture) return (await import("./waterfall-picture.js")).copyWaterfall(screen, format);
    return (await import("./export.js")).copySvg(picture, format, `${view}-${columns.answer.trace_id.slice(0, 8)}`);
  };
  /** @type {Record<string, () => void>} */
  const actions = {
    less: () => screen.adjust(() => outline.deepen(-1)),
    more: () => screen.adjust(() => outline.deepen(1)),
    fold: () => screen.adjust(() => outline.foldRuns(!outline.foldAll)),
    error: () => screen.nextError(),
    unzoom: () => screen.zoom({ from: 0, to: columns.extent }),
    next: () => screen.step(1),
    previous: () => screen.step(-1),
    critical: () => screen.insight.showCriticalPath(waterfall.critical ? "off" : "on"),
    only: () => screen.insight.showCriticalPath(outline.only ? "on" : "only"),
    "copy-link": () => copy(location.href, "Link"),
    "copy-svg": () => copyPicture("svg"),
    "copy-png": () => copyPicture("png"),
    ...copyActions(screen),
  };
  bind("j ArrowDown", "next span", () => screen.move(1));
  bind("k ArrowUp", "previous span", () => screen.move(-1));
  bind("l ArrowRight", "open, then go in", () => right(screen));
  bind("h ArrowLeft", "close, then go to the parent", () => left(screen));
  bind("Enter", "details of the span", () => screen.select(waterfall.active, "push"));
  bind("Escape", "close the details", () => screen.close());
  bind("PageDown", "", () => screen.move(waterfall.page));
  bind("PageUp", "", () => screen.move(-waterfall.page));
  bind("Home", "first span", () => screen.move(-last()));
  bind("End", "last span", () => screen.move(last()));
  bind("/", "find a span", () => find("#find").select());
  bind("n", "next match", actions.next);
  bind("p", "previous match", actions.previous);
  bind("e", "next error", actions.error);
  bind("[", "show one level less", actions.less);
  bind("]", "show one level more", actions.more);
  bind("x", "fold repeats", actions.fold);
  bind("+ =", "zoom in on the span", () => zoomBy(screen, 0.5));
  bind("-", "zoom out", () => zoomBy(screen, 2));
  bind("Z", "zoom to the span", () => zoomTo(screen));
  bind("z", "zoom out to the whole trace", actions.unzoom);
  bind("c", "critical path", actions.critical);
  bind("C", "only the critical path", actions.only);
  bind("f", "flame graph or timeline", () => screen.flip("flame"));
  bind("g", "graph or timeline", () => screen.flip("graph"));
  bind("s", "statistics or timeline", () => screen.flip("statistics"));
  bind("y", "copy the link", actions["copy-link"]);
  bind("Y", "all there is to copy", () => openMenu(find("#copies")));
  bind("t", "copy the span and all below it as text", actions["copy-subtree-text"]);
  bind("m", "the same as Markdown", actions["copy-subtree-markdown"]);
  bind("o", "the same as JSON", actions["copy-subtree-json"]);
  bind("T", "copy the whole trace as text", actions["copy-trace-text"]);
  bind("M", "the same as Markdown", actions["copy-trace-markdown"]);
  bind("O", "the same as JSON", actions["copy-trace-json"]);
  return actions;
}

/** Open a menu and go to its first button. @param {HTMLDetailsElement} menu */
function openMenu(menu) {
  menu.open = true;
  menu.querySelector("button")?.focus();
}

/** @param {import("./trace.js").TraceScreen} screen */
function right(screen) {
  const { active } = screen.waterfall;
  const opens = screen.columns.hasChildren(active) || screen.outline.isFolded(active);
  if (opens && !screen.outline.isOpen(active)) screen.toggle(active);
  else if (opens) screen.move(1);
}

/** @param {import("./trace.js").TraceScreen} screen */
function left(screen) {
  const { active } = screen.waterfall;
  const parent = screen.columns.parents[active];
  if (screen.columns.hasChildren(active) && screen.outline.isOpen(active)) screen.toggle(active);
  else if (parent >= 0) screen.go(parent);
}

/**
 * Zoom around the middle of the active span.
 * @param {import("./trace.js").TraceScreen} screen
 * @param {number} factor
 */
function zoomBy(screen, factor) {
  const { view, active } = screen.waterfall;
  const { starts, lengths, extent } = screen.columns;
  const middle = starts[active] + lengths[active] / 2;
  const centre = middle >= view.from && middle <= view.to ? middle : (view.from + view.to) / 2;
  const width = Math.min(extent, (view.to - view.from) * factor);
  const from = Math.max(0, Math.min(extent - width, centre - ((centre - view.from) / (view.to - view.from)) * width));
  screen.zoom({ from, to: from + width });
}

/** @param {import("./trace.js").TraceScreen} screen */
function zoomTo(screen) {
  const { active } = screen.waterfall;
  const { starts, lengths } = screen.columns;
  const margin = lengths[active] * 0.05;
  screen.zoom({ from: starts[active] - margin, to: starts[active] + lengths[active] + margin });
}
