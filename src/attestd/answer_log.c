/* SPDX-License-Identifier: MIT */

#include "attestd/answer_log.h"

#include <string.h>

#include "attest/ear.h"

static constexpr size_t DIGITS_MAX = 16; /* of a number of entries */

/* One parameter: "name=decimal", without sign and leading zeros. *rest follows it. */
static bool read_parameter(const char *query, const char *name, uint64_t *value, const char **rest)
{
    size_t size = strlen(name);
    const char *digits = query + size + 1;
    size_t count;
    uint64_t number = 0;

    if (strncmp(query, name, size) != 0 || query[size] != '=')
        return false;
    count = strspn(digits, "0123456789");
    if (count == 0 || count > DIGITS_MAX || (digits[0] == '0' && count > 1))
        return false;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + (uint64_t)(digits[i] - '0');
    *value = number;
    *rest = digits + count;
    return true;
}

/* Both parameters, in this order, and nothing else. */
static enum vc_code read_query(const char *query, const char *const names[2], uint64_t values[2],
                               struct vc_err *err)
{
    const char *rest = "";

    if (read_parameter(query, names[0], &values[0], &rest) && *rest == '&' &&
        read_parameter(rest + 1, names[1], &values[1], &rest) && *rest == '\0')
        return VC_OK;
    return vc_fail(err, VC_MALFORMED, "query: %s=NUMBER&%s=NUMBER, and nothing else", names[0],
                   names[1]);
}

static enum vc_code read_no_query(const char *query, struct vc_err *err)
{
    return query[0] == '\0' ? VC_OK : vc_fail(err, VC_MALFORMED, "query: there is none here");
}

/* What the log does not have is not there, and no verdict. */
static void refuse(enum vc_code code, const struct vc_err *err, struct vc_answer *answer)
{
    if (code == VC_NOT_FOUND) {
        vc_answer_problem(404, "not-found", err->text, answer);
    } else {
        vc_answer_refuse(code, err, 413, answer);
    }
}

void vc_answer_log_head(const struct vc_occasion *occasion, const char *query,
                        struct vc_answer *answer)
{
    struct vc_json_writer writer = vc_json_writer_over(&answer->body);
    struct vc_err err = {};
    enum vc_code code = read_no_query(query, &err);

    if (code == VC_OK) {
        answer->status = 200;
        vc_json_open_object(&writer, nullptr);
        vc_log_head_write(&writer, "head", vc_logbook_head(occasion->record->book));
        vc_json_close_object(&writer);
        code = vc_json_write_end(&writer, &err);
    }
    if (code != VC_OK)
        refuse(code, &err, answer);
}

void vc_answer_log_entries(const struct vc_occasion *occasion, const char *query,
                           struct vc_answer *answer)
{
    static const char *const names[] = {"first", "count"};
    uint64_t values[2];
    struct vc_err err = {};
    enum vc_code code = read_query(query, names, values, &err);

    answer->status = 200;
    answer->is_lines = true;
    if (code == VC_OK) {
        size_t count = values[1] < VC_LOGBOOK_READ_MAX ? (size_t)values[1] : VC_LOGBOOK_READ_MAX;

        code = vc_logbook_read(occasion->record->book, values[0], count, &answer->body, &err);
    }
    if (code != VC_OK)
        refuse(code, &err, answer);
}

/* What both kinds of proofs have in common. */
struct proving {
    const char *names[2];
    const char *key;
    enum vc_code (*prove)(struct vc_logbook *book, uint64_t one, uint64_t other,
                          struct vc_log_proof *proof, struct vc_err *err);
};

static void answer_proof(const struct vc_occasion *occasion, const char *query,
                         const struct proving *proving, struct vc_answer *answer)
{
    struct vc_json_writer writer = vc_json_writer_over(&answer->body);
    struct vc_log_proof proof;
    uint64_t values[2];
    struct vc_err err = {};
    enum vc_code code = read_query(query, proving->names, values, &err);

    if (code == VC_OK)
        code = proving->prove(occasion->record->book, values[0], values[1], &proof, &err);
    if (code == VC_OK) {
        answer->status = 200;
        vc_json_open_object(&writer, nullptr);
        vc_json_put_integer(&writer, proving->names[0], (int64_t)values[0]);
        vc_json_put_integer(&writer, proving->names[1], (int64_t)values[1]);
        vc_log_proof_write(&writer, proving->key, &proof);
        vc_json_close_object(&writer);
        code = vc_json_write_end(&writer, &err);
    }
    if (code != VC_OK)
        refuse(code, &err, answer);
}

void vc_answer_log_growth(const struct vc_occasion *occasion, const char *query,
                          struct vc_answer *answer)
{
    static const struct proving growth = {{"from", "to"}, "growth", vc_logbook_growth};

    answer_proof(occasion, query, &growth, answer);
}

void vc_answer_log_inclusion(const struct vc_occasion *occasion, const char *query,
                             struct vc_answer *answer)
{
    static const struct proving inclusion = {{"index", "size"}, "inclusion", vc_logbook_inclusion};

    answer_proof(occasion, query, &inclusion, answer);
}

void vc_answer_keys(const struct vc_occasion *occasion, const char *query, struct vc_answer *answer)
{
    struct vc_err err = {};
    enum vc_code code = read_no_query(query, &err);

    answer->status = 200;
    if (code == VC_OK)
        code = vc_ear_write_keys(occasion->appraiser.ca, &answer->body, &err);
    if (code != VC_OK)
        refuse(code, &err, answer);
}
