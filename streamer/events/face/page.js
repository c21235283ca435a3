/** What the pages have in common: the caption, the field to speak, a mouth that follows a stream. */

import { fromArkit, reader } from "./arkit.js";
import { PARAMETERS, mix } from "./mouth.js";

const STATUS = {
  connecting: "Connecting…",
  open: "Connected",
  waiting: "No server; trying again…",
  refused: "Refused",
  closed: "Closed",
};
const CHANGE_MS = 120; // from cues to frames and back
const SLEW_MS = 25; // shortest time of a whole movement of the drawn mouth

export const $ = (id) => document.getElementById(id);
export const query = new URLSearchParams(location.search);
export const still = matchMedia("(prefers-reduced-motion: reduce)");
export const stream = query.get("stream") ?? "main";
/** What stands behind the # never leaves the browser but in the hello. */
export const token = new URLSearchParams(location.hash.slice(1)).get("token");

/** Say how the connection is. */
export function showStatus({ status, reason }) {
  $("status").dataset.status = status;
  $("status-text").textContent = status === "refused" && reason ? reason : STATUS[status];
  if (status === "open") showProblem("");
}

export function showProblem(sentence) {
  $("problem").textContent = sentence;
}

/** Name the stream, and let the links between the pages keep it and the token. */
export function linkPages() {
  $("stream").textContent = stream === "main" ? "" : `· ${stream}`;
  for (const link of document.querySelectorAll("nav a")) {
    link.href = `${link.pathname}${stream === "main" ? "" : `?stream=${encodeURIComponent(stream)}`}${location.hash}`;
  }
}

/** Show what the client says of itself, and what went wrong. */
export function showClient(client) {
  client.addEventListener("status", ({ detail }) => showStatus(detail));
  client.addEventListener("error", ({ detail }) => {
    if (detail.code !== "unsupported") showProblem(detail.message); // then cues are drawn
  });
  client.addEventListener("end", ({ detail }) => detail.error && showProblem(detail.error));
}

/** The text that is being said, with the word that is heard lit. */
export class Caption {
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

/**
 * The drawn mouth of a stream: from ARKit's frames where they come, else from cues.
 *
 * It goes over from one to the other, and no part moves faster than lips can.
 */
export class LiveMouth {
  constructor(client, stream) {
    this.client = client;
    this.stream = stream;
    this.share = null; // 0 by cues … 1 by frames
    this.shown = null;
    this.rig = null;
  }

  /** The parameters to draw at local `now`, ms; `sample` is what the client gave for it. */
  parameters(now, sample) {
    const cues = mix(sample.weights, this.client.names);
    const weights = this.client.weights(this.stream, now);
    const passed = now - (this.at ?? now);
    this.at = now;
    const wanted = weights !== null && (sample.framed || sample.utterance === null) ? 1 : 0;
    const step = passed / CHANGE_MS;
    const share = this.share ?? wanted;
    this.share = weights === null ? 0 : share + Math.min(Math.max(wanted - share, -step), step);
    if (this.share > 0) this.blend(cues, this.read(weights));
    return this.approach(cues, passed);
  }

  /** Parameters of the weights; what ARKit does not tell of the tongue, the cues do. */
  read(weights) {
    if (this.rig !== this.client.rig) {
      this.rig = this.client.rig;
      this.reader = reader(this.rig.names);
    }
    return (tongue) => fromArkit(this.reader(weights), tongue);
  }

  blend(parameters, frames) {
    const other = frames(parameters);
    for (const name of PARAMETERS) parameters[name] += (other[name] - parameters[name]) * this.share;
  }

  approach(parameters, passed) {
    const most = passed / SLEW_MS;
    for (const name of this.shown === null ? [] : PARAMETERS) {
      const way = parameters[name] - this.shown[name];
      parameters[name] = this.shown[name] + Math.min(Math.max(way, -most), most);
    }
    this.shown = parameters;
    return parameters;
  }
}

/** Let the form's text be spoken by the server. */
export function letSpeak() {
  $("say").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = document.querySelector("#say button");
    button.disabled = true;
    try {
      showProblem(await post($("words").value));
    } catch {
      showProblem("The server cannot be reached; nothing was said.");
    } finally {
      button.disabled = false;
    }
  });
}

/** Ask the server to speak; returns the sentence that says why not, or "". */
async function post(text) {
  const answer = await fetch("/v1/speak", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(token !== null && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ text, stream }),
  });
  if (answer.ok) {
    $("words").value = "";
    return "";
  }
  const said = await answer.json().catch(() => ({}));
  return said.error ?? `The server answered ${answer.status}.`;
}
