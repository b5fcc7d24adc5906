// Why a result was found: where the likeness lies, what both have, and how far the next one is.

import { explain } from "./api.js";
import { byId, make, percent } from "./elements.js";
import { heatPicture, strongest } from "./heat.js";
import { askedPicture, picture } from "./pictures.js";
import { swatch } from "./question.js";

// `source` and `box` are what was asked, `local` the asked picture as this browser has it.
export async function showReasons(result, source, box, local) {
  const dialog = byId("reasons");
  const title = result.product.title || result.product_id;
  fill(dialog, title, make("p", { role: "status" }, "Comparing…"));
  dialog.showModal();
  const leave = new AbortController();
  dialog.addEventListener("close", () => leave.abort(), { once: true });
  const more = { result: result.product_id, ...(box ? { box } : {}) };
  try {
    const reasons = await explain(source, more, leave.signal);
    fill(dialog, title, ...told(reasons, local, title));
  } catch (error) {
    if (error.name === "AbortError") return;
    fill(dialog, title, make("p", { class: "problem", role: "alert" }, error.message));
  }
}

function fill(dialog, title, ...parts) {
  const close = make("button", { class: "button", onclick: () => dialog.close() }, "Close");
  const head = make("div", { class: "reasons-head" }, make("h2", { id: "reasons-title" }, `Why ${title}?`), close);
  dialog.replaceChildren(head, ...parts);
  if (dialog.open) close.focus();
}

function told(reasons, local, title) {
  const most = strongest(reasons.query, reasons.result);
  const figure = (image, map, text) => make("figure", {}, heatPicture(image, map, most), make("figcaption", {}, text));
  const own = mapPicture(reasons.query, "Where your picture is like it", local);
  const theirs = mapPicture(reasons.result, `Where ${title} is like your picture`);
  return [
    make("div", { class: "heats" }, figure(own, reasons.query, "Your picture"), figure(theirs, reasons.result, title)),
    make("p", { class: "soft legend" }, make("span", { class: "scale", "aria-hidden": "true" }), howToRead(reasons)),
    make("dl", { class: "reasons-facts" }, ...facts(reasons).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, ...[value].flat())])),
  ];
}

function mapPicture({ image_id }, alt, local) {
  if (local) return make("img", { src: local, alt });
  const isCatalogs = /^\d+$/.test(image_id);
  return isCatalogs ? picture(`/images/${image_id}`, 480, alt, true) : askedPicture(image_id, alt);
}

function howToRead({ method }) {
  if (method === "pooled") return "Red places carry most of the likeness, blue ones little. All places together make the score.";
  return `Red places matter most to the likeness, blue ones little (found by the method “${method}”).`;
}

function facts({ score, shared, color, next }) {
  const attributes = Object.entries(shared.attributes ?? {});
  return [
    ["Score", score.toFixed(3)],
    shared.category && ["Same category", shared.category],
    attributes.length && ["Both are", attributes.map(([name, value]) => `${name}: ${value}`).join(", ")],
    color && ["Colours", colours(color)],
    next && ["Before the next", separates(next)],
  ].filter(Boolean);
}

function colours({ query, result, difference }) {
  const list = (found) => found.slice(0, 3).map(({ name, share, hex }) => make("span", { class: "named-colour" }, hex ? swatch(hex) : "", `${name} ${percent(share)}`));
  return [
    make("span", { class: "colour-line" }, "your picture: ", ...list(query)),
    make("span", { class: "colour-line" }, "this product: ", ...list(result)),
    make("span", { class: "colour-line" }, `difference ${difference.toFixed(2)}`),
  ];
}

function separates({ product_id, margin, differs }) {
  const parts = Object.entries(differs ?? {}).map(([name, value]) => `${name}: ${wording(value)}`);
  return `${product_id} scores ${margin.toFixed(3)} less${parts.length ? `; it differs in ${parts.join(", ")}` : ""}.`;
}

function wording(value) {
  if (Array.isArray(value)) return value.map((one) => one ?? "–").join(" / ");
  if (value && typeof value === "object") return Object.values(value).map((one) => one ?? "–").join(" / ");
  return String(value);
}
