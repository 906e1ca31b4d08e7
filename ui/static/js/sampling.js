// @ts-check
// The Sampling screen: what is changed takes effect without loading the page, counts are renewed every two seconds, and
// the slider answers at once. Without this it is the same page, made of forms.
import "./aggregates.js";
import { announce, find, isPlainClick } from "./dom.js";
import { completePage } from "./page.js";

const RENEW_MS = 2000;
/** How long the slider has to rest before it is answered. */
const REST_MS = 80;

/** @param {Response} response */
async function pageOf(response) {
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/**
 * Show the rules and policies of another page of this screen in place of these.
 * @param {Response} response
 */
async function show(response) {
  const page = await pageOf(response);
  const fresh = page.getElementById("sampling");
  if (!fresh) throw new Error(find("main p", page)?.textContent.trim() || `the server answered ${response.status}`);
  find("#sampling").replaceWith(fresh);
  renewFrom(page);
  completePage();
}

/** @param {Document} page */
function renewFrom(page) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (fresh && !part.querySelector("details[open]") && !part.contains(document.activeElement))
      part.replaceWith(document.adoptNode(fresh));
  }
}

/** Versions of what the page lists. @param {ParentNode} page */
function versions(page) {
  return [...page.querySelectorAll("[data-version]")].map((part) => part.getAttribute("data-version")).join();
}

async function renew() {
  if (document.hidden) return;
  try {
    const response = await fetch(location.href);
    if (!response.ok) return;
    const page = await pageOf(response);
    if (versions(page) === versions(document)) renewFrom(page);
    else if (!document.querySelector(".sampling-form, input:focus")) location.reload();
  } catch {
    // The collector or the UI is away: the numbers stay as they were.
  }
}

/** @param {SubmitEvent} event */
async function submit(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches("form[data-swap-page]")) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  try {
    const body = new URLSearchParams(/** @type {any} */ (data));
    const response = await fetch(form.action, { method: "POST", body });
    await show(response);
    if (response.redirected) history.replaceState(null, "", response.url);
    focusAfter(String(data.get("do")), response.ok);
    announce(response.ok ? "Saved" : (find("#sampling .error")?.textContent ?? "Not saved"));
  } catch (error) {
    announce(`Not saved: ${error instanceof Error ? error.message : error}`);
    complain(form, error instanceof Error ? error.message : String(error));
  }
}

/** Say beside a form why it could not be sent; what was typed stays. @param {HTMLFormElement} form @param {string} why */
function complain(form, why) {
  const text = `Not saved: ${why}`;
  let place = form.querySelector(".unsent");
  if (!place) form.append((place = Object.assign(document.createElement("p"), { className: "error unsent" })));
  place.textContent = text;
}

/**
 * Focus what the reader was at: the moved row's button, or the field that is wrong.
 * @param {string} step the button's value, `up:2`
 * @param {boolean} isDone
 */
function focusAfter(step, isDone) {
  const [what, which] = step.split(":");
  if (!isDone) return find("#sampling [aria-invalid]")?.focus();
  const target = Number(which) + (what === "up" ? -1 : 1);
  if (what !== "up" && what !== "down") return;
  const other = what === "up" ? "down" : "up";
  const list = document.querySelectorAll(`[value="${what}:${target}"]:enabled, [value="${other}:${target}"]:enabled`);
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (list))
    if (button.getAttribute("form") === lastForm) return button.focus();
}

let lastForm = "";

document.addEventListener("submit", (event) => {
  lastForm = event.submitter?.getAttribute("form") ?? "";
  submit(event);
});
document.addEventListener("click", async (event) => {
  const link = /** @type {Element} */ (event.target).closest("a[data-swap-page]");
  if (!(link instanceof HTMLAnchorElement) || !isPlainClick(event)) return;
  event.preventDefault();
  const key = location.search.match(/(rule|policy)=(\w+)/);
  try {
    await show(await fetch(link.href));
    history.replaceState(null, "", link.href);
    const form = find(".sampling-form");
    if (form) find("select, input:not([type=hidden])", form).focus();
    else if (key) find(`[data-key="${key[1]}:${key[2]}"]`)?.focus();
  } catch {
    location.assign(link.href);
  }
});

const slider = /** @type {HTMLInputElement} */ (find("#rate-slider"));
const percent = /** @type {HTMLInputElement} */ (find("#percent"));
let timer = 0;
let request = new AbortController();

/** Have the slider show what the field says. */
function placeSlider() {
  slider.value = String(Math.log10(Math.max(0.01, Number(percent.value.replace(",", ".")) || 0.01)));
}

async function tell() {
  request.abort();
  request = new AbortController();
  const { signal } = request;
  try {
    const page = await pageOf(
      await fetch(`/sampling/what-if?percent=${encodeURIComponent(percent.value)}`, { signal }),
    );
    const fresh = page.getElementById("what-if-answer");
    if (!signal.aborted && fresh) find("#what-if-answer").replaceWith(fresh);
  } catch (error) {
    if (!signal.aborted) announce(`No answer: ${error instanceof Error ? error.message : error}`);
  }
}

function tellSoon() {
  clearTimeout(timer);
  timer = window.setTimeout(tell, REST_MS);
}

slider.addEventListener("input", () => {
  percent.value = String(Number((10 ** Number(slider.value)).toPrecision(2)));
  tellSoon();
});
percent.addEventListener("input", () => {
  placeSlider();
  tellSoon();
});
placeSlider();
setInterval(renew, RENEW_MS);
