// @ts-check
// New traces as they arrive: pushed by the collector, or asked for where that does not work.
import { ask } from "./api.js";

const POLL = 3000;
/** Traces asked for at a time, the newest. */
const RECENT = 100;
/** Polls before the stream is tried again. */
const PATIENCE = 5;

export class Stream extends EventTarget {
  /**
   * @param {() => Record<string, string>} search what traces must match, at this moment
   * @param {AbortSignal} [until] when nobody looks any more
   */
  constructor(search, until) {
    super();
    this.search = search;
    this.wanted = false;
    /** @type {EventSource|null} */
    this.source = null;
    this.polls = 0;
    this.timer = 0;
    addEventListener("pagehide", () => this.stop(), { signal: until });
    addEventListener("pageshow", (event) => event.persisted && this.start(), { signal: until });
    until?.addEventListener("abort", () => this.stop());
  }

  start() {
    this.stop();
    this.wanted = true;
    const { q } = this.search();
    const source = new EventSource(q ? `/api/live?${new URLSearchParams({ q })}` : "/api/live");
    source.addEventListener("open", () => this.#catchUp());
    source.addEventListener("traces", (event) => this.#tell("traces", JSON.parse(event.data).traces));
    source.addEventListener("stats", (event) => this.#tell("stats", JSON.parse(event.data)));
    source.addEventListener("error", () => this.#fallBack());
    this.source = source;
  }

  stop() {
    this.wanted = false;
    this.source?.close();
    this.source = null;
    clearTimeout(this.timer);
  }

  /** What came before the stream was open is asked for once. */
  async #catchUp() {
    this.#tell("state", "live");
    try {
      this.#tell("traces", (await ask("/api/traces", { ...this.search(), limit: RECENT })).traces);
    } catch {
      // The stream will break as well, and then this is tried again.
    }
  }

  #fallBack() {
    this.stop();
    this.wanted = true;
    this.polls = PATIENCE;
    this.#poll();
  }

  async #poll() {
    try {
      const [found, stats] = await Promise.all([ask("/api/traces", { ...this.search(), limit: RECENT }), ask("/stats")]);
      this.#tell("state", "polling");
      this.#tell("traces", found.traces);
      this.#tell("stats", stats);
      if (--this.polls <= 0 && this.wanted) return this.start();
    } catch {
      this.#tell("state", "away");
    }
    if (this.wanted) this.timer = setTimeout(() => this.#poll(), POLL);
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    if (this.wanted) this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
