// The catalog page: what is served, how well and how fast, what was left out, which versions.

import { read, readText } from "./api.js";
import { driftPanel } from "./drift.js";
import { byId, make, whole } from "./elements.js";
import { gradePanel } from "./grade.js";
import { keyTools } from "./key.js";
import { hideProblem, showProblem } from "./problem.js";
import { rejectsPanel } from "./rejects.js";
import { speedPanel } from "./speed.js";
import { moment, versionsPanel } from "./versions.js";

const EVERY = 250; // ms between looks whether a version that was made live answers
const PATIENCE = 40; // looks

let running = null;

const say = (text) => (byId("status").textContent = text);

async function load(told = "") {
  running?.abort();
  const { signal } = (running = new AbortController());
  hideProblem();
  byId("key-tools").replaceChildren(...keyTools());
  say(told || "Reading…");
  try {
    const options = { signal };
    const [index, versions, metrics, rejects] = await Promise.all([
      read("index", options), read("versions", options), readText("metrics", options), rejectsPanel(signal),
    ]);
    byId("sections").replaceChildren(
      tiles(index), gradePanel(index.grade), versionsPanel(versions, madeLive, fail), speedPanel(metrics),
      make("div", { class: "half stack" }, rejects, driftPanel(index)));
    say(told || `Read at ${new Date().toLocaleTimeString()}`);
  } catch (error) {
    if (error.name !== "AbortError") fail(error);
  }
}

function fail(error) {
  say("");
  showProblem(error, () => load());
}

// Servers look for a new version twice a second.
async function madeLive(version) {
  say(`Version ${version} is being opened…`);
  try {
    for (let look = 0; look < PATIENCE; look += 1) {
      if ((await read("index")).version === version) return load(`Version ${version} is live`);
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
    await load(`Version ${version} was made live; this server has not opened it yet.`);
  } catch (error) {
    fail(error);
  }
}

function tiles(index) {
  const recall = index.grade?.metrics["recall@1"];
  const tile = (name, value, more = "", isLong = false) =>
    make("div", { class: `tile${isLong ? " long" : ""}` }, make("span", { class: "soft" }, name), make("strong", {}, value), make("span", { class: "soft" }, more));
  return make("section", { class: "tiles", "aria-label": "What is served" },
    tile("Live version", String(index.version), `built ${moment(index.built_at)}`),
    tile("Products", whole(index.products), "can be found"),
    tile("Images", whole(index.images), `change ${whole(index.revision)} of the catalog`),
    recall && tile("Right product first", `${(100 * recall.value).toFixed(1)} %`, `${whole(recall.photos)} photos that it does not hold`),
    tile("Model", index.model.replace("+", " + "), "", true));
}

byId("refresh").addEventListener("click", () => load());
load();
