/* SPDX-License-Identifier: MIT */

#include "worker/run.h"

#include <string.h>

#include "abi/stream.h"
#include "base/reader.h"

/* Takes the next NUL-terminated text; null if there is none. */
static const char *take_text(struct vc_reader *texts)
{
    size_t left = vc_reader_left(texts);
    const uint8_t *start = left > 0 ? texts->input.data + texts->offset : nullptr;
    const uint8_t *end = left > 0 ? memchr(start, '\0', left) : nullptr;

    if (end == nullptr) {
        vc_reader_fail(texts);
        return nullptr;
    }
    return (const char *)vc_read_run(texts, (size_t)(end + 1 - start)).data;
}

static enum vc_code parse_texts(struct vc_reader *reader, struct vc_run *run, struct vc_err *err)
{
    struct vc_reader texts = vc_reader_over(vc_read_run(reader, run->head.text_size));
    uint64_t count = (uint64_t)run->head.argument_count + run->head.environment_count;

    if (count > VC_RUN_TEXTS_MAX)
        return vc_fail(err, VC_MALFORMED, "run: too many arguments and variables");
    if (run->head.preopen_count > VC_WORKER_PREOPENS_MAX)
        return vc_fail(err, VC_MALFORMED, "run: too many directories");
    for (size_t i = 0; i < count && !texts.failed; i++)
        run->texts[i] = take_text(&texts);
    for (size_t i = 0; i < run->head.preopen_count && !texts.failed; i++) {
        run->preopens[i].name = take_text(&texts);
        run->preopens[i].path = take_text(&texts);
    }
    if (!vc_reader_done(&texts))
        return vc_fail(err, VC_MALFORMED, "run: texts that are not as many as it says");
    return VC_OK;
}

/* What the window holds is looked at when it is mapped. */
static bool is_standard(const struct vc_worker_run *head, size_t index)
{
    if (head->standard[index] != VC_STANDARD_STREAM) {
        return head->standard[index] < VC_STANDARD_STREAM && head->standard_slot[index] == 0 &&
               head->standard_window[index] == 0;
    }
    return head->streams != 0 && head->standard_slot[index] < VC_STREAM_SLOTS_MAX &&
           head->standard_window[index] >= VC_STREAM_WINDOW_MIN &&
           head->standard_window[index] <= VC_STREAM_WINDOW_MAX;
}

static enum vc_code check_standard(const struct vc_worker_run *head, struct vc_err *err)
{
    static const char *const names[] = {"input", "output", "errors"};

    if (head->streams > 1)
        return vc_fail(err, VC_MALFORMED, "run: streams %u", head->streams);
    for (size_t i = 0; i < VC_COUNT(names); i++) {
        if (!is_standard(head, i))
            return vc_fail(err, VC_MALFORMED, "run: standard %s of no kind", names[i]);
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
    const uint8_t *standard = run->head.standard;
    const bool given[3] = {standard[0] != VC_STANDARD_NONE, standard[1] != VC_STANDARD_NONE,
                           standard[2] != VC_STANDARD_NONE};
    bool streams = run->head.streams != 0;
    size_t wanted = 1 + (streams ? 3U : 0U) + given[0] + given[1] + given[2];
    size_t next = 0;

    if (packet->fd_count != wanted) {
        return vc_fail(err, VC_MALFORMED, "run: %zu descriptors, %zu wanted", packet->fd_count,
                       wanted);
    }
    run->module_fd = take_next(packet, true, &next);
    run->slots_fd = take_next(packet, streams, &next);
    run->worker_counter_fd = take_next(packet, streams, &next);
    run->runtime_counter_fd = take_next(packet, streams, &next);
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

    if (code == VC_OK && !vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "run: bytes after its end");
    if (code == VC_OK)
        code = check_standard(&run->head, err);
    return code == VC_OK ? take_descriptors(packet, run, err) : code;
}
