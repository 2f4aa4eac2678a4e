/* SPDX-License-Identifier: MIT */

#include "runtime/launcher.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/packet.h"
#include "base/utf8.h"
#include "evidence/process.h"

/* The launcher is not trusted to answer at all. */
static const struct timeval EVIDENCE_TIMEOUT = {.tv_sec = 10};

/* Receives one packet of the kind that must come next; the fixed part goes to `head`. */
static enum vc_code receive(int control, uint32_t kind, void *head, size_t head_size,
                            struct vc_buffer *tail, struct vc_packet *packet, struct vc_err *err)
{
    struct vc_buffer data = {};
    uint32_t seen = 0;
    enum vc_code code = vc_buffer_reserve(&data, VC_LAUNCHER_MESSAGE_MAX, err);

    if (code == VC_OK)
        code = vc_packet_receive(control, data.data, VC_LAUNCHER_MESSAGE_MAX, packet, err);
    if (code != VC_OK)
        goto out;
    data.size = packet->size;
    if (data.size >= sizeof(seen))
        memcpy(&seen, data.data, sizeof(seen));
    if (seen != kind || data.size < head_size || (tail == nullptr && data.size != head_size)) {
        vc_packet_done(packet);
        code =
            vc_fail(err, VC_MALFORMED, "launcher: message of kind %u and %zu bytes, kind %u wanted",
                    seen, data.size, kind);
        goto out;
    }
    memcpy(head, data.data, head_size);
    if (tail != nullptr) {
        struct vc_bytes rest = {data.data + head_size, data.size - head_size};

        code = vc_buffer_append(tail, rest, err);
    }
out:
    vc_buffer_done(&data);
    return code;
}

static enum vc_code read_whole(int fd, size_t size_max, struct vc_buffer *out, struct vc_err *err)
{
    struct stat status;
    enum vc_code code;

    if (fstat(fd, &status) != 0)
        return vc_fail_host(err, "fstat");
    if (status.st_size < 0 || (uint64_t)status.st_size > size_max)
        return vc_fail(err, VC_LIMIT, "more than %zu bytes", size_max);
    code = vc_buffer_reserve(out, (size_t)status.st_size, err);
    for (size_t done = 0; code == VC_OK && done < (size_t)status.st_size;) {
        ssize_t got = pread(fd, out->data + done, (size_t)status.st_size - done, (off_t)done);

        if (got <= 0)
            return vc_fail_host(err, "read");
        done += (size_t)got;
        out->size = done;
    }
    return code;
}

static enum vc_code take_platform(const struct vc_launcher_start *start,
                                  struct vc_inherited *inherited, struct vc_err *err)
{
    if (!vc_platform_at(start->platform, &inherited->platform))
        return vc_fail(err, VC_MALFORMED, "launcher: platform %u is none", start->platform);
    if (start->endorsement_size > sizeof(start->endorsement)) {
        return vc_fail(err, VC_MALFORMED, "launcher: endorsement of %u bytes",
                       start->endorsement_size);
    }
    return vc_buffer_append(&inherited->endorsement,
                            (struct vc_bytes){start->endorsement, start->endorsement_size}, err);
}

/* The first packet: policy, manifest, listener. */
static enum vc_code take_start(struct vc_inherited *inherited, size_t policy_size_max,
                               uint32_t *object_count, struct vc_err *err)
{
    struct vc_launcher_start start;
    struct vc_packet packet = {};
    struct vc_buffer manifest = {};
    enum vc_code code = receive(inherited->control, VC_LAUNCHER_START, &start, sizeof(start),
                                nullptr, &packet, err);

    if (code != VC_OK)
        return code;
    if (packet.fd_count != 3)
        code = vc_fail(err, VC_MALFORMED, "launcher: start with %zu descriptors", packet.fd_count);
    if (code == VC_OK) {
        code = read_whole(packet.fds[0], policy_size_max, &inherited->policy, err);
        if (code != VC_OK)
            code = vc_fail_in(err, code, "policy");
    }
    if (code == VC_OK)
        code = read_whole(packet.fds[1], VC_MANIFEST_SIZE_MAX, &manifest, err);
    if (code == VC_OK)
        code = vc_manifest_parse(vc_buffer_bytes(&manifest), &inherited->manifest, err);
    if (code == VC_OK)
        code = take_platform(&start, inherited, err);
    if (code == VC_OK) {
        inherited->listener = vc_take_fd(packet.fds[2]);
        start.host[sizeof(start.host) - 1] = '\0';
        memcpy(inherited->host, start.host, sizeof(inherited->host));
        *object_count = start.object_count;
    }
    vc_buffer_done(&manifest);
    vc_packet_done(&packet);
    return code;
}

enum vc_code vc_inherit(int control, size_t policy_size_max, struct vc_inherited *inherited,
                        struct vc_err *err)
{
    uint32_t wanted = 0;
    size_t count = 0;
    enum vc_code code;

