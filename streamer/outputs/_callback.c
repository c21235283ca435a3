/*
 * The audio callback: fills blocks from a ring and records what it did.
 *
 * The same rules as streamer/playback/renderer.py, sample for sample; its
 * docstrings say why. It copies, ramps, zero-fills and counts: no Python
 * object, lock, allocation or system call other than the clock.
 *
 * All of this file runs in the thread that asks for blocks, the *consumer*.
 * The other side is in _producer.c; _rest.c has a callback that may wait.
 */
#include "_callback.h"

#include <math.h>
#include <string.h>

double streamer_now(void) {
#if defined(_WIN32)
    LARGE_INTEGER ticks, rate; /* neither is a system call */
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&rate);
    return (double)(ticks.QuadPart / rate.QuadPart) +
           (double)(ticks.QuadPart % rate.QuadPart) / (double)rate.QuadPart;
#elif defined(__APPLE__)
    mach_timebase_info_data_t base; /* kept by libc after the first time */
    mach_timebase_info(&base);
    return (double)mach_absolute_time() * base.numer / base.denom * 1e-9;
#else
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
#endif
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* -- records and commands -------------------------------------------------- */

static void add_record(state *s, const record *r, int64_t reserved) {
    int64_t at = s->recorded;
    if (at - LOAD(&s->taken) >= RECORDS - reserved) {
        COUNT(&s->overruns, 1);
        return;
    }
    s->records[at % RECORDS] = *r;
    STORE(&s->recorded, at + 1);
}

static void answer(state *s, const command *c, int64_t ring_frame, int64_t at) {
    record r = {0};
    r.device_frame = at, r.ring_frame = ring_frame;
    r.id = c->id, r.verb = c->verb;
    add_record(s, &r, 0);
}

static int is_drop_ahead(const state *s) {
    return s->drop_until > s->drop_from && s->read <= s->drop_from;
}

static int64_t readable(state *s) {
    int64_t end = LOAD(&s->committed);
    return (is_drop_ahead(s) ? least(end, s->drop_from) : end) - s->read;
}

static int ends_at(state *s, int64_t position) {
    /* The previous one counts too: a finish() may be half done. */
    return position == s->rest || position == LOAD(&s->end) ||
           position == LOAD(&s->previous_end) ||
           (is_drop_ahead(s) && position == s->drop_from);
}

static int is_end(state *s) { return ends_at(s, s->read); }

static void skip(state *s, int64_t until) {
    STORE(&s->read, most(s->read, least(until, LOAD(&s->committed))));
    s->rest = s->read;
    s->fresh = 1;
}

static void begin_fall(state *s, const command *c) {
    s->fall = *c;
    s->fall_at = s->dry = 0;
    STORE(&s->falling, 1);
}

static void end_fall(state *s) {
    int64_t ring_frame = s->read;
    STORE(&s->falling, 0);
    s->sounding = s->fresh = 0;
    if (s->fall.verb == FLUSH) skip(s, s->fall.until);
    else s->paused = 1;
    answer(s, &s->fall, ring_frame, s->fall_device_frame);
}

static float gain_at(const state *s, int64_t at) {
    return s->gain_from +
           (s->gain_to - s->gain_from) * ((float)at / (float)s->gain_frames);
}

static void set_gain(state *s, const command *c) {
    if (c->verb == GAIN) s->gain = (float)c->value;
    else s->muted = c->verb == MUTE;
    s->gain_from = s->gain_at == s->gain_frames ? s->gain_to : gain_at(s, s->gain_at);
    s->gain_to = s->muted ? 0.0f : s->gain;
    /* Before the first block there is nothing to ramp from. */
    if (s->device_frame == 0) s->gain_from = s->gain_to;
    s->gain_at = s->gain_from != s->gain_to ? 0 : s->gain_frames;
}

static void obey(state *s, const command *c) {
    int64_t before = s->read, ahead = c->until - before, waiting = readable(s);
    if (c->verb == PAUSE) {
        if (s->sounding && (waiting || !is_end(s))) {
            begin_fall(s, c);
            return;
        }
        s->fresh |= s->sounding;
        s->paused = 1, s->sounding = 0;
    } else if (c->verb == FLUSH && c->value > 0.0 && c->value >= (double)before) {
        /* What is dropped lies ahead, behind an end: nothing has to fade. */
        before = (int64_t)c->value;
        if (!is_drop_ahead(s) || s->drop_until != before) s->drop_from = before;
        s->drop_until = c->until;
    } else if (c->verb == FLUSH) {
        int over = ahead == 0 && (waiting || is_end(s));
        if (s->sounding && ahead >= 0 && !over) {
            begin_fall(s, c);
            return;
        }
        if (ahead >= 0) skip(s, c->until);
    } else if (c->verb == RESUME) {
        s->paused = 0;
    } else {
        set_gain(s, c);
    }
    answer(s, c, before, s->device_frame);
}

/* -- sound ------------------------------------------------------------------ */

/* Multiply COUNT frames by the ramp from AT on, or by what it lacks to 1. */
static void shape(state *s, float *out, int64_t count, int64_t at, int rising) {
    BOUND(0 <= at && at + count <= s->fade);
    for (int64_t i = 0; i < count; i++) {
        float factor = rising ? 1.0f - s->ramp[at + i] : s->ramp[at + i];
        for (int64_t c = 0; c < s->channels; c++) *out++ *= factor;
    }
}

static void zero(state *s, float *out, int64_t from, int64_t to) {
    BOUND(0 <= from && from <= to);
    memset(out + from * s->channels, 0, (size_t)((to - from) * s->channels) * sizeof *out);
}

