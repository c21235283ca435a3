/**
 * Where media stands on the server's clock, and which frames of weights are due there.
 *
 * No sockets, timers or clocks: times are handed in. Part of client.js. The rules are
 * those of `streamer/events/placing.py`; one table tests both.
 */

const RELAX_US = 150_000; // how long a mouth takes to rest where it stands still or its frames end
const MOST = 1_200; // frames kept of one utterance: ten seconds of the fastest

/** Index of the last item at or before `x` of an ascending array, or -1. */
function lastAt(items, x) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** One utterance's media time, as its latest anchor places it. */
export class Line {
  constructor() {
    this.dropAnchor();
  }

  dropAnchor() {
    this.anchor = null;
    this.moving = null; // the anchor that a hold in the future will stop
    this.floor = -Infinity; // where a hold stood that a future anchor will end
  }

  setAnchor(anchor) {
    const last = this.anchor;
    if (anchor.rate === 0) this.moving = last && last.rate > 0 ? last : this.moving;
    else this.floor = last && last.rate === 0 ? last.media : -Infinity;
    this.anchor = anchor;
  }

  /** Media time at the server's `time`, or null where no anchor places it. */
  mediaAt(time) {
    const anchor = this.anchor;
    if (anchor === null) return null;
    const on = (line) => line.media + (time - line.at) * line.rate;
    if (anchor.rate > 0) return time < anchor.at ? Math.max(on(anchor), this.floor) : on(anchor);
    if (time >= anchor.at || this.moving === null) return anchor.media;
    return Math.min(anchor.media, on(this.moving));
  }
}

/** One utterance's frames, and how much of them is seen. */
class Shown extends Line {
  constructor() {
    super();
    this.moved = null; // when it went on after it had stood still, µs of the server's clock
    this.over = null; // when it ended or was cut, the same
    this.last = -Infinity; // what has been shown is never taken back
    this.times = []; // when each frame is due, µs of media
    this.rows = [];
  }

  anchored(anchor) {
    if (this.anchor?.rate === 0 && anchor.rate > 0 && anchor.media > 0) this.moved = anchor.at;
    this.setAnchor(anchor);
  }

  position(time) {
    const media = this.mediaAt(this.over === null ? time : Math.min(time, this.over));
    return media === null ? -Infinity : Math.max(media, this.last);
  }

  /** How much of its mouth is seen at `time` (0…1): less where it stands still or is over. */
  awake(time) {
    let share = 1;
    if (this.over !== null) share -= Math.max(time - this.over, 0) / RELAX_US;
    if (this.anchor.rate === 0) share -= Math.max(time - this.anchor.at, 0) / RELAX_US;
    else if (this.moved !== null) share = Math.min(share, (time - this.moved) / RELAX_US);
    return Math.min(Math.max(share, 0), 1);
  }

  /** Keep those frames of a message that are not there yet. */
  place({ t, weights }, step) {
    weights.forEach((row, i) => {
      const time = t + Math.round(i * step);
      if (this.times.length > 0 && time <= this.times.at(-1) + step / 2) return;
      this.times.push(time);
      this.rows.push(row);
    });
    this.drop(this.times.length - MOST);
  }

  drop(count) {
    if (count <= 0) return;
    this.times.splice(0, count);
    this.rows.splice(0, count);
  }
}

/** One stream's frames of weights: what an avatar shows at a time. */
export class FrameTrack {
  constructor() {
    this.meet(null);
  }

  /** Take what `welcome` says of the frames that come, null for none; forgets all others'. */
  meet(given) {
    if (JSON.stringify(given) === JSON.stringify(this.given)) return;
    this.given = given;
    this.neutral = given?.neutral ?? [];
    this.step = 1e6 / (given?.fps ?? 1);
    this.weights = Float32Array.from(this.neutral);
    this.clear();
  }

  clear() {
    this.utterances = new Map();
  }

  /** Whether frames came of an utterance that is not past. */
  has(utterance) {
    return (this.utterances.get(utterance)?.times.length ?? 0) > 0;
  }

  /** Take a message that is news; `time` is the server's now, µs or null. */
  apply(message, time) {
    if (this.given === null) return;
    const { type, at } = message;
    if (type === "frames") this.of(message).place(message, this.step);
    else if (type === "anchor") this.of(message).anchored(message);
    else if (type === "cut" || type === "end") {
      this.forget(at);
      // A mouth that learns of it late does not jump: it sets out to rest now.
      this.of(message).over = Math.max(at, time ?? at);
    }
  }

  /** Keep what goes on, as a `state` anchors it. */
  setState(message) {
    const known = this.utterances;
    this.clear();
    for (const { utterance, anchor } of message.utterances) {
      const shown = known.get(utterance) ?? new Shown();
      if (anchor) shown.anchored(anchor);
      this.utterances.set(utterance, shown);
    }
  }

  /**
   * The weights at the server's `time` (null: unknown), `away` (0…1) of the way to rest.
   *
   * The array is the same each time. What is past is forgotten.
   */
  sample(time, away = 0) {
    this.weights.set(this.neutral);
    if (time === null || this.given === null) return this.weights;
    this.forget(time);
    const shown = this.ruling(time);
    if (shown !== null) this.show(shown, time, 1 - away);
    return this.weights;
  }

  // Inside.

  of({ utterance }) {
    if (!this.utterances.has(utterance)) this.utterances.set(utterance, new Shown());
    return this.utterances.get(utterance);
  }

  forget(time) {
    for (const [name, { over }] of this.utterances) {
      if (over !== null && over + RELAX_US < time) this.utterances.delete(name);
    }
  }

  /** The utterance that is heard; else one that sets out or comes to rest. */
  ruling(time) {
    let begun = null;
    let heard = null;
    for (const shown of this.utterances.values()) {
      const position = shown.position(time);
      if (!(shown.times[0] <= position)) continue;
      begun = shown;
      if (position >= 0 && (shown.over === null || time < shown.over)) heard = shown;
    }
    return heard ?? begun;
  }

  show(shown, time, share) {
    const position = shown.position(time);
    shown.last = position;
    shown.drop(lastAt(shown.times, position));
    const [here, next] = shown.rows;
    const [from, to] = shown.times;
    const past = next ? (position - from) / (to - from) : (position - from - this.step) / RELAX_US;
    const x = Math.min(Math.max(past, 0), 1);
    const seen = share * shown.awake(time);
    this.neutral.forEach((rest, i) => {
      const weight = here[i] + ((next ? next[i] : rest) - here[i]) * x;
      this.weights[i] = rest + (weight - rest) * seen;
    });
  }
}
