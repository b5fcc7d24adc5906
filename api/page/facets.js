// The filters beside the results: values with counts, the price, what is in stock.

import { make } from "./elements.js";
import { between, nameOf, oneOf, read, withFilter } from "./filter-text.js";

const TITLES = { category: "Category", brand: "Brand", color: "Colour", price: "Price", in_stock: "In stock" };
const MOST_SHOWN = 30;

const titleOf = (name) => TITLES[name] ?? name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

const chosen = (filters, name) =>
  filters.flatMap((filter) => (nameOf(filter) === name ? (read(filter).values ?? []) : []));

// `counts` maps a field to what the server counted; `change` takes the new filters.
export function facets(counts, filters, open, change) {
  const shown = Object.entries(counts).filter(([name, facet]) => isUseful(name, facet, filters));
  return [applied(filters, change), ...shown.map(([name, facet]) => section(name, facet, filters, open, change))];
}

function isUseful(name, facet, filters) {
  return filters.some((filter) => nameOf(filter) === name) || facet.distinct > 1;
}

function applied(filters, change) {
  const chips = filters.map((filter) =>
    make("button", {
      class: "chip", "aria-pressed": "true", "aria-label": `Remove the filter ${filter}`,
      onclick: () => change(filters.filter((one) => one !== filter)),
    }, wording(filter), make("span", { "aria-hidden": "true" }, "×")));
  const all = filters.length > 1 && make("button", { class: "chip", onclick: () => change([]) }, "Clear all");
  return make("div", { class: "applied", hidden: filters.length === 0 }, ...chips, all);
}

function wording(filter) {
  const parts = read(filter);
  if (!parts) return filter;
  if (parts.values) return `${titleOf(parts.name)}: ${parts.values.join(", ")}`;
  return `${titleOf(parts.name)}: ${parts.low || "…"} to ${parts.high || "…"}`;
}

function section(name, facet, filters, open, change) {
  const isOpen = open.has(name) || filters.some((filter) => nameOf(filter) === name);
  const toggled = (event) => (event.target.open ? open.add(name) : open.delete(name));
  const body = name === "price" ? range(facet, filters, change) : values(name, facet, filters, change);
  return make("details", { open: isOpen, ontoggle: toggled }, make("summary", {}, titleOf(name)), body);
}

function values(name, facet, filters, change) {
  const now = chosen(filters, name);
  const rows = [...facet.values.slice(0, MOST_SHOWN)];
  for (const value of now) if (!rows.some((row) => row.value === value)) rows.push({ value, count: 0 });
  const pick = (value, isOn) => {
    const next = isOn ? [...now, value] : now.filter((one) => one !== value);
    change(withFilter(filters, name, next.length ? oneOf(name, next) : null));
  };
  return make("ul", { class: "facet" }, ...rows.map(({ value, count }) =>
    make("li", {}, make("label", {},
      make("input", { type: "checkbox", checked: now.includes(value), onchange: (event) => pick(value, event.target.checked) }),
      make("span", {}, name === "in_stock" ? (value === "true" ? "Yes" : "No") : value || "(none)"),
      make("span", { class: "count" }, String(count))))));
}

function range(facet, filters, change) {
  const now = filters.map(read).find((parts) => parts?.name === "price") ?? { low: "", high: "" };
  const apply = (event) => {
    event.preventDefault();
    const { low, high } = Object.fromEntries(new FormData(event.target.form ?? event.target));
    change(withFilter(filters, "price", low || high ? between("price", low, high) : null));
  };
  const field = (name, label, hint) => make("label", {}, label,
    make("input", { type: "number", name, step: "any", inputmode: "decimal", value: now[name], placeholder: hint, onchange: apply }));
  return make("form", { class: "range", onsubmit: apply },
    field("low", "From", facet.low ?? ""), field("high", "To", facet.high ?? ""));
}
