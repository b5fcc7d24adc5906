// What went wrong, in words, with what to do about it.

import { Problem } from "./api.js";
import { byId, make } from "./elements.js";
import { isAboutKeys, keyPrompt } from "./key.js";

const PASSING = ["unreachable", "overloaded", "deadline_passed", "index_loading", "catalog_unavailable", "keys_unavailable", "rate_exceeded"];

// `again` does what failed once more.
export function showProblem(error, again) {
  if (!(error instanceof Problem)) throw error;
  const place = byId("problem");
  const asksForKey = isAboutKeys(error.code);
  place.className = asksForKey ? "panel" : "problem";
  place.replaceChildren(...(asksForKey ? [keyPrompt(error, again)] : sentence(error, again)));
  place.hidden = false;
  if (asksForKey) byId("key").focus();
  else place.scrollIntoView({ block: "nearest" });
}

export function hideProblem() {
  byId("problem").hidden = true;
}

function sentence({ code, message }, again) {
  const text = code === "query_forgotten" ? "This picture is not kept any more. Choose it again." : message;
  const button = PASSING.includes(code) && make("button", { class: "button", onclick: () => again() }, "Try again");
  return [text, button ? make("div", {}, button) : ""];
}
