/** The face page: a client of its own server. `?stream=name` chooses, `?gallery` shows all shapes. */

import { StreamerClient } from "./client.js";
import { Head } from "./head.js";
import { SHAPES, mix } from "./mouth.js";
import { quantile } from "./timeline.js";

const LOG_LENGTH = 4_096;
const BLINK_MS = 150;
const EXAMPLES = {
  sil: "silence", PP: "put, bat, mat", FF: "fat, vat", TH: "think, that", DD: "tip, doll",
  kk: "call, gas", CH: "chair, join, she", SS: "sir, zeal", nn: "lot, not", RR: "red",
  aa: "car", E: "bed", I: "tip", O: "toe", U: "book",
};
const STATUS = {
  connecting: "Connecting…",
  open: "Connected",
  waiting: "No server; trying again…",
  refused: "Refused",
  closed: "Closed",
};

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const still = matchMedia("(prefers-reduced-motion: reduce)");

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

/** The text that is being said, with the word that is heard lit. */
class Caption {
  constructor(element) {
    this.element = element;
    this.utterance = null;
    this.words = [];
    this.now = -1;
  }

  /** Show the utterance of `sample`, or leave the last one standing, dimmed. */
  show(sample) {
    this.element.classList.toggle("over", !sample.speaking);
    if (sample.utterance !== null && sample.utterance !== this.utterance) this.begin(sample);
    if (sample.utterance === null) this.light(-1);
    else if (sample.word !== null) this.light(this.find(sample.word));
  }

  begin(sample) {
    this.utterance = sample.utterance;
    this.words = [];
    this.found = new Map();
    this.now = -1;
    this.element.replaceChildren();
    this.element.scrollTop = 0;
    for (const token of (sample.text ?? "").split(/\s+/).filter(Boolean)) this.append(token);
    this.written = this.words.length > 0;
  }

  append(token) {
    const span = document.createElement("span");
    span.textContent = token;
    this.element.append(span, " ");
    this.words.push({ span, text: token.toLowerCase() });
    return this.words.length - 1;
  }

  /** Index of the written word that `mark` stands for: the next that contains it. */
  find(mark) {
    const key = `${mark.t} ${mark.text}`;
    if (!this.found.has(key)) {
      const said = mark.text.toLowerCase();
      const from = Math.max(-1, ...this.found.values());
      const at = this.words.findIndex((word, i) => i > from && word.text.includes(said));
      this.found.set(key, at >= 0 ? at : this.unwritten(mark, from));
    }
    return this.found.get(key);
  }

  /** A word that the text does not hold: shown if there is no text, else the last one. */
  unwritten(mark, from) {
    return this.written ? from : this.append(mark.text);
  }

  light(index) {
    if (index === this.now) return;
    this.words[this.now]?.span.classList.replace("now", "said");
    this.now = index;
    const word = this.words[index];
    if (!word) return;
    word.span.className = "now";
    const top = word.span.offsetTop - this.element.offsetTop;
    const middle = top - this.element.clientHeight / 2 + word.span.offsetHeight / 2;
    this.element.scrollTo({ top: middle, behavior: still.matches ? "auto" : "smooth" });
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
  constructor(stream) {
    this.stream = stream;
    // What stands behind the # never leaves the browser but in the hello.
    this.token = new URLSearchParams(location.hash.slice(1)).get("token");
    this.client = new StreamerClient({ streams: [stream], name: "face", token: this.token });
    this.head = new Head({ label: "A face that speaks" });
    this.caption = new Caption($("text"));
    this.life = new Life(this.head);
    this.log = [];
    this.shown = null;
    this.toldAt = 0;
  }

  start() {
    $("face").append(this.head.element);
    $("stream").textContent = this.stream === "main" ? "" : `· ${this.stream}`;
    this.client.addEventListener("status", ({ detail }) => this.showStatus(detail));
    this.client.addEventListener("error", ({ detail }) => this.showProblem(detail.message));
    this.client.addEventListener("end", ({ detail }) => detail.error && this.showProblem(detail.error));
    $("say").addEventListener("submit", (event) => {
      event.preventDefault();
      this.say($("words").value);
    });
    this.client.connect();
    this.frame();
  }

  frame() {
    requestAnimationFrame(() => this.frame());
    const now = performance.now();
    const sample = this.client.sample(now)[this.stream];
    const parameters = mix(sample.weights, this.client.names);
    this.head.show(parameters);
    this.life.move(now, sample.speaking);
    this.caption.show(sample);
    if (sample.viseme !== this.shown) this.note(now, sample, parameters);
    if (now - this.toldAt > 250) this.tell(now, sample);
  }

  /** Log what was drawn, each time that another shape prevails. */
  note(now, sample, params) {
    this.shown = sample.viseme;
    $("shape").textContent = sample.viseme;
    this.log.push({
      t: now,
      serverTime: this.client.serverTime(now),
      viseme: sample.viseme,
      utterance: sample.utterance,
      media: sample.media,
      weights: Array.from(sample.weights),
      params,
    });
    if (this.log.length > LOG_LENGTH) this.log.shift();
  }

  tell(now, sample) {
    this.toldAt = now;
    const stream = this.client.streams.get(this.stream);
    const { offset, bound } = this.client.filter;
    const ms = (value) => `${Math.abs(value) < 9.95 ? value.toFixed(1) : Math.round(value)} ms`;
    $("lead").textContent = sample.leadMs === null ? "–" : ms(sample.leadMs);
    $("clock").textContent = offset === null ? "–" : `± ${ms(bound / 1_000)}`;
    const late = quantile(stream.lates, 0.95);
    $("late").textContent = late === null ? "–" : ms(late / 1_000);
    const waiting = stream.utterances.filter((one) => !one.over && one.id !== sample.utterance).length;
    $("queue").hidden = waiting === 0;
    $("queue").textContent = `${waiting} more to say`;
  }

  showStatus({ status, reason }) {
    $("status").dataset.status = status;
    const refused = status === "refused" && reason;
    $("status-text").textContent = refused ? reason : STATUS[status];
    if (status === "open") this.showProblem("");
  }

  showProblem(sentence) {
    $("problem").textContent = sentence;
  }

  async say(text) {
    const button = document.querySelector("#say button");
    button.disabled = true;
    try {
      this.showProblem(await this.post(text));
    } catch {
      this.showProblem("The server cannot be reached; nothing was said.");
    } finally {
      button.disabled = false;
    }
  }

  /** Ask the server to speak; returns the sentence that says why not, or "". */
  async post(text) {
    const answer = await fetch("/v1/speak", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        ...(this.token !== null && { Authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ text, stream: this.stream }),
    });
    if (answer.ok) {
      $("words").value = "";
      return "";
    }
    const said = await answer.json().catch(() => ({}));
    return said.error ?? `The server answered ${answer.status}.`;
  }
}

if (query.has("gallery")) showGallery();
else {
  const page = new Page(query.get("stream") ?? "main");
  window.streamerFace = page;
  page.start();
}
