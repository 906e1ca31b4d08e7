// @ts-check
// What was strange about a trace, with the causes that are likely for it and no others.
import { element, icon } from "./dom.js";
import { counted } from "./wording.js";

/** @type {Record<string, (spans: number) => string>} */
const CAUSES = {
  no_root: () => "The root span was not received. It may still be running (a span is sent when it ends), its service may not be traced, or what it sent was lost.",
  orphan: (spans) => `${counted(spans, "span")} named a parent that was not received and ${spans === 1 ? "stands" : "stand"} at the top. The parent may still be running, or was lost on the way.`,
  many_roots: () => "Several spans have no parent. Somebody started new roots under one trace id.",
  duplicate: (spans) => `${counted(spans, "span")} came more than once with the same id; one of each is shown. Clients send again when they saw no answer.`,
  cycle: (spans) => `${counted(spans, "span")} named a descendant as parent. The circle is cut where it began.`,
};

/**
 * @param {HTMLElement} root
 * @param {{kind: string, span: string, what: string}[]} odd
 * @param {(span: string) => void} go
 */
export function showOdd(root, odd, go) {
  /** @type {Map<string, typeof odd>} */
  const kinds = new Map();
  // What clocks say has a place of its own, in the strip of findings.
  for (const each of odd.filter(({ kind }) => kind !== "clock_skew")) kinds.set(each.kind, [...(kinds.get(each.kind) ?? []), each]);
  root.hidden = kinds.size === 0;
  root.replaceChildren(...[...kinds].map(([kind, each]) => notice(kind, each, go)));
}

/** @param {string} kind @param {{span: string, what: string}[]} each @param {(span: string) => void} go */
function notice(kind, each, go) {
  const says = CAUSES[kind]?.(each.length) ?? each[0].what;
  const places = each.filter(({ span }) => span).slice(0, 20).map(({ span, what }) => {
    const button = element("button", "quiet", what);
    button.addEventListener("click", () => go(span));
    return element("li", "", button);
  });
  if (!places.length) return element("p", "notice", icon("warning"), element("span", "", says));
  return element("details", "notice", element("summary", "", icon("warning"), says), element("ul", "", ...places));
}
