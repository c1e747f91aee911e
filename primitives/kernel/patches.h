/* What the places of a convolution read, one row a place, and the way back, which adds. Images have their
   channels last: (image, height, width, channel); a row has (kernel height, kernel width, channel). */
typedef struct {
    int64_t images, height, width, channels, kernel[2], stride[2], padding[2], places[2];
} patches_t;

/* Of the kernel's columns at that place those that lie on the image: from `*skip` on, so many. */
static int64_t columns_of(const patches_t *of, int64_t across, int64_t *left, int64_t *skip) {
    *left = across * of->stride[1] - of->padding[1];
    *skip = *left < 0 ? -*left : 0;
    int64_t stop = of->width - *left < of->kernel[1] ? of->width - *left : of->kernel[1];
    return stop > *skip ? stop - *skip : (*skip = 0);
}

/* Runs are of some tens of numbers, for which a call of the C library takes longer than they do. */
#define RUN 8
static inline void run_zero(real *to, int64_t count) {
    const real none[RUN] = {0};
    for (; count >= RUN; count -= RUN, to += RUN) memcpy(to, none, sizeof none);
    for (int64_t i = 0; i < (count & (RUN - 1)); i++) to[i] = 0;
}

static inline void run_copy(real *to, const real *from, int64_t count) {
    for (; count >= RUN; count -= RUN, to += RUN, from += RUN) memcpy(to, from, RUN * sizeof(real));
    for (int64_t i = 0; i < (count & (RUN - 1)); i++) to[i] = from[i];
}

static inline void run_add(real *to, const real *from, int64_t count) {
    for (; count >= RUN; count -= RUN, to += RUN, from += RUN)
        for (int k = 0; k < RUN; k++) to[k] += from[k];
    for (int64_t i = 0; i < (count & (RUN - 1)); i++) to[i] += from[i];
}

int actsearch_patches(const patches_t *of, const real *x, real *to) {
    const int64_t run = of->kernel[1] * of->channels;
    for (int64_t image = 0; image < of->images; image++, x += of->height * of->width * of->channels)
        for (int64_t down = 0; down < of->places[0]; down++)
            for (int64_t across = 0; across < of->places[1]; across++) {
                int64_t left, skip, count = columns_of(of, across, &left, &skip) * of->channels;
                int64_t before = skip * of->channels;
                for (int64_t k = 0; k < of->kernel[0]; k++, to += run) {
                    int64_t line = down * of->stride[0] - of->padding[0] + k;
                    if (line < 0 || line >= of->height || !count) {
                        run_zero(to, run);
                        continue;
                    }
                    const real *from = x + (line * of->width + left + skip) * of->channels;
                    run_zero(to, before);
                    run_copy(to + before, from, count);
                    run_zero(to + before + count, run - before - count);
                }
            }
    return 0;
}

int actsearch_unpatches(const patches_t *of, const real *g, real *to) {
    const int64_t run = of->kernel[1] * of->channels, size = of->height * of->width * of->channels;
    for (int64_t image = 0; image < of->images; image++, to += size) {
        memset(to, 0, (size_t)size * sizeof(real));
        for (int64_t down = 0; down < of->places[0]; down++)
            for (int64_t across = 0; across < of->places[1]; across++) {
                int64_t left, skip, count = columns_of(of, across, &left, &skip) * of->channels;
                for (int64_t k = 0; k < of->kernel[0]; k++, g += run) {
                    int64_t line = down * of->stride[0] - of->padding[0] + k;
                    if (line < 0 || line >= of->height || !count) continue;
                    real *into = to + (line * of->width + left + skip) * of->channels;
                    const real *from = g + skip * of->channels;
                    run_add(into, from, count);
                }
            }
    }
    return 0;
}
