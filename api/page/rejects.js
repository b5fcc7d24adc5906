// What the last build turned away, and why.

import { read } from "./api.js";
import { make, whole } from "./elements.js";
import { panel, table } from "./tables.js";
import { moment } from "./versions.js";

const PAGE = 20;

export async function rejectsPanel(signal) {
  const first = await read(`rejects?k=${PAGE}`, { signal });
  const made = panel("Left out");
  show(made, first, first.rejects);
  return made;
}

function show(made, { count, written_at }, rejects) {
  const title = made.firstChild;
  if (!count) {
    const text = written_at ? "Every row and image of the catalog file could be used." : "The index folder has no rejects.csv: the next build writes it.";
    made.replaceChildren(title, make("p", {}, text));
    return;
  }
  const summary = `${whole(count)} ${count === 1 ? "row or image" : "rows and images"} could not be used on ${moment(written_at)}. Mend them in the catalog file, and run “indexer build” again; rejects.csv in the index folder has them all.`;
  const more = async () => {
    const next = await read(`rejects?k=${PAGE}&offset=${rejects.length}`);
    show(made, next, [...rejects, ...next.rejects]);
  };
  made.replaceChildren(title, make("p", {}, summary),
    table("Rows and images that were left out", [
      { name: "Row", of: ({ row }) => (row ? String(row) : "–") },
      { name: "Product", of: (one) => make("span", {}, one.product_id || "–", one.source && make("small", {}, one.source)), kind: "wrap" },
      { name: "Reason", of: (one) => one.reason, kind: "wrap" },
    ], rejects),
    rejects.length < count ? make("button", { class: "button small", onclick: more }, "Show more") : "");
}
