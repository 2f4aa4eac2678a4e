/* SPDX-License-Identifier: MIT */

#include "policy/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/explain.h"

const char VC_FIXTURE_TEMPLATE[] =
    "{\"version\": 1,\n"
    " \"name\": \"ad-campaign\",\n"
    " \"expires\": \"2027-06-30T00:00:00Z\",\n"
    " \"attestation\": {\"url\": \"https://127.0.0.1:4000\", \"ca\": @CA@,\n"
    "  \"max_age_seconds\": 600,\n"
    "  \"platforms\": {\"process\": {\"measurements\": [\n"
    "   \"1111111111111111111111111111111111111111111111111111111111111111\",\n"
    "   \"2222222222222222222222222222222222222222222222222222222222222222\"]}}},\n"
    " \"principals\": {\n"
    "  \"advertiser\": {\"certificate\": @ADVERTISER@},\n"
    "  \"shop\": {\"certificate\": @SHOP@}},\n"
    " \"programs\": {\n"
    "  \"intersect\": {\"path\": \"/program/intersect.wasm\",\n"
    "   \"sha256\": \"3333333333333333333333333333333333333333333333333333333333333333\",\n"
    "   \"strategy\": \"interpret\", \"arguments\": [\"intersect\", \"-v\"],\n"
    "   \"environment\": {\"LANG\": \"C\", \"x_1\": \"\"}, \"clock\": true, \"randomness\": "
    "false,\n"
    "   \"stdin\": \"/input/query.txt\", \"stdout\": \"/output/log.txt\",\n"
    "   \"stderr\": \"/output/errors.txt\",\n"
    "   \"limits\": {\"memory_mib\": 32, \"stack_kib\": 512, \"cpu_seconds\": 10,\n"
    "    \"wall_seconds\": 30, \"files\": 16, \"output_bytes\": 1048576}},\n"
    "  \"sum\": {\"path\": \"/program/sum.wasm\",\n"
    "   \"sha256\": \"4444444444444444444444444444444444444444444444444444444444444444\"}},\n"
    " \"rights\": [\n"
    "  {\"principal\": \"advertiser\", \"may\": [\"write\"], \"path\": \"/input/viewers.csv\"},\n"
    "  {\"principal\": \"advertiser\", \"may\": [\"execute\", \"write\"],\n"
    "   \"path\": \"/program/intersect.wasm\"},\n"
    "  {\"principal\": \"shop\", \"may\": [\"write\", \"append\", \"delete\"],\n"
    "   \"path\": \"/input/buyers/\"},\n"
    "  {\"principal\": \"shop\", \"may\": [\"read\", \"list\"], \"path\": \"/output/sum.txt\"},\n"
    "  {\"program\": \"intersect\", \"may\": [\"read\", \"list\"], \"path\": \"/input/\"},\n"
    "  {\"program\": \"intersect\", \"may\": [\"write\"], \"path\": \"/output/\"},\n"
    "  {\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/\"}],\n"
    " \"storage\": {\"files\": 1000, \"bytes\": 1073741824, \"file_bytes\": 536870912},\n"
    " \"lifecycle\": {\"runs\": [{\"program\": \"intersect\", \"at_most\": 2}],\n"
    "  \"freeze_inputs\": true, \"shutdown\": [\"shop\"],\n"
    "  \"shutdown_when_read\": [\"/output/sum.txt\"]}}";

static constexpr int64_t NOT_BEFORE = 1767225600; /* 2026-01-01T00:00:00Z */
static constexpr int64_t NOT_AFTER = 1830297600;  /* 2028-01-01T00:00:00Z */

static void need(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "fixture: %s\n", what);
    abort();
}

static struct vc_cert *new_identity(const char *name)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    struct vc_cert *cert = nullptr;
    struct vc_err err = {};

    need(vc_key_new(&key, &err) == VC_OK, err.text);
    need(vc_cert_new_identity(key, name, NOT_BEFORE, NOT_AFTER, &cert, &err) == VC_OK, err.text);
    return cert;
}

int vc_fixture_setup(void **state)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    struct vc_fixture *fixture = calloc(1, sizeof(*fixture));
    struct vc_err err = {};

    need(fixture != nullptr, "memory");
    fixture->advertiser = new_identity("advertiser");
    fixture->shop = new_identity("shop");
    need(vc_key_new(&key, &err) == VC_OK, err.text);
    need(vc_cert_new_ca(key, "service", NOT_BEFORE, NOT_AFTER, &fixture->ca, &err) == VC_OK,
         err.text);
    *state = fixture;
    return 0;
}

int vc_fixture_teardown(void **state)
{
    struct vc_fixture *fixture = *state;

    vc_cert_free(fixture->advertiser);
    vc_cert_free(fixture->shop);
    vc_cert_free(fixture->ca);
    free(fixture);
    return 0;
}

static void append(struct vc_buffer *text, const char *from, size_t size)
{
    need(vc_buffer_append(text, (struct vc_bytes){(const uint8_t *)from, size}, nullptr) == VC_OK,
         "memory");
}

/* PEM as a JSON string. */
static void append_certificate(struct vc_buffer *text, const struct vc_cert *cert)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};

    need(vc_cert_encode_pem(cert, &pem, nullptr) == VC_OK, "PEM");
    append(text, "\"", 1);
    for (size_t i = 0; i < pem.size; i++) {
        if (pem.data[i] == '\n')
            append(text, "\\n", 2);
        else
            append(text, (const char *)&pem.data[i], 1);
    }
    append(text, "\"", 1);
}

