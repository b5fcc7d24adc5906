// The parts of the asked picture: those that the server found, and any that a person draws.

import { isSame, isWhole, place } from "./boxes.js";
import { Drawing } from "./drawing.js";
import { make } from "./elements.js";

// The picture with its boxes, and what can be done with them.
export function regions(picture, { box, size, objects = [] }, searchBox) {
  const now = box && !isWhole(box, size) ? box : null;
  const found = objects.map((one) => one.box).filter((one) => !isWhole(one, size));
  const isDrawn = now && !found.some((one) => isSame(one, now));
  const buttons = found.map((one, at) => region(one, size, `Part ${at + 1}`, now, searchBox));
  if (isDrawn) buttons.push(region(now, size, "Your part", now, searchBox));
  const canvas = make("div", { class: "canvas" }, picture, ...buttons);
  const draw = new Drawing(canvas, size, now, searchBox);
  const all = now && make("button", { class: "chip", onclick: () => searchBox([0, 0, ...size]) }, "Whole picture");
  return [canvas, make("div", { class: "region-tools" }, draw.button, all), draw.hint];
}

function region(box, size, name, now, searchBox) {
  const isNow = Boolean(now) && isSame(box, now);
  const label = isNow ? `${name}: searched now` : `${name}: search for it`;
  const button = make("button", {
    class: "region", "aria-pressed": String(isNow), "aria-label": label, title: label,
    onclick: () => isNow || searchBox(box),
  });
  place(button, box, size);
  return button;
}
