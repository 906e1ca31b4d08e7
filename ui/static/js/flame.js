// @ts-check
// The flame view: spans merged by path, as wide as the time they and everything beneath them worked.
import { announce, element, svg } from "./dom.js";
import { explanation } from "./explain.js";
import { MergedSpans } from "./merged-spans.js";
import { markOf } from "./service-marks.js";
import { count, duration, percent } from "./wording.js";

const BLOCK_HEIGHT_PX = 24;
/** Blocks narrower than this cannot be pointed at and are left out. */
const MIN_BLOCK_PX = 2;
const LETTER_WIDTH_PX = 7;
/** The fewest letters that are worth showing. */
const MIN_LETTERS = 4;
const HOW_COMPUTED =
  "Spans with the same service, name and resource under the same path are one block. Its width is their self time " +
  "and that of everything beneath them (collector.analysis.self_time, added up). Work done side by side counts in " +
  "full for each span, so the sum may exceed the trace's duration. The widest blocks are on the left; the order " +
  "says nothing about time.";

export class Flame extends EventTarget {
  /** @param {HTMLElement} panel @param {import("./trace-columns.js").TraceColumns} columns */
  constructor(panel, columns) {
    super();
    this.panel = panel;
    this.columns = columns;
    /** The row whose block is as wide as the screen, -1 for all of them. */
    this.root = -1;
    /** @type {MergedSpans|null} */
    this.merged = null;
    this.active = 0;
  }

  /** Draw it; it is built when it is first shown, and again when the critical path has arrived. */
  draw() {
    if (!this.merged || this.builtWith !== this.columns.critical) this.#build();
    this.#paint();
    this.#describe(this.active);
  }

  #build() {
    this.builtWith = this.columns.critical;
    this.merged = new MergedSpans(this.columns);
    this.picture = svg("svg", { class: "picture-of", role: "tree", "aria-label": "Spans merged by path" });
    this.spacer = element("div", "spacer", this.picture);
    this.room = element("div", "flame-room", this.spacer);
    this.description = element("p", "flame-description");
    const out = element("button", "quiet", "Show all");
    out.addEventListener("click", () => this.zoom(-1));
    this.out = out;
    const show = element("button", "quiet", "Show in the timeline");
    show.addEventListener("click", () =>
      this.dispatchEvent(new CustomEvent("find", { detail: this.merged?.rows[this.active] })),
    );
    this.panel.replaceChildren(
      element("div", "flame-head", explanation(HOW_COMPUTED), this.description, out, show),
      this.room,
    );
    this.room.addEventListener("scroll", () => this.#paint(), { passive: true });
    this.picture.addEventListener("click", (event) => this.#clicked(event));
    this.picture.addEventListener("pointerover", (event) => this.#pointed(event));
    this.picture.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#paint()).observe(this.room);
  }

  /** @param {number} node -1 for everything */
  zoom(node) {
    const { merged } = this;
    if (!merged) return;
    this.root =
      node < 0 || (merged.parents[node] < 0 && merged.children.get(-1)?.length === 1) ? -1 : merged.rows[node];
    this.active = Math.max(0, node);
    this.#paint();
    this.#focus();
    this.dispatchEvent(new CustomEvent("zoom", { detail: this.root }));
  }

  #paint() {
    const { merged, room, spacer, picture } = this;
    if (!merged || !room || !spacer || !picture || !room.clientWidth) return;
    const root = this.root < 0 ? -1 : merged.nodeOf[this.root];
    const { clientWidth: width, clientHeight, scrollTop } = room;
    const view = {
      from: root < 0 ? 0 : merged.offsets[root],
      size: (root < 0 ? merged.total : merged.totals[root]) || 1,
    };
    const above = this.#above(root);
    const first = Math.floor(scrollTop / BLOCK_HEIGHT_PX);
    const last = Math.ceil((scrollTop + clientHeight) / BLOCK_HEIGHT_PX);
    const scale = width / view.size;
    const blocks = [];
    let deepest = 0;
    for (let node = 0; node < merged.length; node++) {
      const wide = above.has(node) ? width : merged.totals[node] * scale;
      const left = above.has(node) ? 0 : (merged.offsets[node] - view.from) * scale;
      if (
        wide < MIN_BLOCK_PX ||
        left < -0.5 ||
        left + wide > width + 0.5 ||
        (root >= 0 && node < root && !above.has(node))
      )
        continue;
      const depth = merged.depths[node];
      if (depth > deepest) deepest = depth;
      if (depth >= first && depth < last)
        blocks.push(this.#block(node, left, wide, depth * BLOCK_HEIGHT_PX, above.has(node)));
    }
    const tall = (deepest + 1) * BLOCK_HEIGHT_PX;
    const shown = Math.max(BLOCK_HEIGHT_PX, Math.min(tall - first * BLOCK_HEIGHT_PX, (last - first) * BLOCK_HEIGHT_PX));
    spacer.style.height = `${tall}px`;
    picture.style.top = `${first * BLOCK_HEIGHT_PX}px`;
    for (const [name, value] of Object.entries({
      width,
      height: shown,
      viewBox: `0 ${first * BLOCK_HEIGHT_PX} ${width} ${shown}`,
    }))
      picture.setAttribute(name, String(value));
    const focused = picture.contains(document.activeElement);
    picture.replaceChildren(...blocks);
    if (!picture.querySelector('[tabindex="0"]')) picture.firstElementChild?.setAttribute("tabindex", "0");
    if (focused) this.#focus();
    if (this.out) this.out.hidden = root < 0;
  }

  /** The node that is zoomed to, and those above it. @param {number} node */
  #above(node) {
    /** @type {Set<number>} */
    const above = new Set();
    for (let next = node; next >= 0; next = this.merged?.parents[next] ?? -1) above.add(next);
    return above;
  }

  /** @param {number} node @param {number} left @param {number} wide @param {number} top @param {boolean} whole */
  #block(node, left, wide, top, whole) {
    const merged = /** @type {MergedSpans} */ (this.merged);
    const { columns } = this;
    const row = merged.rows[node];
    const { classes } = markOf(columns.service(row), columns.services);
    const letters = Math.floor((wide - 10) / LETTER_WIDTH_PX);
    const failed = merged.errors[node] > 0;
    const block = svg(
      "g",
      {
        class: `block ${classes}${failed ? " failed" : ""}${whole ? " whole" : ""}`,
        role: "treeitem",
        "aria-level": merged.depths[node] + 1,
        "aria-label": this.#words(node),
        tabindex: node === this.active ? 0 : -1,
        "data-node": node,
      },
      svg("rect", {
        x: left.toFixed(1),
        y: top,
        width: Math.max(1, wide - 1).toFixed(1),
        height: BLOCK_HEIGHT_PX - 1,
        rx: 2,
      }),
    );
    if (letters >= MIN_LETTERS) {
      const text = svg("text", { x: (Math.max(0, left) + 5).toFixed(1), y: top + 16 });
      text.textContent = cut(this.#label(node), letters);
      block.append(text);
    }
    return block;
  }

  /** @param {number} node */
  #label(node) {
    const { columns, merged } = this;
    const row = merged?.rows[node] ?? 0;
    const times = merged?.counts[node] ?? 1;
    const [name, resource] = columns.names(row, times > 1);
    return `${times > 1 ? `×${count(times)} ` : ""}${name}${resource === name ? "" : ` ${resource}`}`;
  }

