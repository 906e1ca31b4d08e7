// @ts-check
// Asking for traces. The UI's own address passes everything on to the collector.

/**
 * @typedef {object} Summary
 * @property {string} trace_id
 * @property {string} start moment, ns
 * @property {number} duration ns
 * @property {string} service
 * @property {string} name
 * @property {string} resource
 * @property {string} status
 * @property {boolean} root_received
 * @property {number} spans
 * @property {number} errors
 * @property {Record<string, number>} services
 * @property {string} version
 */

/** What the collector said no to, in its own words. */
export class Refused extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const AGAIN = 300;

/**
 * Fetch, and once more if the connection broke: browsers drop all of them when a network comes or
 * goes, also those to this machine.
 * @param {string} address
 * @param {RequestInit} options
 */
async function fetched(address, options) {
  try {
    return await fetch(address, options);
  } catch {
    await new Promise((done) => setTimeout(done, AGAIN));
    return fetch(address, options);
  }
}

/**
 * @param {string} path
 * @param {Record<string, string|number>} [parameters] empty ones are left out
 * @param {RequestInit} [options]
 */
export async function ask(path, parameters = {}, options = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "").map(([name, value]) => [name, String(value)]);
  const response = await fetched(given.length ? `${path}?${new URLSearchParams(given)}` : path, options);
  const answer = await response.json();
  if (!response.ok) throw new Refused(response.status, answer.error ?? response.statusText);
  return answer;
}

/**
 * A whole trace, with the tag that tells whether it has grown since.
 * @param {string} id
 * @param {string} [tag] of the answer known already; null comes back while nothing has changed
 */
export async function trace(id, tag) {
  const options = tag ? { headers: { "If-None-Match": tag }, cache: /** @type {const} */ ("no-store") } : {};
  const response = await fetched(`/api/trace/${id}`, options);
  if (response.status === 304) return null;
  const answer = await response.json();
  if (!response.ok) throw new Refused(response.status, answer.error ?? response.statusText);
  return { answer, tag: response.headers.get("ETag") ?? "" };
}
