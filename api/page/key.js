// The API key of a server that asks for one: kept in this tab alone, and sent in a header alone.

import { make } from "./elements.js";

const NAME = "lookalike-key";

export const hasKey = () => sessionStorage.getItem(NAME) !== null;

export function headers() {
  const key = sessionStorage.getItem(NAME);
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

export const isAboutKeys = (code) => ["key_missing", "key_unknown", "scope_missing"].includes(code);

// Asks for a key; `then` is called when one was given.
export function keyPrompt({ code, message }, then) {
  const input = make("input", {
    id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true,
    maxlength: 100, "aria-describedby": "key-hint",
  });
  const given = (event) => {
    event.preventDefault();
    sessionStorage.setItem(NAME, input.value.replace(/[^\x21-\x7e]/g, ""));
    then();
  };
  const why = code === "key_missing" ? "This server asks for an API key." : message;
  return make("form", { class: "key-form", onsubmit: given },
    make("p", {}, make("strong", {}, why)),
    make("label", { for: "key" }, "API key"),
    make("div", { class: "key-row" }, input, make("button", { class: "button primary" }, "Use this key")),
    make("p", { class: "soft", id: "key-hint" }, "Whoever runs the server can make one with “indexer keys add”. It stays in this tab until you close it."));
}

// What forgets the key, where there is one.
export function keyTools() {
  if (!hasKey()) return [];
  const forget = () => {
    sessionStorage.removeItem(NAME);
    location.reload();
  };
  return [make("button", { class: "link", onclick: forget }, "Forget the key")];
}
