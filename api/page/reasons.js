// Why a result was found: where the likeness lies, what both have, and how far the next one is.

import { explain } from "./api.js";
import { byId, make, percent } from "./elements.js";
import { heatPicture, strongest } from "./heat.js";
import { askedPicture, picture } from "./pictures.js";
import { swatch } from "./question.js";

const METHODS = {
  pooled: "Red places carry most of the score, blue ones little; all places together, and a small rest, add up to it.",
  occlusion: "Covering a red place would cost most of the score, covering a blue one little.",
  none: "This model cannot say which places count.",
};

// `asked` is the source and the box of the question, `local` its picture as this browser has it.
export async function showReasons(result, asked, local) {
  const dialog = byId("reasons");
  const title = result.product.title || result.product_id;
  fill(dialog, title, make("p", { role: "status" }, "Comparing…"));
  dialog.showModal();
  const leave = new AbortController();
  dialog.addEventListener("close", () => leave.abort(), { once: true });
  try {
    const reasons = await explain(asked, result.product_id, leave.signal);
    fill(dialog, title, ...told(reasons, local, title, "product_id" in asked));
  } catch (error) {
    if (error.name === "AbortError") return;
    fill(dialog, title, make("p", { class: "problem", role: "alert" }, error.message));
  }
}

function fill(dialog, title, ...parts) {
  const close = make("button", { class: "button small", onclick: () => dialog.close() }, "Close");
  const head = make("div", { class: "reasons-head" }, make("h2", { id: "reasons-title" }, `Why ${title}?`), close);
  dialog.replaceChildren(head, ...parts);
  if (dialog.open) close.focus();
}

function told(reasons, local, title, isProduct) {
  const most = strongest(reasons.query, reasons.result);
  const figure = (map, text, image) => make("figure", {},
    heatPicture(image, map, most), make("figcaption", {}, text), map.reason && make("p", { class: "soft" }, map.reason));
  const asked = isProduct ? "The product that was asked for" : "Your picture";
  return [
    make("div", { class: "heats" },
      figure(reasons.query, asked, mapPicture(reasons.query, "Where it is like the result", local)),
      figure(reasons.result, title, mapPicture(reasons.result, "Where it is like what was asked for"))),
    make("p", { class: "soft legend" }, make("span", { class: "scale", "aria-hidden": "true" }), METHODS[reasons.method] ?? `Found by the method “${reasons.method}”.`),
    make("dl", { class: "reasons-facts" }, ...facts(reasons).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, ...[value].flat())])),
  ];
}

function mapPicture({ image_id }, alt, local) {
  if (local) return make("img", { src: local, alt });
  const isCatalogs = /^\d+$/.test(image_id);
  return isCatalogs ? picture(`/images/${image_id}`, 480, alt, true) : askedPicture(image_id, alt);
}

function facts({ score, shared, color, next }) {
  const attributes = Object.entries(shared.attributes);
  return [
    ["Score", score.toFixed(3)],
    shared.category && ["Both in", shared.category],
    attributes.length && ["Both have", attributes.map(([name, value]) => `${name}: ${value}`).join(", ")],
    color.difference !== null && ["Colours", colours(color)],
    next && ["Before the next", separates(next)],
  ].filter(Boolean);
}

function colours({ query, result, difference }) {
  const list = (name, found) => make("span", { class: "colour-line" }, `${name}: `,
    ...found.slice(0, 3).map((one) => make("span", { class: "named-colour" }, swatch(one.hex), `${one.name} ${percent(one.share)}`)));
  const apart = make("span", { class: "soft" }, `${difference.toFixed(2)} apart, where 0 is the same and 1 is black and white`);
  return [list("asked", query), list("found", result), apart];
}

function separates({ product_id, margin, differs }) {
  const parts = Object.entries(differs).map(([name, { result, next }]) => `${name} ${result ?? "none"}, not ${next ?? "none"}`);
  return [`The next one, ${product_id}, scores ${margin.toFixed(3)} less.`, parts.length ? make("span", { class: "soft differs" }, `Unlike it: ${parts.join("; ")}`) : ""];
}
