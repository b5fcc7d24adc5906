// Whether what is asked lately looks like what the version was measured with.

import { make } from "./elements.js";
import { panel, table } from "./tables.js";

export function driftPanel({ drift, drift_reason }) {
  const title = "What is asked";
  if (!drift) return panel(title, make("p", {}, drift_reason ?? "Nothing can be compared yet."));
  const state = drift.shifted
    ? "Recent queries do not look like those that the version was measured with, so its figures may not hold for them."
    : "Recent queries look like those that the version was measured with.";
  const rows = [["Scores", drift.scores], ["Categories", drift.categories]].filter(([, one]) => one);
  return panel(title,
    make("p", {}, make("strong", {}, state)),
    table("Drift of recent queries", [
      { name: `Last ${drift.window} queries`, of: ([name]) => name },
      { name: "Stability index", of: ([, one]) => one.psi.toFixed(2), kind: "number" },
      { name: "By chance up to", of: ([, one]) => one.chance.toFixed(2), kind: "number" },
    ], rows));
}
