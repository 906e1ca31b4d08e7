// @ts-check
// Requests to the collector, by the UI's own address, which passes them on.

/**
 * @typedef {object} Summary
 * @property {string} trace_id
 * @property {string} start moment, ns
 * @property {number} duration ns
 * @property {boolean} timed false if all its times are impossible
 * @property {string} service
 * @property {string} name
 * @property {string} resource
 * @property {string} status
 * @property {boolean} root_received
 * @property {number} spans
 * @property {number} errors
 * @property {Record<string, number>} services those with the most spans
 * @property {number} services_left_out
 * @property {string} version
 * @property {{reason: string, stands_for: number} | null} kept why the trace was kept, where not all are
 */

/** A request that the collector refused, with its message. */
export class RefusedError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const RETRY_AFTER_MS = 300;
/** How often to come back to a collector that reads other large traces first. */
const MAX_RETRIES_IF_BUSY = 6;

/**
 * Fetch, and try once more if the connection breaks: browsers drop all connections when a network comes or goes,
 * even those to this machine. A collector that is busy says when to come back.
 * @param {string} address
 * @param {RequestInit} options
 */
async function fetchWithRetry(address, options) {
  for (let retries = 0; ; retries++) {
    const response = await fetchOnceMore(address, options);
    const retryAfterS = Number(response.headers.get("Retry-After"));
    if (response.status !== 503 || !retryAfterS || retries === MAX_RETRIES_IF_BUSY) return response;
    await wait(1000 * retryAfterS);
  }
}

/** @param {string} address @param {RequestInit} options */
async function fetchOnceMore(address, options) {
  try {
    return await fetch(address, options);
  } catch {
    await wait(RETRY_AFTER_MS);
    return fetch(address, options);
  }
}

/** @param {number} ms @returns {Promise<void>} */
function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Ask for JSON.
 * @param {string} path
 * @param {Record<string, string|number>} [parameters] empty ones are left out
 * @param {RequestInit} [options]
 */
export async function ask(path, parameters = {}, options = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== "") query.append(name, String(value));
  const response = await fetchWithRetry(query.size ? `${path}?${query}` : path, options);
  const answer = await response.json();
  if (!response.ok) throw new RefusedError(response.status, answer.error ?? response.statusText);
  return answer;
}

/**
 * Ask for a whole trace, and the tag by which to find out later whether it has grown.
 * @param {string} id
 * @param {string} [tag] of the answer that is here already; null is returned while nothing has changed
 */
export async function trace(id, tag) {
  const options = tag ? { headers: { "If-None-Match": tag }, cache: /** @type {const} */ ("no-store") } : {};
  const response = await fetchWithRetry(`/api/trace/${id}`, options);
  if (response.status === 304) return null;
  const answer = await response.json();
  if (!response.ok) throw new RefusedError(response.status, answer.error ?? response.statusText);
  return { answer, tag: response.headers.get("ETag") ?? "" };
}
