/* SPDX-License-Identifier: MIT */

#include "cli/serve_report.h"

#include "attest/reference.h"
#include "base/hex.h"
#include "codec/json.h"

/* How long each step of the start took, in microseconds. */
static void write_steps(struct vc_json_writer *writer, const struct vc_serve_report *report)
{
    const struct vc_launcher_ready *ready = &report->ready;

    vc_json_open_object(writer, "start_us");
    vc_json_put_integer(writer, "measure_and_start",
                        (int64_t)(ready->entered_us - report->started_us));
    vc_json_put_integer(writer, "policy", (int64_t)(ready->parsed_us - ready->entered_us));
    vc_json_put_integer(writer, "nonce", (int64_t)(ready->nonce_us - ready->parsed_us));
    vc_json_put_integer(writer, "evidence", (int64_t)(ready->evidence_us - ready->nonce_us));
    vc_json_put_integer(writer, "certificate", (int64_t)(ready->certified_us - ready->evidence_us));
    vc_json_put_integer(writer, "listen", (int64_t)(ready->serving_us - ready->certified_us));
    vc_json_close_object(writer);
}

/* A platform that the policy names, stronger than the one that was taken, and not usable. */
static bool is_missed(const struct vc_serve_report *report, const struct vc_offer *offer)
{
    return !offer->usable && vc_reference_find(report->policy, offer->kind) != nullptr &&
           vc_platform_isolation(offer->kind) > vc_platform_isolation(report->kind);
}

/* On hardware the evidence is of the machine's launch, on `process` of the files. */
struct measurements {
    char evidence[VC_OCTETS_HEX_MAX];
    char runtime[2 * VC_SHA256_SIZE + 1];
    char policy[2 * VC_SHA256_SIZE + 1];
};

static void take_measurements(const struct vc_serve_report *report,
                              struct measurements *measurements)
{
    vc_hex_encode((struct vc_bytes){report->ready.measurement, report->ready.measurement_size},
                  measurements->evidence);
    vc_hex_encode((struct vc_bytes){report->runtime, VC_SHA256_SIZE}, measurements->runtime);
    vc_hex_encode(VC_BYTES(report->policy->hash), measurements->policy);
}

static enum vc_code put_missed(const struct vc_serve_report *report, struct vc_buffer *text,
                               struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < report->offers->count; i++) {
        const struct vc_offer *offer = &report->offers->items[i];

        if (is_missed(report, offer))
            code = vc_buffer_printf(text, err, "not %-8s %s\n", vc_platform_name(offer->kind),
                                    offer->detail);
    }
    return code;
}

enum vc_code vc_serve_report_text(const struct vc_serve_report *report, struct vc_buffer *text,
                                  struct vc_err *err)
{
    struct measurements measurements;
    enum vc_code code = vc_buffer_printf(text, err, "ready on %s as %s\n", report->address,
                                         vc_platform_label(report->kind));

    take_measurements(report, &measurements);
    if (code == VC_OK)
        code = put_missed(report, text, err);
    if (code == VC_OK)
        code = vc_buffer_printf(text, err, "evidence     by %s\nmeasurement  %s\n", report->way,
                                measurements.evidence);
    if (code == VC_OK && report->kind != VC_PLATFORM_PROCESS)
        code = vc_buffer_printf(text, err, "runtime      %s (not part of this evidence)\n",
                                measurements.runtime);
    if (code == VC_OK)
        code = vc_buffer_printf(text, err, "policy       %s\n", measurements.policy);
    return code;
}

static void write_missed(struct vc_json_writer *writer, const struct vc_serve_report *report)
{
    vc_json_open_array(writer, "missed");
    for (size_t i = 0; i < report->offers->count; i++) {
        const struct vc_offer *offer = &report->offers->items[i];

        if (!is_missed(report, offer))
            continue;
        vc_json_open_object(writer, nullptr);
        vc_json_put_string(writer, "platform", vc_platform_name(offer->kind));
        vc_json_put_string(writer, "reason", offer->detail);
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
}

enum vc_code vc_serve_report_json(const struct vc_serve_report *report, struct vc_buffer *text,
                                  struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(text);
    struct measurements measurements;

    take_measurements(report, &measurements);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "address", report->address);
    vc_json_put_string(&writer, "platform", vc_platform_name(report->kind));
    vc_json_put_string(&writer, "label", vc_platform_label(report->kind));
    vc_json_put_string(&writer, "isolation",
                       vc_isolation_name(vc_platform_isolation(report->kind)));
    vc_json_put_string(&writer, "evidence_by", report->way);
    vc_json_put_string(&writer, "measurement", measurements.evidence);
    vc_json_put_string(&writer, "runtime_measurement", measurements.runtime);
    vc_json_put_string(&writer, "policy_hash", measurements.policy);
    write_missed(&writer, report);
    write_steps(&writer, report);
    vc_json_close_object(&writer);
    enum vc_code code = vc_json_write_end(&writer, err);

    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}
