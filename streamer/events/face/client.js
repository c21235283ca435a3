/**
 * A mouth in the browser: client of streamer.v1, without dependencies or build step.
 *
 *   <script type="module">
 *     import { StreamerClient } from "http://127.0.0.1:8765/client.js";
 *     const client = new StreamerClient({ url: "ws://127.0.0.1:8765/events" });
 *     client.connect();
 *     const draw = () => {
 *       const { weights, viseme, word } = client.sample().main;
 *       requestAnimationFrame(draw);
 *     };
 *     draw();
 *   </script>
 *
 * Cues arrive ahead of time and wait here; `sample()` says what the mouth shows
 * now. Who asks for `frames: {rig: "arkit", fps: 60}` gets an avatar's weights from
 * `weights()`, in the order of `rig.names`. Local times are milliseconds of `performance.now()`; every time with `us`,
 * `t`, `d`, `media`, `until` or `at` is in microseconds, `at` on the server's clock.
 *
 * Events (all CustomEvent, the message in `detail`): `status` (connection),
 * `refused`, and every message of the server under its own type: `welcome`,
 * `start`, `cues`, `marks`, `anchor`, `cut`, `end`, `state`, `recovered`,
 * `frames`, `goaway`, `error`.
 */

import { OPENNESS, RELAX_US, Stream, quantile, smooth } from "./timeline.js";

const CLOCK_WINDOW_US = 20e6;
const GRAIN_US = 1_000; // browsers may round performance.now() to a whole ms (MDN, High precision timing)
const PROBE_FAST_MS = 50;
const PROBE_FAST_COUNT = 40; // 2 s
const PROBE_SLOW_MS = 500; // 4 each 2 s
const STATS_MS = 5_000;
const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 5_000;
const STABLE_MS = 5_000; // a connection that lasted this long resets the backoff
const AWAY_MS = 2_000; // without a server for this long, the mouth rests
const SILENT_BEATS = 4; // how many heartbeats the server may owe an answer

/**
 * The server's clock seen from here.
 *
 * Each direction keeps its own fastest probe of the last 20 s: one bounds the
 * offset from above, the other from below. `offset` and `bound` are in µs and
 * null before the first answer; server time = local time + offset ± bound.
 * `grain` (µs) is how far the local clock may be off when it is read.
 *
 * The rule is that of `streamer/timing/clock_filter.py`; one table tests both.
 */
export class ClockFilter {
  constructor(grain = 0) {
    this.grain = grain;
    this.restarts = 0;
    this.reset();
  }

  reset() {
    this.samples = [];
    this.offset = null;
    this.bound = null;
    this.rtt = null;
  }

  /** Take one answered probe; all four times in µs. */
  add({ t1, t2, t3, t4 }) {
    const up = t2 - t1 + this.grain;
    const down = t3 - t4 - this.grain;
    if (this.jumped(up, down)) {
      this.restarts += 1;
      this.reset();
    }
    this.samples.push({ up, down, rtt: t4 - t1 - (t3 - t2), t4 });
    this.samples = this.samples.filter((sample) => t4 - sample.t4 <= CLOCK_WINDOW_US);
    this.up = Math.min(...this.samples.map((sample) => sample.up));
    this.down = Math.max(...this.samples.map((sample) => sample.down));
    this.rtt = quantile(this.samples.map((sample) => sample.rtt), 0.5);
    this.offset = (this.up + this.down) / 2;
    this.bound = (this.up - this.down) / 2;
  }

  /** Whether no single offset fits this probe and those before; delays alone never do that. */
  jumped(up, down) {
    return this.offset !== null && (down > this.up || up < this.down);
  }
}

/**
 * Connection to a viseme server: keeps its clock, reconnects, resumes.
 *
 * `url` is the server's `ws://host:port/events`; without one, that of the page's
 * own server. `token` is shown to a server that asks for one. `frames` asks for the
 * weights of an avatar, `{rig, fps}` or the rig's name alone; `rig` says what comes of
 * it: `{rig, fps, names, neutral}`, or null where there are none (yet). `now`, `random`
 * and `WebSocket` can be handed in for tests.
 * `status` is one of idle, connecting, open, waiting (for the next attempt),
 * refused (the server said no for good; `reason` says why) and closed.
 */
export class StreamerClient extends EventTarget {
  constructor({
    url,
    streams = ["main"],
    visemes = "oculus",
    frames = null,
    name = "client.js",
    token = null,
    now = () => performance.now(),
    random = Math.random,
    WebSocket = globalThis.WebSocket,
  } = {}) {
    super();
    this.url = url ?? `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/events`;
    Object.assign(this, { visemes, name, token, now, random, WebSocket });
    this.frames = typeof frames === "string" ? { rig: frames } : frames;
    this.rig = null;
    this.streams = new Map(streams.map((stream) => [stream, new Stream(stream)]));
    this.filter = new ClockFilter(GRAIN_US);
    this.names = Object.keys(OPENNESS);
    this.clock = null;
    this.status = "idle";
    this.reason = "";
    this.socket = null;
    this.attempts = 0;
    this.timers = new Set();
    this.lostAt = null;
    this.patienceMs = 0;
  }

