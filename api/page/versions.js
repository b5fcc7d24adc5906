// The versions that can be made live, and going back to one.

import { read } from "./api.js";
import { byId, make, whole } from "./elements.js";
import { panel, table } from "./tables.js";

export const moment = (text) => new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(new Date(text));

// `changed` is told the version that was made live, `failed` what went wrong.
export function versionsPanel({ versions, live }, changed, failed) {
  const state = ({ version, damaged }) => {
    if (version === live) return make("span", { class: "live" }, "Live");
    if (damaged) return make("span", { class: "damaged" }, "Damaged");
    return make("button", { class: "button small", "aria-haspopup": "dialog", onclick: () => confirm(version, live, changed, failed) }, "Make live", make("span", { class: "unseen" }, ` version ${version}`));
  };
  return panel("Versions", table("Versions, newest first", [
    { name: "Version", of: (one) => String(one.version) },
    { name: "State", of: state },
    { name: "Built", of: (one) => moment(one.built_at) },
    { name: "Right first", of: ({ grade }) => (grade === null ? "–" : `${(100 * grade).toFixed(1)} %`), kind: "number" },
    { name: "Products", of: (one) => whole(one.products), kind: "number extra" },
    { name: "Images", of: (one) => whole(one.images), kind: "number extra" },
    { name: "Model", of: (one) => one.model, kind: "wrap extra" },
  ], versions));
}

function confirm(version, live, changed, failed) {
  const dialog = byId("confirm");
  const goOn = async (event) => {
    event.target.disabled = true;
    try {
      await read(`versions/${version}/live`, { method: "PUT" });
      changed(version);
    } catch (error) {
      failed(error);
    }
    dialog.close();
  };
  const cancel = make("button", { class: "button", onclick: () => dialog.close() }, "Cancel");
  dialog.replaceChildren(
    make("h2", { id: "confirm-title" }, `Make version ${version} live?`),
    make("p", {}, `Every server of this index answers from version ${version} instead of ${live} within a second. The products stay as they are, and you can go forward again.`),
    make("div", { class: "confirm-buttons" }, make("button", { class: "button primary", onclick: goOn }, `Make version ${version} live`), cancel));
  dialog.showModal();
  cancel.focus();
}
