/* SPDX-License-Identifier: MIT */

/* The verb `evidence verify`: is it genuine, and is it what was expected? */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/instant.h"
#include "cli/evidence.h"
#include "cli/evidence_reference.h"
#include "cli/evidence_report.h"
#include "cli/release_names.h"
#include "cli/verbs.h"
#include "crypto/public_key.h"

static constexpr size_t KEY_FILE_MAX = 65536; /* bytes of PEM or DER */

/* All that a verification takes. */
struct inputs {
    struct vc_arena arena;
    struct vc_evidence_file file;
    struct vc_evidence_reference reference;
    struct vc_collateral *collateral;
    struct vc_public_key *key;
    struct vc_cert *anchor;
    struct vc_anchors anchors;
    bool has_report_data;
    struct vc_octets report_data;
    int64_t at;
};

static void inputs_done(struct inputs *inputs)
{
    vc_evidence_reference_done(&inputs->reference);
    vc_evidence_file_done(&inputs->file);
    vc_collateral_free(inputs->collateral);
    vc_public_key_free(inputs->key);
    vc_cert_free(inputs->anchor);
    vc_arena_done(&inputs->arena);
}

/* ----------------------------------------------------------------------------------- options */

static enum vc_code take_time(const struct vc_arguments *arguments, struct inputs *inputs,
                              struct vc_err *err)
{
    const char *text = vc_option_value(arguments, "at");
    enum vc_code code;

    inputs->at = (int64_t)time(nullptr);
    if (text == nullptr)
        return VC_OK;
    code = vc_instant_parse(text, &inputs->at, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "--at");
}

static enum vc_code take_collateral(const struct vc_arguments *arguments, struct inputs *inputs,
                                    struct vc_err *err)
{
    enum vc_code code = vc_collateral_new(&inputs->collateral, err);
    const char *path;

    for (size_t i = 0;
         code == VC_OK && (path = vc_option_value_at(arguments, "collateral", i)) != nullptr; i++)
        code = vc_collateral_load(inputs->collateral, path, nullptr, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "--collateral");
}

static enum vc_code take_report_data(const struct vc_arguments *arguments, struct inputs *inputs,
                                     struct vc_err *err)
{
    const char *hex = vc_option_value(arguments, "report-data");
    enum vc_code code;

    if (hex == nullptr)
        return VC_OK;
    inputs->has_report_data = true;
    code = vc_octets_parse(hex, &inputs->report_data, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "--report-data");
}

/* Whose keys no maker certifies, so that the user may. */
static bool is_vouched_for(enum vc_platform_kind platform)
{
    return platform == VC_PLATFORM_PROCESS || platform == VC_PLATFORM_PSA ||
           platform == VC_PLATFORM_TPM;
}

/* The one key that the user vouches for; verifiers compare it with what the evidence names. */
static const struct vc_public_key *endorsed(void *user, enum vc_platform_kind platform,
                                            struct vc_bytes id)
{
    const struct inputs *inputs = user;
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};
    struct vc_octets hash;

    if (platform != VC_PLATFORM_TPM)
        return inputs->key;
    /* Of an AK by its key alone: not that it was activated beside an EK, which has an id too. */
    if (vc_public_key_encode_der(inputs->key, &spki, nullptr) != VC_OK)
        return nullptr;
    hash = vc_hash_of(VC_HASH_SHA256, vc_buffer_bytes(&spki));
    return id.size == hash.size && memcmp(id.data, hash.bytes, hash.size) == 0 ? inputs->key
                                                                               : nullptr;
}

static enum vc_code take_key(const struct vc_arguments *arguments, struct inputs *inputs,
                             struct vc_err *err)
{
    enum vc_platform_kind platform = inputs->file.evidence.platform;
    const char *path = vc_option_value(arguments, "endorsed-key");
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code;

