/*
 * Resting: a device's thread waits for sound, not only for room.
 *
 * A device that asks whenever it has room is always full, so to be heard soon it
 * has to be a small one, and then a machine that stands still for 10 ms is heard.
 * This one is larger, and while there is nothing to play it has as little in hand
 * as the small one: its thread rests here, before the block is made, until there
 * is sound for it, or a command, or as little in hand. So all that is let go waits
 * in the device, as soon as it is there.
 *
 * Only ALSA's thread may be kept waiting. The rest is the one system call besides
 * the clock; nothing is locked, so whoever ends it waits for nobody.
 */
#include "_callback.h"

#include <math.h>

static const double CALM[] = {0.03, 2.0}, SOON = 0.1;
/* Seconds without a rest behind a start or an underflow; doubled, up to the other,
   by an underflow that comes as soon behind them as this and once their length. */
static const double NO_ROOM = 0.25; /* of a block: for so long waits who has none */
static const double LEAK = 1.0 / 16.0;
static const double ONE_REST = 0.9; /* seconds, before it looks again */

static int is_wanted(state *s, int64_t frames) {
    if (s->falling || LOAD(&s->sent) > s->obeyed) return 1;
    return !s->paused && readable(s) >= frames;
}

#ifdef RESTS
static void rest(state *s, int64_t frames, double until) {
    double left = until - streamer_now();
    while (left > 0.0 && !is_wanted(s, frames)) {
        struct timespec most = {0, (long)(1e9 * (left < ONE_REST ? left : ONE_REST))};
        /* Both sides exchange: the later one sees what the other one did before. */
        __atomic_exchange_n(&s->resting, 1, __ATOMIC_ACQ_REL);
        if (!is_wanted(s, frames))
            syscall(SYS_futex, &s->resting, FUTEX_WAIT_PRIVATE, 1, &most, NULL, 0);
        left = until - streamer_now();
    }
    __atomic_store_n(&s->resting, 0, __ATOMIC_RELAXED);
}
#else
static void rest(state *s, int64_t frames, double until) {
    (void)s, (void)frames, (void)until;
}
#endif

/* Behind an underflow what is in hand is not what was reckoned with. */
static void calm_down(state *s, double time, int32_t flags) {
    int is_first = s->device_frame == s->rests_began;
    if (!is_first && !(flags & OUTPUT_UNDERFLOW)) return;
    int is_soon = !is_first && time - s->rests_from < s->calm + SOON;
    s->calm = is_soon ? fmin(2.0 * s->calm, CALM[1]) : CALM[0];
    s->rests_from = time + s->calm;
    s->own = INFINITY; /* not known until it waits */
}

/*
 * Until when there is time for a block that was asked for at TIME, which is NOW by
 * the device's own clock, WAITED seconds after the one before was done.
 *
 * DELAY is what the device has in hand and what is its own, a sound server's or a
 * link's. It had no room when it waited before it asked, which tells the two apart;
 * the own one rises at once and falls slowly, as one that asks late has less in
 * hand. Where blocks are asked for by twos the device gets the first one with the
 * second: none of them may rest.
 */
double streamer_rests_until(state *s, double time, double now, double waited,
                            double delay, int64_t frames, int32_t flags) {
    double block = (double)frames / s->rate, own = delay - s->full;
    if (s->device_frame > s->rests_began && now == s->now) s->full = 0.0;
    s->now = now;
    calm_down(s, time, flags);
    if (s->full < s->least + block || !(0.0 <= delay && delay < 2.0)) return time;
    if (waited > NO_ROOM * block && (own > s->own || isinf(s->own)))
        s->own = fmax(0.0, own);
    else if (waited > NO_ROOM * block)
        s->own = fmax(0.0, s->own + LEAK * (own - s->own));
    if (time < s->rests_from || isinf(s->own)) return time;
    /* What lacks sound waits for longer, as it is heard where it waits in vain. */
    return time + delay - s->own - (s->sounding && !is_end(s) ? 0.5 : 1.0) * s->least;
}

/* A PaStreamCallback that rests before it makes the block. */
int streamer_resting_callback(const void *input, void *output, unsigned long frames,
                              const pa_times *times, unsigned long flags,
                              void *userdata) {
    state *s = userdata;
    double time = streamer_now(), delay = delay_of(times);
    double until = streamer_rests_until(s, time, times->currentTime, time - s->done,
                                        delay, (int64_t)frames, (int32_t)flags);
    (void)input;
    if (until > time) rest(s, (int64_t)frames, until);
    streamer_render(s, output, (int64_t)frames, time, delay, (int32_t)flags);
    s->done = streamer_now();
    return 0; /* paContinue */
}
