/* SPDX-License-Identifier: MIT */

#include "cli/evidence_report.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "client/line.h"
#include "client/report.h"
#include "codec/json.h"

static constexpr int STEP_COLUMNS = 17;
static constexpr int CLAIM_COLUMNS = 30;

static const struct step {
    const char *name; /* for people */
    const char *key;  /* in JSON */
    const char *passed;
} steps[] = {
    [VC_STEP_FORM] = {"form", "form", "ok"},
    [VC_STEP_SIGNATURES] = {"signatures", "signatures", "ok: they lead to a trust anchor"},
    [VC_STEP_PLATFORM] = {"platform", "platform", "ok: no debugging, TCB status"},
    [VC_STEP_REPORT_DATA] = {"report data", "report_data", "ok: as wanted"},
    [VC_STEP_REFERENCE] = {"reference values", "reference_values", "ok"},
};
static_assert(VC_COUNT(steps) == VC_EVIDENCE_STEPS);

static const char *const outcome_names[] = {
    [VC_OUTCOME_NOT_REACHED] = "not-reached",
    [VC_OUTCOME_NOT_ASKED] = "not-asked",
    [VC_OUTCOME_PASSED] = "passed",
    [VC_OUTCOME_FAILED] = "failed",
};

/* What was compared, one after the other; null at the end. */
static void list_compared(const struct vc_evidence_report *report, const char *names[8])
{
    const struct vc_evidence_reference *reference = report->reference;
    const struct vc_policy_platform *accepted = &reference->accepted;
    size_t count = 0;

    if (report->has_report_data)
        names[count++] = "report_data";
    if (reference->has_measurement)
        names[count++] = "measurement";
    if (accepted->register_count > 0)
        names[count++] = "registers";
    if (accepted->minimum_count > 0)
        names[count++] = "minimum_tcb";
    if (accepted->machine_count > 0)
        names[count++] = "machines";
    if (reference->has_vmpl && report->claims.platform == VC_PLATFORM_SNP)
        names[count++] = "vmpl";
    names[count] = nullptr;
}

/* "accepted", or, if there was nothing that says what runs, "genuine". */
static const char *verdict_of(const struct vc_evidence_report *report, const struct vc_err *err)
{
    if (err->code == VC_MALFORMED)
        return "malformed";
    if (err->code != VC_OK)
        return "refused";
    return report->reference->has_measurement ? "accepted" : "genuine";
}

/* ------------------------------------------------------------------------------------ people */

static enum vc_code put_step(const struct vc_evidence_report *report, enum vc_evidence_step step,
                             struct vc_buffer *text, struct vc_err *err)
{
    const char *more =
        step == VC_STEP_PLATFORM ? vc_tcb_status_name(report->claims.tcb_status) : "";
    const char *said = "-";

    switch (report->outcomes[step]) {
    case VC_OUTCOME_NOT_REACHED:
        more = "";
        break;
    case VC_OUTCOME_NOT_ASKED:
        said = "nothing to compare with";
        break;
    case VC_OUTCOME_PASSED:
        said = steps[step].passed;
        break;
    case VC_OUTCOME_FAILED:
        said = "FAILED";
        more = "";
        break;
    }
    return vc_buffer_printf(text, err, "%-*s %s%s%s\n", STEP_COLUMNS, steps[step].name, said,
                            more[0] != '\0' ? " " : "", more);
}

static enum vc_code put_octets(const char *name, const struct vc_octets *octets,
                               struct vc_buffer *text, struct vc_err *err)
{
    char hex[VC_OCTETS_HEX_MAX];

    vc_octets_hex(octets, hex);
    return vc_buffer_printf(text, err, "  %-*s %s\n", CLAIM_COLUMNS, name,
                            octets->size > 0 ? hex : "(the evidence does not say)");
}

static enum vc_code put_scalars(const struct vc_claims *claims, struct vc_buffer *text,
                                struct vc_err *err)
{
    char made[VC_INSTANT_TEXT_MAX];
    enum vc_code code =
        vc_buffer_printf(text, err, "  %-*s %s\n  %-*s %s\n", CLAIM_COLUMNS, "TCB status",
                         vc_tcb_status_name(claims->tcb_status), CLAIM_COLUMNS, "debug",
                         claims->debug ? "YES: somebody outside can look in" : "no");

    if (code == VC_OK && claims->tcb_detail[0] != '\0') {
        code = vc_buffer_printf(text, err, "  %-*s %s\n", CLAIM_COLUMNS, "TCB detail",
                                claims->tcb_detail);
    }
    if (code == VC_OK && claims->platform == VC_PLATFORM_SNP) {
        code = vc_buffer_printf(text, err, "  %-*s %" PRIu32 "\n", CLAIM_COLUMNS,
                                "privilege level (VMPL)", claims->vmpl);
    }
    if (code == VC_OK && claims->made_at > 0) {
        vc_instant_format(claims->made_at, made);
        code = vc_buffer_printf(text, err, "  %-*s %s\n", CLAIM_COLUMNS, "made at", made);
    }
    return code;
}

