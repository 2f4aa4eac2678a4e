/* SPDX-License-Identifier: MIT */

#include "evidence/pcs.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

static constexpr size_t DATE_LENGTH = sizeof("2023-08-09") - 1;

enum vc_code vc_pcs_read_string(const struct vc_json_place *object, const char *name,
                                const char **text, struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = vc_json_member(object, name, &member, err);

    return code == VC_OK ? vc_json_string(&member, text, err) : code;
}

enum vc_code vc_pcs_read_integer(const struct vc_json_place *object, const char *name, int64_t most,
                                 int64_t *value, struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = vc_json_member(object, name, &member, err);

    return code == VC_OK ? vc_json_integer(&member, 0, most, value, err) : code;
}

enum vc_code vc_pcs_read_hex(const struct vc_json_place *object, const char *name, uint8_t *bytes,
                             size_t size, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer decoded = {};
    const char *text;
    enum vc_code code = vc_pcs_read_string(object, name, &text, err);

    if (code != VC_OK)
        return code;
    if (strlen(text) == 2 * size)
        code = vc_hex_decode((struct vc_bytes){(const uint8_t *)text, 2 * size}, &decoded, err);
    if (code == VC_MEMORY)
        return code;
    if (code != VC_OK || decoded.size != size)
        return vc_fail(err, VC_MALFORMED, "%s.%s: not %zu bytes in hex", object->text, name, size);
    memcpy(bytes, decoded.data, size);
    return VC_OK;
}

