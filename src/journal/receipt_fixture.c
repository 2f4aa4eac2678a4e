/* SPDX-License-Identifier: MIT */

#include "journal/receipt_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "journal/fold.h"
#include "journal/receipt_internal.h"

static constexpr uint8_t MEASURED = 0x11; /* what the policy's measurement consists of */

/* SHA-256 of 2 as eight bytes, "intersect" and "-v", each with its NUL. */
const char RECEIPT_ARGUMENTS[] = "63e38dee9434b26a6a9ce8a14a7578e884fca29cb20f028a9bf834ffe3644a26";

static void need(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "receipt fixture: %s\n", what);
    abort();
}

static void must(enum vc_code code, const struct vc_err *err)
{
    need(code == VC_OK, err->text);
}

static const char BLOCKS[] =
    "\"narrowing\": ["
    "{\"principal\": \"shop\", \"may\": [\"take\"], \"path\": \"/output/\"},"
    "{\"principal\": \"advertiser\", \"may\": [\"runs\", \"limits\", \"withdraw\", \"expires\"]},"
    "{\"program\": \"intersect\", \"may\": [\"take\", \"read_once\"], \"path\": \"/output/\"}],\n"
    " \"journal\": {\"bytes\": 4194304},\n"
    " \"storage\":";

static void make_container(struct receipt_scene *scene)
{
    struct vc_err err = {};

    must(vc_journal_new(scene->policy, &scene->journal, &err), &err);
    must(vc_force_new(scene->policy, &scene->force, &err), &err);
}

void receipt_scene_init(struct receipt_scene *scene)
{
    struct vc_attested attested;
    void *names = nullptr;

    *scene = (struct receipt_scene){.now = VC_FIXTURE_NOW};
    need(vc_fixture_setup(&names) == 0, "names");
    scene->names = names;
    session_fixture_init(&scene->service, scene->now);
    memset(scene->service.measurement.bytes, MEASURED, scene->service.measurement.size);
    vc_cert_free(scene->names->ca); /* of this service, whose key is here */
    must(vc_cert_parse_der(vc_cert_der(scene->service.ca), &scene->names->ca, nullptr),
         &(struct vc_err){.text = "CA"});
    scene->policy = vc_fixture_policy(scene->names, "\"storage\":", BLOCKS);
    memcpy(scene->service.policy_hash, scene->policy->hash, VC_SHA256_SIZE);
    attested = session_fixture_attested(&scene->service);
    receipt_scene_certify(scene, &attested, scene->service.shown_key);
    make_container(scene);
}

static void drop_container(struct receipt_scene *scene)
{
    vc_journal_free(scene->journal);
    vc_force_free(scene->force);
}

void receipt_scene_restart(struct receipt_scene *scene)
{
    drop_container(scene);
    scene->now = VC_FIXTURE_NOW;
    make_container(scene);
}

void receipt_scene_done(struct receipt_scene *scene)
{
    drop_container(scene);
    vc_cert_free(scene->certificate);
    vc_buffer_done(&scene->frame);
    vc_policy_free(scene->policy);
    session_fixture_done(&scene->service);
    (void)vc_fixture_teardown((void *[]){scene->names});
}

int receipt_scene_setup(void **state)
{
    static struct receipt_scene scene;

    receipt_scene_init(&scene);
    *state = &scene;
    return 0;
}

int receipt_scene_teardown(void **state)
{
    receipt_scene_done(*state);
    return 0;
}

void receipt_scene_certify(struct receipt_scene *scene, const struct vc_attested *attested,
                           const struct vc_key *key)
{
    struct session_fixture *service = &scene->service;

    vc_cert_free(scene->certificate);
    scene->frame.size = 0;
    scene->certificate = session_fixture_issue(service, key, attested, 3600);
    scene->log = session_fixture_receipt(service, service->leaf_count - 1, service->leaf_count, 0);
}

/* ---- entries ---- */

enum vc_code receipt_append(struct receipt_scene *scene, struct vc_entry *entry)
{
    struct vc_journal_payer payer = {.container = entry->by_container,
                                     .principal = RECEIPT_ADVERTISER};

    entry->time = scene->now;
    if (entry->seen_by.words[0] == 0)
        entry->seen_by.words[0] = 1u << RECEIPT_ADVERTISER | 1u << RECEIPT_SHOP;
    if (entry->told_to.words[0] == 0 && !entry->by_container &&
        entry->by.kind == VC_SUBJECT_PRINCIPAL)
        entry->told_to.words[0] = UINT64_C(1) << entry->by.index;
    return vc_journal_append(scene->journal, payer, entry, nullptr, nullptr);
}

static void append(struct receipt_scene *scene, struct vc_entry *entry,
                   const struct vc_entry_field *fields, size_t count)
{
    entry->fields = fields;
    entry->field_count = count;
    need(receipt_append(scene, entry) == VC_OK, "entry");
}

static struct vc_entry entry_by(enum vc_entry_kind kind, size_t principal)
{
    return (struct vc_entry){.kind = kind, .by = {VC_SUBJECT_PRINCIPAL, principal}};
}

