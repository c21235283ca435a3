/** The drawn head: builds the SVG once, then moves it by mouth parameters. */

import { draw } from "./mouth.js";

const NS = "http://www.w3.org/2000/svg";
const MOUTH_X = 200;
const MOUTH_Y = 284;
const EYES = [152, 248];
const EYE_Y = 196;

let heads = 0;

function make(parent, tag, attributes = {}) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

const skull = (jaw) => {
  const chin = 356 + jaw * 0.56;
  const cheek = 300 + jaw * 0.22;
  return (
    `M 92 190 C 92 108 140 66 200 66 C 260 66 308 108 308 190` +
    ` C 308 232 303 266 287 ${cheek} C 269 ${chin - 22} 236 ${chin} 200 ${chin}` +
    ` C 164 ${chin} 131 ${chin - 22} 113 ${cheek} C 97 266 92 232 92 190 Z`
  );
};

/** A head of its own; `element` is the SVG, `show(parameters)` draws a mouth. */
export class Head {
  constructor({ label, view = "28 18 344 452" } = {}) {
    heads += 1;
    this.id = `head${heads}`;
    this.element = document.createElementNS(NS, "svg");
    const attributes = { viewBox: view, role: "img", "aria-label": label, class: "head" };
    for (const [name, value] of Object.entries(attributes)) this.element.setAttribute(name, value);
    this.shades();
    this.body();
    this.group = make(this.element, "g", { class: "sway" });
    this.skull();
    this.eyes();
    this.mouth();
    this.hair();
    this.show({ ...EMPTY });
  }

  shades() {
    const shades = make(this.element, "defs");
    const skin = make(shades, "linearGradient", { id: `${this.id}-skin`, x1: 0.25, y1: 0, x2: 0.6, y2: 1 });
    make(skin, "stop", { offset: 0, class: "skin-light" });
    make(skin, "stop", { offset: 1, class: "skin-deep" });
    const cavity = make(shades, "radialGradient", { id: `${this.id}-cavity`, cx: 0.5, cy: 0.35, r: 0.75 });
    make(cavity, "stop", { offset: 0, class: "cavity-deep" });
    make(cavity, "stop", { offset: 1, class: "cavity-edge" });
    const blush = make(shades, "radialGradient", { id: `${this.id}-blush` });
    make(blush, "stop", { offset: 0, class: "blush-in" });
    make(blush, "stop", { offset: 1, class: "blush-out" });
    this.clip = make(make(shades, "clipPath", { id: `${this.id}-hole` }), "path");
  }

  body() {
    const back = make(this.element, "g");
    make(back, "path", {
      class: "hair-back",
      d: "M 74 206 C 64 96 118 38 202 38 C 286 38 336 98 326 208 C 322 262 326 300 340 330 C 306 352 94 352 60 330 C 74 300 78 262 74 206 Z",
    });
    make(back, "path", { class: "shirt", d: "M 20 480 C 30 424 84 406 150 396 L 250 396 C 316 406 370 424 380 480 Z" });
    make(back, "path", { class: "neck", d: "M 158 316 L 158 388 C 158 424 242 424 242 388 L 242 316 Z" });
    make(back, "path", { class: "neck-shadow", d: "M 158 340 C 170 380 230 380 242 340 L 242 366 C 226 402 174 402 158 366 Z" });
    make(back, "path", { class: "collar", d: "M 146 394 C 150 440 250 440 254 394" });
  }

  skull() {
    make(this.group, "ellipse", { class: "ear", cx: 90, cy: 214, rx: 15, ry: 25 });
    make(this.group, "ellipse", { class: "ear", cx: 310, cy: 214, rx: 15, ry: 25 });
    this.face = make(this.group, "path", { fill: `url(#${this.id}-skin)` });
    for (const cx of [128, 272]) {
      make(this.group, "ellipse", { cx, cy: 252, rx: 34, ry: 24, fill: `url(#${this.id}-blush)` });
    }
    make(this.group, "path", { class: "nose", d: "M 203 206 C 206 222 213 234 210 240 C 207 246 194 246 190 242" });
  }

  eyes() {
    this.lids = [];
    this.pupils = make(this.group, "g");
    for (const [side, x] of EYES.entries()) {
      const clip = `${this.id}-eye${side}`;
      const defs = make(this.group, "clipPath", { id: clip });
      make(defs, "path", { d: `M ${x - 25} ${EYE_Y + 3} C ${x - 17} ${EYE_Y - 17} ${x + 17} ${EYE_Y - 17} ${x + 25} ${EYE_Y + 3} C ${x + 15} ${EYE_Y + 16} ${x - 15} ${EYE_Y + 16} ${x - 25} ${EYE_Y + 3} Z` });
      const eye = make(this.group, "g", { "clip-path": `url(#${clip})` });
      make(eye, "rect", { class: "eye-white", x: x - 28, y: EYE_Y - 22, width: 56, height: 44 });
      const pupil = make(eye, "g", { class: "pupil" });
      make(pupil, "circle", { class: "iris", cx: x, cy: EYE_Y + 1.5, r: 12.5 });
      make(pupil, "circle", { class: "pupil-hole", cx: x, cy: EYE_Y + 1.5, r: 6 });
      make(pupil, "circle", { class: "glint", cx: x + 4, cy: EYE_Y - 3.5, r: 3.2 });
      const lid = make(eye, "path", { class: "lid" });
      const lash = make(this.group, "path", { class: "lash" });
      this.lids.push({ x, lid, lash, pupil });
    }
    this.brows = EYES.map((x) => {
      const out = x < MOUTH_X ? -1 : 1;
      const d = `M ${x - out * 23} ${EYE_Y - 29} Q ${x + out * 4} ${EYE_Y - 42} ${x + out * 28} ${EYE_Y - 28}`;
      return make(this.group, "path", { class: "brow", d });
    });
    this.look(0, 0);
    this.blink(0);
  }

