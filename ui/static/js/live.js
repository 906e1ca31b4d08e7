// @ts-check
// The Live screen: the page came with its list; this adds the scatter and lets new traces in.
import { ask, Refused } from "./api.js";
import { announce, find } from "./dom.js";
import { bind } from "./keys.js";
import { List } from "./trace-list.js";
import "./page.js";
import { Scatter } from "./scatter.js";
import { showStats } from "./collector-stats.js";
import { Stream } from "./live-stream.js";
import { change, link, parameters } from "./url.js";
import { foresee, plain, prepare, visit } from "./prefetch.js";
import { count, duration, milliseconds } from "./wording.js";

/** @typedef {import("./api.js").Summary} Summary */

const POINTS = 1000;
const PAGE = 50;
/** How long a collector that is away is left alone, ms. */
const AGAIN = 2000;
const SECONDS = /** @type {Record<string, number>} */ ({ "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86400 });

const STATES = { live: "Live", polling: "Live, asking every 3 s", away: "Collector away", paused: "Paused" };

/** Ends all that this screen does by itself. */
const here = new AbortController();
const given = parameters();
const value = (/** @type {string} */ name) => given.get(name) ?? "";

/** What is searched for now; a relative time is worked out anew each time. @returns {Record<string, string>} */
function search() {
  const seconds = SECONDS[value("last")];
  const since = seconds ? String(BigInt(Math.round(Date.now() - seconds * 1000)) * 1_000_000n) : "";
  const all = { q: value("q"), from: value("from") || since, to: value("to") };
  return Object.fromEntries(Object.entries(all).filter(([, text]) => text));
}

const follows = !value("to") && !value("cursor") && !value("order");
const table = find("#traces");
const figure = find("#scatter");
/** @type {import("./service-marks.js").Services} */
const services = {};

async function learnServices() {
  for (const each of (await ask("/api/services")).services) services[each.name] = each;
}

/** @param {Summary[]} traces */
async function takeIn(traces) {
  const unknown = traces.some((trace) => Object.keys(trace.services).some((name) => !services[name]));
  if (unknown) await learnServices();
}

function bindSearch() {
  const form = find("#search");
  for (const select of form.querySelectorAll("select")) select.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("submit", () => {
    for (const input of form.elements) if (input.name && !input.value) input.disabled = true;
  });
  addEventListener("pageshow", () => {
    for (const input of form.elements) input.disabled = false;
  });
  bind("/", "search", () => find("#q").select(), here.signal);
}

/** @param {List} list */
function bindList(list) {
  bind("j ArrowDown", "next trace", () => list.move(1), here.signal);
  bind("k ArrowUp", "trace before", () => list.move(-1), here.signal);
  bind("Enter", "open the trace", () => find("a", document.activeElement?.closest("tr") ?? table.tBodies[0]).click(), here.signal);
  table.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const anchor = /** @type {Element} */ (event.target).closest("a");
    if (!anchor || !plain(event)) return;
    event.preventDefault();
    visit(anchor.href, () => here.abort());
  });
  prepare(table);
}

/** @param {Scatter} scatter */
function bindScatter(scatter) {
  scatter.addEventListener("open", (event) => visit(link(`/trace/${/** @type {CustomEvent} */ (event).detail}`), () => here.abort()));
  scatter.addEventListener("say", (event) => announce(/** @type {CustomEvent} */ (event).detail));
  scatter.addEventListener("select", (event) => {
    const { from, to, durations } = /** @type {CustomEvent} */ (event).detail;
    const ns = (/** @type {number} */ ms) => `${BigInt(Math.round(ms * 1000)) * 1000n}`;
    const span = durations ? ` duration:>=${Math.floor(durations[0])}ns duration:<=${Math.ceil(durations[1])}ns` : "";
    location.assign(link("/", { q: (value("q") + span).trim(), order: value("order"), from: ns(from), to: ns(to) }));
  });
  const buttons = figure.querySelectorAll("[data-scale]");
  const choose = (/** @type {string} */ scale) => {
    scatter.log = scale !== "linear";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.scale === (scatter.log ? "log" : "linear")));
    scatter.draw();
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      choose(button.dataset.scale);
      change({ scale: scatter.log ? null : "linear" });
    });
  }
  choose(value("scale"));
}