static void copy_frames(state *s, float *to, const float *from, int64_t count) {
    memcpy(to, from, (size_t)(count * s->channels) * sizeof *to);
}

/* Media to the start of OUT, under the rise if there is one; how many frames. */
static int64_t take(state *s, float *out, int64_t limit) {
    int64_t played = least(limit, readable(s));
    int64_t start = s->read % s->memory, head = least(played, s->memory - start);
    int64_t count = least(played, s->fade - s->rise);
    BOUND(played >= 0 && start + head <= s->memory && played - head <= s->memory);
    copy_frames(s, out, s->frames + start * s->channels, head);
    copy_frames(s, out + head * s->channels, s->frames, played - head);
    STORE(&s->read, s->read + played);
    if (count > 0) shape(s, out, count, s->rise, 1), s->rise += count;
    if (played) copy_frames(s, s->hold, out + (played - 1) * s->channels, 1);
    return played;
}

static void add_tail(state *s, float *out, int64_t frames) {
    int64_t count = least(frames, s->fade - s->tail);
    for (int64_t i = 0; i < count; i++, s->tail++)
        for (int64_t c = 0; c < s->channels; c++)
            *out++ += s->tail_frame[c] * s->ramp[s->tail];
}

static int64_t play(state *s, float *out, int64_t frames, int *reason) {
    int64_t played, ended;
    if (!s->sounding && frames && readable(s))
        s->rise = s->fresh || is_end(s) ? s->fade : 0;
    played = take(s, out, frames);
    zero(s, out, played, frames);
    if (played == frames) {
        s->sounding |= played > 0;
        add_tail(s, out, frames);
        return played;
    }
    ended = is_end(s);
    add_tail(s, out, ended || !(played || s->sounding) ? frames : played);
    if (!ended && (played || s->sounding)) { /* starved: continue the last frame */
        float *rest = out + played * s->channels;
        copy_frames(s, s->tail_frame, played ? rest - s->channels : s->last, 1);
        s->tail = 0;
        add_tail(s, rest, frames - played);
    }
    s->fresh = ended || (s->fresh && !played && !s->sounding);
    s->sounding = 0;
    *reason = ended ? IDLE : STARVED;
    return played;
}

static int64_t fall_over(state *s, float *out, int64_t frames, int *reason) {
    int64_t count = least(frames, s->fade - s->fall_at), limit = count, played = 0;
    *reason = s->fall.verb == FLUSH ? FLUSHED : PAUSED;
    if (s->fall.verb == FLUSH) limit = least(limit, most(0, s->fall.until - s->read));
    if (!s->dry) played = take(s, out, limit);
    for (int64_t i = played; i < count; i++)
        copy_frames(s, out + i * s->channels, s->hold, 1);
    shape(s, out, count, s->fall_at, 0);
    zero(s, out, count, frames);
    if (!s->dry) s->fall_device_frame = s->device_frame + played;
    s->dry |= played < count;
    s->fall_at += count;
    if (s->fall_at == s->fade) end_fall(s);
    return played;
}

static void apply_gain(state *s, float *out, int64_t frames) {
    int64_t samples, count = least(frames, s->gain_frames - s->gain_at);
    for (int64_t i = 0; i < count; i++) {
        float factor = gain_at(s, ++s->gain_at);
        for (int64_t c = 0; c < s->channels; c++) *out++ *= factor;
    }
    if (s->gain_to == 1.0f) return;
    for (samples = (frames - count) * s->channels; samples > 0; samples--)
        *out++ *= s->gain_to;
}

void streamer_render(state *s, float *out, int64_t frames, double time, double delay,
                     int32_t flags) {
    int reason = NONE;
    record r = {0};
    BOUND(frames >= 0 && s->fade > 0 && s->memory >= s->capacity);
    while (!s->falling && LOAD(&s->sent) > s->obeyed) {
        command c = s->commands[s->obeyed % COMMANDS];
        STORE(&s->obeyed, s->obeyed + 1);
        obey(s, &c);
    }
    if (is_drop_ahead(s) && s->read == s->drop_from) {
        skip(s, s->drop_until);
        s->drop_from = s->drop_until = 0;
    }
    r.device_frame = s->device_frame, r.ring_frame = s->read;
    r.time = time, r.delay = delay, r.flags = flags;
    if (s->falling || s->paused) {
        if (s->falling) r.played = (int32_t)fall_over(s, out, frames, &reason);
        else s->fresh |= is_end(s), zero(s, out, 0, frames), reason = PAUSED;
        add_tail(s, out, frames);
    } else {
        r.played = (int32_t)play(s, out, frames, &reason);
    }
    if (frames) copy_frames(s, s->last, out + (frames - 1) * s->channels, 1);
    apply_gain(s, out, frames);
    r.silent = (int32_t)frames - r.played, r.reason = r.silent ? reason : NONE;
    COUNT(&s->blocks, 1);
    COUNT(&s->underflows, (flags & OUTPUT_UNDERFLOW) != 0);
    COUNT(&s->starved_frames, reason == STARVED ? r.silent : 0);
    add_record(s, &r, COMMANDS);
    STORE(&s->silence, r.reason); /* whoever sees it finds the record */
    s->device_frame += frames;
}

static double delay_of(const pa_times *times) {
    if (times->currentTime == 0.0) return NAN; /* there is none */
    return times->outputBufferDacTime - times->currentTime;
}

/* A PaStreamCallback. */
int streamer_callback(const void *input, void *output, unsigned long frames,
                      const pa_times *times, unsigned long flags, void *userdata) {
    double time = streamer_now();
    (void)input;
    streamer_render(userdata, output, (int64_t)frames, time, delay_of(times),
                    (int32_t)flags);
    return 0; /* paContinue */
}
