// @ts-check
// The Live screen: the page comes with its list; this adds the scatter plot and new traces.
import { ask, RefusedError } from "./api.js";
import { announce, element, find, icon, isPlainClick, on } from "./dom.js";
import { bind } from "./keys.js";
import { LiveStream } from "./live-stream.js";
import { isOpening } from "./open-file.js";
import "./page.js";
import { bindPrefetch, openInPlace, prepareLargeTraces } from "./prefetch.js";
import { Scatter } from "./scatter.js";
import { marksOf, updateMarks } from "./service-marks.js";
import { TraceList } from "./trace-list.js";
import { change, link, parameters } from "./url.js";
import { age, count, counted, duration, forwarded, milliseconds } from "./wording.js";

/** @typedef {import("./api.js").Summary} Summary */

const MAX_POINTS = 1000;
const MAX_ROWS = 50;
/** How long to wait before asking a collector again that is down. */
const RETRY_AFTER_MS = 2000;
/** How often ages are updated, and what the traces add up to. */
const AGES_INTERVAL_MS = 1000;
const SUMMARY_INTERVAL_MS = 2000;
/** Fewer traces than this have no lines at their percentiles. */
const MIN_TRACES_FOR_LINES = 5;
const WINDOW_SECONDS = /** @type {Record<string, number>} */ ({
  "1m": 60,
  "5m": 300,
  "15m": 900,
  "1h": 3600,
  "1d": 86400,
});

const STATES = { live: "Live", polling: "Live, asking every 3 s", down: "Collector down", paused: "Paused" };

/** Ends everything that this screen does by itself. */
const leaving = new AbortController();
const query = parameters();
const value = (/** @type {string} */ name) => query.get(name) ?? "";

/** What is searched for, counting a relative time back from now. @returns {Record<string, string>} */
function search() {
  const seconds = WINDOW_SECONDS[value("last")];
  const since = seconds ? String(BigInt(Math.round(Date.now() - seconds * 1000)) * 1_000_000n) : "";
  const all = { q: value("q"), from: value("from") || since, to: value("to") };
  return Object.fromEntries(Object.entries(all).filter(([, text]) => text));
}

const follows = !value("to") && !value("cursor") && !value("order");
const table = find("#traces");
const figure = find("#scatter");
/** How services are marked. */
const services = table ? marksOf(table) : {};

/** Services that were asked for; of very many some have no mark. @type {Set<string>} */
const asked = new Set();

/** Ask for the marks of services that were not known when the page came. @param {Summary[]} traces */
async function learnServices(traces) {
  const names = traces.flatMap((trace) => Object.keys(trace.services));
  const unknown = names.filter((name) => !Object.hasOwn(services, name) && !asked.has(name));
  if (unknown.length === 0) return;
  for (const name of unknown) asked.add(name);
  await updateMarks(services);
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
  bind("/", "search", () => find("#q").select(), leaving.signal);
}

/** @param {TraceList} list */
function bindList(list) {
  bind("j ArrowDown", "next trace", () => list.move(1), leaving.signal);
  bind("k ArrowUp", "previous trace", () => list.move(-1), leaving.signal);
  bind(
    "Enter",
    "open the trace",
    () => find("a", document.activeElement?.closest("tr") ?? table.tBodies[0]).click(),
    leaving.signal,
  );
  table.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const anchor = /** @type {Element} */ (event.target).closest("a");
    if (!anchor || !isPlainClick(event)) return;
    event.preventDefault();
    openInPlace(anchor.href, () => leaving.abort());
  });
  bindPrefetch(table);
}

