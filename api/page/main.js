// The search page: what is asked is in the address bar, so Back and shared links work.

import { Problem, browse, similar, similarToFile } from "./api.js";
import { card, ghosts, nothing } from "./cards.js";
import { byId, make } from "./elements.js";
import { facets } from "./facets.js";
import { nameOf } from "./filter-text.js";
import { queryFacts, queryPicture } from "./question.js";
import { push, readState, replace } from "./state.js";

const PAGE = 24;
const COUNTED = ["category", "brand", "price", "in_stock"];
const MOST_ATTRIBUTES = 6;
const LARGEST = 20_000_000;

const localPictures = new Map(); // image_id → what the person chose, as this browser has it
const isNarrow = matchMedia("(max-width: 999px)").matches;
const openSections = new Set(isNarrow ? [] : ["category", "brand"]);
let state = readState();
let shown = 0;
let running = null;
const attributes = new Set();

const grid = byId("grid");
const more = byId("more");

function say(text) {
  byId("status").textContent = text;
}

// Runs one question at a time: a newer one ends the older.
async function ask(work) {
  running?.abort();
  const mine = (running = new AbortController());
  grid.setAttribute("aria-busy", "true");
  try {
    await work(mine.signal);
  } catch (error) {
    if (error.name !== "AbortError") fail(error);
  } finally {
    if (running === mine) grid.removeAttribute("aria-busy");
  }
}

function fail(error) {
  if (!(error instanceof Problem)) throw error;
  const isForgotten = error.code === "query_forgotten";
  const text = isForgotten ? "This picture is not kept any more. Choose it again." : error.message;
  const again = ["unreachable", "overloaded", "deadline_passed", "index_loading", "catalog_unavailable"].includes(error.code);
  byId("problem").replaceChildren(text, again ? make("div", {}, make("button", { class: "button", onclick: () => load() }, "Try again")) : "");
  byId("problem").hidden = false;
  grid.replaceChildren();
  more.hidden = true;
  say("");
}

function begin() {
  byId("problem").hidden = true;
  grid.replaceChildren(...ghosts(8));
  more.hidden = true;
  shown = 0;
}

// Shows the state: the results of its question, or some of the catalog where nothing was asked.
function load() {
  document.body.classList.toggle("asked", state.source !== null);
  byId("scores-switch").hidden = state.source === null;
  begin();
  if (state.source === null) return ask(showCatalog);
  say("Searching…");
  return ask(async (signal) => {
    const answer = await similar(state.source, state.filters, { k: PAGE }, signal);
    await showAnswer(answer, signal);
  });
}

async function showCatalog(signal) {
  byId("query").hidden = byId("filters").hidden = true;
  byId("results-title").textContent = "From the catalog";
  document.title = "Lookalike";
  const answer = await browse({ k: PAGE, offset: shown }, signal);
  append(answer.products.map((product) => card(product, goTo)), answer.products.length === PAGE);
  say(shown ? "Choose one to see what looks like it." : "");
  if (!shown) grid.replaceChildren(nothing("The catalog has no products yet."));
}

async function showAnswer(answer, signal) {
  if (answer.query.image_id && !state.source.image_id) {
    state = { ...state, source: { image_id: answer.query.image_id } };
  }
  byId("results-title").textContent = "Products that look like it";
  document.title = "Look-alikes · Lookalike";
  showQuestion(answer);
  append(answer.results.map((result) => card(result, goTo)), answer.results.length === PAGE);
  if (!shown) showNoMatch();
  for (const { product } of answer.results) Object.keys(product.attributes).forEach((name) => attributes.add(name));
  if (answer.query.colors.length) attributes.add("color");
  await showFacets(signal);
}

function showQuestion(answer) {
  byId("query").hidden = false;
  const local = localPictures.get(answer.query.image_id);
  byId("query-picture").replaceChildren(queryPicture(answer, state.source, local));
  byId("query-facts").replaceChildren(...queryFacts(answer, state.filters, filterBy).filter(Boolean));
}

function showNoMatch() {
  const drop = state.filters.length && make("button", { class: "button", onclick: () => filterBy([]) }, "Remove the filters");
  grid.replaceChildren(nothing("No product passes these filters.", make("p", {}, drop || "")));
  say("No results");
}

