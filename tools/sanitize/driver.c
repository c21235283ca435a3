/*
 * Drives the audio callback from one thread and Python's side from another,
 * for `make sanitize`: what is wrong there is found by the compiler's
 * sanitizers, by the asserted bounds and by the checks here.
 *
 * Each session makes a renderer with other sizes. A device thread asks for
 * blocks while this one writes sound, sends commands and takes records; then
 * the device stops, the ring is rewound and another device goes on. Records
 * must join without a hole, and each command must be answered once, in order.
 */
#define STREAMER_BOUNDS
#include "../../streamer/outputs/_callback.c"
#include "../../streamer/outputs/_producer.c"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum { SESSIONS = 24, DEVICES = 3, BLOCKS = 4000, LONGEST = 300, ROOM = 64 };

typedef struct {
    state *s;
    uint32_t seed;
    shared ended;
} device;

typedef struct {
    state *s;
    int64_t written, committed, sent, answered, device_frame, ring_frame;
    int64_t played, starved;
    int rewound;
} program;

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

static state *make_state(uint32_t *seed) {
    int64_t channels = 1 + draw(seed, 3), fade = 1 + draw(seed, 250);
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

static void *ask_for_blocks(void *given) {
    device *d = given;
    pa_times times = {0.0, 0.0, 0.0};
    for (int i = 0; i < BLOCKS; i++) {
        int64_t frames = draw(&d->seed, LONGEST);
        float *out = make((size_t)(frames * d->s->channels) + 1, sizeof *out);
        times.currentTime = i % 7 ? i : 0.0;
        times.outputBufferDacTime = i + 0.01;
        streamer_callback(NULL, out, (unsigned long)frames, &times,
                          draw(&d->seed, 8), d->s);
        for (int64_t j = 0; j < frames * d->s->channels; j++)
            check(out[j] >= -4.0f && out[j] <= 4.0f, "a sample is out of range");
        free(out);
        if (i % 16 == 0) sched_yield();
    }
    STORE(&d->ended, 1);
    return NULL;
}

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
    double value = draw(seed, 3) / 2.0;
    p->sent += streamer_send(p->s, p->sent + 1, verb, until > 0 ? until : 0, value);
}

static void look_at_block(program *p, const record *r) {
    check(r->device_frame == p->device_frame, "a hole in device frames");
    check(r->ring_frame >= p->ring_frame || p->rewound, "ring frames went back");
    check(r->played >= 0 && r->silent >= 0, "a negative count");
    check((r->reason == NONE) == (r->silent == 0), "silence without a reason");
    p->rewound = 0;
    p->device_frame += r->played + r->silent;
    p->ring_frame = r->ring_frame + r->played;
    p->played += r->played;
    if (r->reason == STARVED) p->starved += r->silent;
}

static void take_records(program *p) {
    record *taken = make(ROOM, sizeof *taken);
    int64_t count = streamer_take(p->s, taken, ROOM);
    for (int64_t i = 0; i < count; i++) {
        if (!taken[i].id) {
            look_at_block(p, &taken[i]);
            continue;
        }
        check(taken[i].id == ++p->answered, "a command is not answered in order");
        check(taken[i].verb >= GAIN && taken[i].verb <= FLUSH, "an unknown verb");
    }
    free(taken);
}

static void run_program(program *p, device *d, uint32_t *seed) {
    while (!LOAD(&d->ended)) {
        uint32_t step = draw(seed, 64);
        if (step < 40) write_frames(p, draw(seed, 400));
        if (step < 30) streamer_commit(p->s, p->committed = p->written);
        if (step == 30) streamer_finish(p->s, p->committed = p->written);
        if (step == 31) p->written = p->committed; /* drop_held */
        if (step == 32 || streamer_commanded(p->s)) send(p, seed);
        /* A device that waits for nobody would outrun whoever takes. */
        do take_records(p);
        while (LOAD(&p->s->recorded) - p->s->taken > RECORDS / 2);
    }
}

static void run_session(uint32_t seed) {
    program p = {0};
    int64_t counts[4];
    state *s = p.s = make_state(&seed);
    for (int i = 0; i < DEVICES; i++) {
        pthread_t thread;
        device d = {s, draw(&seed, 1u << 24), 0};
        check(!pthread_create(&thread, NULL, ask_for_blocks, &d), "no thread");
        run_program(&p, &d, &seed);
        check(!pthread_join(thread, NULL), "no end of the thread");
        while (LOAD(&s->recorded) > s->taken) take_records(&p);
        streamer_rewind(s, streamer_read_position(s) - draw(&seed, 600), p.written);
        p.rewound = 1;
    }
    streamer_tally(s, counts);
    check(counts[0] == DEVICES * BLOCKS, "blocks were not counted");
    check(counts[1] == p.starved, "starved frames were not counted");
    check(counts[2] == 0, "records were lost");
    check(p.played > 0 && p.answered > 0, "nothing happened");
    free_state(s);
}

int main(void) {
    for (uint32_t i = 0; i < SESSIONS; i++) run_session(i * 7919u + 1u);
    printf("%d sessions of %d blocks: nothing to report\n", SESSIONS,
           DEVICES * BLOCKS);
    return 0;
}