/** What all matching traces add up to. @param {Scatter} scatter */
async function summarise(scatter) {
  const summary = await ask("/api/summary", search());
  if (here.signal.aborted) return;
  const set = (/** @type {string} */ name, /** @type {string} */ text) => (find(`[data-s="${name}"]`).textContent = text);
  set("traces", count(summary.traces));
  set("errors", count(summary.errors));
  for (const name of ["p50", "p95", "p99", "max"]) set(name, summary.traces ? duration(summary[name]) : "–");
  scatter.lines = summary.traces > 4 ? { p50: summary.p50, p95: summary.p95 } : {};
  scatter.draw();
}

/** How the list comes by new traces, on its button. @param {keyof typeof STATES} state */
function tell(state) {
  const button = find(".live-state");
  button.dataset.state = state;
  find("span", button).textContent = STATES[state];
}

/** @param {number} ms @param {() => void} run */
function every(ms, run) {
  const timer = setInterval(run, ms);
  here.signal.addEventListener("abort", () => clearInterval(timer));
}

/** @param {List} list @param {Scatter} scatter @param {Stream} stream */
function goLive(list, scatter, stream) {
  const button = find(".live-state");
  let stale = false;
  /** @param {keyof typeof STATES} state */
  const say = (state) => tell(list.paused ? "paused" : state);
  /** @type {keyof typeof STATES} */
  let state = "live";
  button.addEventListener("click", () => {
    list.paused = !list.paused;
    button.setAttribute("aria-pressed", String(list.paused));
    say(state);
    list.settle();
  });
  stream.addEventListener("state", (event) => say((state = /** @type {CustomEvent} */ (event).detail)));
  stream.addEventListener("traces", async (event) => {
    const traces = /** @type {CustomEvent<Summary[]>} */ (event).detail;
    await takeIn(traces);
    list.take(traces);
    if (!list.paused) scatter.take(traces);
    foresee(traces);
    stale = true;
  });
  every(1000, () => {
    list.tick();
    if (!list.paused) scatter.draw();
  });
  every(2000, () => {
    if (!stale || list.paused || document.hidden) return;
    stale = false;
    summarise(scatter).catch(() => (stale = true));
  });
  say(state);
}

/** The traces of the search, once all services are known too. The collector may have gone since the page came. */
async function listed() {
  for (;;) {
    try {
      return (await Promise.all([ask("/api/traces", { ...search(), limit: POINTS }), learnServices()]))[0];
    } catch (problem) {
      if (problem instanceof Refused && problem.status < 502) throw problem;
      tell("away");
      await new Promise((after) => setTimeout(after, AGAIN));
    }
  }
}

async function begin() {
  bindSearch();
  if (find("[role=alert]")) return;
  const stream = new Stream(search, here.signal);
  stream.addEventListener("stats", (event) => showStats(/** @type {CustomEvent} */ (event).detail));
  if (!table || !figure) {
    stream.addEventListener("traces", (event) => {
      if (/** @type {CustomEvent<Summary[]>} */ (event).detail.length) location.reload();
    });
    stream.start();
    return;
  }
  const found = await listed();
  if (here.signal.aborted) return;
  const list = new List(table, services, PAGE);
  const scatter = new Scatter(find(".plot", figure), services);
  bindList(list);
  bindScatter(scatter);
  list.know(found.traces);
  foresee(found.traces.filter((/** @type {Summary} */ { trace_id }) => list.rows.has(trace_id)));
  if (value("from") && value("to")) scatter.range = { from: milliseconds(value("from")), to: milliseconds(value("to")) };
  scatter.live = follows;
  scatter.take(found.traces);
  if (follows) {
    goLive(list, scatter, stream);
    stream.start();
  } else {
    find(".live-state").hidden = true;
  }
  await summarise(scatter);
}

// Another screen was shown in this page's place, and the browser came back to it.
addEventListener("popstate", () => location.reload(), { signal: here.signal });
begin();
