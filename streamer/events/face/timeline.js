/**
 * What a mouth shows at a given time: cues, anchors and cuts of streamer.v1 become
 * weights. No sockets, timers or clocks: times are handed in. Part of client.js.
 *
 * Cues are blended in media time, so that a stall or a pause stops the mouth in the
 * middle of a movement and a correction of the clock shifts it whole. Figures:
 * ramps of 40-80 ms, faster open than close, and rests (under 120 ms held, then
 * relaxed) are those of Rhubarb Lip Sync and JALI (SIGGRAPH 2016).
 */

import { FrameTrack, Line } from "./placing.js";

const GAP_US = 20_000; // a shorter hole between two cues is none
const OPEN_US = 45_000; // ramps: mouths pop open and close slowly
const CLOSE_US = 70_000;
const SEAL_EARLY_US = 15_000; // lips are closed when a p is heard
const CUT_US = 80_000;
const HOLD_US = 350_000; // longer rests than this relax the lips
export const RELAX_US = 200_000;
const QUIET_US = 2_000_000; // rule 8: nobody speaks any more
const SLEW_MS = 30; // shortest time from one shape to another, whatever happened
const FORGET_US = 1_000_000;

export const OPENNESS = {
  sil: 0, PP: 0, FF: 0.1, TH: 0.25, DD: 0.25, kk: 0.35, CH: 0.2, SS: 0.15,
  nn: 0.25, RR: 0.25, aa: 1, E: 0.6, I: 0.3, O: 0.7, U: 0.3,
};
const SEALS = new Set(["PP", "FF"]);

export const smooth = (x) => (x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - 2 * x));

/** The item at share `q` (0…1) of a sorted copy, or null for an empty array. */
export function quantile(values, q) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** Index of the last item whose `key` is at or before `x`, or -1. */
function lastAtOrBefore(items, key, x) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle][key] <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** One utterance: its cues and marks in media time, and the anchor that places them. */
class Utterance extends Line {
  constructor(message) {
    super();
    this.id = message.utterance;
    this.turn = message.turn ?? null;
    this.text = message.text ?? null;
    this.timing = message.timing ?? null;
    this.duration = message.duration ?? null;
    this.cues = [];
    this.marks = [];
    this.until = 0;
    this.edges = [];
    this.over = null;
    this.entry = null; // the shape from which the first one begins; null is rest
    this.shown = -Infinity; // what has been shown is never taken back
    this.touched = null; // local ms of the last message
  }

  /** Take cues that came at local `arrived`; null if neither early nor late. */
  add(cues, until, arrived) {
    for (const cue of cues) this.cues.push({ ...cue, arrived, counted: arrived === null });
    this.cues.sort((a, b) => a.t - b.t);
    this.until = Math.max(this.until, until ?? 0);
  }

  addMarks(marks) {
    this.marks.push(...marks);
    this.marks.sort((a, b) => a.t - b.t);
  }

  /** Forget what was shown more than a second ago. */
  prune() {
    const old = this.shown - FORGET_US;
    if (this.cues.length === 0 || this.cues[0].t + this.cues[0].d >= old) return false;
    this.cues = this.cues.filter((cue) => cue.t + cue.d >= old);
    return true;
  }

  /** Turn cues into edges: where each shape begins, and the ramps around it. */
  rebuild(names) {
    const sil = Math.max(0, names.indexOf("sil"));
    const ended = this.over?.kind === "end" ? this.over.media : null;
    const closed = ended ?? this.duration ?? Infinity;
    const cues = this.cues.filter((cue) => cue.t < closed);
    const edges = [];
    if (cues[0]?.t > GAP_US) edges.push({ t: 0, v: sil, w: 1, name: "sil" });
    cues.forEach((cue, index) => {
      const known = names.indexOf(cue.v);
      const v = known < 0 ? sil : known;
      edges.push({ t: cue.t, v, w: cue.w ?? 1, name: names[v] });
      const stop = Math.min(cue.t + cue.d, closed);
      const next = cues[index + 1]?.t ?? (closed < Infinity ? Infinity : this.until);
      if (stop + GAP_US < next) edges.push({ t: stop, v: sil, w: 1, name: "sil" });
    });
    this.edges = edges;
    edges.forEach((edge, index) => this.setRamp(edge, edges[index - 1], edges[index + 1]));
  }