/** @param {Scatter} scatter */
function bindScatter(scatter) {
  on(scatter, "open", (id) => openInPlace(link(`/trace/${id}`), () => leaving.abort()));
  on(scatter, "say", announce);
  on(scatter, "select", ({ from, to, durations }) => {
    const ns = (/** @type {number} */ ms) => `${BigInt(Math.round(ms * 1000)) * 1000n}`;
    const span = durations ? ` duration:>=${Math.floor(durations[0])}ns duration:<=${Math.ceil(durations[1])}ns` : "";
    location.assign(link("/", { q: (value("q") + span).trim(), order: value("order"), from: ns(from), to: ns(to) }));
  });
  const buttons = figure.querySelectorAll("[data-scale]");
  const choose = (/** @type {string|undefined} */ scale) => {
    scatter.log = scale !== "linear";
    for (const button of buttons)
      button.setAttribute("aria-pressed", String(button.dataset.scale === (scatter.log ? "log" : "linear")));
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

/** Show what all matching traces add up to. @param {Scatter} scatter */
async function updateSummary(scatter) {
  const summary = await ask("/api/summary", search());
  if (leaving.signal.aborted) return;
  const set = (/** @type {string} */ name, /** @type {string} */ text) =>
    (find(`[data-s="${name}"]`).textContent = text);
  set("traces", `${summary.exact ? "" : "≥ "}${count(summary.traces)}`);
  set("errors", count(summary.errors));
  for (const name of ["p50", "p95", "p99", "max"]) set(name, duration(summary[name]));
  const enough = summary.traces >= MIN_TRACES_FOR_LINES && summary.p50 !== null;
  scatter.lines = enough ? { p50: summary.p50, p95: summary.p95 } : {};
  scatter.draw();
}

/** Say on the button how the list gets new traces. @param {keyof typeof STATES} state */
function showState(state) {
  const button = find(".live-state");
  button.dataset.state = state;
  find("span", button).textContent = STATES[state];
}

/** @param {number} ms @param {() => void} run */
function every(ms, run) {
  const timer = setInterval(run, ms);
  leaving.signal.addEventListener("abort", () => clearInterval(timer));
}

/** @param {TraceList} list @param {Scatter} scatter @param {LiveStream} stream */
function goLive(list, scatter, stream) {
  const button = find(".live-state");
  let stale = false;
  /** @param {keyof typeof STATES} state */
  const show = (state) => showState(list.paused ? "paused" : state);
  /** @type {keyof typeof STATES} */
  let state = "live";
  button.addEventListener("click", () => {
    list.paused = !list.paused;
    button.setAttribute("aria-pressed", String(list.paused));
    show(state);
    list.update();
  });
  on(stream, "state", (changed) => show((state = changed)));
  on(stream, "traces", async (/** @type {Summary[]} */ traces) => {
    await learnServices(traces);
    list.add(traces);
    if (!list.paused) scatter.add(traces);
    if (!isOpening()) prepareLargeTraces(traces);
    stale = true;
  });
  every(AGES_INTERVAL_MS, () => {
    list.updateAges();
    if (!list.paused) scatter.draw();
  });
  every(SUMMARY_INTERVAL_MS, () => {
    if (!stale || list.paused || document.hidden) return;
    stale = false;
    updateSummary(scatter).catch(() => (stale = true));
  });
  show(state);
}

/**
 * Fetch the traces of the search; the collector may have gone down since the page came.
 * @returns {Promise<Summary[]>}
 */
async function fetchTraces() {
  for (;;) {
    try {
      const { traces } = await ask("/api/traces", { ...search(), limit: MAX_POINTS });
      await learnServices(traces);
      return traces;
    } catch (error) {
      if (error instanceof RefusedError && error.status < 502) throw error;
      showState("down");
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    }
  }
}

/** Say in the footer whether any spans arrive. @param {any} stats the body of `/stats` */
function showStats(stats) {
  const footer = find("#status");
  const sum = (/** @type {Record<string, number>} */ counters) =>
    Object.values(counters).reduce((total, counter) => total + counter, 0);
  const rejected = sum(stats.rejected.requests) + sum(stats.rejected.spans);
  footer.dataset.last = stats.last_span_received ?? "";
  find('[data-s="rejected"]', footer).textContent = `${count(rejected)} rejected`;
  find('[data-s="rejected"]', footer).classList.toggle("bad", rejected > 0);
  find('[data-s="stored"]', footer).textContent =
    `${counted(stats.stored.spans, "span")} of ${counted(stats.stored.traces, "trace")} kept`;
  find('[data-s="forward"]', footer).replaceChildren(...stats.forward.map(forwardedTo));
  showMissing(stats.missing ?? []);
  showAge();
}

/**
 * Say at the top of the page what cannot be read at present, as the page does when it comes.
 * @param {string[]} sentences
 */
function showMissing(sentences) {
  const place = find("#missing");
  const texts = sentences.map((sentence) => `Some traces are missing here: ${sentence}`);
  const shown = [...place.children].map((notice) => notice.textContent.trim());
  if (texts.join("\n") === shown.join("\n")) return;
  place.replaceChildren(
    ...texts.map((text) => {
      const notice = element("p", "notice error of-page", icon("error"), element("span", "", text));
      notice.setAttribute("role", "alert");
      return notice;
    }),
  );
}

/** What was sent on to one other backend. @param {any} target */
function forwardedTo(target) {
  const bad = target.problem || target.refused || target.dropped;
  const said = element("span", bad ? "bad" : "", forwarded(target));
  said.title = target.problem ? `${target.target}: ${target.problem}` : target.target;
  return said;
}

/** Say how long ago the last span arrived. */
function showAge() {
  const footer = find("#status");
  const last = footer?.dataset.last;
  if (!last) return;
  const text = age(last);
  find('[data-s="last"]', footer).textContent = `last span received ${text} ago`;
  footer.classList.toggle("fresh", / s$/.test(text));
}

async function begin() {
  bindSearch();
  if (find("main [role=alert]")) return;
  const stream = new LiveStream(search, leaving.signal);
  on(stream, "stats", showStats);
  every(AGES_INTERVAL_MS, showAge);
  if (!table || !figure) {
    on(stream, "traces", (traces) => traces.length && !isOpening() && location.reload());
    stream.start();
    return;
  }
  const traces = await fetchTraces();
  if (leaving.signal.aborted) return;
  const list = new TraceList(table, services, MAX_ROWS);
  const scatter = new Scatter(find(".plot", figure), services);
  bindList(list);
  bindScatter(scatter);
  list.learnDurations(traces);
  prepareLargeTraces(traces.filter(({ trace_id }) => list.rows.has(trace_id)));
  if (value("from") && value("to"))
    scatter.range = { from: milliseconds(value("from")), to: milliseconds(value("to")) };
  scatter.live = follows;
  scatter.add(traces);
  if (follows) {
    goLive(list, scatter, stream);
    stream.start();
  } else {
    find(".live-state").hidden = true;
  }
  await updateSummary(scatter);
}

// Another screen was shown in place of this page, and the browser went back to it.
addEventListener("popstate", () => location.reload(), { signal: leaving.signal });
begin();
