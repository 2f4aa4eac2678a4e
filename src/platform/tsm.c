/* SPDX-License-Identifier: MIT */

#include "platform/tsm.h"

#include <stdckdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/random.h"
#include "evidence/evidence.h"

static const char FOLDER[] = "/sys/kernel/config/tsm/report";
static constexpr size_t PATH_SIZE_MAX = 128;
static constexpr size_t ATTRIBUTE_SIZE_MAX = 64; /* bytes of a number or name */
static constexpr size_t AUXILIARY_SIZE_MAX = 32768;
static constexpr size_t REPORT_SIZE_MAX = VC_EVIDENCE_SIZE_MAX - AUXILIARY_SIZE_MAX - 1024;
static constexpr unsigned ATTEMPTS_MAX = 5;  /* of reading one report that is only ours */
static constexpr uint64_t PRIVILEGE_MAX = 3; /* the kernel's TSM_PRIVLEVEL_MAX */

/* An entry of ours below FOLDER: each is a report of its own, with its own generation. */
struct entry {
    const struct vc_device *device;
    char path[PATH_SIZE_MAX]; /* "" until it is made */
};

static void entry_done(struct entry *entry)
{
    /* One that cannot be removed is an empty folder in the kernel's memory, which nothing reads. */
    if (entry->path[0] != '\0')
        (void)!vc_device_remove_folder(entry->device, entry->path, nullptr);
}

static enum vc_code make_entry(struct entry *entry, struct vc_err *err)
{
    enum vc_code code = VC_STATE;

    /* A name that is taken is left over from a process that died. */
    for (unsigned i = 0; code == VC_STATE && i < ATTEMPTS_MAX; i++) {
        char path[PATH_SIZE_MAX];
        uint32_t number;

        code = vc_random((uint8_t *)&number, sizeof(number), err);
        if (code != VC_OK)
            return code;
        (void)snprintf(path, sizeof(path), "%s/veracruz-%ld-%08x", FOLDER, (long)getpid(), number);
        code = vc_device_make_folder(entry->device, path, err);
        if (code == VC_OK)
            memcpy(entry->path, path, sizeof(path));
    }
    if (code == VC_NOT_FOUND)
        return vc_fail(err, code,
                       "configfs-tsm: not in this kernel, or no confidential machine's module is "
                       "registered with it (mount configfs; load sev-guest or tdx-guest)");
    return code;
}

static enum vc_code load(const struct entry *entry, const char *name, size_t size_max,
                         struct vc_buffer *out, struct vc_err *err)
{
    char path[2 * PATH_SIZE_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", entry->path, name);
    return vc_device_load(entry->device, path, size_max, out, err);
}

static enum vc_code store(const struct entry *entry, const char *name, struct vc_bytes bytes,
                          struct vc_err *err)
{
    char path[2 * PATH_SIZE_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", entry->path, name);
    return vc_device_store(entry->device, path, bytes, err);
}

/* A line of printable text without its end. */
static enum vc_code load_text(const struct entry *entry, const char *name,
                              char text[ATTRIBUTE_SIZE_MAX + 1], struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code = load(entry, name, ATTRIBUTE_SIZE_MAX, &bytes, err);
    size_t size = bytes.size;

    if (code != VC_OK)
        return code;
    if (size > 0 && bytes.data[size - 1] == '\n')
        size--;
    for (size_t i = 0; i < size; i++) {
        if (bytes.data[i] <= ' ' || bytes.data[i] > '~')
            return vc_fail(err, VC_MALFORMED, "configfs-tsm: %s: not one word", name);
    }
    if (size == 0)
        return vc_fail(err, VC_MALFORMED, "configfs-tsm: %s: empty", name);
    memcpy(text, bytes.data, size);
    text[size] = '\0';
    return VC_OK;
}

static enum vc_code load_number(const struct entry *entry, const char *name, uint64_t *number,
                                struct vc_err *err)
{
    char text[ATTRIBUTE_SIZE_MAX + 1];
    uint64_t value = 0;
    enum vc_code code = load_text(entry, name, text, err);

    for (const char *digit = text; code == VC_OK && *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9' || ckd_mul(&value, value, 10) ||
            ckd_add(&value, value, (uint64_t)(*digit - '0')))
            code = vc_fail(err, VC_MALFORMED, "configfs-tsm: %s: `%s` is no number", name, text);
    }
    if (code == VC_OK)
        *number = value;
    return code;
}

static enum vc_code load_provider(const struct entry *entry, char provider[VC_TSM_PROVIDER_MAX],
                                  struct vc_err *err)
{
    char text[ATTRIBUTE_SIZE_MAX + 1];
    enum vc_code code = load_text(entry, "provider", text, err);

    if (code == VC_OK && strlen(text) >= VC_TSM_PROVIDER_MAX)
        code = vc_fail(err, VC_LIMIT, "configfs-tsm: provider: no name is that long");
    if (code == VC_OK)
        memcpy(provider, text, strlen(text) + 1);
    return code;
}

/* Under a service module the kernel has a lower privilege level than the default, which is 0, and
 * only reports of its own level or below are made for it. *writes counts. */
static enum vc_code choose_privilege(const struct entry *entry, uint64_t *writes,
                                     struct vc_err *err)
{
    uint64_t least = 0;
    char digit;
    enum vc_code code = load_number(entry, "privlevel_floor", &least, err);