static void expand(const struct vc_fixture *fixture, const char *from, struct vc_buffer *text)
{
    const struct {
        const char *mark;
        const struct vc_cert *cert;
    } marks[] = {
        {"@ADVERTISER@", fixture->advertiser}, {"@SHOP@", fixture->shop}, {"@CA@", fixture->ca}};

    while (*from != '\0') {
        size_t i = 0;

        while (i < VC_COUNT(marks) && strncmp(from, marks[i].mark, strlen(marks[i].mark)) != 0)
            i++;
        if (i < VC_COUNT(marks)) {
            append_certificate(text, marks[i].cert);
            from += strlen(marks[i].mark);
        } else {
            append(text, from++, 1);
        }
    }
}

void vc_fixture_text(const struct vc_fixture *fixture, const char *find, const char *replace,
                     struct vc_buffer *text)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer edited = {};
    const char *at = find == nullptr ? VC_FIXTURE_TEMPLATE : strstr(VC_FIXTURE_TEMPLATE, find);

    need(at != nullptr, find);
    append(&edited, VC_FIXTURE_TEMPLATE, (size_t)(at - VC_FIXTURE_TEMPLATE));
    if (find != nullptr) {
        append(&edited, replace, strlen(replace));
        at += strlen(find);
    }
    append(&edited, at, strlen(at) + 1);
    expand(fixture, (const char *)edited.data, text);
}

struct vc_policy *vc_fixture_policy(const struct vc_fixture *fixture, const char *find,
                                    const char *replace)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    vc_fixture_text(fixture, find, replace, &text);
    need(vc_policy_parse(vc_buffer_bytes(&text), &policy, &err) == VC_OK, err.text);
    return policy;
}

/* The first `find` in the text is replaced. */
static void change(struct vc_buffer *text, const char *find, const char *replace)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer before = *text;
    const char *at = memmem(before.data, before.size, find, strlen(find));

    *text = (struct vc_buffer){};
    need(at != nullptr, find);
    append(text, (const char *)before.data, (size_t)(at - (const char *)before.data));
    append(text, replace, strlen(replace));
    at += strlen(find);
    append(text, at, (size_t)((const char *)before.data + before.size - at));
}

void vc_fixture_edited(const struct vc_fixture *fixture, const struct vc_fixture_edit *edit,
                       struct vc_buffer *text)
{
    static const char lifecycle[] = "\"lifecycle\": {";
    vc_cleanup(vc_buffer_done) struct vc_buffer block = {};

    if (edit->members == nullptr) {
        vc_fixture_text(fixture, nullptr, nullptr, text);
    } else {
        append(&block, edit->members, strlen(edit->members));
        append(&block, ", ", 2);
        append(&block, lifecycle, sizeof(lifecycle));
        vc_fixture_text(fixture, lifecycle, (const char *)block.data, text);
    }
    for (size_t i = 0; edit->changes[i] != nullptr; i += 2)
        change(text, edit->changes[i], edit->changes[i + 1]);
}

enum vc_code vc_fixture_parse(const struct vc_fixture *fixture, const struct vc_fixture_edit *edit,
                              struct vc_policy **policy, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    vc_fixture_edited(fixture, edit, &text);
    return vc_policy_parse(vc_buffer_bytes(&text), policy, err);
}

struct vc_policy *vc_fixture_edited_policy(const struct vc_fixture *fixture,
                                           const struct vc_fixture_edit *edit)
{
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    need(vc_fixture_parse(fixture, edit, &policy, &err) == VC_OK, err.text);
    return policy;
}

void vc_fixture_check_rows(const struct vc_fixture *fixture, const struct vc_fixture_row *rows,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct vc_fixture_row *row = &rows[i];
        vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
        struct vc_err err = {};
        enum vc_code code = vc_fixture_parse(fixture, &row->edit, &policy, &err);

        if (code == row->code && (policy != nullptr) == (code == VC_OK) && err.code == code &&
            (row->err == nullptr || strncmp(err.text, row->err, strlen(row->err)) == 0))
            continue;
        (void)fprintf(stderr, "row %zu, %s: %s, %s\n", i,
                      row->err == nullptr ? row->edit.members : row->err, vc_code_name(code),
                      err.text);
        abort();
    }
}

void vc_fixture_check_said(const struct vc_fixture *fixture, const struct vc_fixture_said *said,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vc_cleanup(vc_policy_freep) struct vc_policy *policy =
            vc_fixture_edited_policy(fixture, &said[i].edit);
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        bool absent = said[i].sentence[0] == '!';
        const char *sentence = said[i].sentence + absent;

        need(vc_policy_explain(policy, nullptr, &text, nullptr) == VC_OK, "explain");
        if ((memmem(text.data, text.size, sentence, strlen(sentence)) == nullptr) == absent)
            continue;
        (void)fprintf(stderr, "row %zu, %s: %s in\n%.*s", i, sentence, absent ? "said" : "not said",
                      (int)text.size, (const char *)text.data);
        abort();
    }
}

void vc_fixture_check_cut(const struct vc_fixture *fixture, const struct vc_fixture_edit *edit)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    vc_fixture_edited(fixture, edit, &text);
    for (size_t size = 0; size < text.size; size++) {
        struct vc_policy *policy = nullptr;
        uint8_t *exact = malloc(size + 1);

        need(exact != nullptr, "memory");
        memcpy(exact, text.data, size);
        need(vc_policy_parse((struct vc_bytes){exact, size}, &policy, nullptr) != VC_OK, "cut");
        free(exact);
    }
}
