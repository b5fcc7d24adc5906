// The ways in which a picture comes: chosen, photographed, pasted, dropped, or by its address.

import { byId } from "./elements.js";

// `onFile` takes a file, `onAddress` the address of a picture.
export function listen(onFile, onAddress) {
  for (const id of ["file", "camera"]) {
    byId(id).addEventListener("change", (event) => {
      if (event.target.files[0]) onFile(event.target.files[0]);
      event.target.value = ""; // so that the same picture can be chosen again
    });
  }
  byId("by-url").addEventListener("submit", (event) => {
    event.preventDefault();
    onAddress(byId("url").value.trim());
  });
  addEventListener("paste", (event) => pasted(event, onFile, onAddress));
  addEventListener("dragover", (event) => {
    event.preventDefault();
    byId("drop").classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? byId("drop").classList.remove("over"));
  addEventListener("drop", (event) => dropped(event, onFile, onAddress));
}

function pasted(event, onFile, onAddress) {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  const text = event.clipboardData.getData("text/plain").trim();
  const isTyping = event.target.closest?.("input, textarea");
  if (!file && (isTyping || !/^https?:\/\/\S+$/.test(text))) return;
  event.preventDefault();
  if (file) onFile(file);
  else onAddress(text);
}

function dropped(event, onFile, onAddress) {
  event.preventDefault();
  byId("drop").classList.remove("over");
  const { files } = event.dataTransfer;
  const address = event.dataTransfer.getData("text/uri-list").split("\n")[0];
  if (files.length) onFile(files[0]);
  else if (address) onAddress(address);
}
