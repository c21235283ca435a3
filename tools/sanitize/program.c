/*
 * Python's side of a renderer, as native.py has it, and what holds of what it
 * is told: records join without a hole, frames add up, each command is
 * answered once and in order.
 */
#define STREAMER_BOUNDS
#include "../../streamer/outputs/_callback.h"

/* It notes its rate beside Python's own fields: in streamer whoever takes
   records is the timer's thread, too. Here they are two, so that all the rest
   is seen under way; only this function's own stores are not looked at. */
__attribute__((no_sanitize("thread"))) void
streamer_render_each(state *const *states, int64_t count, float *out, int64_t frames,
                     double rate, double time, double delay);

#include "../../streamer/outputs/_callback.c"
#include "../../streamer/outputs/_rest.c"
#include "../../streamer/outputs/_producer.c"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LONGEST = 300, ROOM = 64, AHEAD = 40, REWINDS = 3, DROPS = 256 };

typedef struct { /* a block that a timer asked for */
    int64_t device_frame, frames;
    double time, delay;
} asked;

typedef struct { /* from this device frame on the ring plays from there again */
    int64_t device_frame, position;
} rewound;

typedef struct {
    state *s;
    int64_t written, committed, sent, answered, device_frame, ring_frame;
    int64_t played, silent, starved, records;
    rewound rewound[REWINDS];
    int rewinds, flushed; /* for how many blocks they may jump ahead */
    int64_t drops[DROPS], dropped; /* where what is to be left out begins */
    int calm;             /* whether one command is obeyed before the next */
    asked *log;           /* all that a timer asked for; NULL: a device did */
    int64_t seen;
    /* The timer's own. */
    int64_t logged, asked_frames;
} program;

typedef struct { /* of whoever asks for blocks, and of the program */
    int64_t steps_a_block;
    int64_t blocks, steps; /* done; they order nothing, so they hide nothing */
    shared ended;
} pace;

static uint32_t draw(uint32_t *seed, uint32_t below) {
    *seed = *seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(*seed >> 8) * below) >> 24);
}

static void check(int holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "sanitize: %s\n", what);
    exit(1);
}

static void *make(size_t count, size_t size_bytes) {
    void *memory = calloc(count, size_bytes);
    check(memory != NULL, "out of memory");
    return memory;
}

static state *make_state(uint32_t *seed, int64_t channels) {
    int64_t fade = 1 + draw(seed, 250);
    int64_t capacity = 200 + draw(seed, 5000), history = draw(seed, 1000);
    float *ramp = make((size_t)fade, sizeof *ramp);
    state *s = make(1, (size_t)streamer_state_bytes());
    for (int64_t i = 0; i < fade; i++) ramp[i] = (float)(fade - 1 - i) / (float)fade;
    streamer_make(s, make((size_t)((capacity + history) * channels), sizeof(float)),
                  capacity + history, capacity, channels,
                  make((size_t)(3 * channels), sizeof(float)), ramp, fade,
                  1 + draw(seed, 500), make(RECORDS, sizeof(record)),
                  make(COMMANDS, sizeof(command)));
    return s;
}

static void free_state(state *s) {
    free(s->frames), free(s->hold), free((void *)s->ramp);
    free(s->records), free(s->commands), free(s);
}

static void check_samples(const float *out, int64_t samples) {
    int within = 1;
    for (; samples > 0; samples--, out++) within &= *out >= -4.0f && *out <= 4.0f;
    check(within, "a sample is out of range");
}

/* -- both sides -------------------------------------------------------------- */

static void wait_for(const int64_t *other, int64_t count, const shared *ended) {
    struct timespec nap = {0, 20000};
    while (__atomic_load_n(other, __ATOMIC_RELAXED) < count &&
           !__atomic_load_n(ended, __ATOMIC_RELAXED))
        nanosleep(&nap, NULL);
}

/* Neither side is ever more than so many blocks ahead, however busy the machine
   is: both see the other one under way, and no record is lost. */
static void block_done(pace *p, int64_t blocks) {
    __atomic_store_n(&p->blocks, blocks, __ATOMIC_RELAXED);
    wait_for(&p->steps, (blocks - AHEAD) * p->steps_a_block, &p->ended);
}

static void step_done(pace *p, int64_t steps) {
    __atomic_store_n(&p->steps, steps, __ATOMIC_RELAXED);
    wait_for(&p->blocks, steps / p->steps_a_block - AHEAD, &p->ended);
}

/* -- what the program does --------------------------------------------------- */

/* As NativeRing.write does it. */
static void write_frames(program *p, int64_t count) {
    state *s = p->s;
    int64_t space = s->capacity - (p->written - streamer_read_position(s));
    for (count = least(count, space); count > 0; count--, p->written++)
        for (int64_t c = 0; c < s->channels; c++)
            s->frames[p->written % s->memory * s->channels + c] =
                (float)(p->written % 100) / 100.0f;
}

static void send(program *p, uint32_t *seed) {
    int64_t verb = GAIN + draw(seed, FLUSH);
    int64_t until = p->committed - draw(seed, 100);
    double value = verb == FLUSH ? 0.0 : draw(seed, 3) / 2.0;
    if (verb == FLUSH && draw(seed, 2)) { /* of what is still to come */
        int64_t from = streamer_read_position(p->s) + draw(seed, 300);
        if (from < p->committed) {
            p->drops[p->dropped++ % DROPS] = from;
            value = (double)from, until = p->committed;
        }
    }
    p->sent += streamer_send(p->s, p->sent + 1, verb, until > 0 ? until : 0, value);
}

