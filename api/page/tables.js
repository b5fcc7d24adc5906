// Tables whose columns are {name, of(row), kind}: `kind` is a class, "number" for figures.

import { make } from "./elements.js";

export function table(caption, columns, rows) {
  const head = columns.map(({ name, kind }) => make("th", { scope: "col", class: kind }, name));
  const cell = ({ of, kind }, row, at) => make(at ? "td" : "th", { class: kind, scope: at ? null : "row" }, of(row) ?? "–");
  const body = rows.map((row) => make("tr", {}, ...columns.map((column, at) => cell(column, row, at))));
  return make("div", { class: "table-frame", tabindex: 0, role: "region", "aria-label": caption },
    make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body)));
}

export const panel = (title, ...parts) => make("section", { class: "panel" }, make("h2", {}, title), ...parts);
