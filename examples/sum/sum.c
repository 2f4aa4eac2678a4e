/* SPDX-License-Identifier: MIT */

/* Adds up the numbers of several producers, whoever is ready first, and goes on where the last run
 * stopped: one integer per line in, and at the end of all inputs one line out. What it has so far
 * stands in a file that only it may read and write.
 *
 *   sum STATE INPUT...
 *
 * The line: round, numbers and sum of this round, numbers and sum of all rounds. */

#include "veracruz.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdckdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

constexpr size_t INPUTS_MAX = 16;
constexpr size_t NUMBER_SIZE_MAX = 32; /* bytes of a line */

/* Exit codes: all that a failed run tells. */
enum exit_code : int {
    DONE = 0,
    INPUT_LOST = 1,
    MALFORMED = 2,
    OUTPUT_LOST = 3,
    USAGE = 4,
    NO_STATE = 5,
    TOO_MUCH = 6
};

struct tally {
    uint64_t count;
    int64_t sum;
};

struct state {
    uint64_t rounds;
    struct tally all;
};

struct inputs {
    size_t count;
    struct vz_reader readers[INPUTS_MAX];
    struct pollfd waits[INPUTS_MAX]; /* descriptor -1: at its end */
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "sum: %s\n", reason);
    exit(code);
}

static void add(struct tally *tally, struct tally more)
{
    if (ckd_add(&tally->sum, tally->sum, more.sum) ||
        ckd_add(&tally->count, tally->count, more.count)) {
        stop(TOO_MUCH, "the sum is too large");
    }
}

/* Digits, with a minus sign or without. */
static int64_t parse_number(const struct vz_record *record)
{
    char text[NUMBER_SIZE_MAX + 1];
    size_t sign = record->size > 0 && record->data[0] == '-' ? 1 : 0;

    memcpy(text, record->data, record->size); /* the reader bounds it */
    text[record->size] = '\0';
    if (record->size == sign || strspn(text + sign, "0123456789") != record->size - sign) {
        stop(MALFORMED, "a line that is no number");
    }
    errno = 0;
    long long number = strtoll(text, nullptr, 10);

    if (errno != 0) {
        stop(MALFORMED, "a number beyond 64 bits");
    }
    return number;
}

/* Takes what is there of one input; at its end it is waited for no more. */
static void drain(struct vz_reader *reader, struct pollfd *wait, struct tally *round)
{
    struct vz_record record;
    enum vz_result result;

    while ((result = vz_next(reader, &record)) == VZ_RECORD) {
        add(round, (struct tally){.count = 1, .sum = parse_number(&record)});
    }
    if (result == VZ_ERROR) {
        stop(errno == EMSGSIZE || errno == EBADMSG ? MALFORMED : INPUT_LOST,
             "an input has no end that is proven");
    }
    if (result == VZ_END) {
        wait->fd = -1;
    }
}

static void open_inputs(struct inputs *inputs, char **paths)
{
    for (; paths[inputs->count] != nullptr; inputs->count++) {
        size_t i = inputs->count;
        int descriptor = open(paths[i], O_RDONLY | O_NONBLOCK);

        if (descriptor < 0 ||
            vz_reader_open(&inputs->readers[i], descriptor, VZ_LINES, NUMBER_SIZE_MAX) != 0) {
            stop(INPUT_LOST, "an input cannot be opened");
        }
        inputs->waits[i] = (struct pollfd){.fd = descriptor, .events = POLLIN};
    }
}

/* Those that poll must look at, moved to the front: it knows no holes in WASI. */
static size_t gather(const struct inputs *inputs, struct pollfd *waits, size_t *indexes)
{
    size_t count = 0;

    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->waits[i].fd >= 0) {
            indexes[count] = i;
            waits[count++] = inputs->waits[i];
        }
    }
    return count;
}

/* Waits until one of them is ready, and takes what is there of all that are. */
static void take_turn(struct inputs *inputs, struct pollfd *waits, const size_t *indexes,
                      size_t count, struct tally *round)
{
    if (poll(waits, (nfds_t)count, -1) < 0) {
        if (errno == EINTR) {
            return;
        }
        stop(INPUT_LOST, "inputs cannot be waited for");
    }
    for (size_t i = 0; i < count; i++) {
        if (waits[i].revents != 0) {
            drain(&inputs->readers[indexes[i]], &inputs->waits[indexes[i]], round);
        }
    }
}

static struct tally add_inputs(struct inputs *inputs)
{
    struct tally round = {};
    struct pollfd waits[INPUTS_MAX];
    size_t indexes[INPUTS_MAX], count;

    while ((count = gather(inputs, waits, indexes)) > 0) {
        take_turn(inputs, waits, indexes, count, &round);
    }
    return round;
}

/* No file yet: the first round. */
static void load_state(const char *path, struct state *state)
{
    FILE *file = fopen(path, "rb");

    if (file == nullptr && errno == ENOENT) {
        return;
    }
    if (file == nullptr || fscanf(file, "%" SCNu64 ",%" SCNu64 ",%" SCNd64 "\n", &state->rounds,
                                  &state->all.count, &state->all.sum) != 3) {
        stop(NO_STATE, "the state cannot be read");
    }
    fclose(file);
}

static void store_state(const char *path, const struct state *state)
{
    FILE *file = fopen(path, "wb");

    if (file == nullptr ||
        fprintf(file, "%" PRIu64 ",%" PRIu64 ",%" PRId64 "\n", state->rounds, state->all.count,
                state->all.sum) < 0 ||
        fclose(file) != 0) {
        stop(NO_STATE, "the state cannot be written");
    }
}

static void write_result(const struct state *state, const struct tally *round)
{
    if (printf("%" PRIu64 ",%" PRIu64 ",%" PRId64 ",%" PRIu64 ",%" PRId64 "\n", state->rounds,
               round->count, round->sum, state->all.count, state->all.sum) < 0 ||
        fflush(stdout) != 0) {
        stop(OUTPUT_LOST, "nobody takes the result");
    }
}

int main(int argc, char **argv)
{
    static struct inputs inputs;
    struct state state = {};

    if (argc < 3 || (size_t)argc - 2 > INPUTS_MAX) {
        stop(USAGE, "usage: sum STATE INPUT...");
    }
    load_state(argv[1], &state);
    open_inputs(&inputs, argv + 2);
    struct tally round = add_inputs(&inputs);

    add(&state.all, round);
    state.rounds++;
    store_state(argv[1], &state);
    write_result(&state, &round);
    return DONE;
}