  /** Open the connection and keep it open until `close()`. */
  connect() {
    if (this.socket !== null || this.status === "waiting") return;
    this.setStatus("connecting");
    this.openedAt = null;
    this.owedSince = null;
    this.goaway = null;
    const socket = new this.WebSocket(this.url, "streamer.v1.json");
    this.socket = socket;
    socket.onopen = () => this.send(this.hello());
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = (event) => this.lost(event.code, event.reason);
  }

  /** Say goodbye and stay away. */
  close() {
    if (this.socket?.readyState === 1) this.send({ type: "bye" });
    this.drop(1000, "bye");
    this.rest(0);
    this.setStatus("closed");
  }

  /** The server's clock at local `now`, µs; null before the first probe came back. */
  serverTime(now = this.now()) {
    return this.filter.offset === null ? null : now * 1_000 + this.filter.offset;
  }

  /**
   * What each mouth shows at local time `now` (ms; never earlier than the last call).
   *
   * Returns `{stream: {weights, viseme, utterance, text, word, media, speaking,
   * cue, framed, leadMs}}`. `weights` is a Float32Array in the order of `names`, sums to 1 and
   * is overwritten by the next call. `word` is a mark or null, `media` the µs of
   * the utterance that are heard now or null, `cue` what is due now or null,
   * `framed` whether frames of the utterance came, `leadMs` how long before they
   * were due the latest cues came.
   */
  sample(now = this.now()) {
    const time = this.serverTime(now);
    const away = this.away(now);
    const mouths = {};
    for (const [name, stream] of this.streams) mouths[name] = stream.sample(time, now, away);
    return mouths;
  }

  /**
   * What an avatar's mouth shows at local time `now` (ms; never earlier than before).
   *
   * Returns a Float32Array in the order of `rig.names` that the next call overwrites,
   * or null where no frames come: then `sample()` has the cues.
   */
  weights(stream = this.streams.keys().next().value, now = this.now()) {
    const frames = this.streams.get(stream)?.frames;
    return this.rig && frames ? frames.sample(this.serverTime(now), this.away(now)) : null;
  }

  /** How far (0…1) the mouths have come to rest since the connection was lost. */
  away(now) {
    if (this.lostAt === null) return 0;
    return smooth(((now - this.lostAt - this.patienceMs) * 1_000) / RELAX_US);
  }