  setRamp(edge, before, after) {
    const seal = SEALS.has(edge.name);
    const from = OPENNESS[before?.name ?? "sil"] ?? 0.5;
    const ramp = (OPENNESS[edge.name] ?? 0.5) > from ? OPEN_US : CLOSE_US;
    const room = before ? edge.t - before.t : Infinity;
    const length = after ? after.t - edge.t : Infinity;
    edge.centre = edge.t - (seal ? Math.min(SEAL_EARLY_US, room * 0.3) : 0);
    edge.rise = Math.max(1, Math.min(ramp / 2, room * 0.3));
    edge.settle = Math.max(1, Math.min(ramp / 2, length * (seal ? 0.25 : 0.4)));
  }

  /** Add this utterance's shape at `media` to `weights`, `share` of a whole one. */
  shape(media, weights, share, sil) {
    const rest = this.entry ?? { v: sil, w: 1 };
    const index = lastAtOrBefore(this.edges, "centre", media);
    const here = this.edges[index];
    const next = this.edges[index + 1];
    const put = (edge, part) => {
      weights[edge.v] += share * part * edge.w;
      weights[sil] += share * part * (1 - edge.w);
    };
    if (next && media > next.centre - next.rise) {
      const x = smooth(0.5 * (1 - (next.centre - media) / next.rise));
      put(here ?? rest, 1 - x);
      put(next, x);
    } else if (here && media < here.centre + here.settle) {
      const x = smooth(0.5 + (0.5 * (media - here.centre)) / here.settle);
      put(this.edges[index - 1] ?? rest, 1 - x);
      put(here, x);
    } else put(here ?? rest, 1);
  }

  /** Begin from the shape in which `before` leaves the mouth, if it still holds one. */
  follow(before, time) {
    const held = before.shown > -Infinity && before.over?.kind !== "cut";
    if (!held || before.relaxed(time, before.shown) > 0) return;
    this.entry = before.edges[lastAtOrBefore(before.edges, "centre", before.shown)] ?? null;
  }

  /** How far the mouth has come to rest although nothing closed it (0…1). */
  relaxed(time, media) {
    const anchor = this.anchor;
    const held = anchor.rate === 0 && time >= anchor.at ? time - anchor.at : 0;
    const last = this.cues.at(-1);
    const dry = media - Math.max(last ? last.t + last.d : 0, this.until);
    return smooth((Math.max(held, dry) - HOLD_US) / RELAX_US);
  }

  /** The cue that is due at `media`, or null between two. */
  cueAt(media) {
    const cue = this.cues[lastAtOrBefore(this.cues, "t", media)];
    return cue && media < cue.t + cue.d + GAP_US ? cue : null;
  }

  /** The word heard at `media`: the last one begun, unless it ended long ago. */
  wordAt(media) {
    let word = null;
    for (const mark of this.marks) {
      if (mark.t > media) break;
      if (mark.kind === "word") word = mark;
    }
    return word !== null && media < word.t + word.d + 2 * CUT_US ? word : null;
  }

  /** Microseconds of media that the first shape begins before 0, with its ramp. */
  get begins() {
    const first = this.edges[0];
    return Math.min(0, first ? first.centre - first.rise : 0);
  }
}

/** One stream: its utterances in the order in which they are heard, and its mouth. */
export class Stream {
  constructor(name) {
    this.name = name;
    this.epoch = null;
    this.seq = null;
    this.dropped = 0;
    this.sampled = null;
    this.frames = new FrameTrack();
    this.setNames(Object.keys(OPENNESS));
  }

  setNames(names) {
    this.names = names;
    this.sil = Math.max(0, names.indexOf("sil"));
    this.target = new Float32Array(names.length);
    this.weights = new Float32Array(names.length);
    this.weights[this.sil] = 1;
    this.clear();
  }

  clear() {
    this.utterances = [];
    this.leads = [];
    this.lates = [];
    this.frames.clear();
  }

  find(id) {
    return this.utterances.find((utterance) => utterance.id === id);
  }

  /** Replace everything by what a `state` message says; what was shown stays shown. */
  setState(message, arrived) {
    const before = this.utterances;
    this.frames.setState(message);
    this.seq = message.seq;
    this.utterances = message.utterances.map((told) => {
      const utterance = new Utterance(told);
      const known = before.find((one) => one.id === utterance.id);
      if (known) utterance.shown = known.shown;
      if (told.anchor) utterance.setAnchor(told.anchor);
      utterance.add(told.cues ?? [], told.until, null);
      utterance.addMarks(told.marks ?? []);
      utterance.touched = arrived;
      utterance.rebuild(this.names);
      return utterance;
    });
    this.utterances.unshift(...before.filter((one) => one.over !== null && !this.find(one.id)));
  }

