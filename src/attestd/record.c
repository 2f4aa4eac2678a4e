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

static void put_hex(struct vc_json_writer *writer, const char *key, struct vc_bytes bytes)
{
    char hex[2 * 64 + 1];

    if (bytes.size > 64)
        return;
    vc_hex_encode(bytes, hex);
    vc_json_put_string(writer, key, hex);
}

static enum vc_code encode(const struct vc_verdict *verdict, struct vc_buffer *line,
                           struct vc_err *err)
{
    const struct vc_appraisal *appraisal = verdict->appraisal;
    struct vc_json_writer writer = vc_json_writer_over(line);
    char time[VC_INSTANT_TEXT_MAX];
    enum vc_code code;

    vc_instant_format(verdict->time, time);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "time", time);
    vc_json_put_string(&writer, "verdict", verdict->code == VC_OK ? "issued" : "refused");
    vc_json_put_string(&writer, "reason", verdict->reason);
    vc_json_put_string(&writer, "platform", verdict->application->platform);
    if (verdict->application->has_host)
        vc_json_put_string(&writer, "host", verdict->application->host.name);
    if (appraisal->has_policy)
        put_hex(&writer, "policy", VC_BYTES(appraisal->policy_hash));
    if (appraisal->has_claims) {
        put_hex(&writer, "measurement", vc_octets_bytes(&appraisal->claims.measurement));
        put_hex(&writer, "machine", vc_octets_bytes(&appraisal->claims.machine));
    }
    vc_json_close_object(&writer);
    code = vc_json_write_end(&writer, err);
    return code == VC_OK ? vc_buffer_append_text(line, "\n", err) : code;
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

enum vc_code vc_record_append(const char *path, const struct vc_verdict *verdict,
                              struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer line = {};
    vc_cleanup(vc_fd_closep) int fd = -1;
    enum vc_code code = encode(verdict, &line, err);

    if (code != VC_OK)
        return code;
    rotate(path);
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return vc_fail_host(err, "%s", path);
    return vc_fd_write_all(fd, vc_buffer_bytes(&line), err);
}