    if (path == nullptr)
        return VC_OK;
    if (!is_vouched_for(platform)) {
        return vc_fail(err, VC_MALFORMED,
                       "--endorsed-key: the key of %s is its maker's to vouch for",
                       vc_platform_name(platform));
    }
    code = vc_file_load(path, KEY_FILE_MAX, &bytes, err);
    if (code != VC_OK)
        return code;
    code = bytes.size > 0 && bytes.data[0] == 0x30
               ? vc_public_key_parse_der(vc_buffer_bytes(&bytes), &inputs->key, err)
               : vc_public_key_parse_pem(vc_buffer_bytes(&bytes), &inputs->key, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "--endorsed-key %s", path);
    inputs->anchors.endorsed = endorsed;
    inputs->anchors.user = inputs;
    return VC_OK;
}

/* Vendors' roots are compiled in; of TPMs there are too many makers. */
static enum vc_code take_anchor(const struct vc_arguments *arguments, struct inputs *inputs,
                                struct vc_err *err)
{
    const char *path = vc_option_value(arguments, "anchor");
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code;

    if (path == nullptr)
        return VC_OK;
    if (inputs->file.evidence.platform != VC_PLATFORM_TPM)
        return vc_fail(err, VC_MALFORMED, "--anchor: for tpm only; the others' are compiled in");
    if (inputs->anchors.root_count == VC_ANCHORS_MAX)
        return vc_fail(err, VC_LIMIT, "--anchor: more than %zu anchors", VC_ANCHORS_MAX);
    code = vc_file_load(path, KEY_FILE_MAX, &bytes, err);
    if (code != VC_OK)
        return code;
    code = bytes.size > 0 && bytes.data[0] == 0x30
               ? vc_cert_parse_der(vc_buffer_bytes(&bytes), &inputs->anchor, err)
               : vc_cert_parse_pem(vc_buffer_bytes(&bytes), &inputs->anchor, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "--anchor %s", path);
    inputs->anchors.roots[inputs->anchors.root_count++] =
        (struct vc_anchor){VC_PLATFORM_TPM, "", inputs->anchor};
    return VC_OK;
}

static enum vc_code take_inputs(const struct vc_arguments *arguments, struct inputs *inputs,
                                struct vc_err *err)
{
    enum vc_code code = take_time(arguments, inputs, err);

    if (code == VC_OK)
        code = take_report_data(arguments, inputs, err);
    if (code == VC_OK)
        code = vc_evidence_file_load(arguments, &inputs->file, err);
    if (code == VC_OK && !vc_option_given(arguments, "platform")) {
        code = vc_fail(err, VC_MALFORMED,
                       "what is expected is not said; it has the form of "
                       "--platform %s",
                       vc_platform_name(inputs->file.evidence.platform));
    }
    if (code == VC_OK)
        code = take_collateral(arguments, inputs, err);
    if (code == VC_OK)
        code = take_key(arguments, inputs, err);
    return code == VC_OK ? take_anchor(arguments, inputs, err) : code;
}

/* ------------------------------------------------------------------------------------- steps */

/* Which of the first three steps a verification passed, and which it failed. */
static void judge_stages(enum vc_code code, struct vc_evidence_report *report)
{
    static const struct {
        enum vc_evidence_step step;
        enum vc_stage stage;
    } stages[] = {{VC_STEP_FORM, VC_STAGE_FORM},
                  {VC_STEP_SIGNATURES, VC_STAGE_AUTHENTIC},
                  {VC_STEP_PLATFORM, VC_STAGE_JUDGED}};

    for (size_t i = 0; i < VC_COUNT(stages); i++) {
        if (report->claims.passed < stages[i].stage) {
            report->outcomes[stages[i].step] = VC_OUTCOME_FAILED;
            return;
        }
        report->outcomes[stages[i].step] = VC_OUTCOME_PASSED;
    }
    if (code != VC_OK) /* after its last stage: never silently */
        report->outcomes[VC_STEP_PLATFORM] = VC_OUTCOME_FAILED;
}

/* Data shorter than the platform's is followed by zeros there. */
static bool is_bound_to(const struct vc_octets *wanted, const struct vc_octets *claimed)
{
    struct vc_octets padded = *wanted;

    if (claimed->size > padded.size)
        padded.size = claimed->size;
    return vc_octets_equal(&padded, claimed);
}

