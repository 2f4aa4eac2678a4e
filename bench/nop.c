/* SPDX-License-Identifier: MIT */

/* How long a run takes from request to exit status on an open connection; and, as baseline on the
 * same connection, a request that starts nothing.
 *
 *     bench-nop POLICY IDENTITY CONTAINER PROGRAM ROUNDS
 *
 * Prints one JSON document with the microseconds of each round. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <veracruz/client.h>

static uint64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int complain(const char *what, const struct vcc_error *error)
{
    (void)fprintf(stderr, "bench-nop: %s: %s\n", what, error->text);
    return EXIT_FAILURE;
}

static bool one_round(vcc_client *client, const char *program, uint64_t *run_us, uint64_t *ask_us,
                      struct vcc_error *error)
{
    struct vcc_run run;
    uint64_t begun = now_us();

    if (vcc_run_start(client, program, 10000, &run, error) != VCC_OK)
        return false;
    *run_us = now_us() - begun;
    if (strcmp(run.state, "exited") != 0 || run.exit_code != 0) {
        (void)snprintf(error->text, sizeof(error->text), "run %s: %s", run.state, run.reason);
        return false;
    }
    begun = now_us();
    if (vcc_run_status(client, run.id, 0, &run, error) != VCC_OK)
        return false;
    *ask_us = now_us() - begun;
    return true;
}

/* Time for the container to have its next worker ready: what is measured is one request, not how
 * many fit into a second. */
static void pause_between(void)
{
    const struct timespec pause = {.tv_nsec = 20'000'000};

    (void)nanosleep(&pause, nullptr);
}

static void print_list(const char *name, const uint64_t *values, size_t count)
{
    (void)printf("\"%s\":[", name);
    for (size_t i = 0; i < count; i++)
        (void)printf("%s%ju", i > 0 ? "," : "", (uintmax_t)values[i]);
    (void)printf("]");
}

int main(int argc, char **argv)
{
    static uint64_t runs[1000], asks[1000], bursts[1000];
    size_t rounds = argc == 6 ? strtoul(argv[5], nullptr, 10) : 0;
    struct vcc_error error;
    vcc_client *client;

    if (rounds == 0 || rounds > sizeof(runs) / sizeof(runs[0])) {
        (void)fprintf(stderr, "usage: bench-nop POLICY IDENTITY CONTAINER PROGRAM ROUNDS\n");
        return 2;
    }
    client = vcc_connect(&(struct vcc_options){.policy_path = argv[1],
                                               .identity_path = argv[2],
                                               .container = argv[3]},
                         &error);
    if (client == nullptr)
        return complain("connect", &error);
    for (size_t i = 0; i < rounds; i++) {
        pause_between();
        if (!one_round(client, argv[4], &runs[i], &asks[i], &error))
            return complain("round", &error);
    }
    for (size_t i = 0; i < rounds; i++) {
        uint64_t ask_us;

        if (!one_round(client, argv[4], &bursts[i], &ask_us, &error))
            return complain("round", &error);
    }
    vcc_close(client);
    (void)printf("{");
    print_list("run_us", runs, rounds);
    (void)printf(",");
    print_list("ask_us", asks, rounds);
    (void)printf(",");
    print_list("burst_us", bursts, rounds);
    (void)printf("}\n");
    return EXIT_SUCCESS;
}
