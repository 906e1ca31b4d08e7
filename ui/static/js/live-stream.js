// @ts-check
// New traces as they arrive: pushed by the collector, or polled where that does not work.
import { ask } from "./api.js";

const POLL_INTERVAL_MS = 3000;
/** How many of the newest traces a poll asks for. */
const RECENT_TRACES = 100;
/** Polls before the stream is tried again. */
const POLLS_BEFORE_RETRY = 5;

export class LiveStream extends EventTarget {
  /**
   * @param {() => Record<string, string>} search returns what traces must match now
   * @param {AbortSignal} [until] ends the stream
   */
  constructor(search, until) {
    super();
    this.search = search;
    this.running = false;
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
    this.running = true;
    const { q } = this.search();
    const source = new EventSource(q ? `/api/live?${new URLSearchParams({ q })}` : "/api/live");
    source.addEventListener("open", () => this.#catchUp());
    source.addEventListener("traces", (event) => this.#emit("traces", JSON.parse(event.data).traces));
    source.addEventListener("stats", (event) => this.#emit("stats", JSON.parse(event.data)));
    source.addEventListener("error", () => this.#fallBack());
    this.source = source;
  }

  stop() {
    this.running = false;
    this.source?.close();
    this.source = null;
    clearTimeout(this.timer);
  }

  /** Ask once for what arrived before the stream was open. */
  async #catchUp() {
    this.#emit("state", "live");
    try {
      this.#emit("traces", (await ask("/api/traces", { ...this.search(), limit: RECENT_TRACES })).traces);
    } catch {
      // The stream will break as well, and then this is tried again.
    }
  }

  #fallBack() {
    this.stop();
    this.running = true;
    this.polls = POLLS_BEFORE_RETRY;
    this.#poll();
  }

  async #poll() {
    try {
      const [newest, stats] = await Promise.all([
        ask("/api/traces", { ...this.search(), limit: RECENT_TRACES }),
        ask("/stats"),
      ]);
      this.#emit("state", "polling");
      this.#emit("traces", newest.traces);
      this.#emit("stats", stats);
      if (--this.polls <= 0 && this.running) return this.start();
    } catch {
      this.#emit("state", "down");
    }
    if (this.running) this.timer = setTimeout(() => this.#poll(), POLL_INTERVAL_MS);
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    if (this.running) this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
