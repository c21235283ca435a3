/**
 * Every viseme set and every rig at once, from this page's own server.
 *
 * `/rigs.json` says what there is. A connection has one set and one rig, so there are
 * as many as there are sets, or rigs; each reckons the server's clock for itself.
 */

import { fromPose } from "./arkit.js";
import { StreamerClient } from "./client.js";
import { Head } from "./head.js";
import { PARAMETERS } from "./mouth.js";
import {
  $, Caption, LiveMouth, letSpeak, linkPages, showClient, showProblem, stream, token,
} from "./page.js";

const FPS = 60;
const TELL_MS = 250;
const FIGURE_MS = 100; // how often a figure beside a bar changes
const MOUTH = "112 221 176 170"; // the part of the head around the mouth

function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

/** Notes which tiles are on screen; only they are drawn. */
const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) target.seen = isIntersecting;
});

/** One viseme set: the mouth of the shape that is due, its name, a word that has it. */
class SetTile {
  constructor({ name, flat, shapes }, words) {
    this.flat = flat;
    this.shapes = new Map(shapes.map((shape) => [shape.name, { ...shape, drawn: fromPose(shape) }]));
    this.neutral = shapes[0].name;
    this.words = words;
    this.head = new Head({ label: `The mouth in ${name}`, view: MOUTH });
    this.head.element.setAttribute("preserveAspectRatio", "xMidYMid slice");
    this.title = make("b");
    this.about = make("span");
    this.chips = new Map(shapes.map((shape) => [shape.name, this.chip(shape)]));
    const list = make("ul", { class: "names", "aria-hidden": "true" }, ...this.chips.values());
    const shape = make("p", { class: "shape" }, this.title, this.about);
    const side = make("div", {}, make("h3", { text: name }), shape, list);
    this.element = make("article", { class: "set", id: `set-${name}` }, this.head.element, side);
    this.shown = null;
    this.name(null);
  }

  /** Draw what `client.sample()` gave; `names` are those of its weights. */
  show(sample, names) {
    const due = sample.cue?.v ?? this.neutral;
    this.name(sample.cue);
    if (!this.element.seen) return;
    this.head.show(this.flat ? this.drawn(due) : this.mixed(sample.weights, names));
  }

  drawn(name) {
    return this.shapes.get(name)?.drawn ?? this.shapes.get(this.neutral).drawn;
  }

  mixed(weights, names) {
    const parameters = Object.fromEntries(PARAMETERS.map((key) => [key, 0]));
    names.forEach((name, i) => {
      if (weights[i] === 0) return;
      const shape = this.drawn(name);
      for (const key of PARAMETERS) parameters[key] += weights[i] * shape[key];
    });
    return parameters;
  }

  name(cue) {
    const name = cue?.v ?? this.neutral;
    const key = `${name} ${cue?.w} ${cue?.p?.join("")}`;
    if (key === this.shown) return;
    this.chips.get(this.lit)?.classList.remove("now");
    this.chips.get(name)?.classList.add("now");
    this.lit = name;
    this.shown = key;
    this.title.textContent = name;
    const silent = name === this.neutral ? "rest" : "between sounds";
    this.about.textContent = cue?.p?.length ? this.sound(cue) : silent;
  }

  /** The sound of a cue, a word that has it, and how fully its shape is formed. */
  sound({ p, w = 1 }) {
    const word = this.words[p.join("")];
    const full = w < 0.995 ? ` · ${Math.round(w * 100)} %` : "";
    return `/${p.join("")}/${word ? ` as in ${word}` : ""}${full}`;
  }

  chip({ name, sound, example }) {
    return make("li", { text: name, title: sound ? `/${sound}/ as in ${example}` : "rest" });
  }
}

/** One channel, or a left and a right one that are the same. */
class Channel {
  constructor({ name, low, high, neutral }, index) {
    Object.assign(this, { name, low, high, neutral, index });
    this.fill = make("i");
    this.figure = make("output");
    this.label = make("span", { text: name, title: name });
    const bar = make("div", { class: "bar" }, this.fill);
    this.element = make("div", { class: "channel" }, this.label, bar, this.figure);
    this.show(neutral, true);
  }

  /** Stand for the right side too. */
  pair() {
    this.label.replaceChildren(this.name.replace(/Left$/, ""), make("i", { text: " L R" }));
  }

  show(weight, tell) {
    if (tell && this.told !== weight) {
      this.told = weight;
      this.figure.textContent = weight.toFixed(2);
    }
    if (Math.abs(weight - this.drawn) < 0.002) return;
    this.drawn = weight;
    const span = this.high - this.low;
    const from = Math.min(Math.max(0, this.low), weight);
    const share = Math.abs(weight - Math.max(0, this.low)) / span;
    this.fill.style.transform = `translateX(${((from - this.low) / span) * 100}%) scaleX(${share})`;
  }
}