    *inherited = (struct vc_inherited){.control = control, .listener = -1};
    code = take_start(inherited, policy_size_max, &wanted, err);
    if (code == VC_OK && wanted != inherited->manifest.count) {
        code = vc_fail(err, VC_MALFORMED, "launcher: %u files for a manifest of %zu", wanted,
                       inherited->manifest.count);
    }
    while (code == VC_OK && count < wanted) {
        struct vc_launcher_objects objects;
        struct vc_packet packet = {};

        code =
            receive(control, VC_LAUNCHER_OBJECTS, &objects, sizeof(objects), nullptr, &packet, err);
        if (code == VC_OK && (packet.fd_count == 0 || packet.fd_count > wanted - count))
            code = vc_fail(err, VC_MALFORMED, "launcher: %zu files at once", packet.fd_count);
        for (size_t i = 0; code == VC_OK && i < packet.fd_count; i++)
            inherited->files[count++] = vc_take_fd(packet.fds[i]);
        vc_packet_done(&packet);
    }
    return code;
}

/* What an earlier request got too late is no answer to this one. */
static void drop_late_answers(int control)
{
    uint8_t nothing[1];

    while (recv(control, nothing, sizeof(nothing), MSG_DONTWAIT | MSG_TRUNC) > 0)
        ;
}

/* What came is the reason why there is no evidence. */
static enum vc_code refuse(struct vc_buffer *evidence, size_t before, struct vc_err *err)
{
    struct vc_bytes reason = {evidence->data + before, evidence->size - before};

    evidence->size = before;
    if (reason.size == 0 || reason.size >= VC_ERR_TEXT_MAX || !vc_utf8_valid(reason))
        return vc_fail(err, VC_HOST, "the platform made no evidence");
    return vc_fail(err, VC_HOST, "no evidence: %.*s", (int)reason.size, (const char *)reason.data);
}

enum vc_code vc_launcher_line_init(struct vc_launcher_line *line, int control, struct vc_err *err)
{
    line->control = control;
    return pthread_mutex_init(&line->asking, nullptr) == 0 ? VC_OK : vc_fail(err, VC_HOST, "mutex");
}

void vc_launcher_line_done(struct vc_launcher_line *line)
{
    (void)pthread_mutex_destroy(&line->asking);
}

static enum vc_code ask(int control, const uint8_t report_data[VC_SHA512_SIZE],
                        struct vc_buffer *evidence, struct vc_err *err)
{
    struct vc_launcher_evidence_request request = {.kind = VC_LAUNCHER_EVIDENCE_REQUEST};
    struct vc_launcher_evidence answer;
    struct vc_packet packet = {};
    size_t before = evidence->size;
    enum vc_code code;

    memcpy(request.binder, report_data, sizeof(request.binder));
    if (setsockopt(control, SOL_SOCKET, SO_RCVTIMEO, &EVIDENCE_TIMEOUT, sizeof(EVIDENCE_TIMEOUT)) !=
        0)
        return vc_fail_host(err, "SO_RCVTIMEO");
    drop_late_answers(control);
    code = vc_packet_send(control, &(struct vc_parcel){.head = VC_BYTES_OF(request)}, err);
    if (code == VC_OK) {
        code =
            receive(control, VC_LAUNCHER_EVIDENCE, &answer, sizeof(answer), evidence, &packet, err);
        if (code == VC_STATE)
            code = vc_fail(err, VC_HOST, "the launcher makes no evidence");
    }
    vc_packet_done(&packet);
    if (code == VC_OK && answer.size == 0)
        return refuse(evidence, before, err);
    if (code == VC_OK && answer.size != evidence->size - before)
        code = vc_fail(err, VC_HOST, "the launcher sends other evidence than it says");
    if (code != VC_OK)
        evidence->size = before;
    return code;
}

enum vc_code vc_launcher_evidence(struct vc_launcher_line *line,
                                  const uint8_t report_data[VC_SHA512_SIZE],
                                  struct vc_buffer *evidence, struct vc_err *err)
{
    enum vc_code code;

    (void)pthread_mutex_lock(&line->asking);
    code = ask(line->control, report_data, evidence, err);
    (void)pthread_mutex_unlock(&line->asking);
    return code;
}

void vc_launcher_tell_ready(int control, const struct vc_launcher_ready *ready)
{
    /* If this fails the launcher is gone, and its end of the socket says so to the loop. */
    if (vc_packet_send(control, &(struct vc_parcel){.head = VC_BYTES_OF(*ready)}, nullptr) != VC_OK)
        return;
}

void vc_launcher_tell_end(int control, const struct vc_err *err)
{
    struct vc_launcher_end end = {.kind = VC_LAUNCHER_END, .code = (uint32_t)err->code};

    static_assert(sizeof(end.reason) >= sizeof(err->text));
    memcpy(end.reason, err->text, sizeof(err->text));
    if (vc_packet_send(control, &(struct vc_parcel){.head = VC_BYTES_OF(end)}, nullptr) != VC_OK)
        return; /* nobody is left to hear it */
}