static enum vc_code put_svn(const struct vc_svn *svn, struct vc_buffer *text, struct vc_err *err)
{
    char name[sizeof(svn->which) + sizeof(svn->part) + 8];

    (void)snprintf(name, sizeof(name), "TCB %s%s%s", svn->which, svn->which[0] != '\0' ? " " : "",
                   svn->part);
    return vc_buffer_printf(text, err, "  %-*s %" PRIu64 " (0x%02" PRIx64 ")\n", CLAIM_COLUMNS,
                            name, svn->value, svn->value);
}

static enum vc_code put_claims(const struct vc_claims *claims, struct vc_buffer *text,
                               struct vc_err *err)
{
    enum vc_code code = vc_buffer_append_text(
        text, claims->passed >= VC_STAGE_AUTHENTIC ? "\nclaims\n" : "\nclaims, not verified\n",
        err);

    if (code == VC_OK)
        code = put_octets("measurement", &claims->measurement, text, err);
    if (code == VC_OK)
        code = put_octets("report data", &claims->report_data, text, err);
    if (code == VC_OK)
        code = put_octets("machine", &claims->machine, text, err);
    if (code == VC_OK)
        code = put_scalars(claims, text, err);
    for (size_t i = 0; code == VC_OK && i < claims->register_count; i++)
        code = put_octets(claims->registers[i].name, &claims->registers[i].value, text, err);
    for (size_t i = 0; code == VC_OK && i < claims->svn_count; i++)
        code = put_svn(&claims->svns[i], text, err);
    return code;
}

/* What could have been compared and was not. */
static enum vc_code put_left_out(const struct vc_evidence_report *report, struct vc_buffer *text,
                                 struct vc_err *err)
{
    const struct vc_policy_platform *accepted = &report->reference->accepted;
    const struct {
        bool left_out;
        const char *what;
    } rows[] = {
        {!report->has_report_data, "what it is bound to (--report-data)"},
        {accepted->minimum_count == 0 && report->claims.svn_count > 0,
         "versions of the platform (--minimum-tcb)"},
        {accepted->machine_count == 0, "which machine it is (--machine)"},
    };
    size_t count = 0;
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(rows); i++) {
        if (rows[i].left_out)
            code = vc_buffer_printf(text, err, "%s%s",
                                    count++ > 0 ? ", " : "not compared: ", rows[i].what);
    }
    return code == VC_OK && count > 0 ? vc_buffer_append_text(text, "\n", err) : code;
}

/* With nothing compared, the last line says what to do about it. */
static enum vc_code put_verdict(const struct vc_evidence_report *report, const struct vc_err *why,
                                struct vc_buffer *text, struct vc_err *err)
{
    const char *verdict = verdict_of(report, why);
    const char *compared[8];

    if (why->code != VC_OK) {
        char reason[VC_ERR_TEXT_MAX];

        vc_line_clean(why->text, reason, sizeof(reason));
        return vc_buffer_printf(text, err, "\n%s: %s\n", verdict, reason);
    }
    enum vc_code code = vc_buffer_append_text(text, "\n", err);

    if (code == VC_OK)
        code = put_left_out(report, text, err);
    if (code != VC_OK)
        return code;
    if (!report->reference->has_measurement) {
        return vc_buffer_printf(text, err,
                                "%s; what runs there was not compared: give --measurement or "
                                "--policy\n",
                                verdict);
    }
    list_compared(report, compared);
    code = vc_buffer_printf(text, err, "%s; compared:", verdict);
    for (size_t i = 0; code == VC_OK && compared[i] != nullptr; i++)
        code = vc_buffer_printf(text, err, "%s %s", i > 0 ? "," : "", compared[i]);
    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}

static enum vc_code write_text(const struct vc_evidence_report *report, const struct vc_err *why,
                               struct vc_buffer *text, struct vc_err *err)
{
    char at[VC_INSTANT_TEXT_MAX];
    enum vc_code code;

    vc_instant_format(report->at, at);
    code = vc_buffer_printf(text, err, "%s: %s\nas of %s\n\n", report->path,
                            vc_platform_label(report->claims.platform), at);
    for (size_t i = 0; code == VC_OK && i < VC_EVIDENCE_STEPS; i++)
        code = put_step(report, (enum vc_evidence_step)i, text, err);
    if (code == VC_OK && report->claims.passed >= VC_STAGE_FORM)
        code = put_claims(&report->claims, text, err);
    return code == VC_OK ? put_verdict(report, why, text, err) : code;
}

/* -------------------------------------------------------------------------------------- JSON */

