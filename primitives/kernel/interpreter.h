/* The interpreter: values and adjoints of many programs, each over its own lane, block by block.

   Included by the text of `text.py` behind the loops of the operators, once for float and once for double
   (`real`). A program is read from rows of numbers (programs.py). A block is 256 values of one lane, in the
   first-level cache; a lane's last block is filled up with its last value, so that every value goes through
   the same instructions and a lane has the same bits in any company. */

typedef struct {
    const int32_t *rows;     /* of all programs: steps of COLUMNS numbers */
    const double *constants; /* of all programs */
    const int64_t *table;    /* of each lane: first row, steps, first constant, kept blocks, first parameter,
                                parameters, first entry of `places` */
    const int64_t *places;   /* of each parameter of a lane: where it lies in the lane's, how many numbers */
    int64_t lanes;
    int64_t pieces;
} programs_t;

typedef struct {
    int64_t count;    /* values of one lane: rows * span */
    int64_t span;     /* values of one piece that lie together */
    int64_t inner;    /* values of one channel that lie together */
} layout_t;

typedef struct {
    const int32_t *rows;
    const double *constants;
    const int64_t *places;
    int64_t steps, pieces, count, span, inner, numbers;
    const real *theta;
    real *values, *adjoints, *slopes; /* blocks: one a step, one a step, one a kept slope */
    real **value, **adjoint;          /* where each step's stand: in those blocks, or in a tensor */
    double *sums;                     /* of each step that is SUMMED */
    double *gathered;                 /* of each number of `theta`: its gradient */
} lane_t;

static void fill(real *to, real number) {
    for (int i = 0; i < BLOCK; i++) to[i] = number;
}

static void copy(real *to, const real *from, int64_t count) {
    memcpy(to, from, (size_t)count * sizeof(real));
}

/* A sum in an order that depends on nothing: 32 partial sums, then pairs. */
static double block_sum(const real *from) {
    real parts[32];
    for (int k = 0; k < 32; k++) parts[k] = from[k];
    for (int i = 32; i < BLOCK; i += 32)
        for (int k = 0; k < 32; k++) parts[k] += from[i + k];
    double wide[32];
    for (int k = 0; k < 32; k++) wide[k] = parts[k];
    for (int half = 16; half; half /= 2)
        for (int k = 0; k < half; k++) wide[k] += wide[k + half];
    return wide[0];
}

static double run_sum(const real *from, int64_t count) {
    double parts[8] = {0};
    int64_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (int k = 0; k < 8; k++) parts[k] += from[i + k];
    for (int k = 0; i < count; i++, k++) parts[k] += from[i];
    return ((parts[0] + parts[1]) + (parts[2] + parts[3])) + ((parts[4] + parts[5]) + (parts[6] + parts[7]));
}

/* A piece of the input, `count` values from place `first` of the output on, to or from a block. */
static void move_piece(const lane_t *lane, int64_t piece, int64_t first, int64_t count, real *block,
                       const real *from, real *to) {
    int64_t done = 0;
    while (done < count) {
        int64_t row = (first + done) / lane->span, column = (first + done) % lane->span;
        int64_t run = lane->span - column, place = (row * lane->pieces + piece) * lane->span + column;
        if (run > count - done) run = count - done;
        if (to) copy(to + place, block + done, run);
        else copy(block + done, from + place, run);
        done += run;
    }
}

/* A parameter of channels or neurons, spread over a block, or the sums of its adjoints. */
static void move_numbers(const lane_t *lane, const int32_t *row, int64_t first, int64_t count, real *block,
                         double *gathered) {
    const int64_t *place = lane->places + 2 * row[WHAT];
    int64_t size = place[1], inner = row[KIND] == CHANNEL ? lane->inner : 1, done = 0;
    const real *theta = lane->theta + place[0];
    while (done < count) {
        int64_t number = ((first + done) / inner) % size;
        if (inner == 1) {
            int64_t run = size - number;
            if (run > count - done) run = count - done;
            if (gathered)
                for (int64_t i = 0; i < run; i++) gathered[place[0] + number + i] += block[done + i];
            else copy(block + done, theta + number, run);
            done += run;
        } else {
            int64_t run = inner - (first + done) % inner;
            if (run > count - done) run = count - done;
            if (gathered) gathered[place[0] + number] += run_sum(block + done, run);
            else
                for (int64_t i = 0; i < run; i++) block[done + i] = theta[number];
            done += run;
        }
    }
}

