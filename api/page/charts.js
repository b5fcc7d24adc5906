// Small charts as SVG. What differs in colour differs in its mark too.

const SPACE = { width: 320, height: 220, left: 40, right: 8, top: 8, bottom: 36 };
const INNER = [SPACE.width - SPACE.left - SPACE.right, SPACE.height - SPACE.top - SPACE.bottom];

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Axes from `low` to `high` each, with what is drawn in them; `label` says it all in words.
function chart(label, x, y, draw) {
  const right = (value) => SPACE.left + (INNER[0] * (value - x.low)) / (x.high - x.low || 1);
  const up = (value) => SPACE.top + INNER[1] * (1 - (value - y.low) / (y.high - y.low || 1));
  const bottom = SPACE.height - SPACE.bottom;
  const ticks = [
    ...x.ticks.map((one) => svg("text", { x: right(one), y: bottom + 15, "text-anchor": "middle" }, x.wording(one))),
    ...y.ticks.flatMap((one) => [
      svg("line", { class: "tick", x1: SPACE.left, x2: SPACE.width - SPACE.right, y1: up(one), y2: up(one) }),
      svg("text", { x: SPACE.left - 6, y: up(one) + 4, "text-anchor": "end" }, y.wording(one)),
    ]),
    svg("text", { x: SPACE.left + INNER[0] / 2, y: SPACE.height - 3, "text-anchor": "middle" }, x.name),
  ];
  return svg("svg", { class: "chart", viewBox: `0 0 ${SPACE.width} ${SPACE.height}`, role: "img", "aria-label": label }, ...ticks, ...draw(right, up));
}

const share = (value) => `${Math.round(100 * value)} %`;
const shares = (name) => ({ name, low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1], wording: share });

// Whether probabilities are what they say; each point with its 95 % interval.
export function reliabilityChart({ bins, queries, error }, said) {
  const label = `Of ${queries} photos: probabilities are off by ${share(error)} on average. ${bins.map((one) => `Said ${share(one.p)}, right ${share(one.right)} of ${one.queries}`).join("; ")}.`;
  return chart(label, shares(said), shares("right"), (right, up) => [
    svg("line", { class: "perfect", x1: right(0), x2: right(1), y1: up(0), y2: up(1) }),
    ...bins.map(({ p, right: found, queries: n }) => {
      const [low, high] = interval(found, n);
      return svg("line", { class: "whisker", x1: right(p), x2: right(p), y1: up(low), y2: up(high) });
    }),
    svg("polyline", { class: "line", points: bins.map((one) => `${right(one.p)},${up(one.right)}`).join(" ") }),
    ...bins.map((one) => svg("circle", { class: "dot", cx: right(one.p), cy: up(one.right), r: Math.min(6, 2.5 + Math.sqrt(one.queries) / 4) })),
  ]);
}

// The 95 % interval of a share of n (Wilson, 1927).
function interval(found, n, z = 1.959964) {
  const middle = (found + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((found * (1 - found)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

export const KINDS = { right: "right", wrong: "wrong", absent: "product not in the catalog" };

// How the scores of first results are spread, for each kind as shares of its photos.
export function scoreChart({ edges, ...counts }) {
  const kinds = Object.keys(KINDS).filter((kind) => counts[kind].some(Boolean));
  const parts = Object.fromEntries(kinds.map((kind) => {
    const total = counts[kind].reduce((sum, one) => sum + one, 0);
    return [kind, counts[kind].map((one) => one / total)];
  }));
  const high = Math.max(0.1, Math.ceil(10 * Math.max(...Object.values(parts).flat())) / 10);
  const [low, last] = [edges[0], edges[edges.length - 1]];
  const x = { name: "score of the first result", low, high: last, ticks: [0, 1, 2, 3].map((one) => low + (one * (last - low)) / 3), wording: (one) => one.toFixed(2) };
  const y = { low: 0, high, ticks: [0, high / 2, high], wording: share };
  const label = `Scores of first results from ${low.toFixed(2)} to ${last.toFixed(2)}: ${kinds.map((kind) => `${KINDS[kind]} mostly at ${mode(edges, parts[kind])}`).join(", ")}.`;
  return chart(label, x, y, (right, up) => kinds.map((kind) => svg("path", { class: `bar-${kind}`, d: steps(edges, parts[kind], right, up) })));
}

function mode(edges, values) {
  const at = values.indexOf(Math.max(...values));
  return ((edges[at] + edges[at + 1]) / 2).toFixed(2);
}

function steps(edges, values, right, up) {
  const tops = values.map((value, at) => `V${up(value)}H${right(edges[at + 1])}`);
  return `M${right(edges[0])} ${up(0)}${tops.join("")}V${up(0)}Z`;
}

// A share with its interval, on a line from 0 to 1.
export function intervalMark({ value, low, high }) {
  const at = (one) => 6 + 188 * one;
  return svg("svg", { class: "interval", viewBox: "0 0 200 18", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("line", { class: "track", x1: at(0), x2: at(1), y1: 9, y2: 9 }),
    svg("rect", { class: "bar-right", x: at(low), y: 4, width: Math.max(2, at(high) - at(low)), height: 10, rx: 3 }),
    svg("rect", { class: "dot", x: at(value) - 1.5, y: 1, width: 3, height: 16 }));
}

export function mark(kind) {
  return svg("svg", { viewBox: "0 0 22 12", "aria-hidden": "true" }, svg("rect", { class: `bar-${kind}`, x: 1.5, y: 1.5, width: 19, height: 9 }));
}