static enum vc_code read_date(const struct vc_json_place *object, const char *name,
                              int64_t *seconds, struct vc_err *err)
{
    const char *text;
    enum vc_code code = vc_pcs_read_string(object, name, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_instant_parse(text, seconds, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s.%s", object->text, name);
}

enum vc_code vc_pcs_head_read(const struct vc_json_place *document, struct vc_pcs_head *head,
                              struct vc_err *err)
{
    struct vc_pcs_head made;
    enum vc_code code = vc_pcs_read_integer(document, "version", 1000, &made.version, err);

    if (code == VC_OK)
        code = read_date(document, "issueDate", &made.issue_date, err);
    if (code == VC_OK)
        code = read_date(document, "nextUpdate", &made.next_update, err);
    if (code == VC_OK)
        code = vc_pcs_read_integer(document, "tcbEvaluationDataNumber", UINT32_MAX,
                                   &made.evaluation, err);
    if (code == VC_OK)
        *head = made;
    return code;
}

/* Appends what fits, as printable ASCII. */
static void say(struct vc_pcs_statement *statement, const char *text)
{
    size_t used = strlen(statement->words);

    for (; *text != '\0' && used + 1 < sizeof(statement->words); text++)
        statement->words[used++] = *text >= ' ' && *text <= '~' ? *text : '?';
    statement->words[used] = '\0';
}

static enum vc_code say_advisories(const struct vc_json_place *level,
                                   struct vc_pcs_statement *statement, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_json_has(level, "advisoryIDs"))
        return VC_OK;
    code = vc_json_member(level, "advisoryIDs", &list, err);
    if (code == VC_OK)
        code = vc_json_check_array(&list, VC_PCS_ADVISORIES_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place one = vc_json_element(&list, i);
        const char *text;

        code = vc_json_string(&one, &text, err);
        if (code != VC_OK)
            break;
        say(statement, i == 0 ? " (" : ", ");
        say(statement, text);
        if (i + 1 == vc_json_count(&list))
            say(statement, ")");
    }
    return code;
}

enum vc_code vc_pcs_read_statement(const struct vc_json_place *level,
                                   struct vc_pcs_statement *statement, struct vc_err *err)
{
    struct vc_pcs_statement made = {};
    char date[VC_INSTANT_TEXT_MAX];
    const char *name;
    int64_t since;
    enum vc_code code = vc_pcs_read_string(level, "tcbStatus", &name, err);

    if (code == VC_OK &&
        (!vc_tcb_status_find(name, &made.status) || made.status < VC_TCB_UP_TO_DATE))
        code = vc_fail(err, VC_MALFORMED, "%s.tcbStatus: none of Intel's", level->text);
    if (code == VC_OK)
        code = read_date(level, "tcbDate", &since, err);
    if (code != VC_OK)
        return code;
    vc_instant_format(since, date);
    date[DATE_LENGTH] = '\0'; /* the time of day is always midnight */
    say(&made, vc_tcb_status_name(made.status));
    say(&made, " since ");
    say(&made, date);
    code = say_advisories(level, &made, err);
    if (code == VC_OK)
        *statement = made;
    return code;
}

static enum vc_code read_level(const struct vc_json_place *place, struct vc_pcs_level *level,
                               struct vc_err *err)
{
    struct vc_json_place tcb;
    int64_t isvsvn;
    enum vc_code code = vc_json_member(place, "tcb", &tcb, err);

    if (code == VC_OK)
        code = vc_pcs_read_integer(&tcb, "isvsvn", UINT16_MAX, &isvsvn, err);
    if (code != VC_OK)
        return code;
    level->isvsvn = (uint16_t)isvsvn;
    return vc_pcs_read_statement(place, &level->statement, err);
}

enum vc_code vc_pcs_read_levels(const struct vc_json_place *object, struct vc_pcs_level *levels,
                                size_t count_max, size_t *count, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_json_member(object, "tcbLevels", &list, err);

    if (code == VC_OK)
        code = vc_json_check_array(&list, count_max, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = read_level(&place, &levels[i], err);
    }
    if (code == VC_OK)
        *count = vc_json_count(&list);
    return code;
}

const struct vc_pcs_level *vc_pcs_find_level(const struct vc_pcs_level *levels, size_t count,
                                             uint16_t isvsvn)
{
    for (size_t i = 0; i < count; i++) {
        if (levels[i].isvsvn <= isvsvn)
            return &levels[i];
    }
    return nullptr;
}

/* Intel's words are sums of these. */
enum {
    TROUBLE_SW_HARDENING = 1,
    TROUBLE_CONFIGURATION = 2,
    TROUBLE_OUT_OF_DATE = 4,
    TROUBLE_REVOKED = 8,
};

static unsigned troubles(enum vc_tcb_status status)
{
    switch (status) {
    case VC_TCB_UP_TO_DATE:
        return 0;
    case VC_TCB_SW_HARDENING_NEEDED:
        return TROUBLE_SW_HARDENING;
    case VC_TCB_CONFIGURATION_NEEDED:
        return TROUBLE_CONFIGURATION;
    case VC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
        return TROUBLE_CONFIGURATION | TROUBLE_SW_HARDENING;
    case VC_TCB_OUT_OF_DATE:
        return TROUBLE_OUT_OF_DATE;
    case VC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED:
        return TROUBLE_OUT_OF_DATE | TROUBLE_CONFIGURATION;
    case VC_TCB_REVOKED:
    case VC_TCB_NOT_APPLICABLE: /* no word of Intel's: as bad as can be */
    case VC_TCB_NOT_JUDGED:
    case VC_TCB_AT_LEAST:
        break;
    }
    return TROUBLE_REVOKED;
}

enum vc_tcb_status vc_pcs_merge(enum vc_tcb_status a, enum vc_tcb_status b)
{
    unsigned all = troubles(a) | troubles(b);
    bool configuration = (all & TROUBLE_CONFIGURATION) != 0;

    if ((all & TROUBLE_REVOKED) != 0)
        return VC_TCB_REVOKED;
    if ((all & TROUBLE_OUT_OF_DATE) != 0)
        return configuration ? VC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED : VC_TCB_OUT_OF_DATE;
    if ((all & TROUBLE_SW_HARDENING) != 0)
        return configuration ? VC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED
                             : VC_TCB_SW_HARDENING_NEEDED;
    return configuration ? VC_TCB_CONFIGURATION_NEEDED : VC_TCB_UP_TO_DATE;
}
