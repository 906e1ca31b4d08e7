// @ts-check
// The same controls beside a node of the flow graph.
import { element, find } from "./dom.js";
import { mark, place, said, stops } from "./change-row.js";

/** @typedef {import("./change-row.js").Row} Row */

export class Knob {
  /** @param {HTMLElement} panel @param {HTMLElement} picture @param {Row[]} rows */
  constructor(panel, picture, rows) {
    this.panel = panel;
    this.rows = rows;
    /** @type {Row|null} */
    this.row = null;
    /** @type {SVGAElement|null} */
    this.node = null;
    /** @type {Map<Row, SVGAElement>} */
    this.nodes = new Map();
    /** @type {Map<Row, string>} what each node says where nothing is changed */
    this.shares = new Map();
    for (const link of /** @type {NodeListOf<SVGAElement>} */ (picture.querySelectorAll("a.node"))) {
      const row = rows.find(({ element }) => `#${element.id}` === link.getAttribute("href"));
      if (!row) continue;
      this.nodes.set(row, link);
      this.shares.set(row, row.change ? "" : find(".figure", link).textContent);
      link.setAttribute("aria-haspopup", "dialog");
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.open(row, link);
      });
    }
    /** @type {HTMLSelectElement} */ this.choice = find('[data-knob="way"]', panel);
    /** @type {HTMLInputElement} */ this.number = find('[data-knob="by"]', panel);
    /** @type {HTMLInputElement} */ this.slider = find('[data-knob="slider"]', panel);
    this.choice.addEventListener("change", () => this.row?.set(this.choice.value));
    this.number.addEventListener("input", () => this.number.value && this.row?.set(this.choice.value || "scale", Number(this.number.value)));
    this.slider.addEventListener("input", () => {
      const way = this.choice.value || "scale";
      this.row?.set(way, stops(way)[Number(this.slider.value)]);
    });
    find('[data-do="close-knob"]', panel).addEventListener("click", () => this.close());
    panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    document.addEventListener("pointerdown", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (!panel.contains(target) && !target.closest("a.node")) panel.hidden = true;
    });
  }

  /** @param {Row} row @param {SVGAElement} node */
  open(row, node) {
    this.row = row;
    this.node = node;
    find("#knob-title", this.panel).textContent = row.operation[2] || row.operation[1];
    this.choice.replaceChildren(...[...row.choice.options].map((option) => {
      const made = /** @type {HTMLOptionElement} */ (element("option", "", option.text));
      made.value = option.value;
      return made;
    }));
    this.#show();
    this.panel.hidden = false;
    const box = node.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - this.panel.offsetWidth - 8));
    this.panel.style.left = `${left + scrollX}px`;
    this.panel.style.top = `${box.bottom + scrollY + 8}px`;
    this.slider.focus({ preventScroll: true });
    this.panel.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.panel.hidden = true;
    this.node?.focus({ preventScroll: true });
  }

  /** Show on the graph what is done to an operation. @param {Row} row */
  mark(row) {
    const node = this.nodes.get(row);
    node?.classList.toggle("current", row.change !== null);
    if (node) find(".figure", node).textContent = row.change ? mark(row.way, row.by) : this.shares.get(row);
    if (row === this.row) this.#show();
  }

  #show() {
    const row = /** @type {Row} */ (this.row);
    this.choice.value = row.way;
    if (document.activeElement !== this.number) this.number.value = row.number.value;
    this.number.disabled = row.number.disabled;
    find('[data-knob="name"]', this.panel).textContent = row.way === "parallel" ? "at a time" : "times as fast";
    place(this.slider, row.way, row.by);
    find('[data-knob="says"]', this.panel).textContent = said(row.way, row.by);
  }
}