static struct vc_entry_field digest_of(const char *name, const uint8_t *digest)
{
    return (struct vc_entry_field){name, VC_FIELD_DIGEST, .digest = digest};
}

void receipt_began(struct receipt_scene *scene)
{
    struct vc_entry entry = {.kind = VC_ENTRY_BEGAN, .by_container = true};
    uint8_t certificate[VC_SHA256_SIZE];
    const struct vc_entry_field fields[] = {
        digest_of("container", vc_journal_id(scene->journal)),
        digest_of("policy", scene->policy->hash),
        digest_of("certificate", certificate),
        {"node", VC_FIELD_TEXT, .text = ""},
        {"incarnation", VC_FIELD_NUMBER, .number = 0},
    };

    vc_sha256(vc_cert_der(scene->certificate), certificate);
    append(scene, &entry, fields, VC_COUNT(fields));
}

void receipt_file(struct receipt_scene *scene, enum vc_entry_kind kind, size_t principal,
                  const char *path)
{
    static const uint8_t sha256[VC_SHA256_SIZE] = {0xab};
    struct vc_entry entry = entry_by(kind, principal);
    const struct vc_entry_field field = {"path", VC_FIELD_TEXT, .text = path};
    const struct vc_entry_field details[] = {{"bytes", VC_FIELD_NUMBER, .number = 17},
                                             digest_of("sha256", sha256)};

    entry.details = details;
    entry.detail_count = VC_COUNT(details);
    append(scene, &entry, &field, 1);
}

void receipt_run(struct receipt_scene *scene, size_t principal, const char *arguments_hex)
{
    const struct vc_policy_program *program = &scene->policy->programs[RECEIPT_INTERSECT];
    struct vc_entry entry = entry_by(VC_ENTRY_RUN, principal);
    uint8_t arguments[VC_SHA256_SIZE];
    const struct vc_entry_field fields[] = {
        {"run", VC_FIELD_NUMBER, .number = 1},
        {"program", VC_FIELD_TEXT, .text = program->name},
        digest_of("sha256", program->sha256),
        digest_of("arguments", arguments),
    };

    need(vc_hex_parse(arguments_hex, arguments, sizeof(arguments), nullptr) == VC_OK, "arguments");
    append(scene, &entry, fields, VC_COUNT(fields));
}

void receipt_run_over(struct receipt_scene *scene)
{
    struct vc_entry entry = {.kind = VC_ENTRY_RUN_OVER, .by_container = true};
    const struct vc_entry_field fields[] = {
        {"run", VC_FIELD_NUMBER, .number = 1},
        {"program", VC_FIELD_TEXT, .text = "intersect"},
    };
    const struct vc_entry_field details[] = {{"state", VC_FIELD_TEXT, .text = "exited"},
                                             {"exit_code", VC_FIELD_NUMBER, .number = 0}};

    entry.details = details;
    entry.detail_count = VC_COUNT(details);
    entry.told_to.words[0] = 1u << RECEIPT_ADVERTISER;
    append(scene, &entry, fields, VC_COUNT(fields));
}

void receipt_narrow(struct receipt_scene *scene, struct vc_subject who, const char *text)
{
    struct vc_entry entry = {.kind = VC_ENTRY_NARROWING, .by = who};
    const struct vc_entry_field detail = {"narrowing", VC_FIELD_JSON, .text = text};
    struct vc_narrowing narrowing = {};
    struct vc_err err = {};
    bool changed;

    must(vc_narrowing_parse(scene->policy, (struct vc_bytes){(const uint8_t *)text, strlen(text)},
                            &narrowing, &err),
         &err);
    must(vc_force_narrow(scene->force, &narrowing, &changed, &err), &err);
    entry.details = &detail;
    entry.detail_count = 1;
    entry.told_to.words[0] = 1u << RECEIPT_ADVERTISER | 1u << RECEIPT_SHOP;
    append(scene, &entry, nullptr, 0);
}

void receipt_link(struct receipt_scene *scene, const struct receipt_scene *other)
{
    struct vc_entry entry = entry_by(VC_ENTRY_LINK, RECEIPT_SHOP);
    uint8_t root[VC_SHA256_SIZE];
    const struct vc_entry_field fields[] = {
        digest_of("container", vc_journal_id(other->journal)),
        digest_of("policy", other->policy->hash),
        digest_of("root", root),
        {"size", VC_FIELD_NUMBER, .number = (int64_t)vc_journal_size(other->journal)},
    };

    vc_journal_root(other->journal, root);
    append(scene, &entry, fields, VC_COUNT(fields));
}

