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

/* Seconds without a rest behind a start or an underflow, at the least and at the
   most: each underflow doubles them that comes while the device may rest again, or
   that soon behind it, within the same time and SOON. */
static const double CALM = 0.03, LONGEST_CALM = 2.0, SOON = 0.1;
static const double NO_ROOM = 0.25; /* of a block: for so long waits who has none */
static const double LEAK = 1.0 / 16.0;
static const double NOISE = 0.002; /* seconds by which a delay may be off */
static const double ONE_CALL = 0.9; /* seconds */

static int is_wanted(state *s, int64_t frames) {
    int is_due = is_drop_ahead(s) && s->read == s->drop_from;
    if (s->falling || LOAD(&s->sent) > s->obeyed) return 1;
    if (is_due && LOAD(&s->committed) > s->drop_until) return !s->paused;
    return !s->paused && readable(s) >= frames;
}

#ifdef RESTS
static void wait_for_sound(state *s, int64_t frames, double until) {
    double left = until - streamer_now();
    while (left > 0.0 && !is_wanted(s, frames)) {
        struct timespec most = {0, (long)(1e9 * (left < ONE_CALL ? left : ONE_CALL))};
        /* Both sides exchange: the later one sees what the other one did before. */
        __atomic_exchange_n(&s->resting, 1, __ATOMIC_ACQ_REL);
        if (!is_wanted(s, frames))
            syscall(SYS_futex, &s->resting, FUTEX_WAIT_PRIVATELY, 1, &most, NULL, 0);
        left = until - streamer_now();
    }
    __atomic_exchange_n(&s->resting, 0, __ATOMIC_ACQ_REL);
}
#else
static void wait_for_sound(state *s, int64_t frames, double until) {
    (void)s, (void)frames, (void)until;
}
#endif

/* Behind an underflow what is in hand is not what was reckoned with. */
static void calm_down(state *s, double time, int32_t flags) {
    int is_first = s->device_frame == s->rests_began;
    int is_soon = !is_first && time - s->rests_from < s->calm + SOON;
    if (!is_first && !(flags & OUTPUT_UNDERFLOW)) return;
    s->calm = is_soon ? 2.0 * s->calm : CALM;
    if (s->calm > LONGEST_CALM) s->calm = LONGEST_CALM;
    s->rests_from = time + s->calm;
    s->own = INFINITY; /* not known until it waits */
}

/*
 * What of DELAY is the device's own, a sound server's or a link's; the rest of it is
 * in its hand. It had ROOM seconds in hand, and no room for more, when it waited
 * before it asked; it never has more, and never more than it had and was given.
 * The own delay rises at once and falls slowly, as who asks late has less in hand.
 */
static void learn_own(state *s, double time, double delay, double waited, double room,
                      double block) {
    double own = delay - room, more = time + delay - s->own - s->dry_at;
    int had_none = waited > NO_ROOM * block;
    if (isinf(s->own) && !had_none) return;
    if (isinf(s->own)) s->own = own;
    else if (had_none) s->own += LEAK * (own - s->own);
    else if (more > NOISE) s->own += more;
    if (s->own < own) s->own = own;
    if (s->own < 0.0) s->own = 0.0;
    s->dry_at = time + delay - s->own + block;
}

/*
 * Until when there is time for a block that was asked for at TIME, which is NOW by
 * the device's own clock, WAITED seconds after the one before was done.
 *
 * With it the device has as much in hand as it is to have, or half a block less
 * where sound is lacking, as it is heard if that comes too late. Where blocks are
 * asked for by twos the device gets the first one with the second: none of them
 * may rest.
 */
double streamer_rests_until(state *s, double time, double now, double waited,
                            double delay, int64_t frames, int32_t flags) {
    double block = (double)frames / s->rate, room = s->full - block;
    double left = s->least > block ? s->least - block : 0.0;
    int is_lacking = s->sounding && !ends_at(s, s->read + readable(s));
    if (s->device_frame > s->rests_began && now == s->now) s->full = 0.0;
    s->now = now;
    calm_down(s, time, flags);
    if (room < s->least || s->full == 0.0 || !(0.0 <= delay && delay < 2.0))
        return time;
    learn_own(s, time, delay, waited, room, block);
    if (time < s->rests_from || isinf(s->own)) return time;
    return time + delay - s->own - (is_lacking ? 0.5 : 1.0) * left;
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
    if (until > time) wait_for_sound(s, (int64_t)frames, until);
    streamer_render(s, output, (int64_t)frames, time, delay, (int32_t)flags);
    s->done = streamer_now();
    return 0; /* paContinue */
}
