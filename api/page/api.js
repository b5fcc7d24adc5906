// The server's answers. Every failure is a Problem with a code and a sentence for people.

import { headers } from "./key.js";

export class Problem extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

export const gone = () => new Problem("unreachable", "The server does not answer. Is it still running?");

async function asked(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: headers() });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw gone();
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  if (body?.code) throw new Problem(body.code, body.detail);
  throw new Problem("internal", `The server answered with status ${response.status}.`);
}

export const read = async (path, options) => (await asked(path, options)).json();
export const readText = async (path, options) => (await asked(path, options)).text();

// `source` is one of {product_id}, {image_id}, {image}; `more` are other parameters.
export function similar(source, filters, more, signal) {
  const parameters = new URLSearchParams({ ...source, ...more });
  for (const filter of filters) parameters.append("filter", filter);
  return read(`similar?${parameters}`, { signal });
}

export function similarToFile(file, more, signal) {
  const form = new FormData();
  form.append("file", file, file.name || "picture");
  return read(`similar?${new URLSearchParams(more)}`, { method: "POST", body: form, signal });
}

export function browse(more, signal) {
  return read(`products?${new URLSearchParams({ order: "mixed", ...more })}`, { signal });
}

// `asked` is a source and perhaps a box.
export function explain(asked, result, signal) {
  return read(`explain?${new URLSearchParams({ ...asked, result })}`, { signal });
}
