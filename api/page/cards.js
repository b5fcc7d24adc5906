// Products as cards: a click goes on from that product.

import { make, money, webAddress } from "./elements.js";
import { picture } from "./pictures.js";

const BADGES = { same: "Same", similar: "Similar" };
const WIDTH = 240;

// `goTo` asks for what looks like a product, `why` explains a result; `isFirst` is in view at once.
export function card(result, { goTo, why }, isFirst) {
  const { product } = result;
  const title = product.title || product.product_id;
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    goTo({ product_id: product.product_id });
  };
  const own = `?${new URLSearchParams({ product_id: product.product_id })}`;
  return make(
    "li", { class: "card", "data-product": product.product_id },
    picture(result.image, WIDTH, "", isFirst),
    BADGES[result.match] && make("span", { class: `badge ${result.match}` }, BADGES[result.match]),
    make(
      "div", { class: "card-text" },
      make("a", { class: "card-title", href: own, onclick: open }, title),
      make("span", { class: "price" }, money(product.price, product.currency) ?? ""),
      product.brand && make("span", { class: "soft" }, product.brand),
      product.in_stock === false && make("span", { class: "out" }, "Out of stock"),
      result.score !== undefined && make("span", { class: "score soft" }, scoreText(result)),
      links(result, title, why),
    ),
  );
}

function links(result, title, why) {
  const shop = result.product.url && webAddress(result.product.url);
  const asks = why && result.score !== undefined;
  if (!shop && !asks) return null;
  return make("span", { class: "card-links" },
    asks && make("button", { class: "link why", "aria-haspopup": "dialog", "aria-label": `Why ${title}?`, onclick: () => why(result) }, "Why?"),
    shop && make("a", { class: "shop", href: shop, rel: "noopener noreferrer", target: "_blank", "aria-label": `${title} in the shop` }, "In the shop"));
}

function scoreText({ score, p_same }) {
  const likely = p_same === null ? "" : `, same product: ${Math.round(100 * p_same)} %`;
  return `Score ${score.toFixed(3)}${likely}`;
}

export const ghosts = (count) =>
  Array.from({ length: count }, () => make("li", { class: "card ghost", "aria-hidden": "true" }));

export const nothing = (...parts) => make("li", { class: "empty" }, ...parts);
