// A picture with the map over it of where its score comes from.

import { place } from "./boxes.js";
import { make } from "./elements.js";

const STOPS = [[0, [38, 60, 190]], [0.35, [30, 170, 170]], [0.6, [245, 200, 50]], [1, [215, 38, 30]]];

// `map` is a side of GET /explain, perhaps with no grid; `most` is the value that is shown strongest.
export function heatPicture(picture, map, most) {
  const frame = make("div", { class: "heat" }, picture);
  frame.style.aspectRatio = `${map.width} / ${map.height}`;
  if (map.grid) {
    const canvas = drawn(map.grid, most);
    frame.append(canvas);
    place(canvas, map.box, [map.width, map.height]);
  }
  return frame;
}

export const strongest = (...maps) => Math.max(1e-9, ...maps.flatMap((map) => map.grid?.flat() ?? []));

// One pixel for each place of the grid; the browser smooths it as it grows.
function drawn(grid, most) {
  const canvas = make("canvas", { width: grid[0].length, height: grid.length, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  pixels.data.set(grid.flat().flatMap((value) => colour(Math.min(1, Math.max(0, value / most)))));
  context.putImageData(pixels, 0, 0);
  return canvas;
}

function colour(value) {
  const above = STOPS.findIndex(([at]) => at >= value);
  const [high, to] = STOPS[above];
  const [low, from] = STOPS[Math.max(0, above - 1)];
  const part = high > low ? (value - low) / (high - low) : 0;
  const mixed = from.map((one, at) => Math.round(one + part * (to[at] - one)));
  return [...mixed, Math.round(255 * (0.06 + 0.64 * value))];
}
