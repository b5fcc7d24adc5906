// Drawing a box over a picture: by dragging, by clicking two corners, or with the arrow keys.

import { afterKey, between, isLarge, middle, place } from "./boxes.js";
import { make } from "./elements.js";

const CLICK = 6; // pixels of the screen that a click may move
const HELP = "Drag over the picture, or click two corners.";
const KEYS = " With the keyboard: arrows move the box, Shift and arrows resize it, Enter searches, Escape ends.";

export class Drawing {
  // `start` is the box that the keyboard begins with, if any; `done` takes the new one.
  constructor(canvas, size, start, done) {
    Object.assign(this, { canvas, size, done, box: start ?? middle(size), corner: null, hasDrawn: false });
    this.hint = make("p", { class: "soft region-hint", id: "region-hint", hidden: true }, HELP, make("span", { class: "of-keys" }, KEYS));
    this.shape = make("button", {
      class: "region own", hidden: true, "aria-label": "The part to search for", "aria-describedby": "region-hint",
      onkeydown: (event) => this.pressed(event),
    });
    this.button = make("button", { class: "chip", "aria-pressed": "false", onclick: () => this.toggle() }, "Choose a part");
    canvas.append(this.shape);
    canvas.addEventListener("dragstart", (event) => event.preventDefault());
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", () => this.end());
    canvas.addEventListener("click", (event) => this.clicked(event), true);
  }

  get isOn() {
    return !this.shape.hidden;
  }

  toggle() {
    if (this.isOn) return this.end();
    this.begin();
    this.hint.hidden = false;
    this.shape.focus();
  }

  begin() {
    this.set(true);
    this.show(this.box);
  }

  end() {
    const hadFocus = document.activeElement === this.shape;
    this.corner = null;
    this.set(false);
    if (hadFocus) this.button.focus();
  }

  set(isOn) {
    this.canvas.classList.toggle("drawing", isOn);
    this.shape.hidden = !isOn;
    if (!isOn) this.hint.hidden = true;
    this.button.setAttribute("aria-pressed", String(isOn));
  }

  show(box) {
    this.box = box;
    place(this.shape, box, this.size);
  }

  search() {
    if (!isLarge(this.box, this.size)) return this.end();
    this.end();
    this.done(this.box.map(Math.round));
  }

  pressed(event) {
    const box = afterKey(this.box, this.size, event);
    if (box) this.show(box);
    else if (event.key === "Enter") this.search();
    else if (event.key === "Escape") this.end();
    else return;
    event.preventDefault();
  }

  // A click that draws chooses nothing that lies below it.
  clicked(event) {
    if (event.detail && (this.isOn || this.hasDrawn)) event.stopPropagation();
    this.hasDrawn = false;
  }

  // A mouse draws at once; a finger scrolls until "Choose a part" was pressed.
  down(event) {
    this.hasDrawn = false;
    if (event.button || this.corner || (event.pointerType !== "mouse" && !this.isOn)) return;
    this.corner = { at: this.at(event), x: event.clientX, y: event.clientY };
  }

  move(event) {
    if (!this.corner) return;
    const { x, y, isDrag, isFirst } = this.corner;
    if (!isDrag && !isFirst && Math.hypot(event.clientX - x, event.clientY - y) > CLICK) {
      this.corner.isDrag = true;
      this.canvas.setPointerCapture(event.pointerId);
      this.begin();
    }
    if (this.corner.isDrag || isFirst) this.show(between(this.corner.at, this.at(event)));
  }

  up(event) {
    if (!this.corner) return;
    if (this.corner.isDrag || this.corner.isFirst) {
      this.show(between(this.corner.at, this.at(event)));
      this.hasDrawn = true;
      this.search();
    } else if (this.isOn) this.corner.isFirst = true; // the next click is the other corner
    else this.corner = null;
  }

  at(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const within = (value, of) => Math.min(1, Math.max(0, value / of));
    return [within(event.clientX - left, width) * this.size[0], within(event.clientY - top, height) * this.size[1]];
  }
}
