// @ts-check
// Opening a file with traces: dropped on the page or chosen in the form, sent to the collector piece by piece.
import { element } from "./dom.js";
import { link } from "./url.js";
import { count, counted } from "./wording.js";

const PIECE_BYTES = 4 * 1024 * 1024;
/** A compressed file has ten to forty times as much in it. */
const COMPRESSED_PIECE_BYTES = 256 * 1024;
const GZIP = [0x1f, 0x8b];
const MB = 1e6;

/**
 * @typedef {object} Report
 * @property {string|null} import under which number more of the file is to be sent
 * @property {number} bytes
 * @property {number} spans
 * @property {number} rejected
 * @property {string[]} reasons
 * @property {string|null} trace_id
 * @property {Record<string, string>|null} search
 */

const target = element("p", "drop-target", "Drop the file to open it");
/** How many elements the file is over, one within the other. */
let depth = 0;

addEventListener("dragenter", (event) => hasFile(event) && showTarget(1));
addEventListener("dragleave", (event) => hasFile(event) && showTarget(-1));
addEventListener("dragover", (event) => hasFile(event) && event.preventDefault());
addEventListener("drop", (event) => {
  showTarget(-depth);
  const file = event.dataTransfer?.files[0];
  if (!file) return;
  event.preventDefault();
  open(file);
});
for (const name of ["submit", "change"]) {
  document.addEventListener(name, (event) => {
    const form = /** @type {Element} */ (event.target).closest("form.open-file");
    if (!form) return;
    event.preventDefault();
    const file = /** @type {HTMLInputElement} */ (form.querySelector("input")).files?.[0];
    if (file) open(file);
  });
}

/** @param {number} by */
function showTarget(by) {
  depth = Math.max(0, depth + by);
  if (depth) document.body.append(target);
  else target.remove();
}

/** Whether a file is being sent: whoever leaves the page now ends that. */
export function isOpening() {
  return document.querySelector("dialog.opening") !== null;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / MB).toFixed(1);
}

/** @param {DragEvent} event */
function hasFile(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Send a file, show how far it is, and go to what was in it. @param {File} file */
async function open(file) {
  const text = element("p", "", `Opening ${file.name} …`);
  const meter = /** @type {HTMLProgressElement} */ (element("progress"));
  meter.max = file.size || 1;
  const dialog = /** @type {HTMLDialogElement} */ (element("dialog", "opening", text, meter, closeButton("Cancel")));
  const stop = new AbortController();
  dialog.addEventListener("close", () => {
    stop.abort();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  try {
    const report = await send(file, stop.signal, (report) => {
      meter.value = report.bytes;
      text.textContent = `${file.name}: ${megabytes(report.bytes)} of ${megabytes(file.size)} MB, ${counted(report.spans, "span")} …`;
    });
    if (report.rejected) dialog.replaceChildren(...rejects(file, report));
    else location.assign(addressOf(report));
  } catch (error) {
    if (stop.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    const told = element("p", "", `${file.name} could not be opened: ${reason}`);
    told.setAttribute("role", "alert");
    dialog.replaceChildren(told, closeButton("Close"));
  }
}

/**
 * @param {File} file
 * @param {AbortSignal} signal
 * @param {(report: Report) => void} onProgress
 */
async function send(file, signal, onProgress) {
  let number = "";
  let begin = 0;
  const size = (await isCompressed(file)) ? COMPRESSED_PIECE_BYTES : PIECE_BYTES;
  for (; begin + size < file.size; begin += size) {
    const report = await sendPiece(`/api/import${number}?more=1`, file.slice(begin, begin + size), signal);
    number = `/${report.import}`;
    onProgress(report);
  }
  return sendPiece(`/api/import${number}`, file.slice(begin), signal);
}

/** @param {File} file */
async function isCompressed(file) {
  const begin = new Uint8Array(await file.slice(0, GZIP.length).arrayBuffer());
  return GZIP.every((byte, place) => begin[place] === byte);
}

/** @param {string} address @param {Blob} body @param {AbortSignal} signal @returns {Promise<Report>} */
async function sendPiece(address, body, signal) {
  const response = await fetch(address, { method: "POST", body, signal });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

/** @param {Report} report */
function addressOf(report) {
  return report.trace_id ? link(`/trace/${report.trace_id}`) : link("/", report.search ?? {});
}

/** What to say about a file that could not be read in full. @param {File} file @param {Report} report */
function rejects(file, report) {
  const told = element("p", "", `${file.name}: ${counted(report.rejected, "span")} could not be read:`);
  const list = element("ul", "", ...report.reasons.map((reason) => element("li", "", reason)));
  const left = report.rejected - report.reasons.length;
  if (left) list.append(element("li", "", `… and ${count(left)} more`));
  const actions = closeButton("Close");
  if (report.spans) {
    const others = report.spans === 1 ? "span" : counted(report.spans, "span");
    const rest = element("a", "button primary", `Show the other ${others}`);
    rest.setAttribute("href", addressOf(report));
    actions.append(rest);
  }
  return [told, list, actions];
}

/** @param {string} label */
function closeButton(label) {
  const form = /** @type {HTMLFormElement} */ (element("form", "", element("button", "", label)));
  form.method = "dialog";
  return form;
}