/* The value of one operator, and its slopes where they are kept. */
static void call(const lane_t *lane, const int32_t *row, real *out, int slopes) {
    const real *x = lane->value[row[ARG0]], *y = lane->value[row[ARG1]], *z = lane->value[row[ARG2]];
    if (slopes && row[FLAGS] & KEPT) {
        real *kept = lane->slopes + (int64_t)row[SLOT] * BLOCK;
        int wanted = row[FLAGS] & (WANTED0 | WANTED1 | WANTED2);
        both_of[row[WHAT]][wanted](x, y, z, out, kept, kept + BLOCK, kept + 2 * BLOCK);
    } else value_of[row[WHAT]](x, y, z, out);
}

/* What the adjoint of one operator gives to those of its arguments. */
static void give(const lane_t *lane, int64_t step) {
    const int32_t *row = lane->rows + step * COLUMNS;
    const real *x = lane->value[row[ARG0]], *y = lane->value[row[ARG1]], *z = lane->value[row[ARG2]];
    for (int k = 0; k < 3; k++) {
        if (!(row[FLAGS] & (WANTED0 << k))) continue;
        int again = (row[FLAGS] & (AGAIN0 << k)) != 0;
        real *to = lane->adjoint[row[ARG0 + k]];
        if (row[FLAGS] & KEPT)
            chain(lane->adjoint[step], lane->slopes + ((int64_t)row[SLOT] + k) * BLOCK, to, again);
        else pull_of[row[WHAT]][k](lane->adjoint[step], x, y, z, to, again);
    }
}

/* All that is computed once a lane: numbers, parameters of the layer, and what depends on them alone. */
static void prepare(lane_t *lane, int slopes) {
    for (int64_t step = 0; step < lane->steps; step++) {
        const int32_t *row = lane->rows + step * COLUMNS;
        real *own = lane->values + step * BLOCK;
        lane->value[step] = own;
        lane->adjoint[step] = lane->adjoints + step * BLOCK;
        if (row[FLAGS] & VARYING) continue;
        switch (row[KIND]) {
        case CONST: fill(own, (real)lane->constants[row[WHAT]]); break;
        case LAYER: fill(own, lane->theta[lane->places[2 * row[WHAT]]]); break;
        default: call(lane, row, own, slopes);
        }
    }
}

/* One block forward; the last step writes to `y` where the block is whole. */
static void forward(lane_t *lane, const real *x, int64_t first, int64_t count, real *y, int slopes) {
    for (int64_t step = 0; step < lane->steps; step++) {
        const int32_t *row = lane->rows + step * COLUMNS;
        if (!(row[FLAGS] & VARYING)) continue;
        real *own = lane->values + step * BLOCK;
        int root = step == lane->steps - 1;
        switch (row[KIND]) {
        case INPUT:
            if (lane->pieces == 1 && count == BLOCK) {
                lane->value[step] = (real *)x + first;
                continue;
            }
            move_piece(lane, row[WHAT], first, count, own, x, 0);
            for (int64_t i = count; i < BLOCK; i++) own[i] = own[count - 1];
            break;
        case CALL:
            if (root && slopes && !(row[FLAGS] & KEPT)) continue;
            if (root && y && count == BLOCK) own = y + first;
            call(lane, row, own, slopes);
            break;
        default:
            move_numbers(lane, row, first, count, own, 0);
            for (int64_t i = count; i < BLOCK; i++) own[i] = own[count - 1];
        }
        lane->value[step] = own;
    }
    if (y) {
        const real *root = lane->value[lane->steps - 1];
        if (root != y + first) copy(y + first, root, count);
    }
}

/* One block back: from the adjoint `g` of the whole to those of the input, and to sums for the parameters. */
static void backward(lane_t *lane, const real *g, int64_t first, int64_t count, real *gx) {
    int64_t last = lane->steps - 1;
    int whole = count == BLOCK;
    for (int64_t step = 0; step < lane->steps; step++) {
        const int32_t *row = lane->rows + step * COLUMNS;
        if (row[KIND] == INPUT)
            lane->adjoint[step] = whole && lane->pieces == 1 ? gx + first : lane->adjoints + step * BLOCK;
    }
    real *own = lane->adjoints + last * BLOCK;
    if (whole) own = (real *)g + first;
    else {
        fill(own, 0);
        copy(own, g + first, count);
    }
    lane->adjoint[last] = own;
    for (int64_t step = last; step >= 0; step--) {
        const int32_t *row = lane->rows + step * COLUMNS;
        real *adjoint = lane->adjoint[step];
        if (row[FLAGS] & SUMMED) {
            for (int64_t i = count; i < BLOCK; i++) adjoint[i] = 0;
            lane->sums[step] += block_sum(adjoint);
        }
        if (!(row[FLAGS] & VARYING)) continue;
        switch (row[KIND]) {
        case INPUT:
            if (adjoint != gx + first) move_piece(lane, row[WHAT], first, count, adjoint, 0, gx);
            break;
        case CALL: give(lane, step); break;
        default: move_numbers(lane, row, first, count, adjoint, lane->gathered);
        }
    }
}

