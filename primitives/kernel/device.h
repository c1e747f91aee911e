/* The interpreter on a GPU: the programs of `interpreter.h`, one number after another in many threads.

   Included by the text of `gpu_text.py` behind the operators. A lane's `count` numbers are shared out among
   `stride` threads of its own: thread t takes t, t + stride, t + 2 stride, ... `stride` is a multiple of all
   that repeats in a lane (rows, channels, neurons), so that a thread meets one number of each parameter, reads
   memory beside its neighbours, and divides once. It depends on the shape of a lane alone, as do all orders
   of summing: a lane has the same bits in any company, and on any GPU of a kind.

   The threads of a block meet one operator at a time, for they have one lane; a block whose lane ends has
   idle threads. What a thread holds lies in shared memory, `apart` numbers from slot to slot, so that
   neighbours meet no common bank. */

typedef struct {
    const int32_t *rows;     /* of all programs: steps of COLUMNS numbers; SPARE is the place of a step's sum */
    const double *constants; /* of all programs */
    const int64_t *table;    /* of each lane: as in `interpreter.h`, and its first sum */
    const int64_t *places;   /* of each parameter of a lane: where it lies in the lane's, how many numbers */
    const int64_t *marks;    /* of each sum: its lane, its step */
    const stored *x;
    const real *theta;
    stored *y;
    const stored *g;
    stored *gx;
    real *gtheta;
    double *partials; /* (sum, thread of its lane) */
    double *totals;   /* of each sum that is SUMMED */
    int64_t lanes, pieces, count, span, inner;
    int64_t stride; /* threads of a lane */
    int64_t blocks; /* of a lane */
    int64_t steps, kept, sums; /* the most of any lane */
    int64_t all;    /* sums of all lanes */
    int64_t widest; /* the most numbers of any sum */
} call_t;

enum { TABLE = 8 };

typedef struct {
    const call_t *call;
    const int32_t *rows;
    const double *constants;
    const int64_t *places;
    const real *theta;
    int64_t first; /* the number among those of the lane that a thread begins with */
    int steps, apart;
    double *sums;
    real *values, *adjoints, *slopes;
} thread_t;

/* Of thread `own` of a block of `apart` threads, which share `memory`. */
M_INLINE thread_t thread_of(const call_t *call, int64_t lane, int64_t first, double *memory, int own, int apart,
                            int back)
{
    const int64_t *of = call->table + TABLE * lane;
    thread_t thread;
    thread.call = call;
    thread.rows = call->rows + of[0] * COLUMNS;
    thread.steps = (int)of[1];
    thread.constants = call->constants + of[2];
    thread.theta = call->theta + of[4];
    thread.places = call->places + 2 * of[6];
    thread.first = first;
    thread.apart = apart;
    thread.sums = memory + own;
    thread.values = (real *)(memory + (back ? call->sums : 0) * apart) + own;
    thread.adjoints = thread.values + call->steps * apart;
    thread.slopes = thread.adjoints + call->steps * apart;
    return thread;
}

/* Which number of a parameter of channels or neurons a thread meets. */
M_INLINE int64_t number_of(const thread_t *thread, const int32_t *row)
{
    const int64_t inner = row[KIND] == CHANNEL ? thread->call->inner : 1;
    return thread->first / inner % thread->places[2 * row[WHAT] + 1];
}

/* The value of one operator, and its slopes where they are kept. */
M_INLINE void compute(const thread_t *thread, const int32_t *row, int step, int back)
{
    const int apart = thread->apart;
    const real *values = thread->values;
    const real x = values[row[ARG0] * apart], y = values[row[ARG1] * apart], z = values[row[ARG2] * apart];
    if (back && row[FLAGS] & KEPT) {
        real *slopes = thread->slopes + row[SLOT] * apart;
        const found_t found = slopes_of(row[WHAT], x, y, z);
        thread->values[step * apart] = found.f;
        if (row[FLAGS] & WANTED0) slopes[0] = found.dx;
        if (row[FLAGS] & WANTED1) slopes[apart] = found.dy;
        if (row[FLAGS] & WANTED2) slopes[2 * apart] = found.dz;
    } else thread->values[step * apart] = value_of(row[WHAT], x, y, z);
}

M_INLINE void add(real *to, int again, real more) { *to = again ? *to + more : more; }