  hello() {
    const resume = {};
    for (const { name, epoch, seq } of this.streams.values()) {
      if (epoch !== null && seq !== null) resume[name] = { epoch, seq };
    }
    return {
      type: "hello",
      streams: [...this.streams.keys()],
      visemes: this.visemes,
      mode: "ahead",
      ...(this.frames !== null && { frames: this.frames }),
      ...(this.token !== null && { token: this.token }),
      ...(Object.keys(resume).length > 0 && { resume }),
      client: { name: this.name },
    };
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  receive(data) {
    const arrived = this.now();
    const socket = this.socket;
    this.owedSince = null;
    let messages;
    try {
      messages = [JSON.parse(data)].flat();
    } catch {
      this.drop(4500, "not JSON");
      this.retry(4500, "the server sent something that is not JSON");
      return;
    }
    for (const message of messages) {
      if (this.socket !== socket) return; // a hole ended this connection
      this.take(message, arrived);
    }
  }

  take(message, arrived) {
    if (message.type === "time") {
      this.filter.add({ ...message, t4: arrived * 1_000 });
      return;
    }
    if (message.type === "welcome") this.welcome(message);
    else if (message.type === "goaway") this.goaway = message;
    else if (message.type === "frames") this.streams.get(message.stream)?.frames.apply(message);
    else if (message.type === "error" && message.code === "frames") this.meet(null);
    else if (message.type === "state") this.streams.get(message.stream)?.setState(message, arrived);
    else if (message.seq !== undefined && !this.takeNumbered(message, arrived)) return;
    this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
  }

  /** Apply a numbered message; false if it was old, foreign, or behind a hole. */
  takeNumbered(message, arrived) {
    const stream = this.streams.get(message.stream);
    if (!stream || message.seq <= stream.seq) return false;
    if (message.seq > stream.seq + 1) {
      this.drop(4009, `hole after ${stream.seq} in ${stream.name}`);
      this.retry(4009, "a message was missing");
      return false;
    }
    stream.seq = message.seq;
    stream.apply(message, arrived, this.serverTime(arrived));
    return true;
  }

  welcome(message) {
    this.openedAt = this.now();
    this.lostAt = null;
    if (message.clock !== this.clock) {
      this.clock = message.clock;
      this.filter.reset();
      for (const stream of this.streams.values()) {
        stream.utterances.forEach((utterance) => utterance.dropAnchor());
        stream.frames.clear();
      }
    }
    this.meet(message.frames ?? null);
    if (message.names && String(message.names) !== String(this.names)) {
      this.names = message.names;
      for (const stream of this.streams.values()) stream.setNames(message.names);
    }
    for (const [name, { epoch, seq }] of Object.entries(message.streams)) {
      const stream = this.streams.get(name);
      if (!stream || stream.epoch === epoch) continue;
      stream.clear();
      Object.assign(stream, { epoch, seq });
    }
    this.setStatus("open");
    this.startTimers(message.heartbeat_ms ?? 2_500);
  }

  /** Take what is said of frames: `{rig, fps, names, neutral}`, or null for none. */
  meet(rig) {
    this.rig = rig;
    for (const stream of this.streams.values()) stream.frames.meet(rig);
  }

  startTimers(heartbeatMs) {
    let sent = 0;
    const fast = this.every(PROBE_FAST_MS, () => {
      this.probe();
      sent += 1;
      if (sent < PROBE_FAST_COUNT) return;
      clearInterval(fast);
      this.every(PROBE_SLOW_MS, () => this.probe());
    });
    this.probe();
    this.every(STATS_MS, () => this.sendStats());
    this.every(heartbeatMs, () => this.beat(heartbeatMs));
  }

  /** Ask for the server's time; from now on it owes an answer. */
  probe() {
    this.send({ type: "time", t1: Math.round(this.now() * 1_000) });
    if (this.owedSince !== null) return;
    this.owedSince = this.now();
    this.owedMs = 0;
  }

  /**
   * Give the server up once it has owed an answer for too long.
   *
   * Only time in which timers ran counts, at most a heartbeat each: in a hidden
   * tab they may run once a minute, on a sleeping machine not at all, and an
   * answer that came meanwhile is only read after them.
   */
  beat(heartbeatMs) {
    if (this.owedSince === null) return;
    const now = this.now();
    this.owedMs += Math.min(now - this.owedSince, heartbeatMs);
    this.owedSince = now;
    if (this.owedMs >= SILENT_BEATS * heartbeatMs) this.lost(4008, "the server fell silent");
  }

  every(ms, call) {
    const timer = setInterval(call, ms);
    this.timers.add(timer);
    return timer;
  }

  sendStats() {
    if (this.filter.offset === null) return;
    const streams = [...this.streams.values()];
    const lates = streams.flatMap((stream) => stream.lates);
    this.send({
      type: "stats",
      late_p95_us: Math.round(quantile(lates, 0.95) ?? 0),
      clock_error_us: Math.round(this.filter.bound),
      rtt_us: Math.round(this.filter.rtt),
      dropped: streams.reduce((sum, stream) => sum + stream.dropped, 0),
    });
  }

  /** Let go of the socket and of every timer. */
  drop(code, reason) {
    this.timers.forEach((timer) => clearInterval(timer));
    this.timers.clear();
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code, reason);
  }

  lost(code, reason) {
    this.drop(1000, "");
    if (code >= 4500 && code < 4600) {
      this.rest(0);
      this.setStatus("refused", reason || `the server refused this page (${code})`, code);
      this.dispatchEvent(new CustomEvent("refused", { detail: { code, reason: this.reason } }));
    } else this.retry(code, reason);
  }

  /** Let every mouth come to rest, `patienceMs` after the connection was lost. */
  rest(patienceMs) {
    this.patienceMs = this.lostAt === null ? patienceMs : Math.min(this.patienceMs, patienceMs);
    this.lostAt ??= this.now();
  }

  retry(code, reason) {
    const now = this.now();
    this.rest(this.goaway ? 0 : AWAY_MS);
    if (this.openedAt !== null && now - this.openedAt > STABLE_MS) this.attempts = 0;
    const backoff = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** this.attempts);
    const wait = this.goaway?.retry_ms ?? backoff / 2;
    this.attempts += 1;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.status = "idle";
      this.connect();
    }, wait + (this.random() * backoff) / 2);
    this.timers.add(timer);
    this.setStatus("waiting", reason, code);
  }

  setStatus(status, reason = "", code = null) {
    this.status = status;
    this.reason = reason;
    this.dispatchEvent(new CustomEvent("status", { detail: { status, reason, code } }));
  }
}
