// @ts-check
// What is shown is in the address, so that it can be shared, kept and returned to.

/** The address's parameters. */
export const parameters = () => new URLSearchParams(location.search);

/**
 * Change some parameters; null or "" removes one.
 * @param {Record<string, string|null>} changes
 * @param {"push"|"replace"} [how] push for going somewhere, replace for adjusting the view
 */
export function change(changes, how = "replace") {
  const query = parameters();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  const address = location.pathname + (text ? `?${text}` : "");
  if (address === location.pathname + location.search) return;
  history[how === "push" ? "pushState" : "replaceState"](null, "", address);
}

/**
 * An address in the UI, which keeps the mode for presenting.
 * @param {string} path
 * @param {Record<string, string>} [query] empty parameters are left out
 */
export function link(path, query = {}) {
  const filled = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  if (parameters().get("present") === "1") filled.set("present", "1");
  return filled.size ? `${path}?${filled}` : path;
}

/**
 * Write whole numbers as ranges: 3, 4, 5, 9 is `3-5.9`.
 * @param {Iterable<number>} numbers
 */
export function packed(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const ranges = [];
  for (let start = 0; start < sorted.length;) {
    let end = start;
    while (end + 1 < sorted.length && sorted[end + 1] === sorted[end] + 1) end++;
    ranges.push(end > start ? `${sorted[start]}-${sorted[end]}` : `${sorted[start]}`);
    start = end + 1;
  }
  return ranges.join(".");
}

/**
 * Read the numbers below `limit` that `packed` wrote; whatever is not a number is left out.
 * @param {string|null} text
 * @param {number} limit
 */
export function unpacked(text, limit) {
  /** @type {Set<number>} */
  const numbers = new Set();
  for (const range of (text ?? "").split(".")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range);
    if (!match) continue;
    const last = Math.min(Number(match[2] ?? match[1]), limit - 1);
    for (let number = Number(match[1]); number <= last; number++) numbers.add(number);
  }
  return numbers;
}

/** Return a trace's id as those know it who only know its lower half. @param {string} traceId 32 hex digits */
export function shortId(traceId) {
  return traceId.slice(16).padStart(32, "0");
}
