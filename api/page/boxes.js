// Boxes are [x1, y1, x2, y2] in pixels of the upright picture; a size is [width, height].

const STEP = 0.04; // of the picture's side, for each press of an arrow key
const LEAST = 16; // pixels of a side

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export const isSame = (one, other) => one.every((value, at) => Math.abs(value - other[at]) <= 1);
export const isWhole = (box, [width, height]) => isSame(box, [0, 0, width, height]);
export const middle = ([width, height]) => [width / 4, height / 4, (3 * width) / 4, (3 * height) / 4];

export function isLarge([x1, y1, x2, y2], [width, height]) {
  return x2 - x1 >= Math.min(LEAST, width) && y2 - y1 >= Math.min(LEAST, height);
}

export function between([x1, y1], [x2, y2]) {
  return [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
}

// The box after an arrow key was pressed, null after another key.
export function afterKey(box, size, { key, shiftKey }) {
  if (!(key in ARROWS)) return null;
  const [x, y] = ARROWS[key].map((one, axis) => one * STEP * size[axis]);
  const to = shiftKey ? resized(box, size, x, y) : moved(box, size, x, y);
  return isLarge(to, size) ? to : box;
}

function moved([x1, y1, x2, y2], [width, height], x, y) {
  const right = Math.min(width - x2, Math.max(-x1, x));
  const down = Math.min(height - y2, Math.max(-y1, y));
  return [x1 + right, y1 + down, x2 + right, y2 + down];
}

const resized = ([x1, y1, x2, y2], [width, height], x, y) => [x1, y1, Math.min(width, x2 + x), Math.min(height, y2 + y)];

// Puts an element over a box.
export function place(element, [x1, y1, x2, y2], [width, height]) {
  const share = (value, of) => `${(100 * value) / of}%`;
  Object.assign(element.style, {
    left: share(x1, width), top: share(y1, height), width: share(x2 - x1, width), height: share(y2 - y1, height),
  });
}