  mouth() {
    const mouth = make(this.group, "g", { transform: `translate(${MOUTH_X} ${MOUTH_Y})` });
    this.parts = {};
    const part = (name, parent = mouth, tag = "path") => {
      this.parts[name] = make(parent, tag, { class: name });
    };
    part("chinShade");
    part("shade");
    part("hole");
    this.parts.hole.setAttribute("fill", `url(#${this.id}-cavity)`);
    const inside = make(mouth, "g", { "clip-path": `url(#${this.id}-hole)` });
    for (const name of ["hump", "tongue", "crease", "lowerTeeth", "lowerGaps"]) part(name, inside);
    for (const name of ["upperTeeth", "upperGaps", "upperShade"]) part(name, inside);
    for (const name of ["lowerLip", "shine", "bite", "biteGaps", "upperLip", "seam", "tip", "tipCrease"]) part(name);
    part("dimples");
  }

  hair() {
    make(this.group, "path", {
      class: "hair",
      d: "M 88 214 C 74 110 124 48 204 48 C 284 48 328 112 312 214 C 306 168 288 134 252 112 C 214 138 150 148 116 150 C 100 168 94 190 88 214 Z",
    });
    make(this.group, "path", { class: "strand", d: "M 252 112 C 218 134 160 144 118 149" });
  }

  /** Draw the mouth of `parameters` (see mouth.js), and the jaw that goes with it. */
  show(parameters) {
    const moved = Object.keys(EMPTY).some((name) => !(Math.abs(parameters[name] - this.shown?.[name]) < 1e-4));
    if (!moved) return; // a face at rest costs nothing
    this.shown = parameters;
    const drawn = draw(parameters);
    const { lip, jaw } = drawn;
    this.face.setAttribute("d", skull(jaw));
    this.clip.setAttribute("d", drawn.hole);
    for (const [name, part] of Object.entries(this.parts)) {
      if (typeof drawn[name] === "string") part.setAttribute("d", drawn[name]);
    }
    const y = lip.bottom + lip.lower;
    const wide = lip.half;
    const set = (name, key, value) => this.parts[name].setAttribute(key, value);
    set("shine", "d", `M ${-wide * 0.34} ${y - lip.lower * 0.52} Q 0 ${y - lip.lower * 0.3} ${wide * 0.34} ${y - lip.lower * 0.52}`);
    set("chinShade", "d", `M ${-wide * 0.42} ${y + 9} Q 0 ${y + 15} ${wide * 0.42} ${y + 9}`);
    set("shade", "d", `M -5 ${lip.top - lip.upper - 22} L -4 ${lip.top - lip.upper - 6} M 5 ${lip.top - lip.upper - 22} L 4 ${lip.top - lip.upper - 6}`);
    set("upperShade", "d", `M ${-wide} ${lip.top - 8} L ${wide} ${lip.top - 8} L ${wide} ${lip.top + 3} Q 0 ${lip.top + 5} ${-wide} ${lip.top + 3} Z`);
    set("bite", "opacity", parameters.tuck);
    set("biteGaps", "opacity", parameters.tuck);
    set("tip", "opacity", Math.min(1, parameters.out * 2));
    set("tipCrease", "d", `M 0 8 L 0 ${8 + Math.max(0, lip.bottom - 8)}`);
    set("tipCrease", "opacity", Math.max(0, parameters.out * 2 - 1));
    set("crease", "opacity", parameters.out > 0.5 ? 0 : 0.55);
    const dimple = (side) => {
      const x = side * (wide + 7);
      return `M ${x} ${lip.corner - 8} Q ${x + side * 6} ${lip.corner} ${x} ${lip.corner + 8}`;
    };
    set("dimples", "d", `${dimple(-1)} ${dimple(1)}`);
    set("dimples", "opacity", Math.max(parameters.press, 0.7 * Math.max(0, parameters.width)));
    set("seam", "opacity", lip.bottom - lip.top < 3 ? 1 : 0.35);
  }

  /** Turn the eyes; x and y from -1 to 1. */
  look(x, y) {
    for (const { pupil } of this.lids) {
      pupil.setAttribute("transform", `translate(${(x * 6).toFixed(2)} ${(y * 4).toFixed(2)})`);
    }
  }

  /** Close the eyes by a share of 0 (open) to 1. */
  blink(share) {
    if (share === this.closed) return;
    this.closed = share;
    for (const { x, lid, lash } of this.lids) {
      const middle = EYE_Y - 14 + share * 25;
      const bend = `M ${x - 26} ${EYE_Y + 3} C ${x - 17} ${middle} ${x + 17} ${middle} ${x + 26} ${EYE_Y + 3}`;
      lash.setAttribute("d", bend);
      lid.setAttribute("d", `${bend} L ${x + 28} ${EYE_Y - 24} L ${x - 28} ${EYE_Y - 24} Z`);
    }
  }

  /** Raise the brows by `share` of 0 to 1 and lean the head by `lean` degrees. */
  express(share, lean) {
    for (const brow of this.brows) brow.setAttribute("transform", `translate(0 ${(-5 * share).toFixed(2)})`);
    this.group.setAttribute("transform", `rotate(${lean.toFixed(3)} 200 400)`);
  }
}

const EMPTY = {
  jaw: 0, width: 0, pucker: 0, lift: 0, drop: 0, press: 0, tuck: 0, square: 0,
  tip: 0, blade: 0, out: 0, back: 0, smile: 1,
  shut: 0,
};