/* From the sums back to the parameters of the layer, once a lane. */
static void finish(lane_t *lane, real *gtheta) {
    for (int64_t step = lane->steps - 1; step >= 0; step--) {
        const int32_t *row = lane->rows + step * COLUMNS;
        if (row[FLAGS] & VARYING) continue;
        real *adjoint = lane->adjoint[step] = lane->adjoints + step * BLOCK;
        if (row[FLAGS] & SUMMED) {
            fill(adjoint, 0);
            adjoint[0] = (real)lane->sums[step];
        }
    }
    for (int64_t step = lane->steps - 1; step >= 0; step--) {
        const int32_t *row = lane->rows + step * COLUMNS;
        if (row[FLAGS] & VARYING) continue;
        if (row[KIND] == CALL) give(lane, step);
        else if (row[KIND] == LAYER) lane->gathered[lane->places[2 * row[WHAT]]] += lane->adjoint[step][0];
    }
    for (int64_t number = 0; number < lane->numbers; number++) gtheta[number] = (real)lane->gathered[number];
}

/* Whether some piece of the input is named nowhere, so that nothing writes its adjoint. */
static int absent(const lane_t *lane) {
    int64_t named = 0;
    for (int64_t step = 0; step < lane->steps; step++) named += lane->rows[step * COLUMNS + KIND] == INPUT;
    return named < lane->pieces;
}

/* Forward into `y`, or back from `g` into `gx` and `gtheta`; 0, or 1 where memory is short. */
static int run(const programs_t *programs, const layout_t *layout, const real *x, const real *theta, int back,
               real *y, const real *g, real *gx, real *gtheta) {
    int64_t steps = 1, kept = 0, numbers = 0;
    for (int64_t l = 0; l < programs->lanes; l++) {
        const int64_t *of = programs->table + 7 * l;
        if (of[1] > steps) steps = of[1];
        if (of[3] > kept) kept = of[3];
        if (of[5] > numbers) numbers = of[5];
    }
    size_t blocks = (size_t)(2 * steps + kept + 3) * BLOCK * sizeof(real);
    size_t size = 64 + blocks + (size_t)steps * (2 * sizeof(real *) + sizeof(double)) + (size_t)numbers * sizeof(double);
    char *memory = malloc(size);
    if (!memory) return 1;
    lane_t lane = {.pieces = programs->pieces, .count = layout->count, .span = layout->span,
                   .inner = layout->inner};
    lane.values = (real *)(((uintptr_t)memory + 63) / 64 * 64);
    lane.adjoints = lane.values + steps * BLOCK;
    lane.slopes = lane.adjoints + steps * BLOCK;
    lane.sums = (double *)((char *)lane.values + blocks);
    lane.gathered = lane.sums + steps;
    lane.value = (real **)(lane.gathered + numbers);
    lane.adjoint = lane.value + steps;
    for (int64_t l = 0; l < programs->lanes; l++) {
        const int64_t *of = programs->table + 7 * l;
        int64_t wide = lane.count * lane.pieces;
        lane.rows = programs->rows + of[0] * COLUMNS;
        lane.steps = of[1];
        lane.constants = programs->constants + of[2];
        lane.theta = theta + of[4];
        lane.numbers = of[5];
        lane.places = programs->places + 2 * of[6];
        prepare(&lane, back);
        for (int64_t step = 0; step < lane.steps; step++) lane.sums[step] = 0;
        for (int64_t number = 0; number < lane.numbers; number++) lane.gathered[number] = 0;
        if (back && lane.count && absent(&lane)) memset(gx + l * wide, 0, (size_t)wide * sizeof(real));
        for (int64_t first = 0; first < lane.count; first += BLOCK) {
            int64_t count = lane.count - first < BLOCK ? lane.count - first : BLOCK;
            forward(&lane, x + l * wide, first, count, back ? 0 : y + l * lane.count, back);
            if (back) backward(&lane, g + l * lane.count, first, count, gx + l * wide);
        }
        if (back) finish(&lane, gtheta + of[4]);
    }
    free(memory);
    return 0;
}

int actsearch_value(const programs_t *programs, const layout_t *layout, const real *x, const real *theta, real *y) {
    return run(programs, layout, x, theta, 0, y, 0, 0, 0);
}

int actsearch_pull(const programs_t *programs, const layout_t *layout, const real *x, const real *theta,
                   const real *g, real *gx, real *gtheta) {
    return run(programs, layout, x, theta, 1, 0, g, gx, gtheta);
}
