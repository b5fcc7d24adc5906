// What is asked, as the address bar has it: the names are those of GET /similar.

const SOURCES = ["product_id", "image_id", "image"];

// `box` is "x1,y1,x2,y2" in pixels of the asked picture, null where the server is to find it.
export function readState() {
  const given = new URLSearchParams(location.search);
  const name = SOURCES.find((one) => given.get(one));
  const source = name ? { [name]: given.get(name) } : null;
  return { source, filters: given.getAll("filter"), box: name === "product_id" ? null : given.get("box") };
}

export function address({ source, filters, box }) {
  if (!source) return location.pathname;
  const parameters = new URLSearchParams(source);
  if (box) parameters.append("box", box);
  for (const filter of filters) parameters.append("filter", filter);
  return `?${parameters}`;
}

export function push(state) {
  history.pushState(null, "", address(state));
}

export function replace(state) {
  history.replaceState(null, "", address(state));
}
