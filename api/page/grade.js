// How well the version answers photos that it does not hold: figures, intervals and charts.

import { KINDS, intervalMark, mark, reliabilityChart, scoreChart } from "./charts.js";
import { make, whole } from "./elements.js";
import { panel, table } from "./tables.js";

const NAMES = {
  "recall@1": "Right product first", "recall@5": "Right product in the first 5", "recall@10": "Right product in the first 10",
  map: "Mean average precision", category: "Category as a whole path", "category@1": "Category, first level",
  "category@2": "Category, second level", "category@3": "Category, third level",
};

const exact = (share) => `${(100 * share).toFixed(1)} %`;

export function gradePanel(grade) {
  if (!grade) return panel("How well it answers", make("p", {}, "This version was built by an earlier release, which did not measure it. The next build does."));
  const asked = Object.entries(grade.queries).map(([kind, count]) => `${whole(count)} ${WORDS[kind] ?? kind}`).join(", ");
  return panel("How well it answers",
    make("p", { class: "soft" }, `Asked when it was built, with photos that it does not hold: ${asked}. Bars are 95 % intervals.`),
    table("Figures of the version's grade", COLUMNS, rows(grade)),
    make("div", { class: "charts" }, ...charts(grade)),
    grade.notes.length ? make("ul", { class: "notes" }, ...grade.notes.map((note) => make("li", {}, note))) : "");
}

const WORDS = { product: "of products that it has", absent: "of products that it has not", view: "changed pictures of products with one image" };

const COLUMNS = [
  { name: "Measured", of: (row) => row.name },
  { name: "Share", of: (row) => exact(row.metric.value), kind: "number" },
  { name: "95 % interval", of: (row) => make("span", {}, intervalMark(row.metric)) },
  { name: "From – to", of: ({ metric }) => `${exact(metric.low)} – ${exact(metric.high)}`, kind: "number extra" },
  { name: "Photos", of: (row) => whole(row.metric.photos), kind: "number" },
];

function rows({ metrics, twins, match, prediction, attributes }) {
  const found = [
    ...Object.entries(metrics).map(([name, metric]) => [NAMES[name] ?? name, metric]),
    ...Object.entries(twins).map(([name, metric]) => [`${NAMES[name] ?? name}, photos of the same series`, metric]),
    ["Same product, not called a stranger", match?.kept],
    ["Stranger, called a stranger", match?.refused],
    ["Category, the surest 80 %", prediction?.confident],
    ...attributes.filter((one) => one.is_kept).map((one) => [`Attribute ${one.name}`, one.accuracy]),
  ];
  return found.filter(([, metric]) => metric).map(([name, metric]) => ({ name, metric }));
}

function charts({ scores, match, prediction }) {
  const kinds = scores ? Object.keys(KINDS).filter((kind) => scores[kind].some(Boolean)) : [];
  const figure = (title, drawn, ...more) => make("figure", {}, make("figcaption", {}, title), drawn, ...more);
  const key = make("ul", { class: "keys" }, ...kinds.map((kind) => make("li", {}, mark(kind), `${KINDS[kind]} (${whole(scores[kind].reduce((sum, one) => sum + one, 0))})`)));
  return [
    kinds.length && figure("Scores of first results", scoreChart(scores), key),
    match && figure("Same product: said, and right", reliabilityChart(match.reliability, "said to be the same product")),
    prediction && figure("Category: said, and right", reliabilityChart(prediction.reliability, "said of the category")),
  ].filter(Boolean);
}
