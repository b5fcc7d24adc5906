// Filters as the API has them: name:value,value or name:low..high, with quotes where needed.

const quoted = (text, needs) => (needs.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const quotedName = (name) => quoted(name, /[:"]|^-|^\s|\s$/);
const quotedValue = (value) => quoted(value, /[,"]|\.\.|^\s|\s$|^$/);
const plain = (text) => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.trim());

export const oneOf = (name, values) => `${quotedName(name)}:${values.map(quotedValue).join(",")}`;
export const between = (name, low, high) => `${quotedName(name)}:${low}..${high}`;

// The name and the values (or low and high) of a filter that this page could write, else null.
export function read(filter) {
  const head = filter.match(/^("(?:[^"]|"")*"|[^":-][^":]*):(.*)$/s);
  if (!head) return null;
  const name = plain(head[1]);
  const range = head[2].match(/^([^",]*?)\.\.([^",]*)$/);
  if (range) return { name, low: range[1].trim(), high: range[2].trim() };
  const values = head[2].match(/^(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))*$/)
    && head[2].match(/"(?:[^"]|"")*"|[^",]+/g);
  return values ? { name, values: values.map(plain) } : null;
}

export const nameOf = (filter) => read(filter)?.name ?? null;

// The filters with those of `name` replaced by `filter`, or removed.
export const withFilter = (filters, name, filter) => [
  ...filters.filter((one) => nameOf(one) !== name),
  ...(filter ? [filter] : []),
];
