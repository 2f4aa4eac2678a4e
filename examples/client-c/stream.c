/* SPDX-License-Identifier: MIT */

/* Both ends of a stream in C, with functions of one's own in place of files.
 *
 *   client-stream put|get POLICY IDENTITY HOST:PORT STREAM
 *
 * `put` sends the numbers that come on standard input, a line each, as they come; `get` adds up the
 * numbers that it receives, and tells the sum only if they were all. Broken connections are made
 * and checked anew by the library: no byte is missing or comes twice. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <veracruz/client.h>

#define LINE_MAX_SIZE 64

static int fail(const char *step, const struct vcc_error *error)
{
    fprintf(stderr, "%s: %s\n", step, error->text);
    return (int)error->status;
}

/* Called now and then from the very call that it tells about. */
static void watch(void *user, const struct vcc_stream_progress *progress)
{
    (void)user;
    fprintf(stderr, "%" PRIu64 " bytes%s, %u times connected anew\n", progress->done,
            progress->waiting ? ", waiting" : "", progress->reconnects);
}

/* Of a producer: up to `size` bytes; 0: that was all; -1: the stream is to be lost. */
static long read_line(void *user, void *data, size_t size)
{
    FILE *from = user;
    char line[LINE_MAX_SIZE];
    size_t length;

    if (fgets(line, (int)(size < sizeof(line) ? size + 1 : sizeof(line)), from) == NULL)
        return ferror(from) ? -1 : 0;
    length = strlen(line);
    memcpy(data, line, length);
    return (long)length;
}

struct sum {
    long long total;
    char line[LINE_MAX_SIZE]; /* of the number that has begun */
    size_t fill;
};

/* Of a consumer: pieces end anywhere. Other than 0: it wants no more. */
static int add_piece(void *user, const void *data, size_t size)
{
    struct sum *sum = user;
    const char *bytes = data;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\n') {
            if (sum->fill + 1 == sizeof(sum->line))
                return -1;
            sum->line[sum->fill++] = bytes[i];
            continue;
        }
        sum->line[sum->fill] = '\0';
        sum->fill = 0;
        sum->total += strtoll(sum->line, NULL, 10);
    }
    return 0;
}

static int put(vcc_client *client, const char *stream, const struct vcc_stream_options *options)
{
    struct vcc_error error;

    if (vcc_stream_put(client, stream, read_line, stdin, options, &error) != VCC_OK)
        return fail("put", &error);
    return VCC_OK;
}

static int get(vcc_client *client, const char *stream, const struct vcc_stream_options *options)
{
    struct sum sum = {0};
    struct vcc_error error;

    if (vcc_stream_get(client, stream, add_piece, &sum, options, &error) != VCC_OK)
        return fail("get", &error); /* and sum.total is of a part only */
    printf("sum %lld\n", sum.total);
    return VCC_OK;
}

int main(int argc, char **argv)
{
    struct vcc_options options = {0};
    struct vcc_stream_result result;
    struct vcc_stream_options streaming = {0};
    struct vcc_error error;
    vcc_client *client;
    int status;

    if (argc != 6 || (strcmp(argv[1], "put") != 0 && strcmp(argv[1], "get") != 0)) {
        fprintf(stderr, "usage: client-stream put|get POLICY IDENTITY HOST:PORT STREAM\n");
        return VCC_MALFORMED;
    }
    options.policy_path = argv[2];
    options.identity_path = argv[3];
    options.container = argv[4];
    client = vcc_connect(&options, &error);
    if (client == NULL)
        return fail("connect", &error);
    streaming.watcher = watch;
    streaming.result = &result;
    status = strcmp(argv[1], "put") == 0 ? put(client, argv[5], &streaming)
                                         : get(client, argv[5], &streaming);
    if (status == VCC_OK)
        fprintf(stderr, "all of use %" PRIu64 ": %" PRIu64 " bytes, %s\n", result.use, result.bytes,
                result.digest);
    vcc_close(client);
    return status;
}
