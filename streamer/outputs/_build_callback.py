"""
Says how the audio callback in C becomes ``streamer.outputs._native``.

setup.py runs this file by its path: at build time nothing of streamer can be
imported. The functions are called through their addresses (see native.py).
"""

from __future__ import annotations

from cffi import FFI

SOURCES = ("_callback.c", "_rest.c", "_producer.c")

ffibuilder = FFI()
ffibuilder.cdef(
    """
    typedef struct streamer_state state;
    typedef ... pa_times;

    int64_t streamer_state_bytes(void);
    void streamer_make(state *, float *frames, int64_t memory, int64_t capacity,
                       int64_t channels, float *scratch, const float *ramp,
                       int64_t fade, int64_t gain_frames, void *records,
                       void *commands);
    int64_t streamer_read_position(state *);
    int64_t streamer_commanded(state *);
    int64_t streamer_silence(state *);
    void streamer_commit(state *, int64_t position);
    void streamer_finish(state *, int64_t position);
    int64_t streamer_write_through(state *, int64_t written, const char *data,
                                   int64_t frames);
    int64_t streamer_send(state *, int64_t id, int64_t verb, int64_t until,
                          double value);
    int64_t streamer_take(state *, void *out, int64_t room);
    int64_t streamer_rewind(state *, int64_t position, int64_t written);
    int64_t streamer_rests(void);
    void streamer_let_rest(state *, double rate, double full, double least);
    void streamer_tally(state *, int64_t *counts);

    double streamer_now(void);
    void streamer_render(state *, float *out, int64_t frames, double time,
                         double delay, int32_t flags);
    void streamer_render_each(state *const *states, int64_t count, float *out,
                              int64_t frames, double rate, double time,
                              double delay);
    int streamer_callback(const void *input, void *output, unsigned long frames,
                          const pa_times *times, unsigned long flags,
                          void *userdata);
    double streamer_rests_until(state *, double time, double waited,
                                const pa_times *times, int64_t frames,
                                int32_t flags);
    int streamer_resting_callback(const void *input, void *output,
                                  unsigned long frames, const pa_times *times,
                                  unsigned long flags, void *userdata);
    """
)
ffibuilder.set_source(
    "streamer.outputs._native",
    "".join(f'#include "{name}"\n' for name in SOURCES),
    include_dirs=["streamer/outputs"],
    depends=[f"streamer/outputs/{name}" for name in ("_callback.h", *SOURCES)],
    define_macros=[("Py_LIMITED_API", "0x030b0000")],
    py_limited_api=True,
    optional=True,
)
