/* SPDX-License-Identifier: MIT */

/* Moving-average convergence-divergence of prices while they come: one price per line in, and for
 * each a line out, as soon as there is no further price to read at once. Arguments: periods of the
 * fast, the slow and the signal average. Flat memory, however long the stream. */

#include "csv.h"
#include "veracruz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

constexpr size_t PRICE_SIZE_MAX = 64; /* bytes of a line */
constexpr unsigned long PERIOD_MAX = 100'000;

/* Exit codes: all that a failed run tells. */
enum exit_code : int { DONE = 0, INPUT_LOST = 1, MALFORMED = 2, OUTPUT_LOST = 3, USAGE = 4 };

struct average {
    double weight; /* of a new value */
    double value;
};

struct convergence {
    struct average fast, slow, signal;
    uint64_t count; /* prices so far */
};

struct point {
    double macd, signal, histogram;
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "macd: %s\n", reason);
    exit(code);
}

/* An exponential moving average; the first value begins it. */
static double follow(struct average *average, double value, bool first)
{
    average->value = first ? value : average->value + average->weight * (value - average->value);
    return average->value;
}

static struct point add_price(struct convergence *state, double price)
{
    bool first = state->count++ == 0;
    double macd = follow(&state->fast, price, first) - follow(&state->slow, price, first);
    double signal = follow(&state->signal, macd, first);

    return (struct point){.macd = macd, .signal = signal, .histogram = macd - signal};
}

static double parse_price(const struct vz_record *record)
{
    char text[PRICE_SIZE_MAX + 1];
    double price = 0;

    memcpy(text, record->data, record->size); /* the reader bounds it */
    text[record->size] = '\0';
    if (strlen(text) != record->size || !csv_number(text, &price) || price < 0) {
        stop(MALFORMED, "a line that is no price");
    }
    return price;
}

/* All digits: who computes the same elsewhere gets the same text. */
static void emit_point(struct vz_writer *writer, uint64_t count, const struct point *point)
{
    char text[128];
    int size = snprintf(text, sizeof text, "%llu,%.17g,%.17g,%.17g", (unsigned long long)count,
                        point->macd, point->signal, point->histogram);

    if (vz_emit(writer, text, (size_t)size) != 0) {
        stop(OUTPUT_LOST, "nobody takes the result");
    }
}

static struct average parse_period(const char *text)
{
    char *end = nullptr;
    errno = 0;
    unsigned long period = strtoul(text, &end, 10);

    if (errno != 0 || end == text || *end != '\0' || period == 0 || period > PERIOD_MAX) {
        stop(USAGE, "usage: macd FAST SLOW SIGNAL");
    }
    return (struct average){.weight = 2.0 / (double)(period + 1)};
}

static void watch(struct convergence *state)
{
    struct vz_reader reader;
    struct vz_writer writer;
    struct vz_record record;
    enum vz_result result;

    if (vz_reader_open(&reader, STDIN_FILENO, VZ_LINES, PRICE_SIZE_MAX) != 0 ||
        vz_writer_open(&writer, STDOUT_FILENO, VZ_LINES, 0) != 0) {
        stop(OUTPUT_LOST, "not enough memory");
    }
    vz_reader_tie(&reader, &writer);
    while ((result = vz_next(&reader, &record)) == VZ_RECORD) {
        struct point point = add_price(state, parse_price(&record));

        emit_point(&writer, state->count, &point);
    }
    if (result != VZ_END) {
        stop(errno == EMSGSIZE || errno == EBADMSG ? MALFORMED : INPUT_LOST,
             "the prices have no end that is proven");
    }
    if (vz_writer_close(&writer) != 0) {
        stop(OUTPUT_LOST, "nobody takes the result");
    }
    vz_reader_close(&reader);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        stop(USAGE, "usage: macd FAST SLOW SIGNAL");
    }
    struct convergence state = {.fast = parse_period(argv[1]),
                                .slow = parse_period(argv[2]),
                                .signal = parse_period(argv[3])};

    watch(&state);
    return DONE;
}