  /** Take one numbered message; `time` is the server's now, µs or null. */
  apply(message, arrived, time) {
    this.frames.apply(message, time);
    if (message.type === "start") this.utterances.push(new Utterance(message));
    const utterance = this.find(message.utterance);
    if (!utterance || utterance.over) return;
    utterance.touched = arrived;
    if (message.type === "cues") utterance.add(message.cues, message.until, arrived);
    else if (message.type === "marks") utterance.addMarks(message.marks);
    else if (message.type === "anchor") utterance.setAnchor(message);
    else if (message.type === "end" || message.type === "cut") {
      const since = Math.max(message.at, time ?? message.at);
      utterance.over = { kind: message.type, media: message.media, at: message.at, since };
    }
    if (message.type !== "anchor" && message.type !== "marks") utterance.rebuild(this.names);
  }

  /** The utterance that owns the mouth at `time`: the last that has begun. */
  active(time) {
    for (let index = this.utterances.length - 1; index >= 0; index -= 1) {
      const utterance = this.utterances[index];
      const media = utterance.mediaAt(time);
      if (media === null || Math.max(media, utterance.shown) < utterance.begins) continue;
      if (index > 0) utterance.follow(this.utterances[index - 1], time);
      this.utterances.splice(0, index);
      return utterance;
    }
    return null;
  }

  /** Drop what is over and past; an utterance cut before it was heard goes at once. */
  forget(time) {
    this.utterances = this.utterances.filter(
      (one) => !one.over || (one.anchor !== null && time < one.over.since + FORGET_US / 2),
    );
  }

  sample(time, now, away) {
    this.target.fill(0);
    const utterance = time === null ? null : this.active(time);
    const media = utterance?.mediaAt(time) ?? null;
    let rest = 1;
    if (utterance !== null) {
      const stop = utterance.over?.kind === "cut" ? utterance.over.media : Infinity;
      const shown = Math.max(Math.min(media, stop), utterance.shown);
      this.count(utterance, shown, now);
      utterance.shown = shown;
      rest = Math.max(away, this.rest(utterance, time, shown));
      utterance.shape(shown, this.target, 1 - rest, this.sil);
      if (utterance.prune()) utterance.rebuild(this.names);
    }
    this.target[this.sil] += rest;
    this.approach(now);
    const result = this.result(utterance, media, rest, now);
    if (time !== null) this.forget(time);
    return result;
  }

  rest(utterance, time, shown) {
    if (utterance.over?.kind === "cut") return smooth((time - utterance.over.since) / CUT_US);
    return utterance.over ? 0 : utterance.relaxed(time, shown);
  }

  /** Note how late each cue is first shown, how early it had come, and which were missed. */
  count(utterance, shown, now) {
    const index = lastAtOrBefore(utterance.cues, "t", shown);
    for (let i = index; i >= 0; i -= 1) {
      const cue = utterance.cues[i];
      if (cue.counted) continue;
      cue.counted = true;
      const late = shown - cue.t;
      if (i < index || late > cue.d) {
        this.dropped += 1;
        continue;
      }
      this.lates.push(late);
      this.leads.push(now - late / 1_000 - cue.arrived);
    }
    this.lates.splice(0, this.lates.length - 256);
    this.leads.splice(0, this.leads.length - 32);
  }

  /** Move the weights towards the target, never faster than a mouth can. */
  approach(now) {
    const step = this.sampled === null ? 1 : Math.max(0, now - this.sampled) / SLEW_MS;
    this.sampled = now;
    let far = 0;
    this.target.forEach((weight, i) => {
      far = Math.max(far, Math.abs(weight - this.weights[i]));
    });
    const share = far <= step ? 1 : step / far;
    this.target.forEach((weight, i) => {
      this.weights[i] += (weight - this.weights[i]) * share;
    });
  }

  result(utterance, media, rest, now) {
    const over = utterance === null || utterance.over !== null;
    const idle = over || (rest === 1 && (now - utterance.touched) * 1_000 > QUIET_US);
    let top = this.sil;
    this.weights.forEach((weight, i) => {
      if (weight > this.weights[top]) top = i;
    });
    return {
      weights: this.weights,
      viseme: this.names[top],
      utterance: utterance?.id ?? null,
      text: utterance?.text ?? null,
      word: over || media === null ? null : utterance.wordAt(media),
      media,
      cue: over || rest > 0.5 ? null : utterance.cueAt(utterance.shown),
      framed: utterance !== null && this.frames.has(utterance.id),
      speaking: !idle,
      leadMs: quantile(this.leads, 0.5),
    };
  }
}