  /** @param {number} node */
  #words(node) {
    const merged = /** @type {MergedSpans} */ (this.merged);
    const parts = [
      `${this.columns.service(merged.rows[node])} ${this.#label(node).slice(0, 200)}:`,
      `${duration(merged.totals[node])} with all beneath it (${percent(merged.totals[node] / (merged.total || 1))}),`,
      `${duration(merged.selfTimes[node])} itself`,
    ];
    if (this.columns.critical) parts.push(`, ${duration(merged.critical[node])} on the critical path`);
    if (merged.errors[node]) parts.push(`, ${count(merged.errors[node])} failed`);
    return parts.join(" ").replaceAll(" ,", ",");
  }

  /** @param {number} node */
  #describe(node) {
    if (this.description && this.merged && node < this.merged.length) this.description.textContent = this.#words(node);
  }

  /** @param {Event} event */
  #node(event) {
    const block = /** @type {Element} */ (event.target).closest("[data-node]");
    return block ? Number(block.getAttribute("data-node")) : -1;
  }

  /** @param {Event} event */
  #clicked(event) {
    const node = this.#node(event);
    if (node >= 0) this.zoom(node);
  }

  /** @param {Event} event */
  #pointed(event) {
    const node = this.#node(event);
    if (node >= 0) this.#describe(node);
  }

  #focus() {
    const { room, merged, picture } = this;
    if (!room || !merged || !picture) return;
    const top = (merged.depths[this.active] ?? 0) * BLOCK_HEIGHT_PX;
    if (top < room.scrollTop || top + BLOCK_HEIGHT_PX > room.scrollTop + room.clientHeight) {
      room.scrollTop = Math.max(0, top - room.clientHeight / 2);
      this.#paint();
    }
    this.#describe(this.active);
    for (const block of picture.children)
      block.setAttribute("tabindex", Number(block.getAttribute("data-node")) === this.active ? "0" : "-1");
    const block = /** @type {SVGElement|null} */ (picture.querySelector(`[data-node="${this.active}"]`));
    block?.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { merged } = this;
    if (!merged) return;
    const siblings = merged.children.get(merged.parents[this.active]) ?? [];
    const index = siblings.indexOf(this.active);
    const next = {
      ArrowDown: merged.children.get(this.active)?.[0],
      ArrowUp: merged.parents[this.active],
      ArrowLeft: siblings[index - 1],
      ArrowRight: siblings[index + 1],
    }[event.key];
    if (event.key === "Enter" || event.key === " ") this.zoom(this.active);
    else if (event.key === "Escape") this.zoom(-1);
    else if (!event.key.startsWith("Arrow")) return;
    else if (next !== undefined && next >= 0 && this.#wide(next)) this.active = next;
    else announce("nothing further in this direction");
    event.preventDefault();
    this.#focus();
  }

  /** Whether a block is wide enough to be on the screen. @param {number} node */
  #wide(node) {
    const merged = /** @type {MergedSpans} */ (this.merged);
    const root = this.root < 0 ? -1 : merged.nodeOf[this.root];
    const size = (root < 0 ? merged.total : merged.totals[root]) || 1;
    return this.#above(root).has(node) || (merged.totals[node] / size) * (this.room?.clientWidth ?? 0) >= MIN_BLOCK_PX;
  }
}

/** @param {string} text @param {number} maxLetters */
function cut(text, maxLetters) {
  const letters = [...text.slice(0, 4 * maxLetters).replace(/\s+/g, " ")];
  return letters.length > maxLetters ? `${letters.slice(0, maxLetters - 1).join("")}…` : letters.join("");
}