void receipt_usual_story(struct receipt_scene *scene)
{
    const struct vc_subject shop = {VC_SUBJECT_PRINCIPAL, RECEIPT_SHOP};
    static const uint8_t digest[VC_SHA256_SIZE] = {1};
    const struct vc_entry_field certificate = digest_of("certificate", digest);
    struct vc_entry session = entry_by(VC_ENTRY_SESSION, RECEIPT_SHOP);

    receipt_began(scene);
    append(scene, &session, &certificate, 1);
    receipt_file(scene, VC_ENTRY_WRITE, RECEIPT_ADVERTISER, "/input/viewers.csv");
    receipt_file(scene, VC_ENTRY_APPEND, RECEIPT_SHOP, "/input/buyers/monday");
    scene->now += 10;
    receipt_run(scene, RECEIPT_ADVERTISER, RECEIPT_ARGUMENTS);
    receipt_run_over(scene);
    receipt_file(scene, VC_ENTRY_READ, RECEIPT_SHOP, "/output/sum.txt");
    receipt_narrow(scene, shop,
                   "{\"take\":{\"may\":[\"read\"],\"path\":\"/output/sum.txt\","
                   "\"from\":[{\"principal\":\"shop\"}]}}");
    scene->now += 10;
}

/* ---- receipts ---- */

static struct vc_receipt_signer signer_of(const struct receipt_scene *scene)
{
    return (struct vc_receipt_signer){.key = scene->service.shown_key,
                                      .certificate = scene->certificate,
                                      .log = &scene->log,
                                      .force = scene->force,
                                      .now = scene->now};
}

void receipt_make(struct receipt_scene *scene, size_t principal, uint64_t since,
                  struct vc_buffer *json)
{
    struct vc_receipt_signer signer = signer_of(scene);
    struct vc_err err = {};

    must(vc_receipt_write(scene->journal, principal, since, &signer, json, &err), &err);
}

static void write_element(struct vc_bytes text, struct vc_fold *fold, struct vc_json_writer *writer)
{
    const uint8_t *mark = memchr(text.data, RECEIPT_DETAILS_MARK, text.size);
    size_t size = mark != nullptr ? (size_t)(mark - text.data) : text.size;
    uint8_t leaf[VC_SHA256_SIZE];

    vc_json_open_object(writer, nullptr);
    vc_json_put_bytes(writer, "entry", (struct vc_bytes){text.data, size});
    if (mark != nullptr)
        vc_json_put_bytes(writer, "details", (struct vc_bytes){mark + 1, text.size - size - 1});
    vc_json_close_object(writer);
    size = size < VC_ENTRY_SIZE_MAX ? size : VC_ENTRY_SIZE_MAX;
    vc_log_leaf((struct vc_bytes){text.data, size}, leaf);
    need(vc_fold_add(fold, 0, leaf), "tree");
}

/* The elements, and the tree over them. */
static void write_entries(struct vc_bytes texts, struct vc_fold *fold,
                          struct vc_json_writer *writer)
{
    while (texts.size > 0) {
        size_t size = strnlen((const char *)texts.data, texts.size);
        size_t taken = size < texts.size ? size + 1 : size;

        write_element((struct vc_bytes){texts.data, size}, fold, writer);
        texts = (struct vc_bytes){texts.data + taken, texts.size - taken};
    }
}

/* What is around the head and the entries of any receipt. */
static const char *frame_of(struct receipt_scene *scene)
{
    if (scene->frame.size == 0) {
        receipt_make(scene, RECEIPT_SHOP, 0, &scene->frame);
        need(vc_buffer_append(&scene->frame, VC_BYTES(""), nullptr) == VC_OK, "memory");
    }
    return (const char *)scene->frame.data;
}

static void sign_head(struct receipt_scene *scene, const struct vc_fold *fold,
                      struct vc_buffer *json)
{
    struct vc_receipt_head head = {.time = scene->now, .size = fold->size};
    struct vc_json_writer writer = vc_json_writer_over(json);

    memcpy(head.container, vc_journal_id(scene->journal), sizeof(head.container));
    vc_fold_root(fold, head.root);
    need(vc_force_digest(scene->force, head.in_force, nullptr) == VC_OK, "digest");
    need(vc_receipt_head_sign(&head, scene->policy->hash, scene->service.shown_key, nullptr) ==
             VC_OK,
         "signature");
    vc_receipt_head_write(&writer, nullptr, &head);
}

void receipt_forge(struct receipt_scene *scene, struct vc_bytes texts, struct vc_buffer *json)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer entries = {}, head = {};
    struct vc_json_writer writer = vc_json_writer_over(&entries);
    const char *frame = frame_of(scene);
    const char *begin = strstr(frame, "\"head\":");
    const char *end = strstr(frame, ",\"certificate\":");
    const char *last = strstr(frame, "\"entries\":");
    struct vc_fold fold = {};

    need(begin != nullptr && end != nullptr && last != nullptr, "form");
    vc_json_open_array(&writer, nullptr);
    write_entries(texts, &fold, &writer);
    vc_json_close_array(&writer);
    need(vc_json_write_end(&writer, nullptr) == VC_OK, "memory");
    sign_head(scene, &fold, &head);
    need(vc_buffer_printf(json, nullptr, "%.*s\"head\":%.*s%.*s\"entries\":%.*s}",
                          (int)(begin - frame), frame, (int)head.size, head.data, (int)(last - end),
                          end, (int)entries.size, entries.data) == VC_OK,
         "memory");
}
