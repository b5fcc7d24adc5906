// The grid of products, and what is said above it.

import { card, ghosts, nothing } from "./cards.js";
import { byId, make, whole } from "./elements.js";
import { hideProblem, showProblem } from "./problem.js";

const grid = byId("grid");
const more = byId("more");
let shown = 0;

export const count = () => shown;
export const isWaiting = () => grid.hasAttribute("aria-busy");
export const hasMore = () => !more.hidden;

export function say(text) {
  byId("status").textContent = text;
}

export function title(text, page) {
  byId("results-title").textContent = text;
  document.title = page;
}

export function begin() {
  hideProblem();
  grid.replaceChildren(...ghosts(8));
  more.hidden = true;
  shown = 0;
}

export function fail(error, again) {
  grid.replaceChildren();
  more.hidden = true;
  say("");
  showProblem(error, again);
}

export function setWaiting(isBusy) {
  if (isBusy) grid.setAttribute("aria-busy", "true");
  else grid.removeAttribute("aria-busy");
  if (isBusy || !end) return;
  end.unobserve(byId("end")); // a large screen may show the end still: it is told again
  end.observe(byId("end"));
}

// Products that are shown already are left out: a catalog may change between two pages.
export function append(rows, isMore, actions) {
  if (!shown) grid.replaceChildren();
  const known = new Set([...grid.children].map((one) => one.dataset.product));
  const fresh = rows.filter((row) => !known.has(row.product_id));
  grid.append(...fresh.map((row, at) => card(row, actions, shown + at < 6)));
  shown += fresh.length;
  more.hidden = !isMore;
  if (shown) say(`${whole(shown)} shown`);
}

export function showNothing(...parts) {
  grid.replaceChildren(nothing(...parts));
}

export function showNoMatch(filters, filterBy) {
  const remove = make("button", { class: "button", onclick: () => filterBy([]) }, "Remove the filters");
  showNothing(
    filters.length ? "No product passes these filters." : "The catalog has nothing like it.",
    make("p", {}, filters.length ? remove : "Try another picture, or another part of this one."));
  say("No results");
}

let end = null;

export function whenMoreIsWanted(load) {
  more.addEventListener("click", load);
  const isNear = (entries) => entries[entries.length - 1].isIntersecting && load();
  end = new IntersectionObserver(isNear, { rootMargin: "600px" });
  end.observe(byId("end"));
}

byId("scores").addEventListener("change", (event) => grid.classList.toggle("with-scores", event.target.checked));