/** One rig: a bar for each channel that speech moves. */
class RigTile {
  constructor({ name, channels }) {
    this.rig = name;
    this.of = channels;
    this.count = make("span");
    this.rows = make("div");
    const title = make("h3", {}, make("b", { text: name }), this.count);
    this.element = make("article", { class: "rig", id: `rig-${name}` }, title, this.rows);
    this.channels = [];
    this.toldAt = 0;
  }

  /** Make the bars once the server has said in which order the weights come. */
  meet(names) {
    if (String(names) === String(this.names)) return;
    this.names = names;
    this.count.textContent = names.length > this.of.length ? `${this.of.length} of ${names.length}` : `${names.length}`;
    const left = new Map();
    this.channels = [];
    for (const about of this.of) {
      const other = left.get(about.name.replace(/Right$/, "Left"));
      if (other && about.name.endsWith("Right")) {
        other.pair();
        continue;
      }
      const channel = new Channel(about, names.indexOf(about.name));
      left.set(about.name, channel);
      this.channels.push(channel);
    }
    this.rows.replaceChildren(...this.channels.map((channel) => channel.element));
  }

  show(weights, now) {
    if (!this.element.seen) return;
    const tell = now - this.toldAt > FIGURE_MS;
    if (tell) this.toldAt = now;
    for (const channel of this.channels) channel.show(weights[channel.index], tell);
  }
}

/** A WebSocket whose traffic is counted, in bytes as text. */
class CountedSocket extends WebSocket {
  static bytes = 0;

  constructor(...about) {
    super(...about);
    this.addEventListener("message", ({ data }) => {
      CountedSocket.bytes += data.length;
    });
  }
}

class Page {
  constructor({ sets, rigs, words }) {
    this.sets = sets.map((set) => new SetTile(set, words));
    this.rigs = rigs.map((rig) => new RigTile(rig));
    const count = Math.max(sets.length, rigs.length);
    this.clients = Array.from({ length: count }, (_, i) => this.client(sets[i % sets.length], rigs[i]));
    this.head = new Head({ label: "A face that speaks" });
    this.caption = new Caption($("text"));
    this.mouth = new LiveMouth(this.clients[0], stream);
    this.drawn = 0;
    this.toldAt = performance.now();
    this.told = { bytes: 0, drawn: 0 };
  }

  client({ name }, rig) {
    return new StreamerClient({
      streams: [stream],
      visemes: name,
      frames: rig ? { rig: rig.name, fps: FPS } : null,
      name: "rigs",
      token,
      WebSocket: CountedSocket,
    });
  }

  start() {
    $("face").append(this.head.element);
    $("sets").append(...this.sets.map((tile) => tile.element));
    $("rigs").append(...this.rigs.map((tile) => tile.element));
    $("no-rigs").hidden = this.rigs.length > 0;
    for (const tile of [...this.sets, ...this.rigs]) watch.observe(tile.element);
    showClient(this.clients[0]);
    for (const client of this.clients) client.connect();
    this.frame();
  }

  frame() {
    requestAnimationFrame(() => this.frame());
    const now = performance.now();
    this.clients.forEach((client, i) => {
      const sample = client.sample(now)[stream];
      if (i === 0) this.face(now, sample);
      this.sets[i]?.show(sample, client.names);
      this.weigh(client, this.rigs[i], now);
    });
    this.drawn += 1;
    if (now - this.toldAt > TELL_MS) this.tell(now);
  }

  weigh(client, tile, now) {
    if (!tile || client.rig === null) return;
    tile.meet(client.rig.names);
    tile.show(client.weights(stream, now), now);
  }

  face(now, sample) {
    this.head.show(this.mouth.parameters(now, sample));
    this.caption.show(sample);
  }

  tell(now) {
    const passed = (now - this.toldAt) / 1_000;
    const { bytes } = CountedSocket;
    const open = this.clients.filter((client) => client.status === "open").length;
    const { bound } = this.clients[0].filter;
    $("connections").textContent = `${open} of ${this.clients.length}`;
    $("traffic").textContent = `${Math.round((bytes - this.told.bytes) / passed / 1_000)} kB/s`;
    $("drawn").textContent = `${Math.round((this.drawn - this.told.drawn) / passed)} fps`;
    $("clock").textContent = bound === null ? "–" : `± ${(bound / 1_000).toFixed(1)} ms`;
    this.told = { bytes, drawn: this.drawn };
    this.toldAt = now;
  }
}

/** What the server says there is to be shown, or null where it cannot be had. */
async function readSheet() {
  try {
    const answer = await fetch("/rigs.json");
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

linkPages();
letSpeak();
const sheet = await readSheet();
if (sheet === null) showProblem("The server does not say what there is to be shown; load the page again.");
else {
  const page = new Page(sheet);
  window.streamerRigs = page;
  page.start();
}
