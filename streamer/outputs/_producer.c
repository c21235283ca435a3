/*
 * Python's side of a renderer: what the producer may do.
 *
 * native.py calls these without giving up the interpreter lock: each takes
 * less time than handing it over would.
 */
#include "_callback.h"

#include <string.h>

int64_t streamer_state_bytes(void) { return (int64_t)sizeof(state); }

/* Memory: `memory` frames for the ring, 3 frames of scratch, the ramp's values. */
void streamer_make(state *s, float *frames, int64_t memory, int64_t capacity,
                   int64_t channels, float *scratch, const float *ramp, int64_t fade,
                   int64_t gain_frames, void *records, void *commands) {
    memset(s, 0, sizeof *s);
    s->frames = frames, s->memory = memory, s->capacity = capacity;
    s->channels = channels;
    s->hold = scratch, s->last = scratch + channels;
    s->tail_frame = scratch + 2 * channels;
    s->ramp = ramp, s->records = records, s->commands = commands;
    s->fade = s->rise = s->tail = fade;
    s->gain_frames = s->gain_at = gain_frames;
    s->gain = s->gain_from = s->gain_to = 1.0f;
    s->fresh = 1;
    s->silence = IDLE;
}

int64_t streamer_read_position(state *s) { return LOAD(&s->read); }

int64_t streamer_commanded(state *s) {
    return LOAD(&s->obeyed) < s->sent || LOAD(&s->falling);
}

int64_t streamer_silence(state *s) { return LOAD(&s->silence); }

/* There is something for a consumer that rests. */
static void wake(state *s) {
#ifdef RESTS
    if (__atomic_exchange_n(&s->resting, 0, __ATOMIC_ACQ_REL))
        syscall(SYS_futex, &s->resting, FUTEX_WAKE_PRIVATELY, 1, NULL, NULL, 0);
#else
    (void)s;
#endif
}

void streamer_commit(state *s, int64_t position) {
    BOUND(position - LOAD(&s->read) <= s->memory);
    STORE(&s->committed, position);
    wake(s);
}

void streamer_finish(state *s, int64_t position) {
    if (position != s->end) {
        STORE(&s->previous_end, s->end);
        STORE(&s->end, position); /* who sees the last frame sees the end */
    }
    streamer_commit(s, position);
}

/* Sample AT of PCM_16 as it came: little-endian, at any address. */
static float sample_16(const unsigned char *data, int64_t at) {
    int16_t code = (int16_t)(data[2 * at] | data[2 * at + 1] << 8);
    return (float)code * (1.0f / 32768.0f);
}

/* Writes so many frames of PCM_16 behind `written`, where all before is committed,
   and commits them, too. Returns 0, and has done nothing, where sound is starved, as
   somebody has to look into that first, or the ring has no room for all. */
int64_t streamer_write_through(state *s, int64_t written, const char *data,
                               int64_t frames) {
    const unsigned char *bytes = (const unsigned char *)data;
    int64_t read = LOAD(&s->read), start = written % s->memory * s->channels;
    int64_t samples = frames * s->channels, head = s->memory * s->channels - start;
    if (LOAD(&s->silence) == STARVED) return 0;
    if (frames > s->capacity - (written - read)) return 0;
    if (head > samples) head = samples;
    for (int64_t i = 0; i < head; i++) s->frames[start + i] = sample_16(bytes, i);
    for (int64_t i = head; i < samples; i++) s->frames[i - head] = sample_16(bytes, i);
    streamer_commit(s, written + frames);
    return 1;
}

/* Returns 0 where the command ring is full. */
int64_t streamer_send(state *s, int64_t id, int64_t verb, int64_t until, double value) {
    command *c = &s->commands[s->sent % COMMANDS];
    if (s->sent - LOAD(&s->obeyed) >= COMMANDS) return 0;
    c->id = id, c->verb = verb, c->until = until, c->value = value;
    STORE(&s->sent, s->sent + 1);
    wake(s);
    return 1;
}

/* Whether B says no more than that A went on, by a timer that is never off. */
static int goes_on(const state *s, const record *a, const record *b) {
    int64_t frames = (int64_t)a->played + a->silent, more = (int64_t)b->played + b->silent;
    double off = b->time - a->time - (double)frames / s->timer_rate;
    int sound = !a->silent && !b->silent;
    int silence = !a->played && !b->played && a->reason == b->reason;
    return !a->id && !b->id && (sound || silence) && frames + more <= LONGEST_RUN &&
           a->device_frame + frames == b->device_frame &&
           a->ring_frame + a->played == b->ring_frame && a->delay == b->delay &&
           !a->flags && !b->flags && -1e-6 < off && off < 1e-6;
}

