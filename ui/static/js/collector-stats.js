// @ts-check
// The line that says whether spans arrive at all.
import { find } from "./dom.js";
import { age, count, counted } from "./wording.js";

/** @param {any} stats the body of `/stats` */
export function showStats(stats) {
  const footer = find("#status");
  const sum = (/** @type {Record<string, number>} */ counters) => Object.values(counters).reduce((all, some) => all + some, 0);
  const rejected = sum(stats.rejected.requests) + sum(stats.rejected.spans);
  footer.dataset.last = stats.last_span_received ?? "";
  find('[data-s="rejected"]', footer).textContent = `${count(rejected)} rejected`;
  find('[data-s="rejected"]', footer).classList.toggle("bad", rejected > 0);
  find('[data-s="stored"]', footer).textContent = `${counted(stats.stored.spans, "span")} of ${counted(stats.stored.traces, "trace")} kept`;
  tick();
}

function tick() {
  const footer = find("#status");
  const last = footer?.dataset.last;
  if (!last) return;
  const text = age(last);
  find('[data-s="last"]', footer).textContent = `last span received ${text} ago`;
  footer.classList.toggle("fresh", / s$/.test(text));
}

setInterval(tick, 1000);
