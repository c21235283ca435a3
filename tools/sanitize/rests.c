/*
 * A device that rests until there is sound, and a program that lets go a frame, or
 * sends a command, whenever the one before was played: no wake may be missed.
 */
enum { WAKES = 20000 };

#define LONG_REST 1.9
#define MISSED 0.8 /* seconds: what is woken is there in microseconds */

typedef struct {
    state *s;
    int64_t done; /* blocks; it orders nothing, so it hides nothing */
} rester;

static void ask_for_one(state *s, int64_t i) {
    pa_times times = {0.0, (double)i, (double)i + LONG_REST};
    float out[1];
    streamer_resting_callback(NULL, out, 1, &times, 0, s);
}

static void *rest_for_ever(void *given) {
    rester *r = given;
    for (int64_t i = 1; i <= WAKES; i++) {
        double before = streamer_now();
        ask_for_one(r->s, i + 1);
#ifdef RESTS
        check(streamer_now() - before < MISSED, "a rest was not ended");
#else
        (void)before;
#endif
        __atomic_store_n(&r->done, i, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void run_wakes(void) {
    uint32_t seed = 1;
    record taken[ROOM];
    state *s = make_state(&seed, 1);
    rester r = {s, 0};
    pthread_t thread;
    int64_t committed = 0, sent = 0;
    struct timespec calm = {0, 50000000};
    streamer_let_rest(s, 1e9, LONG_REST, 0.0);
    ask_for_one(s, 1); /* the first never rests, nor what comes soon behind it */
    nanosleep(&calm, NULL);
    check(!pthread_create(&thread, NULL, rest_for_ever, &r), "no thread");
    for (int64_t i = 1; i <= WAKES; i++) {
        /* Now before the rest begins, now while it does, now behind that. */
        for (volatile uint32_t idle = draw(&seed, 4000); idle > 0;) idle -= 1;
        if (i % 8) streamer_commit(s, ++committed);
        else check((int)streamer_send(s, ++sent, GAIN, 0, 1.0), "no room for it");
        while (__atomic_load_n(&r.done, __ATOMIC_RELAXED) < i) sched_yield();
        while (streamer_take(s, taken, ROOM) == ROOM) continue;
    }
    check(!pthread_join(thread, NULL), "no end of the thread");
    check(streamer_read_position(s) == committed, "frames were left");
    free_state(s);
}