    if (code == VC_NOT_FOUND) /* a platform without levels */
        return VC_OK;
    if (code != VC_OK || least == 0)
        return code;
    if (least > PRIVILEGE_MAX)
        return vc_fail(err, VC_MALFORMED, "configfs-tsm: privlevel_floor %llu, at most %llu",
                       (unsigned long long)least, (unsigned long long)PRIVILEGE_MAX);
    digit = (char)('0' + least);
    code = store(entry, "privlevel", (struct vc_bytes){(const uint8_t *)&digit, 1}, err);
    if (code == VC_OK)
        ++*writes;
    return code;
}

/* What one look at the report gave. */
struct answer {
    struct vc_buffer report, auxiliary;
};

static void answer_done(struct answer *answer)
{
    vc_buffer_done(&answer->report);
    vc_buffer_done(&answer->auxiliary);
}

static enum vc_code load_answer(const struct entry *entry, struct answer *answer,
                                struct vc_err *err)
{
    enum vc_code code = load(entry, "outblob", REPORT_SIZE_MAX, &answer->report, err);

    if (code != VC_OK)
        return code;
    if (answer->report.size == 0)
        return vc_fail(err, VC_HOST, "configfs-tsm: outblob: empty");
    code = load(entry, "auxblob", AUXILIARY_SIZE_MAX, &answer->auxiliary, err);
    return code == VC_NOT_FOUND ? VC_OK : code; /* not every platform has it */
}

/* One exchange. The kernel counts what is written; if in the end it counts something else than was
 * written here, the report may be of somebody else's data: VC_STATE. */
static enum vc_code exchange(const struct entry *entry, const uint8_t data[VC_SHA512_SIZE],
                             struct answer *answer, struct vc_err *err)
{
    uint64_t before, after;
    uint64_t writes = 0;
    enum vc_code code = load_number(entry, "generation", &before, err);

    if (code == VC_OK)
        code = choose_privilege(entry, &writes, err);
    if (code == VC_OK)
        code = store(entry, "inblob", (struct vc_bytes){data, VC_SHA512_SIZE}, err);
    writes++;
    if (code == VC_OK)
        code = load_answer(entry, answer, err);
    if (code == VC_OK)
        code = load_number(entry, "generation", &after, err);
    if (code == VC_OK && after - before != writes) {
        code = vc_fail(err, VC_STATE,
                       "configfs-tsm: generation went from %llu to %llu, while %llu values were "
                       "written here: another process uses this report",
                       (unsigned long long)before, (unsigned long long)after,
                       (unsigned long long)writes);
    }
    return code;
}

static enum vc_code check_provider(const struct entry *entry, enum vc_platform_kind kind,
                                   struct vc_err *err)
{
    char provider[VC_TSM_PROVIDER_MAX];
    enum vc_platform_kind found;
    enum vc_code code = load_provider(entry, provider, err);

    if (code != VC_OK)
        return code;
    if (!vc_tsm_platform(provider, &found) || found != kind)
        return vc_fail(err, VC_UNTRUSTED, "configfs-tsm: provider `%s` makes no evidence of %s",
                       provider, vc_platform_name(kind));
    return VC_OK;
}

static enum vc_code produce_in(const struct entry *entry, enum vc_platform_kind kind,
                               const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *evidence,
                               struct vc_err *err)
{
    vc_cleanup(answer_done) struct answer answer = {};
    enum vc_code code = check_provider(entry, kind, err);

    if (code != VC_OK)
        return code;
    code = VC_STATE;
    for (unsigned i = 0; code == VC_STATE && i < ATTEMPTS_MAX; i++) {
        answer_done(&answer);
        answer = (struct answer){};
        code = exchange(entry, data, &answer, err);
    }
    if (code == VC_OK)
        code = vc_buffer_reserve(evidence, answer.report.size + answer.auxiliary.size, err);
    if (code == VC_OK)
        code = vc_buffer_append(evidence, vc_buffer_bytes(&answer.report), err);
    if (code == VC_OK && kind == VC_PLATFORM_SNP)
        code = vc_buffer_append(evidence, vc_buffer_bytes(&answer.auxiliary), err);
    return code;
}

enum vc_code vc_tsm_provider(const struct vc_device *device, char provider[VC_TSM_PROVIDER_MAX],
                             struct vc_err *err)
{
    vc_cleanup(entry_done) struct entry entry = {.device = device};
    enum vc_code code = make_entry(&entry, err);

    return code == VC_OK ? load_provider(&entry, provider, err) : code;
}

bool vc_tsm_platform(const char *provider, enum vc_platform_kind *kind)
{
    static const struct {
        const char *provider;
        enum vc_platform_kind kind;
    } known[] = {{"sev_guest", VC_PLATFORM_SNP}, {"tdx_guest", VC_PLATFORM_TDX}};

    for (size_t i = 0; i < VC_COUNT(known); i++) {
        if (strcmp(known[i].provider, provider) == 0) {
            *kind = known[i].kind;
            return true;
        }
    }
    return false;
}

enum vc_code vc_tsm_produce(const struct vc_device *device, enum vc_platform_kind kind,
                            const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *evidence,
                            struct vc_err *err)
{
    vc_cleanup(entry_done) struct entry entry = {.device = device};
    enum vc_code code = make_entry(&entry, err);

    return code == VC_OK ? produce_in(&entry, kind, data, evidence, err) : code;
}
