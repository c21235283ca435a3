/*
 * Sessions of timers: what the null output does for many renderers at once.
 *
 * A thread asks several renderers for their blocks, all of them in one call,
 * each at its exact time; now and then it is late once for all, or its delay
 * changes. Meanwhile the other thread writes to all of them, commands them and
 * takes records, into which blocks that only go on were merged. What it was
 * asked for is in a log, and every record has to be found in there.
 */
enum { TIMER_SESSIONS = 24, TIMERS = 3, TIMED_BLOCKS = 1000, MOST = 6 };

typedef struct {
    program *programs;
    int64_t count, frames, channels;
    double rate, begin;
    uint32_t seed;
    pace pace;
} timer;

static void ask_each(timer *t, state *const *states, float *out, double time,
                     double delay) {
    for (int64_t i = 0; i < t->count; i++) {
        program *p = &t->programs[i];
        asked block = {p->asked_frames, t->frames, time, delay};
        p->log[p->logged++] = block;
        p->asked_frames += t->frames;
    }
    streamer_render_each(states, t->count, out, t->frames, t->rate, time, delay);
    check_samples(out, t->frames * t->channels);
}

static void *ask_in_time(void *given) {
    timer *t = given;
    state *states[MOST];
    float *out = make((size_t)(t->frames * t->channels), sizeof *out);
    double delay = 0.010;
    for (int64_t i = 0; i < t->count; i++) states[i] = t->programs[i].s;
    for (int64_t i = 0; i < TIMED_BLOCKS; i++) {
        uint32_t what = draw(&t->seed, 128);
        if (what == 0) t->begin += 0.0125;
        if (what == 1) delay = delay == 0.010 ? 0.020 : 0.010;
        if (what == 2) t->begin += 5e-6; /* hardly late is late */
        ask_each(t, states, out, t->begin + (double)(i * t->frames) / t->rate, delay);
        block_done(&t->pace, i + 1);
    }
    free(out);
    STORE(&t->pace.ended, 1);
    return NULL;
}

static void run_timer(program *programs, int64_t all, timer *t, uint32_t *seed) {
    pthread_t thread;
    check(!pthread_create(&thread, NULL, ask_in_time, t), "no thread");
    for (int64_t steps = 1; !LOAD(&t->pace.ended); steps++) {
        program *p = &programs[draw(seed, (uint32_t)all)];
        step(p, seed);
        /* Taken rarely, records have something to be merged with. */
        if (draw(seed, 8) == 0) take_records(p, 1 + draw(seed, ROOM));
        step_done(&t->pace, steps);
    }
    check(!pthread_join(thread, NULL), "no end of the thread");
}

/* The first timer asks all of them, others ask some: outputs come and go. */
static void run_timer_session(uint32_t seed) {
    program programs[MOST] = {0};
    int64_t all = 1 + draw(&seed, MOST), channels = 1 + draw(&seed, 2);
    int64_t played = 0, answered = 0, blocks = 0, records = 0;
    double end = 0.0, rate = draw(&seed, 2) ? 48000.0 : 44100.0;
    for (int64_t i = 0; i < all; i++) {
        programs[i].s = make_state(&seed, channels);
        programs[i].log = make(TIMERS * TIMED_BLOCKS, sizeof(asked));
        programs[i].calm = i % 2 == 0;
    }
    for (int round = 0; round < TIMERS; round++) {
        timer t = {.programs = programs, .channels = channels, .rate = rate};
        t.count = round ? 1 + draw(&seed, (uint32_t)all) : all;
        t.frames = 1 + draw(&seed, LONGEST / 2);
        /* Another output's time begins somewhere, or where the last one's ended. */
        t.begin = round && draw(&seed, 2) ? end : round * 1e3 + draw(&seed, 100);
        t.seed = draw(&seed, 1u << 24);
        /* A step writes about 125 frames to one of them. */
        t.pace.steps_a_block = 1 + all * t.frames / (50 + draw(&seed, 150));
        run_timer(programs, all, &t, &seed);
        end = t.begin + (double)(TIMED_BLOCKS * t.frames) / rate;
        for (int64_t i = 0; i < all; i++) {
            /* Else the next timer's records come behind these. */
            if (round + 1 == TIMERS || draw(&seed, 2)) take_all_records(&programs[i]);
            if (round + 1 < TIMERS) rewind_ring(&programs[i], &seed);
        }
    }
    for (int64_t i = 0; i < all; i++) {
        program *p = &programs[i];
        check_counts(p, p->logged);
        check(p->device_frame == p->asked_frames, "not all that was asked for was told");
        check(p->seen == p->logged, "a block is in no record");
        played += p->played, answered += p->answered;
        blocks += p->logged, records += p->records - p->answered;
        free(p->log), free_state(p->s);
    }
    check(played > 0 && answered > 0, "nothing happened");
    check(records < blocks / 2, "what only goes on is not merged");
}