// Each field that is filtered is counted without its own filter, so that more can be chosen.
async function showFacets(signal) {
  const named = [...attributes].filter((name) => !name.includes(","));
  const fields = [...COUNTED, ...named.slice(0, MOST_ATTRIBUTES)];
  const filtered = new Set(state.filters.map(nameOf).filter((name) => fields.includes(name)));
  const count = (names, filters) => similar(state.source, filters, { k: 1, facets: names.join(",") }, signal);
  const others = fields.filter((name) => !filtered.has(name));
  const asked = [...filtered].map((name) => count([name], state.filters.filter((one) => nameOf(one) !== name)));
  const answers = await Promise.all([count(others, state.filters), ...asked]);
  const counts = Object.assign({}, ...answers.map((answer) => answer.facets));
  const ordered = Object.fromEntries(fields.filter((name) => counts[name]).map((name) => [name, counts[name]]));
  const [applied, ...sections] = facets(ordered, state.filters, openSections, filterBy);
  byId("applied").replaceChildren(applied);
  byId("sections").replaceChildren(...sections);
  byId("filters").hidden = false;
}

function append(cards, isMore) {
  if (!shown) grid.replaceChildren();
  grid.append(...cards);
  shown += cards.length;
  more.hidden = !isMore;
  if (shown) say(`${shown} shown`);
}

async function loadMore() {
  if (more.hidden || grid.hasAttribute("aria-busy")) return;
  more.hidden = true;
  await ask(async (signal) => {
    if (state.source === null) return showCatalog(signal);
    const answer = await similar(state.source, state.filters, { k: PAGE, offset: shown }, signal);
    append(answer.results.map((result) => card(result, goTo)), answer.results.length === PAGE);
  });
}

function goTo(source) {
  state = { source, filters: [] };
  push(state);
  scrollTo({ top: 0 });
  load().then(() => byId("results-title").focus({ preventScroll: true }));
}

function filterBy(filters) {
  state = { ...state, filters };
  push(state);
  load();
}

function searchFile(file) {
  if (!file) return;
  document.body.classList.add("asked");
  begin();
  if (file.size > LARGEST) return fail(new Problem("image_too_large", `${file.name} is larger than ${LARGEST / 1e6} MB; choose a smaller picture.`));
  say("Searching…");
  return ask(async (signal) => {
    const answer = await similarToFile(file, { k: PAGE }, signal);
    localPictures.set(answer.query.image_id, URL.createObjectURL(file));
    state = { source: { image_id: answer.query.image_id }, filters: [] };
    push(state);
    byId("scores-switch").hidden = false;
    await showAnswer(answer, signal);
  });
}

function searchUrl(event) {
  event.preventDefault();
  goTo({ image: byId("url").value.trim() });
}

function dropped(event) {
  event.preventDefault();
  byId("drop").classList.remove("over");
  const { files } = event.dataTransfer;
  const address = event.dataTransfer.getData("text/uri-list").split("\n")[0];
  if (files.length) searchFile(files[0]);
  else if (address) goTo({ image: address });
}

function pasted(event) {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (file) {
    event.preventDefault();
    searchFile(file);
  }
}

for (const id of ["file", "camera"]) {
  byId(id).addEventListener("change", (event) => {
    searchFile(event.target.files[0]);
    event.target.value = ""; // so that the same picture can be chosen again
  });
}
byId("by-url").addEventListener("submit", searchUrl);
addEventListener("paste", pasted);
addEventListener("dragover", (event) => {
  event.preventDefault();
  byId("drop").classList.add("over");
});
addEventListener("dragleave", (event) => event.relatedTarget ?? byId("drop").classList.remove("over"));
addEventListener("drop", dropped);
addEventListener("popstate", () => {
  state = readState();
  load();
});
byId("home").addEventListener("click", (event) => {
  event.preventDefault();
  state = { source: null, filters: [] };
  push(state);
  load();
});
byId("scores").addEventListener("change", (event) => grid.classList.toggle("with-scores", event.target.checked));
more.addEventListener("click", loadMore);
new IntersectionObserver((entries) => entries[0].isIntersecting && loadMore(), { rootMargin: "600px" }).observe(byId("end"));
byId("all-filters").open = !isNarrow;
replace(state);
load();