/* What the adjoint of one operator gives to those of its arguments. */
M_INLINE void give(const thread_t *thread, const int32_t *row, int step)
{
    const int apart = thread->apart, flags = row[FLAGS];
    const real *values = thread->values, *slopes = thread->slopes + row[SLOT] * apart;
    real *adjoints = thread->adjoints;
    const real g = adjoints[step * apart];
    found_t found = {0, 0, 0, 0};
    if (flags & KEPT) {
        if (flags & WANTED0) found.dx = slopes[0];
        if (flags & WANTED1) found.dy = slopes[apart];
        if (flags & WANTED2) found.dz = slopes[2 * apart];
    } else
        found = slopes_of(row[WHAT], values[row[ARG0] * apart], values[row[ARG1] * apart], values[row[ARG2] * apart]);
    if (flags & WANTED0) add(adjoints + row[ARG0] * apart, flags & AGAIN0, g * found.dx);
    if (flags & WANTED1) add(adjoints + row[ARG1] * apart, flags & AGAIN1, g * found.dy);
    if (flags & WANTED2) add(adjoints + row[ARG2] * apart, flags & AGAIN2, g * found.dz);
}

/* All that is computed once a thread: numbers, parameters, and what depends on those of the layer alone. */
M_INLINE void prepare(const thread_t *thread, int back)
{
    for (int step = 0; step < thread->steps; step++) {
        const int32_t *row = thread->rows + step * COLUMNS;
        const real *numbers = thread->theta;
        real *own = thread->values + step * thread->apart;
        if (row[KIND] == CONST) *own = (real)thread->constants[row[WHAT]];
        else if (row[KIND] == CALL) {
            if (!(row[FLAGS] & VARYING)) compute(thread, row, step, back);
        } else if (row[KIND] != INPUT) {
            numbers += thread->places[2 * row[WHAT]];
            *own = row[KIND] == LAYER ? *numbers : numbers[number_of(thread, row)];
        }
    }
}

/* One number forward, whose first piece is at `x`; the last step is left out where nothing needs it. */
M_INLINE real forward(const thread_t *thread, const stored *x, int back)
{
    const int last = thread->steps - 1;
    for (int step = 0; step <= last; step++) {
        const int32_t *row = thread->rows + step * COLUMNS;
        if (row[KIND] == INPUT) thread->values[step * thread->apart] = m_load(x[row[WHAT] * thread->call->span]);
        else if (row[KIND] == CALL && row[FLAGS] & VARYING) {
            if (back && step == last && !(row[FLAGS] & KEPT)) continue;
            compute(thread, row, step, back);
        }
    }
    return thread->values[last * thread->apart];
}

/* One number back: from the adjoint of the whole to those of its pieces, and to sums for the parameters. */
M_INLINE void backward(const thread_t *thread, real g, stored *gx)
{
    const int apart = thread->apart, last = thread->steps - 1;
    thread->adjoints[last * apart] = g;
    for (int step = last; step >= 0; step--) {
        const int32_t *row = thread->rows + step * COLUMNS;
        const int kind = row[KIND], varying = row[FLAGS] & VARYING;
        if (kind == INPUT) gx[row[WHAT] * thread->call->span] = m_store(thread->adjoints[step * apart]);
        else if (kind == CHANNEL || kind == NEURON || row[FLAGS] & SUMMED)
            thread->sums[row[SPARE] * apart] += thread->adjoints[step * apart];
        else if (kind == CALL && varying) give(thread, row, step);
    }
}

extern "C" __global__ void actsearch_value(const call_t call)
{
    extern __shared__ double memory[];
    const unsigned blocks = (unsigned)call.blocks;
    const int64_t lane = blockIdx.x / blocks, block = blockIdx.x % blocks;
    const int64_t first = block * blockDim.x + threadIdx.x, wide = call.span * call.pieces;
    if (first >= call.stride) return;
    const thread_t thread = thread_of(&call, lane, first, memory, threadIdx.x, blockDim.x, 0);
    const stored *x = call.x + lane * call.count * call.pieces + first / call.span * wide + first % call.span;
    stored *y = call.y + lane * call.count;
    prepare(&thread, 0);
    for (int64_t i = first; i < call.count; i += call.stride, x += call.stride * call.pieces)
        y[i] = m_store(forward(&thread, x, 0));
}

