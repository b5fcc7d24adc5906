// The search page: what is asked is in the address bar, so Back and shared links work.

import { Problem, browse, gone, similar, similarToFile } from "./api.js";
import { byId } from "./elements.js";
import { showFacets } from "./filters.js";
import { listen } from "./intake.js";
import { keyTools } from "./key.js";
import { hideProblem, showProblem } from "./problem.js";
import { queryFacts, queryPicture } from "./question.js";
import * as results from "./results.js";
import { push, readState, replace } from "./state.js";

const PAGE = matchMedia("(max-width: 640px)").matches ? 12 : 24;
const LARGEST = 20_000_000;

const localPictures = new Map(); // image_id → what the person chose, as this browser has it
const standingOut = new Map(); // image_id → objects: answers about a part do not name them again
let state = readState();
let next = null; // the offset of the next page
let searched = null; // the part of the picture that was searched
let running = null;

// Runs one question at a time: a newer one ends the older.
async function ask(work) {
  running?.abort();
  const mine = (running = new AbortController());
  results.setWaiting(true);
  try {
    await work(mine.signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error.code !== "query_forgotten" || !state.kept) return results.fail(error, load);
    state.kept = null; // its address is still there
    load();
  } finally {
    if (running === mine) results.setWaiting(false);
  }
}

// The picture of an address is fetched once; later questions name what the server kept of it.
const source = () => (state.kept ? { image_id: state.kept } : state.source);
const page = () => ({ k: PAGE, ...(state.box ? { box: state.box } : {}) });

// Shows the state: the results of its question, or some of the catalog where nothing was asked.
function load() {
  document.body.classList.toggle("asked", state.source !== null);
  byId("scores-switch").hidden = state.source === null;
  byId("key-tools").replaceChildren(...keyTools());
  results.begin();
  if (state.source === null) return ask((signal) => showCatalog(0, signal));
  results.say("Searching…");
  return ask(async (signal) => showAnswer(await similar(source(), state.filters, page(), signal), signal));
}

async function showCatalog(offset, signal) {
  byId("query").hidden = byId("filters").hidden = true;
  results.title("From the catalog", "Lookalike");
  const answer = await browse({ k: PAGE, offset }, signal);
  next = answer.next_offset;
  results.append(answer.products, next !== null, { goTo });
  if (results.count()) results.say("Choose one to see what looks like it.");
  else results.showNothing("The catalog has no products yet.");
}

async function showAnswer(answer, signal) {
  if (!state.source.image_id) state.kept = answer.query.image_id;
  searched = answer.query.image_id && answer.query.box;
  results.title("Products that look like it", "Look-alikes · Lookalike");
  showQuestion(answer);
  showResults(answer);
  if (!results.count()) results.showNoMatch(state.filters, filterBy);
  await showFacets(answer, { ...source(), ...page() }, state.filters, signal, filterBy);
}

function showQuestion(answer) {
  const [width, height] = answer.query.size;
  byId("query").style.setProperty("--wide", `${Math.min(26, Math.max(10, (15 * width) / height))}rem`);
  byId("query").hidden = false;
  const { image_id, objects = [] } = answer.query;
  if (objects.length) standingOut.set(image_id, objects);
  answer.query.objects = standingOut.get(image_id) ?? [];
  const local = localPictures.get(image_id);
  byId("query-picture").replaceChildren(...queryPicture(answer, state.source, local, searchBox));
  byId("query-facts").replaceChildren(...queryFacts(answer, state.filters, filterBy).filter(Boolean));
}

function showResults(answer) {
  next = answer.results.length === PAGE ? results.count() + PAGE : null;
  results.append(answer.results, next !== null, { goTo, why });
}

async function why(result) {
  const reasons = await import("./reasons.js").catch(() => null);
  if (!reasons) return showProblem(gone(), () => why(result));
  hideProblem();
  await reasons.showReasons(result, { ...source(), ...(searched ? { box: searched.join() } : {}) }, localPictures.get(state.source.image_id));
}

async function loadMore() {
  if (!results.hasMore() || results.isWaiting()) return;
  await ask(async (signal) => {
    if (state.source === null) return showCatalog(next, signal);
    showResults(await similar(source(), state.filters, { ...page(), offset: next }, signal));
  });
}

function change(to) {
  state = to;
  push(state);
  return load();
}

function goTo(source) {
  scrollTo({ top: 0 });
  change({ source, filters: [], box: null }).then(() => byId("results-title").focus({ preventScroll: true }));
}

const filterBy = (filters) => change({ ...state, filters });
const searchBox = (box) => change({ ...state, box: box.join() });

function searchFile(file) {
  document.body.classList.add("asked");
  results.begin();
  if (file.size > LARGEST) {
    const sentence = `${file.name} is larger than ${LARGEST / 1e6} MB; choose a smaller picture.`;
    return results.fail(new Problem("image_too_large", sentence), load);
  }
  results.say("Searching…");
  return ask(async (signal) => {
    const answer = await similarToFile(file, { k: PAGE }, signal);
    localPictures.set(answer.query.image_id, URL.createObjectURL(file));
    state = { source: { image_id: answer.query.image_id }, filters: [], box: null };
    push(state);
    byId("scores-switch").hidden = false;
    await showAnswer(answer, signal);
  });
}

listen(searchFile, (image) => goTo({ image }));
results.whenMoreIsWanted(loadMore);
addEventListener("popstate", () => {
  state = readState();
  load();
});
byId("home").addEventListener("click", (event) => {
  event.preventDefault();
  change({ source: null, filters: [], box: null });
});
replace(state);
load();
