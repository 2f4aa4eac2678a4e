/* SPDX-License-Identifier: MIT */

#include "worker/run.h"

#include <string.h>

#include "base/reader.h"

static enum vc_code parse_texts(struct vc_reader *reader, struct vc_run *run, struct vc_err *err)
{
    struct vc_bytes texts = vc_read_run(reader, run->head.text_size);
    uint64_t count = (uint64_t)run->head.argument_count + run->head.environment_count;
    size_t start = 0;

    if (count > VC_RUN_TEXTS_MAX)
        return vc_fail(err, VC_MALFORMED, "run: too many arguments and variables");
    for (size_t i = 0; i < count; i++) {
        const uint8_t *end =
            start < texts.size ? memchr(texts.data + start, '\0', texts.size - start) : nullptr;

        if (end == nullptr)
            return vc_fail(err, VC_MALFORMED, "run: text %zu has no end", i);
        run->texts[i] = (const char *)texts.data + start;
        start = (size_t)(end - texts.data) + 1;
    }
    if (start != texts.size)
        return vc_fail(err, VC_MALFORMED, "run: bytes after the last text");
    return VC_OK;
}

static enum vc_code parse_preopens(struct vc_reader *reader, struct vc_run *run, struct vc_err *err)
{
    if (run->head.preopen_count > VC_RUN_PREOPENS_MAX)
        return vc_fail(err, VC_MALFORMED, "run: too many directories");
    for (uint32_t i = 0; i < run->head.preopen_count; i++) {
        struct vc_bytes record = vc_read_run(reader, sizeof(struct vc_worker_preopen));

        if (record.data == nullptr || memchr(record.data, '\0', record.size) == nullptr)
            return vc_fail(err, VC_MALFORMED, "run: directory %u", i);
        run->preopens[i] = (const char *)record.data;
    }
    return VC_OK;
}

/* The next descriptor of the packet, if the order says that there is one. */
static int take_next(struct vc_packet *packet, bool given, size_t *next)
{
    if (!given)
        return -1;
    int fd = packet->fds[*next];

    packet->fds[*next] = -1;
    (*next)++;
    return fd;
}

static enum vc_code take_descriptors(struct vc_packet *packet, struct vc_run *run,
                                     struct vc_err *err)
{
    const bool given[3] = {run->head.has_stdin != 0, run->head.has_stdout != 0,
                           run->head.has_stderr != 0};
    size_t wanted = 1 + (size_t)given[0] + given[1] + given[2];
    size_t next = 0;

    if (packet->fd_count != wanted) {
        return vc_fail(err, VC_MALFORMED, "run: %zu descriptors, %zu wanted", packet->fd_count,
                       wanted);
    }
    run->module_fd = take_next(packet, true, &next);
    for (size_t i = 0; i < 3; i++)
        run->standard_fds[i] = take_next(packet, given[i], &next);
    return VC_OK;
}

enum vc_code vc_run_parse(struct vc_bytes bytes, struct vc_packet *packet, struct vc_run *run,
                          struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(bytes);
    struct vc_bytes head = vc_read_run(&reader, sizeof(run->head));

    if (reader.failed)
        return vc_fail(err, VC_MALFORMED, "run: cut short");
    memcpy(&run->head, head.data, sizeof(run->head));
    if (run->head.kind != VC_WORKER_RUN)
        return vc_fail(err, VC_MALFORMED, "run: message %u", run->head.kind);
    enum vc_code code = parse_texts(&reader, run, err);

    if (code == VC_OK)
        code = parse_preopens(&reader, run, err);
    if (code == VC_OK && !vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "run: bytes after its end");
    return code == VC_OK ? take_descriptors(packet, run, err) : code;
}
