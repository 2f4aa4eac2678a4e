/* SPDX-License-Identifier: MIT */

/* A party at one end of a stream, for bench/stream:
 *
 *     bench-stream-ends put POLICY IDENTITY CONTAINER STREAM BYTES [RATE]
 *     bench-stream-ends get POLICY IDENTITY CONTAINER STREAM
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/flow_data.h"
#include "veracruz/client.h"

static int fail(const struct vcc_error *error)
{
    (void)fprintf(stderr, "bench-stream-ends: %s\n", error->text);
    return (int)error->status;
}

static int put(vcc_client *client, const char *stream, char **words, int count)
{
    struct flow_source source = {.bytes = strtoull(words[0], nullptr, 10),
                                 .rate = count > 1 ? strtoull(words[1], nullptr, 10) : 0};
    const struct vcc_stream_options options = {.prompt = source.rate == 0};
    struct vcc_error error;

    if (vcc_stream_put(client, stream, flow_read, &source, &options, &error) != VCC_OK)
        return fail(&error);
    flow_print_source(&source);
    return 0;
}

static int get(vcc_client *client, const char *stream)
{
    struct flow_sink sink = {};
    struct vcc_error error;

    if (vcc_stream_get(client, stream, flow_write, &sink, nullptr, &error) != VCC_OK)
        return fail(&error);
    flow_print_sink(&sink);
    return 0;
}

int main(int count, char **words)
{
    if (count < 6)
        return 2;
    const struct vcc_options options = {
        .policy_path = words[2], .identity_path = words[3], .container = words[4]};
    struct vcc_error error;
    vcc_client *client = vcc_connect(&options, &error);
    int code;

    if (client == nullptr)
        return fail(&error);
    if (strcmp(words[1], "put") == 0 && count >= 7)
        code = put(client, words[5], words + 6, count - 6);
    else
        code = get(client, words[5]);
    vcc_close(client);
    return code;
}
