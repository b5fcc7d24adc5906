// What is asked, as the address bar has it: the names are those of GET /similar.

const SOURCES = ["product_id", "image_id", "image"];

export function readState() {
  const given = new URLSearchParams(location.search);
  const name = SOURCES.find((one) => given.get(one));
  return { source: name ? { [name]: given.get(name) } : null, filters: given.getAll("filter") };
}

export function address({ source, filters }) {
  const parameters = new URLSearchParams(source ?? {});
  if (source) for (const filter of filters) parameters.append("filter", filter);
  const text = parameters.toString();
  return text ? `?${text}` : location.pathname;
}

export function push(state) {
  history.pushState(null, "", address(state));
}

export function replace(state) {
  history.replaceState(null, "", address(state));
}