extern "C" __global__ void actsearch_pull(const call_t call)
{
    extern __shared__ double memory[];
    const unsigned blocks = (unsigned)call.blocks;
    const int64_t lane = blockIdx.x / blocks, block = blockIdx.x % blocks;
    const int64_t first = block * blockDim.x + threadIdx.x, wide = call.span * call.pieces;
    if (first >= call.stride) return;
    const thread_t thread = thread_of(&call, lane, first, memory, threadIdx.x, blockDim.x, 1);
    const int64_t sums = (lane + 1 < call.lanes ? call.table[TABLE * (lane + 1) + 7] : call.all)
        - call.table[TABLE * lane + 7];
    int64_t place = lane * call.count * call.pieces + first / call.span * wide + first % call.span;
    prepare(&thread, 1);
    for (int64_t k = 0; k < sums; k++) thread.sums[k * thread.apart] = 0;
    for (int64_t i = first; i < call.count; i += call.stride, place += call.stride * call.pieces) {
        forward(&thread, call.x + place, 1);
        backward(&thread, m_load(call.g[lane * call.count + i]), call.gx + place);
    }
    double *partials = call.partials + call.table[TABLE * lane + 7] * call.stride + first;
    for (int64_t k = 0; k < sums; k++) partials[k * call.stride] = thread.sums[k * thread.apart];
}

/* The partial sums of number j of a sum of `size` numbers, each of which `inner` threads in a row meet. */
M_INLINE double gathered(const double *partials, int64_t stride, int64_t size, int64_t inner, int64_t j, int own)
{
    const int64_t terms = stride / size;
    double sum = 0;
    for (int64_t term = own; term < terms; term += GROUP)
        sum += partials[term / inner * size * inner + j * inner + term % inner];
    return sum;
}

/* A group of threads for each number: partial sums, then in one order. */
extern "C" __global__ void actsearch_gather(const call_t call)
{
    extern __shared__ double memory[];
    double *parts = memory + threadIdx.x;
    const int64_t group = (int64_t)blockIdx.x * (GATHER / GROUP) + threadIdx.x / GROUP;
    const int64_t sum = group / call.widest, j = group % call.widest;
    const int own = threadIdx.x % GROUP;
    int64_t lane = 0, size = 0;
    const int32_t *row = call.rows;
    const int64_t *of = call.table, *place = call.places;
    if (sum < call.all) {
        lane = call.marks[2 * sum];
        of = call.table + TABLE * lane;
        row = call.rows + (of[0] + call.marks[2 * sum + 1]) * COLUMNS;
        place = call.places + 2 * (of[6] + row[WHAT]);
        size = row[FLAGS] & SUMMED ? 1 : place[1];
    }
    const int64_t inner = size > 1 && row[KIND] == CHANNEL ? call.inner : 1;
    if (j < size) *parts = gathered(call.partials + sum * call.stride, call.stride, size, inner, j, own);
    __syncthreads();
    if (j >= size || own) return;
    for (int half = GROUP / 2; half; half /= 2)
        for (int k = 0; k < half; k++) parts[k] += parts[k + half];
    if (row[FLAGS] & SUMMED) call.totals[sum] = *parts;
    else call.gtheta[of[4] + place[0] + j] = (real)*parts;
}

/* From the sums back to the parameters of the layer: a thread for each lane. */
extern "C" __global__ void actsearch_finish(const call_t call)
{
    extern __shared__ double memory[];
    const int64_t lane = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (lane >= call.lanes) return;
    const thread_t thread = thread_of(&call, lane, 0, memory, threadIdx.x, blockDim.x, 1);
    const int64_t *of = call.table + TABLE * lane;
    prepare(&thread, 1);
    for (int step = 0; step < thread.steps; step++) {
        const int32_t *row = thread.rows + step * COLUMNS;
        if (row[FLAGS] & SUMMED) thread.adjoints[step * thread.apart] = (real)call.totals[of[7] + row[SPARE]];
    }
    for (int step = thread.steps - 1; step >= 0; step--) {
        const int32_t *row = thread.rows + step * COLUMNS;
        if (row[FLAGS] & VARYING) continue;
        if (row[KIND] == CALL) give(&thread, row, step);
        else if (row[KIND] == LAYER)
            call.gtheta[of[4] + thread.places[2 * row[WHAT]]] = thread.adjoints[step * thread.apart];
    }
}
