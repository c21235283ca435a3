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
   most: a device of 20 ms is full by then, and has asked for some blocks, and one
   that can't rest underflows no more than each other second. */
static const double CALM = 0.03, LONGEST_CALM = 2.0;
/* Seconds behind a calm within which an underflow is what resting does; the calm is
   twice as long then, and so many of them in a row are one that can't rest. */
static const double SOON = 0.1;
enum { DRY_RESTS = 3 };
/* Of a block: who had room waited less than that. It is asked for in microseconds
   then, and else a block later, but for what the machine is late. */
static const double NO_ROOM = 0.25;
/* Of what a delay is off by: what is late is late by chance, so a few blocks count. */
static const double LEAK = 1.0 / 16.0;
/* Seconds by which a delay may be off: PulseAudio reckons its own between two of its
   server's words, by 1.1 ms and less here. */
static const double NOISE = 0.002;
static const double LONGEST_DELAY = 2.0; /* seconds; more is none that can be */

static int is_wanted(state *s, int64_t frames) {
    int is_due = is_drop_ahead(s) && s->read == s->drop_from;
    if (s->falling || LOAD(&s->sent) > s->obeyed) return 1;
    if (s->paused) return 0;
    if (is_due) return LOAD(&s->committed) - s->drop_until >= frames;
    return readable(s) >= frames;
}

#ifdef RESTS
static void wait_for_sound(state *s, int64_t frames, double until) {
    double left = until - streamer_now();
    while (left > 0.0 && !is_wanted(s, frames)) {
        struct timespec most = {(time_t)left, (long)(1e9 * (left - (time_t)left))};
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

static int can_be(double delay) { return 0.0 <= delay && delay < LONGEST_DELAY; }

static void begin_calm(state *s, double time, double seconds) {
    s->calm = seconds < LONGEST_CALM ? seconds : LONGEST_CALM;
    s->rests_from = time + s->calm;
    s->asked = s->against = 0;
    s->own = INFINITY; /* not known until it waits */
}

/* Behind an underflow what is in hand is not what was reckoned with. */
static void calm_down(state *s, double time, int32_t flags) {
    double rested = time - s->rests_from;
    if (s->device_frame == s->rests_began) begin_calm(s, time, CALM);
    else if (!(flags & OUTPUT_UNDERFLOW)) return;
    else if (rested < 0.0) begin_calm(s, time, s->calm);
    else if (rested < s->calm + SOON) {
        begin_calm(s, time, 2.0 * s->calm);
        s->dry_rests += 1;
        COUNT(&s->unfit, s->dry_rests % DRY_RESTS == 0);
    } else {
        begin_calm(s, time, CALM);
        s->dry_rests = 0;
    }
}

/*
 * Whether a calm is over, and has shown a device that can rest: one that says a
 * DELAY that can be, and asks for single blocks. Of blocks that are asked for by twos
 * it gets the first one with the second, so none of them may rest: these have the
 * same NOW by the device's own clock, half of them. A few blocks are odd anywhere: a
 * device that stood still has room for some at once.
 */
static int may_rest(state *s, double time, double now, double delay) {
    int is_odd = now == s->now || !can_be(delay);
    s->now = now;
    if (time < s->rests_from) {
        s->asked += 1, s->against += is_odd;
        return 0;
    }
    if (s->asked && 3 * s->against >= s->asked) {
        COUNT(&s->unfit, 1);
        begin_calm(s, time, LONGEST_CALM);
        return 0;
    }
    s->asked = 0; /* it was looked at */
    return can_be(delay);
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
 * Until when there is time for a block that was asked for at TIME, by TIMES, and WAITED
 * seconds after the one before was done.
 *
 * With it the device has as much in hand as it is to have; where sound is lacking, of
 * what it then has without the block, half: if that comes too late it is heard.
 */
double streamer_rests_until(state *s, double time, double waited, const pa_times *times,
                            int64_t frames, int32_t flags) {
    double block = (double)frames / s->rate, room = s->full - block;
    double left = s->least > block ? s->least - block : 0.0, delay = delay_of(times);
    int is_lacking = s->sounding && !ends_at(s, s->read + readable(s)), may;
    calm_down(s, time, flags);
    may = may_rest(s, time, times->currentTime, delay);
    if (room < s->least || !can_be(delay)) return time;
    learn_own(s, time, delay, waited, room, block);
    if (!may || isinf(s->own)) return time;
    return time + delay - s->own - (is_lacking ? 0.5 : 1.0) * left;
}

/* A PaStreamCallback that rests before it makes the block. */
int streamer_resting_callback(const void *input, void *output, unsigned long frames,
                              const pa_times *times, unsigned long flags,
                              void *userdata) {
    state *s = userdata;
    double time = streamer_now(), delay = delay_of(times);
    double until = streamer_rests_until(s, time, time - s->done, times, (int64_t)frames,
                                        (int32_t)flags);
    (void)input;
    if (until > time) wait_for_sound(s, (int64_t)frames, until);
    streamer_render(s, output, (int64_t)frames, time, delay, (int32_t)flags);
    s->done = streamer_now();
    return 0; /* paContinue */
}
