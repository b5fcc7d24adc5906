// The server's answers. Every failure is a Problem with a code and a sentence for people.

export class Problem extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

async function answered(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("unreachable", "The server does not answer. Is it still running?");
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  if (body?.code) throw new Problem(body.code, body.detail);
  throw new Problem("internal", `The server answered with status ${response.status}.`);
}

// `source` is one of {product_id}, {image_id}, {image}; `more` are other parameters.
export function similar(source, filters, more, signal) {
  const parameters = new URLSearchParams({ ...source, ...more });
  for (const filter of filters) parameters.append("filter", filter);
  return answered(`similar?${parameters}`, { signal });
}

export function similarToFile(file, more, signal) {
  const form = new FormData();
  form.append("file", file, file.name || "picture");
  return answered(`similar?${new URLSearchParams(more)}`, { method: "POST", body: form, signal });
}

export function browse(more, signal) {
  return answered(`products?${new URLSearchParams(more)}`, { signal });
}
