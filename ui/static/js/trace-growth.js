// @ts-check
// A trace just begun still grows. Ask for a while whether it has, and say so rather than move things.
import { trace } from "./api.js";
import { milliseconds } from "./wording.js";

const EVERY = 2000;
/** How long after its last change a trace is taken for finished, ms. */
const SETTLED = 30_000;

/**
 * @param {{answer: import("./trace-columns.js").Answer, tag: string}} known
 * @param {(grown: {answer: import("./trace-columns.js").Answer, tag: string}) => void} grown
 */
export function watch(known, grown) {
  let { tag } = known;
  const { t0, duration, trace_id } = known.answer;
  let until = milliseconds(t0) + duration / 1e6 + SETTLED;
  if (!tag) return;
  const timer = setInterval(async () => {
    if (Date.now() > until) return clearInterval(timer);
    if (document.hidden) return;
    try {
      const found = await trace(trace_id, tag);
      if (!found) return;
      tag = found.tag;
      until = Date.now() + SETTLED;
      grown(found);
    } catch {
      // The collector is away for a moment; the trace on the screen is still good.
    }
  }, EVERY);
}
