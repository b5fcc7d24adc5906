// How long requests and their stages took, from Prometheus' text.

import { make, whole } from "./elements.js";
import { panel, table } from "./tables.js";

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

// [{name, labels, value}] of each sample.
export function samples(text) {
  return text.split("\n").map((line) => line.match(LINE)).filter(Boolean).map(([, name, labels, value]) => ({
    name, value: Number(value), labels: Object.fromEntries([...(labels ?? "").matchAll(LABEL)].map(([, key, one]) => [key, one])),
  }));
}

// Histograms of one name, added up for each value of `key(labels)`.
export function histograms(found, name, key) {
  const all = new Map();
  for (const one of found) {
    if (one.name !== `${name}_bucket`) continue;
    const title = key(one.labels);
    if (title === null) continue;
    const buckets = all.get(title) ?? new Map();
    const edge = one.labels.le === "+Inf" ? Infinity : Number(one.labels.le);
    buckets.set(edge, (buckets.get(edge) ?? 0) + one.value);
    all.set(title, buckets);
  }
  return [...all].map(([title, buckets]) => ({ title, edges: [...buckets].sort(([a], [b]) => a - b) }));
}

// The value below which a share of all lies, as Prometheus estimates it inside a bucket; in the
// first one and after the last one it is only known to be below or above their edge.
export function quantile(edges, share) {
  const count = edges[edges.length - 1][1];
  if (!count) return "–";
  const rank = share * count;
  const at = edges.findIndex(([, below]) => below >= rank);
  const [high, below] = edges[at];
  if (!at) return `< ${milliseconds(high)}`;
  const [low, before] = edges[at - 1];
  if (high === Infinity) return `> ${milliseconds(low)}`;
  return milliseconds(low + ((high - low) * (rank - before)) / (below - before));
}

export function speedPanel(text) {
  const found = samples(text);
  const value = (name) => found.filter((one) => one.name === name).reduce((sum, one) => sum + one.value, 0);
  const routes = histograms(found, "lookalike_request_seconds", ({ method, route, status }) =>
    route?.includes("similar") && status === "200" ? `${method} ${route}` : null);
  const stages = histograms(found, "lookalike_stage_seconds", ({ stage }) => stage);
  const counted = `${whole(value("lookalike_queries_total"))} queries answered, ${whole(value("lookalike_refused_requests_total"))} requests refused since the server was started.`;
  const made = panel("How fast it answers", make("p", { class: "soft" }, counted),
    routes.length ? table("How long searches took", columns("Searches"), routes) : make("p", {}, "Nothing was searched yet."),
    stages.length ? table("How long the stages of searches took", columns("Stages"), stages) : "");
  made.classList.add("half");
  return made;
}

const columns = (name) => [
  { name, of: (row) => row.title, kind: "wrap" },
  { name: "Count", of: ({ edges }) => whole(edges[edges.length - 1][1]), kind: "number" },
  { name: "Median", of: ({ edges }) => quantile(edges, 0.5), kind: "number" },
  { name: "95 %", of: ({ edges }) => quantile(edges, 0.95), kind: "number" },
];

const milliseconds = (seconds) => `${new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 }).format(1000 * seconds)} ms`;
