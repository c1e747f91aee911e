"""The kernels' own text as C++, behind a driver whose GPU is the host: blocks in turn, threads at once."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from actsearch.primitives.kernel.build import flag_sets
from actsearch.primitives.kernel.compilers import compilers, ran
from actsearch.primitives.kernel.gpu import Gpu
from actsearch.primitives.kernel.gpu_driver import KERNELS, loaded_code
from actsearch.primitives.kernel.gpu_plan import MEMORY
from actsearch.primitives.kernel.gpu_text import GPU_DEFINES, GpuKind, gpu_text

__all__ = ["host", "host_driver"]

NOT_OF_CPP: Final = ("-std=gnu11", "-Werror=implicit-function-declaration", "-O3")
CPP: Final = ("-std=gnu++17", "-O1", "-x", "c++")

BEFORE: Final = f"""\
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#define __global__
#define __shared__
struct place {{ unsigned x; }};
static thread_local place threadIdx, blockIdx;
static place blockDim;
double memory[{MEMORY // 8}];

/* Threads that meet at a barrier run together, others one after the other, which is sooner done. */
static bool together;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_here = PTHREAD_COND_INITIALIZER;
static unsigned here, turn;
static void __syncthreads()
{{
    if (!together) abort();
    pthread_mutex_lock(&lock);
    const unsigned mine = turn;
    if (++here == blockDim.x) here = 0, turn++, pthread_cond_broadcast(&all_here);
    else while (mine == turn) pthread_cond_wait(&all_here, &lock);
    pthread_mutex_unlock(&lock);
}}
"""

AFTER: Final = f"""\
static const char *const names[] = {{{", ".join(f'"{name}"' for name in KERNELS)}}};
static void (*const kernels[])(const call_t) = {{{", ".join(KERNELS)}}};
static void (*kernel)(const call_t);
static const call_t *given;
static unsigned blocks, pushed;

static void *one_thread(void *number)
{{
    threadIdx.x = (unsigned)(uintptr_t)number;
    for (unsigned block = 0; block < blocks; block++) {{
        blockIdx.x = block;
        kernel(*given);
        if (together) __syncthreads();
    }}
    return 0;
}}
"""

DRIVER: Final = """\
enum { FINE, INVALID_VALUE = 1, INVALID_CONTEXT = 201, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700 };

extern "C" int cuInit(unsigned flags) { return flags ? INVALID_VALUE : FINE; }
extern "C" int cuDeviceGetCount(int *count) { return *count = 1, FINE; }
extern "C" int cuDeviceGet(int *device, int ordinal)
{
    return *device = 40 + ordinal, ordinal ? INVALID_VALUE : FINE;
}
extern "C" int cuDeviceGetAttribute(int *value, int attribute, int device)
{
    return *value = attribute == 75 ? 8 : 9, device == 40 ? FINE : INVALID_VALUE;
}
extern "C" int cuDevicePrimaryCtxRetain(void **context, int device)
{
    return *context = &blocks, device == 40 ? FINE : INVALID_VALUE;
}
extern "C" int cuCtxPushCurrent_v2(void *context)
{
    return pushed++, context == &blocks ? FINE : INVALID_CONTEXT;
}
extern "C" int cuCtxPopCurrent_v2(void **context) { return *context = &blocks, pushed--, FINE; }
extern "C" int cuModuleLoadData(void **module, const void *image)
{
    return *module = &given, pushed ? FINE : INVALID_CONTEXT;
}
extern "C" int cuModuleGetFunction(void **function, void *module, const char *name)
{
    if (module != &given) return INVALID_VALUE;
    for (unsigned k = 0; k < sizeof names / sizeof *names; k++)
        if (!strcmp(names[k], name)) return *function = (void *)kernels[k], FINE;
    return NOT_FOUND;
}
extern "C" int cuGetErrorString(int error, const char **said)
{
    return *said = error == ILLEGAL_ADDRESS ? "beyond its memory" : "refused", FINE;
}

/* Memory that was not asked for must stay as it is; what was, is not-a-number before it is written. */
extern "C" int cuLaunchKernel(void *function, unsigned x, unsigned y, unsigned z, unsigned size,
                              unsigned size_y, unsigned size_z, unsigned shared, void *stream,
                              void **parameters, void **extra)
{
    pthread_t threads[1024];
    if (!x || y != 1 || z != 1 || !size || size > 1024 || size_y != 1 || size_z != 1 || stream || extra)
        return INVALID_VALUE;
    if (pushed != 1) return INVALID_CONTEXT;
    if (shared > sizeof memory) return INVALID_VALUE;
    kernel = (void (*)(const call_t))function, given = (const call_t *)parameters[0];
    blocks = x, blockDim.x = size;
    memset(memory, 0xff, sizeof memory);
    together = kernel == actsearch_gather;
    for (unsigned t = 0; t < size; t++)
        if (!together) one_thread((void *)(uintptr_t)t);
        else if (pthread_create(&threads[t], 0, one_thread, (void *)(uintptr_t)t)) abort();
    for (unsigned t = 0; together && t < size; t++) pthread_join(threads[t], 0);
    for (size_t i = shared; i < sizeof memory; i++)
        if (((unsigned char *)memory)[i] != 0xff) return ILLEGAL_ADDRESS;
    return FINE;
}
"""


@cache
def host(kind: GpuKind) -> Gpu:
    """A GPU whose memory is that of the host: what it is given lies there, and it is done when it returns."""
    return Gpu(kind, loaded_code(b"", 0, str(host_driver(kind))), lambda: 0)


@cache
def host_driver(kind: GpuKind) -> Path:
    """The library that says it is the driver of that GPU, by the first compiler that takes C++."""
    said: str | None = "there is no compiler"
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    source, out = folder / "kernel.cpp", folder / "kernel.so"
    source.write_text("\n".join([BEFORE, gpu_text(), AFTER, DRIVER]), encoding="utf-8")
    for maker in compilers(folder):
        for flags in flag_sets():
            command = [
                *maker.command,
                *GPU_DEFINES[kind],
                *(flag for flag in flags if flag not in NOT_OF_CPP),
                *CPP,
            ]
            said = ran([*command, str(source), "-o", str(out), "-lm", "-lpthread"], folder)
            if said is None:
                return out
    raise AssertionError(said)
