/* SPDX-License-Identifier: MIT */

#include "attestd/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/instant.h"
#include "codec/json.h"

static constexpr uint64_t SHARE_MS = 60000 / VC_RECORD_REFUSALS_PER_MINUTE;

enum vc_code vc_record_issued(struct vc_record *record, const struct vc_cert *certificate,
                              uint64_t *index, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer entry = {};
    enum vc_code code = vc_log_entry_of(certificate, &entry, err);

    if (code == VC_OK && record->book == nullptr)
        code = vc_fail(err, VC_STATE, "no log");
    if (code != VC_OK)
        return code;
    return vc_logbook_add(record->book, vc_buffer_bytes(&entry), index, err);
}

static void put_octets(struct vc_json_writer *writer, const char *key,
                       const struct vc_octets *octets)
{
    char hex[VC_OCTETS_HEX_MAX];

    vc_octets_hex(octets, hex);
    vc_json_put_string(writer, key, hex);
}

static void put_digest(struct vc_json_writer *writer, const char *key,
                       const uint8_t digest[VC_SHA256_SIZE])
{
    char hex[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){digest, VC_SHA256_SIZE}, hex);
    vc_json_put_string(writer, key, hex);
}

/* One line without its newline. */
static enum vc_code encode(const struct vc_verdict *verdict, struct vc_buffer *line)
{
    const struct vc_appraisal *appraisal = verdict->appraisal;
    struct vc_json_writer writer = vc_json_writer_over(line);
    uint8_t evidence[VC_SHA256_SIZE];
    char time[VC_INSTANT_TEXT_MAX];

    vc_instant_format(verdict->time, time);
    vc_sha256(vc_buffer_bytes(&verdict->exhibit->evidence), evidence);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "verdict", "refused");
    vc_json_put_string(&writer, "time", time);
    vc_json_put_string(&writer, "reason", verdict->reason);
    vc_json_put_string(&writer, "platform", verdict->exhibit->platform);
    put_digest(&writer, "evidence", evidence);
    if (appraisal->has_policy)
        put_digest(&writer, "policy", appraisal->policy_hash);
    if (appraisal->has_claims)
        put_octets(&writer, "measurement", &appraisal->claims.measurement);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, nullptr);
}

static void rotate(const char *path)
{
    char older[PATH_MAX];
    struct stat info;
    int length = snprintf(older, sizeof(older), "%s.1", path);

    if (length > 0 && (size_t)length < sizeof(older) && stat(path, &info) == 0 &&
        info.st_size >= VC_RECORD_SIZE_MAX)
        (void)rename(path, older);
}

static void append_plainly(const char *path, struct vc_buffer *line)
{
    vc_cleanup(vc_fd_closep) int fd = -1;

    if (path == nullptr || vc_buffer_append_text(line, "\n", nullptr) != VC_OK)
        return;
    rotate(path);
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd >= 0)
        (void)!vc_fd_write_all(fd, vc_buffer_bytes(line), nullptr);
}

/* True if the log has an entry left for a refusal. */
static bool may_be_entry(struct vc_record *record, uint64_t now_ms)
{
    uint64_t passed = now_ms - record->looked_ms;

    record->looked_ms = now_ms;
    record->spent_ms = record->spent_ms > passed ? record->spent_ms - passed : 0;
    if (record->spent_ms + SHARE_MS > VC_RECORD_REFUSALS_BURST * SHARE_MS)
        return false;
    record->spent_ms += SHARE_MS;
    return true;
}

void vc_record_refused(struct vc_record *record, const struct vc_verdict *verdict, uint64_t now_ms)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer line = {};
    uint64_t index;

    if (encode(verdict, &line) != VC_OK)
        return;
    if (record->book != nullptr && verdict->appraisal->is_bound && may_be_entry(record, now_ms) &&
        vc_logbook_add(record->book, vc_buffer_bytes(&line), &index, nullptr) == VC_OK)
        return;
    append_plainly(record->path, &line);
}
