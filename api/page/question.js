// What was asked and what the picture shows: its category, the likeliest others, its colours.

import { make, percent } from "./elements.js";
import { oneOf, withFilter } from "./filter-text.js";
import { askedPicture, picture } from "./pictures.js";
import { regions } from "./regions.js";

// `searchBox` asks for a part of the picture.
export function queryPicture(answer, source, local, searchBox) {
  const alt = "The picture that was asked for";
  const { query } = answer;
  if (query.image_id) {
    const shown = local ? make("img", { src: local, alt }) : askedPicture(query.image_id, alt);
    return regions(shown, query, searchBox);
  }
  const own = answer.results.find((result) => result.product_id === source.product_id);
  return own ? [picture(own.image, 260, own.product.title || alt, true)] : [];
}

export function queryFacts(answer, filters, change) {
  return [category(answer), others(answer, filters, change), colours(answer.query.colors)];
}

function category(answer) {
  const levels = answer.category;
  if (!levels.length) return make("p", { class: "facts-line" }, "No category is sure enough to name.");
  const last = levels[levels.length - 1];
  return make("p", { class: "facts-line" }, "This looks like ", make("strong", {}, last.path), ` (${percent(last.p)})`);
}

function others(answer, filters, change) {
  if (!answer.categories.length) return null;
  const likely = answer.categories.filter(({ p }) => p >= 0.005);
  const chips = likely.map(({ path, p }) => {
    const filter = oneOf("category", [path]);
    const isOn = filters.includes(filter);
    const toggle = () => change(withFilter(filters, "category", isOn ? null : filter));
    return make("li", {}, make("button", { class: "chip", "aria-pressed": String(isOn), title: path, onclick: toggle }, shortened(path), make("small", {}, percent(p))));
  });
  return make("div", {}, make("h2", { class: "label" }, "Only in"), make("ul", { class: "crumbs" }, ...chips));
}

const shortened = (path) => path.split(" > ").slice(-2).join(" › ");

function colours(found) {
  if (!found.length) return null;
  return make("ul", { class: "swatches", "aria-label": "Colours" }, ...found.map(({ name, hex, share }) =>
    make("li", {}, swatch(hex), `${name} ${percent(share)}`)));
}

export function swatch(hex) {
  const element = make("span", { class: "swatch", "aria-hidden": "true" });
  element.style.background = hex;
  return element;
}
