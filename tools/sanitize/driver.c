/*
 * Drives the audio callback from one thread and Python's side from another,
 * for `make sanitize`: what is wrong there is found by the compiler's
 * sanitizers, by the asserted bounds and by the checks of program.c.
 *
 * Each session makes a renderer with other sizes. A device thread asks for
 * blocks while this one writes sound, sends commands and takes records; then
 * the device stops, the ring is rewound and another device goes on. Every other
 * device rests. Then a device that always rests is woken again and again, and then
 * the same with many renderers and a timer in the device's place (timers.c).
 */
#include "program.c"
#include "rests.c"
#include "timers.c"

enum { SESSIONS = 24, DEVICES = 3, BLOCKS = 2500 };

typedef struct {
    state *s;
    uint32_t seed;
    int rests;
    pace pace;
} device;

static void *ask_for_blocks(void *given) {
    device *d = given;
    pa_times times = {0.0, 0.0, 0.0};
    for (int i = 0; i < BLOCKS; i++) {
        int64_t frames = draw(&d->seed, LONGEST);
        float *out = make((size_t)(frames * d->s->channels) + 1, sizeof *out);
        times.currentTime = i % 7 ? i : 0.0;
        times.outputBufferDacTime = i + 0.01;
        if (d->rests)
            streamer_resting_callback(NULL, out, (unsigned long)frames, &times,
                                      i % 500 ? draw(&d->seed, 4) : 7, d->s);
        else
            streamer_callback(NULL, out, (unsigned long)frames, &times,
                              draw(&d->seed, 8), d->s);
        check_samples(out, frames * d->s->channels);
        free(out);
        block_done(&d->pace, i + 1);
    }
    STORE(&d->pace.ended, 1);
    return NULL;
}

static void run_program(program *p, device *d, uint32_t *seed) {
    for (int64_t steps = 1; !LOAD(&d->pace.ended); steps++) {
        step(p, seed);
        take_records(p, 1 + draw(seed, ROOM));
        step_done(&d->pace, steps);
    }
}

static void run_session(uint32_t seed) {
    program p = {0};
    state *s = p.s = make_state(&seed, 1 + draw(&seed, 3));
    for (int i = 0; i < DEVICES; i++) {
        pthread_t thread;
        device d = {s, draw(&seed, 1u << 24), i % 2, {1 + draw(&seed, 3), 0, 0, 0}};
        if (i) rewind_ring(&p, &seed);
        /* It has 10 ms in hand, whatever it is given: each rest lasts 0.2. */
        if (d.rests) streamer_let_rest(s, 1e9, 0.01, 0.0098);
        check(!pthread_create(&thread, NULL, ask_for_blocks, &d), "no thread");
        run_program(&p, &d, &seed);
        check(!pthread_join(thread, NULL), "no end of the thread");
        take_all_records(&p);
    }
    check_counts(&p, DEVICES * BLOCKS);
    check(p.played > 0 && p.answered > 0, "nothing happened");
    free_state(s);
}

int main(void) {
    for (uint32_t i = 0; i < SESSIONS; i++) run_session(i * 7919u + 1u);
    printf("%d sessions of %d blocks: nothing to report\n", SESSIONS,
           DEVICES * BLOCKS);
    run_wakes();
    printf("%d rests: each of them was ended\n", WAKES);
    run_long_silence(), run_rewind(), run_overrun();
    for (uint32_t i = 0; i < TIMER_SESSIONS; i++) run_timer_session(i * 7919u + 1u);
    printf("%d sessions of up to %d renderers and a timer, %d blocks of each: "
           "nothing to report\n", TIMER_SESSIONS, MOST, TIMERS * TIMED_BLOCKS);
    return 0;
}