/* Moves records to `out`, which has room for so many, oldest first; returns how
   many those are. A timer's blocks that only go on become one. */
int64_t streamer_take(state *s, void *out, int64_t room) {
    int64_t at = s->taken, end = LOAD(&s->recorded), count = 0;
    record *last = out;
    BOUND(0 <= end - at && end - at <= RECORDS);
    for (; at < end; at++) {
        const record *r = &s->records[at % RECORDS];
        if (count && s->timer_rate > 0.0 && goes_on(s, last, r)) {
            last->played += r->played, last->silent += r->silent;
            continue;
        }
        if (count == room) break;
        last = (record *)out + count++;
        *last = *r;
    }
    STORE(&s->taken, at);
    return count;
}

/* Whether so many frames are sound that only goes on: no command, ramp, end or
   hole among them, so that all a block changes is where things stand. */
static int flows_on(state *s, int64_t frames) {
    return s->sounding && !s->paused && !s->falling && LOAD(&s->sent) == s->obeyed &&
           s->rise == s->fade && s->tail == s->fade &&
           s->gain_at == s->gain_frames && !is_drop_ahead(s) && 0 < frames &&
           frames <= readable(s);
}

/* What streamer_render does where sound flows on, but for the samples: of these the
   last is kept, which a later silence continues. */
static void pass_over(state *s, int64_t frames, double time, double delay) {
    record r = {0};
    int64_t last = (s->read + frames - 1) % s->memory;
    r.device_frame = s->device_frame, r.ring_frame = s->read;
    r.time = time, r.delay = delay, r.played = (int32_t)frames;
    copy_frames(s, s->hold, s->frames + last * s->channels, 1);
    copy_frames(s, s->last, s->hold, 1);
    STORE(&s->read, s->read + frames);
    COUNT(&s->blocks, 1);
    add_record(s, &r, COMMANDS);
    s->device_frame += frames;
}

/* What a timer does in place of devices: a block of each, exactly at its time.
   Nobody hears it, so OUT is only where samples are made that something depends on. */
void streamer_render_each(state *const *states, int64_t count, float *out,
                          int64_t frames, double rate, double time, double delay) {
    for (int64_t i = 0; i < count; i++) {
        states[i]->timer_rate = rate;
        if (flows_on(states[i], frames)) pass_over(states[i], frames, time, delay);
        else streamer_render(states[i], out, frames, time, delay, 0);
    }
}

/* Whether a consumer can rest at all. */
int64_t streamer_rests(void) {
#ifdef RESTS
    return 1;
#else
    return 0;
#endif
}

/* Only while nobody asks for blocks: the next device asks through
   streamer_resting_callback, at RATE frames a second. With the block that it just
   was given it has FULL seconds in hand where it has no room for more, and is to
   have LEAST where there is nothing to play. */
void streamer_let_rest(state *s, double rate, double full, double least) {
    s->rate = rate, s->full = full, s->least = least;
    s->rests_began = s->device_frame;
    s->now = s->dry_at = 0.0;
    s->done = INFINITY; /* none before it */
}

/* Only while nobody asks for blocks: see SampleRing.rewind and
   PythonRenderer._start_anew. */
int64_t streamer_rewind(state *s, int64_t position, int64_t written) {
    int64_t oldest = written - s->memory;
    int is_end, back;
    if (oldest < s->rest) oldest = s->rest;
    if (position < oldest) position = oldest;
    back = position < s->read;
    if (back) STORE(&s->read, position);
    is_end = s->read == s->rest || s->read == s->end || s->read == s->previous_end;
    s->fresh = is_end || (s->fresh && !back && !s->sounding);
    s->sounding = 0;
    s->tail = s->fade;
    if (s->falling) s->fall_at = s->fade;
    return s->read;
}

void streamer_tally(state *s, int64_t counts[5]) {
    counts[0] = LOAD(&s->blocks), counts[1] = LOAD(&s->starved_frames);
    counts[2] = LOAD(&s->overruns), counts[3] = LOAD(&s->underflows);
    counts[4] = LOAD(&s->unfit);
}
