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
}

int64_t streamer_read_position(state *s) { return LOAD(&s->read); }

int64_t streamer_commanded(state *s) {
    return LOAD(&s->obeyed) < s->sent || LOAD(&s->falling);
}

void streamer_commit(state *s, int64_t position) {
    BOUND(position - LOAD(&s->read) <= s->memory);
    STORE(&s->committed, position);
}

void streamer_finish(state *s, int64_t position) {
    if (position != s->end) {
        STORE(&s->previous_end, s->end);
        STORE(&s->end, position); /* who sees the last frame sees the end */
    }
    streamer_commit(s, position);
}

/* Returns 0 where the command ring is full. */
int64_t streamer_send(state *s, int64_t id, int64_t verb, int64_t until, double value) {
    command *c = &s->commands[s->sent % COMMANDS];
    if (s->sent - LOAD(&s->obeyed) >= COMMANDS) return 0;
    c->id = id, c->verb = verb, c->until = until, c->value = value;
    STORE(&s->sent, s->sent + 1);
    return 1;
}

/* Moves up to `room` records to `out`, oldest first; returns how many. */
int64_t streamer_take(state *s, void *out, int64_t room) {
    int64_t waiting = LOAD(&s->recorded) - s->taken;
    int64_t count = waiting < room ? waiting : room, start = s->taken % RECORDS;
    int64_t head = count < RECORDS - start ? count : RECORDS - start;
    BOUND(0 <= waiting && waiting <= RECORDS);
    memcpy(out, s->records + start, (size_t)head * sizeof(record));
    memcpy((record *)out + head, s->records, (size_t)(count - head) * sizeof(record));
    STORE(&s->taken, s->taken + count);
    return count;
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

void streamer_tally(state *s, int64_t counts[4]) {
    counts[0] = LOAD(&s->blocks), counts[1] = LOAD(&s->starved_frames);
    counts[2] = LOAD(&s->overruns), counts[3] = LOAD(&s->underflows);
}
