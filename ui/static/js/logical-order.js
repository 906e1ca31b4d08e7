// @ts-check
// The spans in the order of cause and effect, whatever the clocks say. It is fetched when it is first asked for.
import { ask } from "./api.js";
import { announce, find } from "./dom.js";
import { change, parameters } from "./url.js";
import { counted } from "./wording.js";

/**
 * @typedef {object} Answer what `/api/trace/<id>/order` sends
 * @property {number} ticks
 * @property {number[]} start tick of each row
 * @property {number[]} end
 * @property {[number, number, number[]][]} concurrent row, number of siblings, the rows of some
 * @property {Record<string, string>} how
 */

/** The order of a trace's spans: when each starts and ends, in ticks, and which have no order. */
export class Order {
  /** @param {Answer} answer */
  constructor(answer) {
    this.start = answer.start;
    this.lengths = answer.end.map((end, row) => end - answer.start[row]);
    this.ticks = answer.ticks;
    this.how = `${answer.how.order}. Concurrent: ${answer.how.concurrent}.`;
    /** Of the spans that are concurrent with siblings: how many, and the rows of some. */
    this.concurrent = new Map(answer.concurrent.map(([row, number, some]) => [row, { number, some }]));
  }

  /** @param {number} row */
  text(row) {
    return `ticks ${this.start[row]} to ${this.start[row] + this.lengths[row]}`;
  }

  /** @param {number} row @param {(row: number) => string} name */
  concurrentText(row, name) {
    const others = this.concurrent.get(row);
    if (!others) return "";
    const more = others.number - others.some.length;
    const names = [...others.some.map(name), ...(more ? [`${more} more`] : [])].join(", ");
    return `concurrent with ${counted(others.number, "sibling")}: ${names}`;
  }
}

export class LogicalOrder {
  /** @param {import("./trace.js").TraceScreen} screen */
  constructor(screen) {
    this.screen = screen;
    this.select = /** @type {HTMLSelectElement} */ (find("#order"));
    /** @type {Order|null} once it is here */
    this.order = null;
    this.asked = false;
    this.select.addEventListener("change", () => this.#choose(this.select.value));
  }

  /** Show what an address says. @param {URLSearchParams} query */
  read(query) {
    const logical = query.get("order") === "logical";
    this.select.value = logical ? "logical" : "wall";
    this.screen.columns.orderBy(logical ? this.order : null);
    if (logical && !this.asked) this.#load();
  }

  /** @param {string} order */
  #choose(order) {
    // A part of the time is none of the ticks.
    change({ order: order === "wall" ? null : order, from: null, to: null }, "push");
    this.screen.restore();
    if (order === "wall" || this.order) this.#say(order);
  }

  async #load() {
    const { columns } = this.screen;
    this.asked = true;
    try {
      /** @type {Answer} */
      const answer = await ask(`/api/trace/${columns.answer.trace_id}/order`);
      if (answer.start.length !== columns.length) throw new Error("the trace has grown in the meantime.");
      this.order = new Order(answer);
    } catch (error) {
      this.asked = false;
      this.select.value = "wall";
      return announce(`The order could not be loaded: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (parameters().get("order") !== "logical") return;
    this.screen.restore();
    this.#say("logical");
  }

  /** @param {string} order */
  #say(order) {
    announce(order === "logical" ? "ordered by cause and effect" : "ordered by the clocks");
  }
}
