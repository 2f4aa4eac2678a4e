/* SPDX-License-Identifier: MIT */

/* A party's side of a computation in C: brings a file, runs a program, takes the result home.
 *
 *   client-c POLICY IDENTITY HOST:PORT LOCAL-INPUT INPUT-PATH PROGRAM RESULT-PATH LOCAL-RESULT
 *
 * Only the public header is used. The container is checked before the file leaves this machine. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <veracruz/client.h>

#define WAIT_MS 600000u

static int fail(const char *step, const struct vcc_error *error)
{
    fprintf(stderr, "%s: %s\n", step, error->text);
    return (int)error->status;
}

static int compute(vcc_client *client, char **argv)
{
    struct vcc_error error;
    struct vcc_run run;

    if (vcc_put_file(client, argv[4], argv[5], NULL, NULL, &error) != VCC_OK)
        return fail("put", &error);
    if (vcc_run_start(client, argv[6], WAIT_MS, &run, &error) != VCC_OK)
        return fail("run", &error);
    printf("run %s of %s: %s, exit code %d, %" PRIu64 " us\n", run.id, run.program, run.state,
           run.exit_code, run.wall_us);
    if (strcmp(run.state, "exited") != 0 || run.exit_code != 0) {
        fprintf(stderr, "run: %s\n", run.reason);
        return VCC_RUN_FAILED;
    }
    if (vcc_get_file(client, argv[7], argv[8], NULL, NULL, &error) != VCC_OK)
        return fail("get", &error);
    return VCC_OK;
}

int main(int argc, char **argv)
{
    struct vcc_options options = {0};
    struct vcc_attestation attestation;
    struct vcc_error error;
    vcc_client *client;
    int status;

    if (argc != 9) {
        fprintf(stderr, "usage: client-c POLICY IDENTITY HOST:PORT LOCAL-INPUT INPUT-PATH PROGRAM "
                        "RESULT-PATH LOCAL-RESULT\n");
        return VCC_MALFORMED;
    }
    options.policy_path = argv[1];
    options.identity_path = argv[2];
    options.container = argv[3];
    client = vcc_connect(&options, &error);
    if (client == NULL)
        return fail("connect", &error);
    vcc_attestation_of(client, &attestation);
    printf("container: %s, measurement %s\n", attestation.label, attestation.measurement);
    status = compute(client, argv);
    vcc_close(client);
    return status;
}
