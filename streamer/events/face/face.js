/** The face page: a client of its own server. `?stream=name` chooses, `?gallery` shows all shapes. */

import { StreamerClient } from "./client.js";
import { Head } from "./head.js";
import { SHAPES, mix } from "./mouth.js";
import {
  $, Caption, LiveMouth, letSpeak, linkPages, query, showClient, still, stream, token,
} from "./page.js";
import { quantile } from "./timeline.js";

const LOG_LENGTH = 4_096;
const BLINK_MS = 150;
const EXAMPLES = {
  sil: "silence", PP: "put, bat, mat", FF: "fat, vat", TH: "think, that", DD: "tip, doll",
  kk: "call, gas", CH: "chair, join, she", SS: "sir, zeal", nn: "lot, not", RR: "red",
  aa: "car", E: "bed", I: "tip", O: "toe", U: "book",
};

function showGallery() {
  document.body.className = "wide";
  $("gallery").hidden = false;
  $("speaking").hidden = true;
  document.querySelector("footer").hidden = true;
  $("status").hidden = true;
  const names = Object.keys(SHAPES);
  for (const name of names) {
    const head = new Head({ label: `A mouth in the shape ${name}`, view: "106 206 188 182" });
    head.show(mix(names.map((other) => (other === name ? 1 : 0)), names));
    const title = document.createElement("b");
    title.textContent = name;
    const example = document.createElement("i");
    example.textContent = EXAMPLES[name];
    const caption = document.createElement("figcaption");
    caption.append(title, document.createElement("br"), example);
    const figure = document.createElement("figure");
    figure.id = `shape-${name}`;
    figure.append(head.element, caption);
    $("gallery").append(figure);
  }
}

/** Blinks, glances and brows: what a face does besides speaking. */
class Life {
  constructor(head) {
    this.head = head;
    this.blinkAt = 1_500;
    this.glanceAt = 2_500;
    this.glance = [0, 0];
    this.eyes = [0, 0];
    this.lively = 0;
  }

  move(now, speaking) {
    if (still.matches) return;
    if (now > this.blinkAt + BLINK_MS) this.blinkAt = now + 2_200 + Math.random() * 3_600;
    this.head.blink(now < this.blinkAt ? 0 : Math.sin((Math.PI * (now - this.blinkAt)) / BLINK_MS));
    if (now > this.glanceAt) {
      this.glance = Math.random() < 0.6 ? [0, 0] : [Math.random() - 0.5, (Math.random() - 0.4) / 3];
      this.glanceAt = now + 1_200 + Math.random() * 2_600;
    }
    if (this.glance.some((eye, i) => Math.abs(eye - this.eyes[i]) > 0.01)) {
      this.eyes = this.eyes.map((eye, i) => eye + (this.glance[i] - eye) * 0.3);
      this.head.look(...this.eyes);
    }
    if (!speaking && this.lively < 0.001) return;
    this.lively += ((speaking ? 1 : 0) - this.lively) * 0.04;
    const wave = Math.sin(now / 1_300) + Math.sin(now / 2_100);
    this.head.express(this.lively * (0.5 + 0.25 * wave), 0.5 * wave * this.lively);
  }
}

class Page {
  constructor() {
    this.client = new StreamerClient({
      streams: [stream],
      frames: { rig: "arkit", fps: 60 },
      name: "face",
      token,
    });
    this.mouth = new LiveMouth(this.client, stream);
    this.head = new Head({ label: "A face that speaks" });
    this.caption = new Caption($("text"));
    this.life = new Life(this.head);
    this.log = [];
    this.shown = null;
    this.toldAt = 0;
  }

  start() {
    $("face").append(this.head.element);
    linkPages();
    showClient(this.client);
    letSpeak();
    this.client.connect();
    this.frame();
  }

  frame() {
    requestAnimationFrame(() => this.frame());
    const now = performance.now();
    const sample = this.client.sample(now)[stream];
    const parameters = this.mouth.parameters(now, sample);
    this.head.show(parameters);
    this.life.move(now, sample.speaking);
    this.caption.show(sample);
    if (sample.viseme !== this.shown) this.note(now, sample, parameters);
    if (now - this.toldAt > 250) this.tell(now, sample);
  }

  /** Log what was drawn, each time that another shape prevails. */
  note(now, sample, parameters) {
    this.shown = sample.viseme;
    $("shape").textContent = sample.viseme;
    this.log.push({
      t: now,
      serverTime: this.client.serverTime(now),
      viseme: sample.viseme,
      utterance: sample.utterance,
      media: sample.media,
      weights: Array.from(sample.weights),
      framed: this.mouth.share === 1,
      params: { ...parameters },
    });
    if (this.log.length > LOG_LENGTH) this.log.shift();
  }

  tell(now, sample) {
    this.toldAt = now;
    const said = this.client.streams.get(stream);
    const { offset, bound } = this.client.filter;
    const ms = (value) => `${Math.abs(value) < 9.95 ? value.toFixed(1) : Math.round(value)} ms`;
    $("lead").textContent = sample.leadMs === null ? "–" : ms(sample.leadMs);
    $("clock").textContent = offset === null ? "–" : `± ${ms(bound / 1_000)}`;
    const late = quantile(said.lates, 0.95);
    $("late").textContent = late === null ? "–" : ms(late / 1_000);
    const waiting = said.utterances.filter((one) => !one.over && one.id !== sample.utterance).length;
    $("queue").hidden = waiting === 0;
    $("queue").textContent = `${waiting} more to say`;
  }
}

if (query.has("gallery")) showGallery();
else {
  const page = new Page();
  window.streamerFace = page;
  page.start();
}
