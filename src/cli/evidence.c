/* SPDX-License-Identifier: MIT */

#include "cli/evidence.h"

#include <string.h>
#include <sys/stat.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"
#include "cli/evidence_parts.h"

/* Hex with white space, or JSON of loose parts, is larger than the evidence in it. */
static constexpr size_t FILE_SIZE_MAX = 16 * VC_EVIDENCE_SIZE_MAX;

/* -------------------------------------------------------------------------------------- text */

/* Only printable ASCII and white space; evidence itself is never that. */
static bool is_text(struct vc_bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];

        if ((byte < ' ' || byte > '~') && byte != '\n' && byte != '\r' && byte != '\t')
            return false;
    }
    return bytes.size > 0;
}

/* The text without white space, and in the usual alphabet with padding. */
static enum vc_code squeeze_base64(struct vc_bytes text, struct vc_buffer *squeezed,
                                   struct vc_err *err)
{
    enum vc_code code = vc_buffer_reserve(squeezed, text.size + 3, err);

    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];

        if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t')
            squeezed->data[squeezed->size++] = byte == '-' ? '+' : byte == '_' ? '/' : byte;
    }
    while (squeezed->size % 4 != 0)
        squeezed->data[squeezed->size++] = '=';
    return VC_OK;
}

/* Bytes of a text, parts of JSON, or the bytes themselves where it is neither. */
static enum vc_code decode(const struct vc_buffer *raw, struct vc_buffer *bytes, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer squeezed = {};
    struct vc_bytes text = vc_buffer_bytes(raw);
    enum vc_code code;

    if (!is_text(text))
        return vc_buffer_append(bytes, text, err);
    if (text.data[0] == '{')
        return vc_evidence_parts_of_json("input.json", text, bytes, err);
    code = vc_hex_decode(text, bytes, err);
    if (code != VC_MALFORMED)
        return code;
    code = squeeze_base64(text, &squeezed, err);
    if (code == VC_OK)
        code = vc_base64_parse(vc_buffer_bytes(&squeezed), bytes, err);
    if (code == VC_MALFORMED)
        return vc_fail(err, VC_MALFORMED, "a text that is neither hex nor base 64");
    return code;
}

/* ---------------------------------------------------------------------------------- platform */

static enum vc_code ignore(void *, const struct vc_field *, struct vc_err *)
{
    return VC_OK;
}

/* Quotes of TDX and SGX have one form; their headers say which they are. */
static bool is_of_other_tee(struct vc_bytes quote, enum vc_platform_kind platform)
{
    static constexpr size_t TEE_TYPE = 4;
    static constexpr uint8_t TDX = 0x81;
    bool is_tdx = quote.size > TEE_TYPE && quote.data[TEE_TYPE] == TDX;

    return platform == VC_PLATFORM_TDX ? !is_tdx : platform == VC_PLATFORM_SGX && is_tdx;
}

/* Reports of SNP of unknown versions are shown too, and so is any run of bytes that is as long as
 * one: here it must begin like a small number, or as Azure's envelope does. */
static bool is_no_report(struct vc_bytes bytes, enum vc_platform_kind platform)
{
    static const char envelope[] = "HCLA";

    if (platform != VC_PLATFORM_SNP || bytes.size < 4 || memcmp(bytes.data, envelope, 4) == 0)
        return false;
    return bytes.data[0] == 0 || bytes.data[1] != 0 || bytes.data[2] != 0 || bytes.data[3] != 0;
}

static bool has_form(struct vc_bytes bytes, enum vc_platform_kind platform)
{
    const struct vc_field_sink sink = {ignore, nullptr};
    const struct vc_evidence evidence = {.platform = platform, .bytes = bytes};

    return !is_no_report(bytes, platform) && !is_of_other_tee(bytes, platform) &&
           vc_evidence_show(&evidence, &sink, nullptr) == VC_OK;
}

bool vc_evidence_guess(struct vc_bytes bytes, enum vc_platform_kind *platform)
{
    size_t found = 0;
    enum vc_platform_kind kind;

    /* What a launcher signs for a process is a PSA token too, of a form of its own. */
    if (has_form(bytes, VC_PLATFORM_PROCESS)) {
        *platform = VC_PLATFORM_PROCESS;
        return true;
    }
    for (uint64_t i = 1; i <= VC_PLATFORM_COUNT; i++) {
        if (vc_platform_at(i, &kind) && has_form(bytes, kind)) {
            *platform = kind;
            found++;
        }
    }
    return found == 1;
}

static enum vc_code choose_platform(const struct vc_arguments *arguments,
                                    struct vc_evidence *evidence, struct vc_err *err)
{
    const char *name = vc_option_value(arguments, "platform");

    if (name != nullptr && vc_platform_find(name, &evidence->platform))
        return VC_OK;
    if (name != nullptr) {
        return vc_fail(err, VC_MALFORMED,
                       "--platform %.32s: one of process, nitro, snp, tdx, sgx, psa, tpm wanted",
                       name);
    }
    if (vc_evidence_guess(evidence->bytes, &evidence->platform))
        return VC_OK;
    return vc_fail(err, VC_MALFORMED,
                   "not the form of any one platform; say which with --platform to learn what is "
                   "wrong with it");
}

/* -------------------------------------------------------------------------------------- file */

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum vc_code load_bytes(const char *path, struct vc_buffer *bytes, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer raw = {};
    bool standard = strcmp(path, "-") == 0;

    if (!standard && is_folder(path))
        return vc_evidence_parts_of_folder(path, bytes, err);
    enum vc_code code = vc_file_load(standard ? "/dev/stdin" : path, FILE_SIZE_MAX, &raw, err);

    if (code != VC_OK)
        return code;
    if (raw.size == 0)
        return vc_fail(err, VC_MALFORMED, "%s: empty", standard ? "standard input" : path);
    code = decode(&raw, bytes, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", standard ? "standard input" : path);
}

enum vc_code vc_evidence_file_load(const struct vc_arguments *arguments,
                                   struct vc_evidence_file *file, struct vc_err *err)
{
    const char *log = vc_option_value(arguments, "event-log");
    const char *path = arguments->operands[0];
    enum vc_code code = load_bytes(path, &file->bytes, err);

    if (code == VC_OK && log != nullptr)
        code = vc_file_load(log, VC_EVENT_LOG_SIZE_MAX, &file->event_log, err);
    if (code != VC_OK)
        return code;
    file->evidence.bytes = vc_buffer_bytes(&file->bytes);
    file->evidence.event_log = vc_buffer_bytes(&file->event_log);
    code = choose_platform(arguments, &file->evidence, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", path);
}

void vc_evidence_file_done(struct vc_evidence_file *file)
{
    vc_buffer_done(&file->bytes);
    vc_buffer_done(&file->event_log);
}
