/*
 * What the audio thread and Python share: the state of one renderer.
 *
 * All memory is made by streamer/outputs/native.py, which also keeps it alive.
 * The *producer* (Python) writes frames and commands and takes records, the
 * *consumer* (whoever asks for blocks) does the rest. Each field has one
 * writer, but for the futex and while nobody asks for blocks; what the other one
 * reads goes through LOAD and STORE.
 */
#ifndef STREAMER_CALLBACK_H
#define STREAMER_CALLBACK_H

#include <stddef.h>
#include <stdint.h>

#ifdef STREAMER_BOUNDS
#include <assert.h>
#define BOUND(condition) assert(condition)
#else
#define BOUND(condition) ((void)0)
#endif

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#elif defined(__APPLE__)
#include <mach/mach_time.h>
#else
#include <time.h>
#endif

#if defined(__linux__) && defined(__LP64__)
#include <sys/syscall.h>
#include <unistd.h>
#define RESTS 1 /* where ALSA is */
enum { FUTEX_WAIT_PRIVATELY = 128, FUTEX_WAKE_PRIVATELY = 129 }; /* linux/futex.h */
#endif

#ifdef _MSC_VER
#define LOAD(p) InterlockedCompareExchange64((p), 0, 0)
#define STORE(p, value) ((void)InterlockedExchange64((p), (value)))
typedef volatile LONG64 shared;
#else
#define LOAD(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define STORE(p, value) __atomic_store_n((p), (value), __ATOMIC_RELEASE)
typedef int64_t shared;
#endif
#define COUNT(p, more) STORE((p), *(p) + (more)) /* by its only writer */

enum { COMMANDS = 64, RECORDS = 4096 }; /* the last 64 are kept for commands */
enum { GAIN = 1, MUTE, UNMUTE, PAUSE, RESUME, FLUSH };    /* rendering.Verb */
enum { NONE, IDLE, STARVED, PAUSED, FLUSHED };            /* timing.Silence */
enum { LONGEST_RUN = 1 << 24 };                           /* frames in a record */
enum { OUTPUT_UNDERFLOW = 4 };                            /* PortAudio's flag */

typedef struct { /* native.py unpacks it: a Block's fields, then a Done's */
    int64_t device_frame, ring_frame;
    int32_t played, silent;
    double time, delay;
    int32_t reason, flags;
    int64_t id, verb; /* 0 for a block */
} record;

typedef struct {
    int64_t id, verb, until;
    double value;
} command;

typedef char a_record_is_64_bytes[sizeof(record) == 64 ? 1 : -1];

typedef struct {
    double inputBufferAdcTime, currentTime, outputBufferDacTime;
} pa_times; /* PaStreamCallbackTimeInfo of portaudio.h */

typedef struct streamer_state {
    /* Set once. */
    float *frames, *hold, *last, *tail_frame; /* of memory, 1, 1, 1 frames */
    const float *ramp;                        /* fade values that fall to 0 */
    record *records;
    command *commands;
    int64_t memory, capacity, channels, fade, gain_frames;
    /* The producer's. */
    shared committed, end, previous_end, sent, taken;
    double timer_rate; /* of who asks for blocks, where that is the producer; or 0 */
    double rate, least; /* of one that rests: frames a second, seconds in hand */
    char apart[64];
    /* The consumer's, seen by the producer. */
    shared read, obeyed, recorded, blocks, starved_frames, overruns, underflows;
    shared falling, silence; /* of the last block */
    shared unfit; /* times that a device turned out to be none that can rest */
    int resting; /* a futex: 1 while the consumer rests, until either takes it back */
    /* The consumer's own. */
    int64_t device_frame, rest, rise, tail, gain_at, fall_at, fall_device_frame;
    int64_t drop_from, drop_until; /* what lies between is not played; or 0, 0 */
    int dry, sounding, paused, fresh, muted;
    float gain, gain_from, gain_to;
    command fall;
    int64_t rests_began; /* the device frame of the first block that might */
    int64_t asked, against; /* blocks of this calm, those that speak against a rest */
    int64_t dry_rests;      /* in a row */
    double full, own, calm, rests_from, dry_at, now, done;
} state;

double streamer_now(void);
void streamer_render(state *s, float *out, int64_t frames, double time, double delay,
                     int32_t flags);
int streamer_callback(const void *input, void *output, unsigned long frames,
                      const pa_times *times, unsigned long flags, void *userdata);
double streamer_rests_until(state *s, double time, double waited, const pa_times *times,
                            int64_t frames, int32_t flags);
int streamer_resting_callback(const void *input, void *output, unsigned long frames,
                              const pa_times *times, unsigned long flags,
                              void *userdata);

#endif