static void json_octets(struct vc_json_writer *writer, const char *key,
                        const struct vc_octets *octets)
{
    char hex[VC_OCTETS_HEX_MAX];

    vc_octets_hex(octets, hex);
    vc_json_put_string(writer, key, hex);
}

static void json_claims(struct vc_json_writer *writer, const struct vc_claims *claims)
{
    char made[VC_INSTANT_TEXT_MAX] = "";

    if (claims->made_at > 0)
        vc_instant_format(claims->made_at, made);
    vc_json_open_object(writer, "claims");
    vc_json_put_boolean(writer, "verified", claims->passed >= VC_STAGE_AUTHENTIC);
    json_octets(writer, "measurement", &claims->measurement);
    json_octets(writer, "report_data", &claims->report_data);
    json_octets(writer, "machine", &claims->machine);
    vc_json_put_string(writer, "tcb_status", vc_tcb_status_name(claims->tcb_status));
    if (claims->tcb_detail[0] != '\0')
        vc_json_put_string(writer, "tcb_detail", claims->tcb_detail);
    vc_json_put_boolean(writer, "debug", claims->debug);
    vc_json_put_integer(writer, "vmpl", claims->vmpl);
    vc_json_put_string(writer, "made_at", made);
    vc_json_open_object(writer, "registers");
    for (size_t i = 0; i < claims->register_count; i++)
        json_octets(writer, claims->registers[i].name, &claims->registers[i].value);
    vc_json_close_object(writer);
    vc_json_open_array(writer, "tcb");
    for (size_t i = 0; i < claims->svn_count; i++) {
        vc_json_open_object(writer, nullptr);
        vc_json_put_string(writer, "which", claims->svns[i].which);
        vc_json_put_string(writer, "part", claims->svns[i].part);
        vc_json_put_integer(writer, "value", (int64_t)claims->svns[i].value);
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
    vc_json_close_object(writer);
}

static void json_error(struct vc_json_writer *writer, const struct vc_err *why)
{
    enum vcc_status status = vc_report_status(why->code);

    vc_json_open_object(writer, "error");
    vc_json_put_string(writer, "status", vc_command_status_name(status));
    vc_json_put_integer(writer, "exit_code", status);
    vc_json_put_string(writer, "text", why->text);
    vc_json_close_object(writer);
}

static enum vc_code write_json(const struct vc_evidence_report *report, const struct vc_err *why,
                               struct vc_buffer *text, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(text);
    const char *compared[8];
    char at[VC_INSTANT_TEXT_MAX];

    vc_instant_format(report->at, at);
    list_compared(report, compared);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "file", report->path);
    vc_json_put_string(&writer, "platform", vc_platform_name(report->claims.platform));
    vc_json_put_string(&writer, "isolation",
                       vc_isolation_name(vc_platform_isolation(report->claims.platform)));
    vc_json_put_string(&writer, "at", at);
    vc_json_put_string(&writer, "verdict", verdict_of(report, why));
    vc_json_put_string(&writer, "reason", why->code == VC_OK ? "" : why->text);
    vc_json_open_object(&writer, "steps");
    for (size_t i = 0; i < VC_EVIDENCE_STEPS; i++)
        vc_json_put_string(&writer, steps[i].key, outcome_names[report->outcomes[i]]);
    vc_json_close_object(&writer);
    vc_json_open_array(&writer, "compared");
    for (size_t i = 0; why->code == VC_OK && compared[i] != nullptr; i++)
        vc_json_put_string(&writer, nullptr, compared[i]);
    vc_json_close_array(&writer);
    if (report->claims.passed >= VC_STAGE_FORM)
        json_claims(&writer, &report->claims);
    if (why->code != VC_OK)
        json_error(&writer, why);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

/* Standard output tells the reason too: at a terminal once is enough. */
static bool is_seen_already(struct vc_command *command)
{
    return !command->json && command->terminal && fileno(command->out) >= 0 &&
           isatty(fileno(command->out));
}

int vc_evidence_report_print(struct vc_command *command, const struct vc_evidence_report *report,
                             const struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err failed = {};
    enum vc_code code = command->json ? write_json(report, err, &text, &failed)
                                      : write_text(report, err, &text, &failed);
    int exit_code;

    if (code != VC_OK)
        return vc_command_fail_in(command, &failed);
    exit_code = command->json ? vc_command_print_json(command, VC_OK, &text, &failed)
                              : vc_command_print(command, vc_buffer_bytes(&text));
    if (exit_code != VCC_OK || err->code == VC_OK)
        return exit_code;
    if (!is_seen_already(command)) {
        char reason[VC_ERR_TEXT_MAX];

        vc_line_clean(err->text, reason, sizeof(reason));
        (void)fprintf(command->err, "veracruz: %s: %s\n", report->path, reason);
    }
    return (int)vc_report_status(err->code);
}
