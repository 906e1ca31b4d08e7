// @ts-check
// The notices above a trace: which of very many spans are shown, what was strange about them, with likely causes,
// and that more have arrived.
import { trace } from "./api.js";
import { element, find, icon } from "./dom.js";
import { counted, milliseconds } from "./wording.js";

/** @typedef {{kind: string, span: string, what: string}} Anomaly */
/** @typedef {{answer: import("./trace-columns.js").Answer, tag: string}} Received a trace, and its version's tag */

const GROWTH_CHECK_INTERVAL_MS = 2000;
/** A trace that has not changed for this long is taken as finished. */
const FINISHED_AFTER_MS = 30_000;
const MAX_PLACES = 20;

/** @type {Record<string, (spans: number, what: string) => string>} what may have caused an anomaly, by its kind */
const CAUSES = {
  no_root: () =>
    "The root span was not received. It may still be running (a span is sent when it ends), its service may not be " +
    "traced, or it was lost on the way.",
  orphan: (spans) =>
    `${counted(spans, "span")} named a parent that was not received and ${spans === 1 ? "is" : "are"} shown at the ` +
    "top. The parent may still be running, or was lost on the way.",
  many_roots: () => "Several spans have no parent. Someone started new roots under the same trace id.",
  duplicate: (spans) =>
    `${counted(spans, "span")} arrived more than once; each is shown once. Clients send again when they get no answer.`,
  shared_id: (spans) =>
    `${counted(spans, "span")} ${spans === 1 ? "has the id" : "have the ids"} of another span, which is a mistake of ` +
    "the client. Each is shown; their children may be under the wrong one.",
  impossible_time: (spans) =>
    `${counted(spans, "span")} cannot have been when ${spans === 1 ? "it says, and is" : "they say, and are"} shown ` +
    "where relatives are. A start of 0, milliseconds sent as nanoseconds, and clocks years ahead are usual causes.",
  sampled_spans: () =>
    "Each span of this trace was kept or not by chance. Parents, self times, and the critical path above all, cannot " +
    "be trusted.",
  proven_skew: (_, what) => `Something was received before it was sent: ${what}.`,
  chain_missing: () =>
    "The chain of hashes over this trace has gaps: spans are on their way, were lost, or were taken out. Each gap is " +
    "named with the span beside it.",
  chain_altered: (spans) =>
    `${counted(spans, "span")} ${spans === 1 ? "is" : "are"} not what ${spans === 1 ? "its" : "their"} tracer sent: ` +
    "the hash is that of something else.",
  chain_doubled: (spans) =>
    `${counted(spans, "span")} ${spans === 1 ? "has" : "have"} the place of another span in a chain of hashes.`,
  cycle: (spans) => `${counted(spans, "span")} named a descendant as parent. The circle is cut at its earliest span.`,
};

/** @param {import("./trace-columns.js").Answer} answer @param {(span: string) => void} open shows a span */
export function showNotices(answer, open) {
  /** @type {Map<string, Anomaly[]>} */
  const kinds = new Map();
  for (const anomaly of answer.odd) {
    if (anomaly.kind === "clock_skew") continue; // It is shown in the strip of findings.
    const alike = kinds.get(anomaly.kind);
    if (alike) alike.push(anomaly);
    else kinds.set(anomaly.kind, [anomaly]);
  }
  const notices = [...kinds].map(([kind, alike]) => notice(kind, alike, answer.odd_left_out[kind] ?? 0, open));
  if (answer.selection) {
    const what = element("span", "", answer.selection.what);
    notices.unshift(element("p", "notice selection", icon("warning"), what));
  }
  const root = find("#notices");
  root.hidden = notices.length === 0;
  root.replaceChildren(...notices);
}

/**
 * @param {string} kind
 * @param {Anomaly[]} anomalies
 * @param {number} leftOut further ones
 * @param {(span: string) => void} open
 */
function notice(kind, anomalies, leftOut, open) {
  const text = CAUSES[kind]?.(anomalies.length + leftOut, anomalies[0].what) ?? anomalies[0].what;
  const located = anomalies.filter(({ span }) => span).slice(0, MAX_PLACES);
  const places = located.map(({ span, what }) => {
    const button = element("button", "quiet", what);
    button.addEventListener("click", () => open(span));
    return element("li", "", button);
  });
  if (!places.length) return element("p", "notice", icon("warning"), element("span", "", text));
  const summary = element("summary", "", icon("warning"), text);
  return element("details", "notice", summary, element("ul", "", ...places));
}

/**
 * Look now and then whether a recent trace has grown, and say so rather than move what is on the screen.
 * @param {Received} received
 */
export function watchGrowth({ answer, tag }) {
  let end = milliseconds(answer.t0) + answer.duration / 1e6 + FINISHED_AFTER_MS;
  if (!tag) return;
  const timer = setInterval(async () => {
    if (Date.now() > end) return clearInterval(timer);
    if (document.hidden) return;
    try {
      const grown = await trace(answer.trace_id, tag);
      if (!grown) return;
      tag = grown.tag;
      end = Date.now() + FINISHED_AFTER_MS;
      showGrowth(grown.answer.spans - answer.spans);
    } catch {
      // The collector is down for a moment; the trace on the screen is still good.
    }
  }, GROWTH_CHECK_INTERVAL_MS);
}

/** @param {number} spans that have arrived since the trace was drawn */
function showGrowth(spans) {
  const show = element("button", "", `${counted(spans, "more span")} arrived. Show`);
  show.addEventListener("click", () => location.reload());
  const root = find("#notices");
  root.hidden = false;
  find(".grown", root)?.remove();
  root.append(element("p", "notice grown", show));
}