/* -- what chance brings too rarely ------------------------------------------- */

static void ask_one(state *s, int64_t frames, double time, double delay) {
    float *out = make((size_t)frames, sizeof *out);
    streamer_render_each(&s, 1, out, frames, 1000.0, time, delay);
    free(out);
}

/* A record's counts are 32 bits wide: a run that is longer has several. */
static void run_long_silence(void) {
    enum { FRAMES = LONGEST_RUN / 4 };
    uint32_t seed = 1;
    state *s = make_state(&seed, 1);
    record taken[3];
    for (int i = 0; i < 6; i++) ask_one(s, FRAMES, i * (FRAMES / 1000.0), 0.01);
    check(streamer_take(s, taken, 3) == 2, "a run is too long, or not merged");
    check(taken[0].silent == LONGEST_RUN, "a run is not as long as it may be");
    check(taken[1].device_frame == LONGEST_RUN && taken[1].silent == 2 * FRAMES,
          "the rest of a run is not behind it");
    free_state(s);
}

/* Sound goes on without a break in time, but not with the frames that follow. */
static void run_rewind(void) {
    uint32_t seed = 1;
    program p = {.s = make_state(&seed, 1)};
    record taken[3];
    for (int i = 0; i < 20; i++) write_frames(&p, 10);
    streamer_commit(p.s, p.written);
    for (int i = 0; i < 4; i++) ask_one(p.s, 10, i / 100.0, 0.01);
    check(streamer_rewind(p.s, 25, p.written) == 25, "a rewind went elsewhere");
    for (int i = 4; i < 8; i++) ask_one(p.s, 10, i / 100.0, 0.01);
    check(streamer_take(p.s, taken, 3) == 2, "a rewind is in no record of its own");
    check(taken[0].ring_frame == 0 && taken[0].played == 40, "not what was played");
    check(taken[1].ring_frame == 25 && taken[1].played == 40, "not what was replayed");
    free_state(p.s);
}

/* Nobody takes: the newest blocks are lost, and what follows is not joined. */
static void run_overrun(void) {
    enum { KEPT = RECORDS - COMMANDS, LOST = 3 };
    uint32_t seed = 1;
    state *s = make_state(&seed, 1);
    record taken[3];
    int64_t counts[5];
    for (int i = 0; i < KEPT + LOST; i++) ask_one(s, 10, i / 100.0, i ? 0.02 : 0.01);
    check(streamer_take(s, taken, 1) == 1 && taken[0].silent == 10, "not the oldest");
    ask_one(s, 10, (KEPT + LOST) / 100.0, 0.02);
    check(streamer_take(s, taken, 3) == 2, "a hole is in no record");
    check(taken[0].device_frame == 10 && taken[0].silent == 10 * (KEPT - 1),
          "not what was kept");
    check(taken[1].device_frame == 10 * (KEPT + LOST), "not where it goes on");
    streamer_tally(s, counts);
    check(counts[2] == LOST, "lost records were not counted");
    free_state(s);
}
