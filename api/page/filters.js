// What is counted beside the results: each field with what the other filters let through.

import { similar } from "./api.js";
import { byId } from "./elements.js";
import { facets } from "./facets.js";
import { nameOf } from "./filter-text.js";

const COUNTED = ["category", "brand", "price", "in_stock"];
const MOST_ATTRIBUTES = 6;

const isNarrow = matchMedia("(max-width: 999px)").matches;
const openSections = new Set(isNarrow ? [] : ["category", "brand"]);
const attributes = new Set();

byId("all-filters").open = !isNarrow;

// A filtered field is counted without its own filter, so that more can be chosen.
export async function showFacets(answer, asked, filters, signal, filterBy) {
  learnAttributes(answer);
  const named = [...attributes].filter((name) => !name.includes(","));
  const fields = [...COUNTED, ...named.slice(0, MOST_ATTRIBUTES)];
  const filtered = new Set(filters.map(nameOf).filter((name) => fields.includes(name)));
  const count = (names, through) => similar(asked, through, { k: 1, facets: names.join(",") }, signal);
  const others = fields.filter((name) => !filtered.has(name));
  const alone = [...filtered].map((name) => count([name], filters.filter((one) => nameOf(one) !== name)));
  const answers = await Promise.all([count(others, filters), ...alone]);
  const counts = Object.assign({}, ...answers.map((one) => one.facets));
  const ordered = Object.fromEntries(fields.filter((name) => counts[name]).map((name) => [name, counts[name]]));
  const [applied, ...sections] = facets(ordered, filters, openSections, filterBy);
  byId("applied").replaceChildren(applied);
  byId("sections").replaceChildren(...sections);
  byId("filters").hidden = false;
}

function learnAttributes({ results, query }) {
  for (const { product } of results) Object.keys(product.attributes).forEach((name) => attributes.add(name));
  if (query.colors.length) attributes.add("color");
}