static enum vc_code compare_report_data(const struct inputs *inputs,
                                        struct vc_evidence_report *report, struct vc_err *err)
{
    char hex[2][VC_OCTETS_HEX_MAX];

    if (!inputs->has_report_data) {
        report->outcomes[VC_STEP_REPORT_DATA] = VC_OUTCOME_NOT_ASKED;
        return VC_OK;
    }
    report->outcomes[VC_STEP_REPORT_DATA] = VC_OUTCOME_PASSED;
    if (is_bound_to(&inputs->report_data, &report->claims.report_data))
        return VC_OK;
    report->outcomes[VC_STEP_REPORT_DATA] = VC_OUTCOME_FAILED;
    vc_octets_hex(&inputs->report_data, hex[0]);
    vc_octets_hex(&report->claims.report_data, hex[1]);
    return vc_fail(err, VC_UNTRUSTED,
                   "report data differs: %.32s… wanted, the evidence says %.32s…", hex[0], hex[1]);
}

static enum vc_code compare_reference(const struct inputs *inputs,
                                      struct vc_evidence_report *report, struct vc_err *err)
{
    enum vc_code code = vc_evidence_reference_compare(&inputs->reference, &report->claims, err);

    report->outcomes[VC_STEP_REFERENCE] = code != VC_OK               ? VC_OUTCOME_FAILED
                                          : inputs->reference.has_any ? VC_OUTCOME_PASSED
                                                                      : VC_OUTCOME_NOT_ASKED;
    return code;
}

static enum vc_code verify(const struct inputs *inputs, struct vc_evidence_report *report,
                           struct vc_err *err)
{
    const struct vc_verification verification = {.anchors = &inputs->anchors,
                                                 .collateral = inputs->collateral,
                                                 .now = inputs->at,
                                                 .depth = VC_DEPTH_JUDGED};
    enum vc_code code =
        vc_evidence_verify(&inputs->file.evidence, &verification, &report->claims, err);

    judge_stages(code, report);
    if (code == VC_OK)
        code = compare_report_data(inputs, report, err);
    return code == VC_OK ? compare_reference(inputs, report, err) : code;
}

/* Malformed is malformed, this machine's failures are its own; everything else is no trust. */
static enum vc_code class_of(enum vc_code code)
{
    switch (code) {
    case VC_OK:
    case VC_MALFORMED:
    case VC_MEMORY:
    case VC_HOST:
        return code;
    case VC_REFUSED:
    case VC_UNTRUSTED:
    case VC_LIMIT:
    case VC_NOT_FOUND:
    case VC_STATE:
    case VC_CLOSED:
        break;
    }
    return VC_UNTRUSTED;
}

/* Both sides of a measurement that differs, by their releases' names. */
static void name_releases(struct vc_command *command, struct vc_err *err)
{
    vc_cleanup(vc_releases_freep) struct vc_releases *releases =
        vc_release_names_load(command->err);

    vc_releases_explain(releases, err->text, sizeof(err->text));
}

static bool is_quote_alone(const struct vc_evidence *evidence)
{
    static const uint8_t magic[] = {0xff, 'T', 'C', 'G'};

    return evidence->platform == VC_PLATFORM_TPM && evidence->bytes.size >= sizeof(magic) &&
           memcmp(evidence->bytes.data, magic, sizeof(magic)) == 0;
}

/* Adds to the reason what the user could give instead, or besides. */
static void advise(const struct inputs *inputs, enum vc_stage passed, struct vc_err *err)
{
    const struct vc_evidence *evidence = &inputs->file.evidence;
    size_t size = strlen(err->text);
    char *end = err->text + size;
    enum vc_platform_kind guess;

    if (err->code == VC_UNTRUSTED && passed == VC_STAGE_FORM && inputs->key == nullptr &&
        is_vouched_for(evidence->platform) && strstr(err->text, "endorsed") != nullptr) {
        (void)snprintf(end, sizeof(err->text) - size,
                       "; --endorsed-key FILE is a key that you vouch for");
    } else if (err->code == VC_MALFORMED && is_quote_alone(evidence)) {
        (void)snprintf(end, sizeof(err->text) - size,
                       "; this is TPMS_ATTEST alone: name the folder that has its signature and "
                       "key, too");
    } else if (err->code == VC_MALFORMED && vc_evidence_guess(evidence->bytes, &guess) &&
               guess != evidence->platform) {
        (void)snprintf(end, sizeof(err->text) - size, "; it has the form of --platform %s",
                       vc_platform_name(guess));
    }
}