static void step(program *p, uint32_t *seed) {
    uint32_t what = draw(seed, 64);
    if (what < 40) write_frames(p, draw(seed, 400));
    if (what < 30) streamer_commit(p->s, p->committed = p->written);
    if (what == 31 || what == 33) p->written = p->committed; /* drop_held */
    if (what == 30 || what == 33) streamer_finish(p->s, p->committed = p->written);
    if (what == 32 || (!p->calm && streamer_commanded(p->s))) send(p, seed);
}

/* Only while nobody asks for blocks. */
static void rewind_ring(program *p, uint32_t *seed) {
    int64_t before = streamer_read_position(p->s);
    int64_t after = streamer_rewind(p->s, before - draw(seed, 600), p->written);
    check(after <= before, "a ring was rewound forward");
    check(p->written - after <= p->s->memory, "frames that are gone are played again");
    if (after < before) {
        check(p->rewinds < REWINDS, "too many rewinds");
        p->rewound[p->rewinds++] = (rewound){p->s->device_frame, after};
    }
}

/* -- what it is told --------------------------------------------------------- */

/* A timer's record is some of its blocks, whole and in order; where they are
   more than one, each goes on where and when the one before ended. */
static void look_at_log(program *p, const record *r) {
    const asked *first = &p->log[p->seen], *block = first;
    int64_t frames = 0, all = (int64_t)r->played + r->silent;
    check(r->time == first->time && r->delay == first->delay, "not its block's time");
    for (; frames < all; frames += block->frames, block++) {
        double late = block->time - first->time - (double)frames / p->s->timer_rate;
        check(late > -2e-6 && late < 2e-6, "a late block was merged");
        check(block->delay == first->delay, "another delay was merged");
    }
    check(frames == all, "a block was torn apart");
    check(block == first + 1 || !r->played || !r->silent,
          "sound and silence were merged");
    check(block == first + 1 || !r->flags, "flags were merged");
    p->seen += block - first;
}

/* Where the ring stands when this device frame is asked for, but for a flush. */
static int64_t ring_frame_at(const program *p, int64_t device_frame) {
    int64_t position = p->ring_frame;
    for (int i = 0; i < p->rewinds; i++)
        if (p->rewound[i].device_frame == device_frame)
            position = p->rewound[i].position;
    return position;
}

static void look_at_rewinds(const program *p, const record *r) {
    for (int i = 0; i < p->rewinds; i++) {
        int64_t at = p->rewound[i].device_frame - r->device_frame;
        check(at <= 0 || at >= (int64_t)r->played + r->silent || !r->played,
              "sound before and behind a rewind was merged");
    }
}

/* Whether what stands there was to be left out. */
static int is_dropped(const program *p, int64_t ring_frame) {
    int64_t first = p->dropped > DROPS ? p->dropped - DROPS : 0;
    for (int64_t i = first; i < p->dropped; i++)
        if (p->drops[i % DROPS] == ring_frame) return 1;
    return 0;
}

static void look_at_block(program *p, const record *r) {
    int64_t expected = ring_frame_at(p, r->device_frame);
    check(r->device_frame == p->device_frame, "a hole in device frames");
    check(r->played >= 0 && r->silent >= 0, "a negative count");
    check((r->reason == NONE) == (r->silent == 0), "silence without a reason");
    check(r->ring_frame >= expected, "ring frames went back");
    check(r->ring_frame == expected || p->flushed > 0 || is_dropped(p, expected),
          "a hole in ring frames");
    check(r->ring_frame + r->played <= p->committed, "more was played than committed");
    look_at_rewinds(p, r);
    if (p->log) look_at_log(p, r);
    p->flushed -= p->flushed > 0;
    p->device_frame += r->played + r->silent;
    p->ring_frame = r->ring_frame + r->played;
    p->played += r->played, p->silent += r->silent;
    if (r->reason == STARVED) p->starved += r->silent;
}

static void look_at_answer(program *p, const record *r) {
    check(r->id == ++p->answered, "a command is not answered in order");
    check(r->verb >= GAIN && r->verb <= FLUSH, "an unknown verb");
    /* The block in which a fall ends is recorded behind its answer. */
    if (r->verb == FLUSH) p->flushed = 2;
}

static void take_records(program *p, int64_t room) {
    record *taken = make((size_t)room, sizeof *taken);
    int64_t count = streamer_take(p->s, taken, room);
    check(0 <= count && count <= room, "more records than there is room");
    for (int64_t i = 0; i < count; i++) {
        if (taken[i].id) look_at_answer(p, &taken[i]);
        else look_at_block(p, &taken[i]);
    }
    p->records += count;
    free(taken);
}

static void take_all_records(program *p) {
    while (LOAD(&p->s->recorded) > p->s->taken) take_records(p, ROOM);
}

/* Once all records are taken. */
static void check_counts(program *p, int64_t blocks) {
    int64_t counts[5], read = streamer_read_position(p->s);
    int64_t expected = ring_frame_at(p, p->device_frame);
    streamer_tally(p->s, counts);
    check(counts[0] == blocks, "blocks were not counted");
    check(counts[1] == p->starved, "starved frames were not counted");
    check(counts[2] == 0, "records were lost");
    check(p->played + p->silent == p->s->device_frame, "frames do not add up");
    check(p->answered == p->s->obeyed - p->s->falling, "a command was not answered");
    check(read == expected || (read > expected && p->flushed),
          "the ring is not where its records say");
    check(read <= p->committed && p->committed <= p->written, "positions out of order");
}
