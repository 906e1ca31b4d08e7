// @ts-check
// What is shown stands in the address, so that it can be shared, gone back to and kept.

/** The address's parameters. */
export const parameters = () => new URLSearchParams(location.search);

/**
 * Change some parameters; null or "" removes one.
 * @param {Record<string, string|null>} changes
 * @param {"push"|"replace"} [how] push for going somewhere, replace for adjusting the view
 */
export function change(changes, how = "replace") {
  const given = parameters();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") given.delete(name);
    else given.set(name, value);
  }
  const query = given.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  const address = location.pathname + (query ? `?${query}` : "");
  if (address === location.pathname + location.search) return;
  history[how === "push" ? "pushState" : "replaceState"](null, "", address);
}

/**
 * An address in the UI; what is shown to a room stays so.
 * @param {string} path
 * @param {Record<string, string>} [query]
 */
export function link(path, query = {}) {
  const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  if (parameters().get("present") === "1") given.set("present", "1");
  return given.size ? `${path}?${given}` : path;
}

/**
 * Whole numbers as ranges: 3, 4, 5, 9 is `3-5.9`.
 * @param {Iterable<number>} numbers
 */
export function packed(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const ranges = [];
  for (let at = 0; at < sorted.length; ) {
    let end = at;
    while (end + 1 < sorted.length && sorted[end + 1] === sorted[end] + 1) end++;
    ranges.push(end > at ? `${sorted[at]}-${sorted[end]}` : `${sorted[at]}`);
    at = end + 1;
  }
  return ranges.join(".");
}

/**
 * The numbers below `limit` that `packed` wrote; whatever is no number is left out.
 * @param {string|null} text
 * @param {number} limit
 */
export function unpacked(text, limit) {
  /** @type {Set<number>} */
  const numbers = new Set();
  for (const range of (text ?? "").split(".")) {
    const found = /^(\d+)(?:-(\d+))?$/.exec(range);
    if (!found) continue;
    const last = Math.min(Number(found[2] ?? found[1]), limit - 1);
    for (let number = Number(found[1]); number <= last; number++) numbers.add(number);
  }
  return numbers;
}
