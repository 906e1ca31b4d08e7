// @ts-check
// The controls that change an operation, beside its node of the flow graph.
import { element, find } from "./dom.js";
import { describe, describeBriefly, numberName, setSlider, sliderNumbers } from "./change-row.js";

/** @typedef {import("./change-row.js").ChangeRow} ChangeRow */

const MARGIN_PX = 8;

export class ChangePopover {
  /** @param {HTMLElement} panel @param {HTMLElement} graph @param {ChangeRow[]} rows */
  constructor(panel, graph, rows) {
    this.panel = panel;
    this.rows = rows;
    /** @type {ChangeRow|null} */
    this.row = null;
    /** @type {SVGAElement|null} */
    this.node = null;
    /** @type {Map<ChangeRow, SVGAElement>} */
    this.nodes = new Map();
    /** @type {Map<ChangeRow, string>} the text of each node while nothing is changed */
    this.shares = new Map();
    for (const link of /** @type {NodeListOf<SVGAElement>} */ (graph.querySelectorAll("a.node"))) {
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
    /** @type {HTMLSelectElement} */ this.choice = find('[data-popover="way"]', panel);
    /** @type {HTMLInputElement} */ this.number = find('[data-popover="by"]', panel);
    /** @type {HTMLInputElement} */ this.slider = find('[data-popover="slider"]', panel);
    this.choice.addEventListener("change", () => this.row?.set(this.choice.value));
    this.number.addEventListener(
      "input",
      () => this.number.value && this.row?.set(this.choice.value || "scale", Number(this.number.value)),
    );
    this.slider.addEventListener("input", () => {
      const way = this.choice.value || "scale";
      this.row?.set(way, sliderNumbers(way)[Number(this.slider.value)]);
    });
    find('[data-do="close-popover"]', panel).addEventListener("click", () => this.close());
    panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    document.addEventListener("pointerdown", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (!panel.contains(target) && !target.closest("a.node")) panel.hidden = true;
    });
  }

  /** @param {ChangeRow} row @param {SVGAElement} node */
  open(row, node) {
    this.row = row;
    this.node = node;
    find("#popover-title", this.panel).textContent = row.operation[2] || row.operation[1];
    this.choice.replaceChildren(
      ...[...row.choice.options].map((option) => {
        const copy = /** @type {HTMLOptionElement} */ (element("option", "", option.text));
        copy.value = option.value;
        return copy;
      }),
    );
    this.#show();
    this.panel.hidden = false;
    const box = node.getBoundingClientRect();
    const rightmost = document.documentElement.clientWidth - this.panel.offsetWidth - MARGIN_PX;
    const left = Math.max(MARGIN_PX, Math.min(box.left, rightmost));
    this.panel.style.left = `${left + scrollX}px`;
    this.panel.style.top = `${box.bottom + scrollY + MARGIN_PX}px`;
    this.slider.focus({ preventScroll: true });
    this.panel.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.panel.hidden = true;
    this.node?.focus({ preventScroll: true });
  }

  /** Show on the graph what is done to an operation. @param {ChangeRow} row */
  mark(row) {
    const node = this.nodes.get(row);
    node?.classList.toggle("current", row.change !== null);
    if (node) find(".figure", node).textContent = row.change ? describeBriefly(row.way, row.by) : this.shares.get(row);
    if (row === this.row) this.#show();
  }

  #show() {
    const row = /** @type {ChangeRow} */ (this.row);
    this.choice.value = row.way;
    if (document.activeElement !== this.number) this.number.value = row.number.value;
    this.number.disabled = row.number.disabled;
    find('[data-popover="name"]', this.panel).textContent = numberName(row.way);
    setSlider(this.slider, row.way, row.by);
    find('[data-popover="says"]', this.panel).textContent = describe(row.way, row.by);
  }
}
