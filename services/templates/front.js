"use strict";
const byId = (id) => document.getElementById(id);
const [stage, order, select, button, style, result, round] =
  ["stage", "order", "name", "go", "style", "result", "round"].map(byId);
let waiting = 0;

function element(tag, text, properties = {}) {
  return Object.assign(document.createElement(tag), { textContent: text }, properties);
}

function pour() {
  const beer = select.selectedOptions[0];
  byId("beer").setAttribute("fill", beer.dataset.colour);
  style.textContent = beer.dataset.style;
}

function traceLink(answer, words, label = words) {
  const [, id] = /^00-([0-9a-f]{32})-/.exec(answer.headers.get("traceresponse") || "") || [];
  return id ? element("a", words, { href: `${UI_URL}/trace/${id}`, ariaLabel: label }) : "";
}

function show(heading, lines, seconds, link) {
  const duration = element("p", "", { className: "took" });
  duration.append(element("b", `${seconds.toFixed(2)} s`), " ", link);
  result.replaceChildren(element("h2", heading), ...lines, duration);
}

function remember(beer, donut, seconds, link) {
  const row = element("li", "");
  const bar = element("div", "", { className: "bar" });
  bar.style.width = `${Math.min(100, seconds * 50)}%`;
  row.append(element("span", `${beer} + ${donut}`, { className: "pair" }), bar,
    element("span", `${seconds.toFixed(2)} s`, { className: "seconds" }), link);
  const rows = round.querySelector("ol");
  rows.prepend(row);
  while (rows.children.length > 6) rows.lastChild.remove();
  round.hidden = false;
}

async function pair(event) {
  event.preventDefault();
  if (waiting) return;
  const beer = select.value;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const clock = element("b", "");
  delete stage.dataset.found;
  stage.dataset.busy = "";
  button.setAttribute("aria-disabled", "true");
  result.replaceChildren(element("p", "Asking the bakers, and tasting …", { className: "note" }));
  const duration = element("p", "", { className: "took", ariaHidden: "true" });
  duration.append(clock);
  result.append(duration);
  waiting = setInterval(() => { clock.textContent = `${seconds().toFixed(1)} s`; }, 100);
  try {
    const answer = await fetch(`/pair/beer?name=${encodeURIComponent(beer)}`);
    const body = await answer.json();
    const time = seconds();
    const link = traceLink(answer, "See where the time went →");
    if (!answer.ok) {
      show("No donut this time", [element("p", body.error, { className: "note" })], time, link);
    } else {
      const { donut, baker, score } = body.match;
      const points = element("span", "", { className: "points" });
      points.append(element("b", score), " of 100 points");
      const bakedBy = element("p", `baked by ${baker} `);
      bakedBy.append(element("span", "·", { className: "dot" }), " ", points);
      const excuses = body.untasted.map((excuse) => element("p", `Not tasted: ${excuse}`, { className: "note" }));
      show(donut, [bakedBy, ...excuses], time, link);
      byId("icing").setAttribute("fill", ICINGS[donut]);
      stage.dataset.found = "";
      remember(beer, donut, time, traceLink(answer, "trace", `trace of ${beer} + ${donut}`));
    }
  } catch {
    show("Nobody is behind the counter",
      [element("p", "The matchmaker does not answer. Is it still running?", { className: "note" })], seconds(), "");
  } finally {
    clearInterval(waiting);
    waiting = 0;
    delete stage.dataset.busy;
    button.removeAttribute("aria-disabled");
  }
}

select.addEventListener("change", pour);
order.addEventListener("submit", pair);
pour();