static int run_verify(struct vc_command *command)
{
    vc_cleanup(inputs_done) struct inputs inputs = {.anchors = *vc_vendor_anchors()};
    struct vc_evidence_report report = {.path = command->arguments.operands[0]};
    struct vc_err err = {};
    enum vc_code code = take_inputs(&command->arguments, &inputs, &err);

    if (code != VC_OK)
        return vc_command_fail_input(command, &err);
    code = vc_evidence_reference_take(&command->arguments, inputs.file.evidence.platform,
                                      &inputs.arena, &inputs.reference, &err);
    if (code == VC_UNTRUSTED)
        return vc_command_fail_in(command, &err);
    if (code != VC_OK)
        return vc_command_fail_input(command, &err);
    code = verify(&inputs, &report, &err);
    if (code == VC_UNTRUSTED)
        name_releases(command, &err);
    err.code = class_of(code);
    advise(&inputs, report.claims.passed, &err);
    report.at = inputs.at;
    report.reference = &inputs.reference;
    report.has_report_data = inputs.has_report_data;
    return vc_evidence_report_print(command, &report, &err);
}

static const struct vc_option verify_options[] = {
    {.name = "platform",
     .value = "NAME",
     .help = "what is expected: process, nitro, snp, tdx, sgx, psa or tpm"},
    {.name = "collateral",
     .value = "PATH",
     .repeatable = true,
     .help = "a file or folder of certificates, revocation lists, TCB info, QE identity"},
    {.name = "at", .value = "TIME", .help = "as of then, 2025-06-19T12:00:00Z; now if not given"},
    {.name = "event-log", .value = "FILE", .help = "the boot's events, replayed (tdx, tpm)"},
    {.name = "policy", .value = "FILE", .help = "take all reference values from a policy"},
    {.name = "report-data",
     .value = "HEX",
     .help = "what the evidence must be bound to; zeros after it may be left out"},
    {.name = "measurement",
     .value = "HEX",
     .repeatable = true,
     .help = "accepted; any of them will do"},
    {.name = "register",
     .value = "NAME=HEX",
     .repeatable = true,
     .help = "what a register must be: rtmr1, pcr4, host_data; again: or this"},
    {.name = "minimum-tcb",
     .value = "PART=N",
     .repeatable = true,
     .help = "least version of a part: microcode, snp, tcb_evaluation"},
    {.name = "accept-tcb",
     .value = "STATUS",
     .repeatable = true,
     .help = "also accept what the vendor calls so: SWHardeningNeeded (tdx, sgx)"},
    {.name = "machine", .value = "HEX", .repeatable = true, .help = "only on these machines"},
    {.name = "vmpl",
     .value = "N",
     .help = "privilege level it must come from (snp); any if not given"},
    {.name = "endorsed-key",
     .value = "FILE",
     .help = "public key of the machine or device (process, psa, tpm)"},
    {.name = "anchor", .value = "FILE", .help = "root certificate of the TPM's maker (tpm)"},
    {},
};

const struct vc_verb vc_verb_evidence_verify = {
    .name = "evidence verify",
    .operands = "FILE",
    .operand_count = {1, 1},
    .options = verify_options,
    .summary = "is evidence of any platform genuine, and what was expected",
    .examples =
        "  veracruz evidence verify report.bin --platform snp --collateral vcek.der \\\n"
        "    --measurement 5f… --minimum-tcb snp=22 --minimum-tcb microcode=209\n"
        "  veracruz evidence verify quote.bin --platform tdx --collateral collateral/ \\\n"
        "    --register rtmr1=9c… --register rtmr2=04… --at 2025-06-19T12:00:00Z\n"
        "  veracruz evidence verify document.cbor --platform nitro --policy policy.json --json\n",
    .run = run_verify,
};
