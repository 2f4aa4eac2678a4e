/* SPDX-License-Identifier: MIT */

#include "journal/journal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "attest/log_tiles.h"
#include "crypto/random.h"
#include "journal/journal_internal.h"

static constexpr uint64_t KEPT_PART = 4; /* one in so many bytes of a share is for narrowings */

/* Of narrowings and of all else, so that neither takes the other's room. */
struct share {
    uint64_t narrowing, other; /* bytes in use */
};

/* ---- new and gone ---- */

/* The tree asks for what it gave out of its hands. */
static enum vc_code load_tile(void *user, uint64_t tile, uint8_t (*leaves)[VC_SHA256_SIZE],
                              struct vc_err *)
{
    const struct vc_journal *journal = user;

    for (size_t i = 0; i < VC_LOG_TILE; i++)
        memcpy(leaves[i], journal->records[tile * VC_LOG_TILE + i]->leaf, VC_SHA256_SIZE);
    return VC_OK;
}

static enum vc_code make_parts(struct vc_journal *journal, struct vc_err *err)
{
    enum vc_code code = vc_random(journal->id, sizeof(journal->id), err);

    if (code == VC_OK)
        code = vc_log_tiles_new(load_tile, journal, &journal->tree, err);
    if (code == VC_OK) {
        code = vc_refusals_new(vc_subject_count(journal->policy), VC_JOURNAL_REFUSALS_MAX,
                               &journal->refusals, err);
    }
    if (code != VC_OK)
        return code;
    journal->shares = calloc(journal->policy->principal_count + 1, sizeof(*journal->shares));
    return journal->shares == nullptr ? vc_fail_memory(err) : VC_OK;
}

enum vc_code vc_journal_new(const struct vc_policy *policy, struct vc_journal **journal,
                            struct vc_err *err)
{
    vc_cleanup(vc_journal_freep) struct vc_journal *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->policy = policy;
    made->set_words = (policy->principal_count + 63) / 64;
    code = make_parts(made, err);
    if (code == VC_OK)
        *journal = vc_take(made);
    return code;
}

void vc_journal_free(struct vc_journal *journal)
{
    if (journal == nullptr)
        return;
    for (size_t i = 0; i < journal->size; i++)
        free(journal->records[i]);
    free(journal->records);
    free(journal->shares);
    vc_refusals_free(journal->refusals);
    vc_log_tiles_free(journal->tree);
    free(journal);
}

void vc_journal_set_force(struct vc_journal *journal, const struct vc_force *force)
{
    journal->force = force;
}

const uint8_t *vc_journal_id(const struct vc_journal *journal)
{
    return journal->id;
}

uint64_t vc_journal_size(const struct vc_journal *journal)
{
    return journal->size;
}

void vc_journal_root(struct vc_journal *journal, uint8_t root[VC_SHA256_SIZE])
{
    vc_log_tiles_root(journal->tree, root);
}

int64_t vc_journal_time(struct vc_journal *journal, int64_t now)
{
    if (journal->time < now)
        journal->time = now;
    return journal->time;
}

/* ---- room ---- */

static uint64_t share_of_one(const struct vc_policy *policy)
{
    return policy->journal.bytes / (policy->principal_count + 2);
}

/* Without what is kept back. */
static uint64_t usual_share(const struct vc_policy *policy)
{
    uint64_t share = share_of_one(policy);

    return share - share / KEPT_PART;
}

/* Of each payer's own share, and of the one that is nobody's. */
static uint64_t narrowing_share(const struct vc_policy *policy)
{
    uint64_t share = share_of_one(policy);

    return share / KEPT_PART + share / (policy->principal_count + 1);
}

static struct share *share_of(const struct vc_journal *journal, struct vc_journal_payer payer)
{
    return &journal->shares[payer.container ? journal->policy->principal_count : payer.principal];
}

static enum vc_code check_fits(const struct vc_journal *journal, struct vc_journal_payer payer,
                               uint64_t used, uint64_t more, uint64_t most, struct vc_err *err)
{
    const char *name =
        payer.container ? "the container" : journal->policy->principals[payer.principal].name;

    if (used <= most && more <= most - used)
        return VC_OK;
    return vc_fail(err, VC_LIMIT, "journal.bytes: %s has filled its share", name);
}

enum vc_code vc_journal_check_room(const struct vc_journal *journal, size_t principal,
                                   uint64_t bytes, struct vc_err *err)
{
    struct vc_journal_payer payer = {.principal = principal};

    return check_fits(journal, payer, share_of(journal, payer)->other, bytes,
                      usual_share(journal->policy), err);
}

bool vc_journal_is_half_full(const struct vc_journal *journal, struct vc_journal_payer payer)
{
    return share_of(journal, payer)->other >= usual_share(journal->policy) / 2;
}

enum vc_code vc_journal_check_narrowing(const struct vc_journal *journal, size_t principal,
                                        uint64_t bytes, struct vc_err *err)
{
    struct vc_journal_payer payer = {.principal = principal};

    return check_fits(journal, payer, share_of(journal, payer)->narrowing, bytes,
                      narrowing_share(journal->policy), err);
}

static enum vc_code check_entry_fits(const struct vc_journal *journal,
                                     struct vc_journal_payer payer, const struct vc_entry *entry,
                                     uint64_t bytes, struct vc_err *err)
{
    const struct share *share = share_of(journal, payer);
    enum vc_entry_kind kind = entry->kind;

    if (entry->always)
        return VC_OK;
    if (kind == VC_ENTRY_ENDED)
        return journal->ended ? vc_fail(err, VC_STATE, "journal: it has ended before") : VC_OK;
    if (kind == VC_ENTRY_NARROWING) {
        return check_fits(journal, payer, share->narrowing, bytes, narrowing_share(journal->policy),
                          err);
    }
    return check_fits(journal, payer, share->other, bytes, usual_share(journal->policy), err);
}

static void pay(struct vc_journal *journal, struct vc_journal_payer payer, enum vc_entry_kind kind,
                uint64_t bytes)
{
    struct share *share = share_of(journal, payer);

    journal->ended = journal->ended || kind == VC_ENTRY_ENDED;
    *(kind == VC_ENTRY_NARROWING ? &share->narrowing : &share->other) += bytes;
}

/* ---- entries ---- */

struct texts {
    struct vc_buffer text, details;
};

static void texts_done(struct texts *texts)
{
    vc_buffer_done(&texts->text);
    vc_buffer_done(&texts->details);
}

static uint64_t cost_of(const struct texts *texts)
{
    return texts->text.size + texts->details.size + VC_JOURNAL_ENTRY_COST;
}

/* Who sees it: who was named, and who observes such entries. */
static void fill_sets(const struct vc_journal *journal, const struct vc_entry *entry,
                      struct written *record)
{
    const struct vc_policy_journal *rules = &journal->policy->journal;
    uint64_t *seen = record->sets;
    uint64_t *told = record->sets + journal->set_words;

    for (size_t i = 0; i < journal->policy->principal_count; i++) {
        struct vc_subject who = {VC_SUBJECT_PRINCIPAL, i};

        if (vc_subjects_have(journal->policy, &entry->told_to, who))
            told[i / 64] |= UINT64_C(1) << i % 64;
        if (vc_subjects_have(journal->policy, &entry->seen_by, who))
            seen[i / 64] |= UINT64_C(1) << i % 64;
    }
    for (size_t i = 0; i < rules->observer_count; i++) {
        size_t who = rules->observers[i].principal;

        if ((rules->observers[i].kinds >> entry->kind & 1) != 0)
            seen[who / 64] |= UINT64_C(1) << who % 64;
    }
    for (size_t i = 0; i < journal->set_words; i++)
        seen[i] |= told[i];
}

static struct written *new_record(const struct vc_journal *journal, const struct vc_entry *entry,
                                  const struct texts *texts)
{
    size_t sets_size = 2 * journal->set_words * sizeof(uint64_t);
    struct written *record =
        calloc(1, sizeof(*record) + sets_size + texts->text.size + texts->details.size);
    uint8_t *at;

    if (record == nullptr)
        return nullptr;
    record->kind = entry->kind;
    fill_sets(journal, entry, record);
    at = (uint8_t *)record->sets + sets_size;
    memcpy(at, texts->text.data, texts->text.size);
    record->text = (struct vc_bytes){at, texts->text.size};
    at += texts->text.size;
    if (texts->details.size > 0)
        memcpy(at, texts->details.data, texts->details.size);
    record->details = (struct vc_bytes){at, texts->details.size};
    vc_log_leaf(record->text, record->leaf);
    return record;
}

static enum vc_code reserve(struct vc_journal *journal, struct vc_err *err)
{
    size_t capacity = journal->capacity == 0 ? 64 : 2 * journal->capacity;
    struct written **records;

    if (journal->size < journal->capacity)
        return vc_log_tiles_reserve(journal->tree, 1, err);
    records = reallocarray(journal->records, capacity, sizeof(struct written *));
    if (records == nullptr)
        return vc_fail_memory(err);
    journal->records = records;
    journal->capacity = capacity;
    return vc_log_tiles_reserve(journal->tree, 1, err);
}

/* Watchers may leave while they are told. */
static void tell(struct vc_journal *journal, const struct written *record)
{
    for (struct vc_journal_watcher *at = journal->watchers; at != nullptr; at = journal->next) {
        struct vc_bytes details;

        journal->next = at->next;
        if (!vc_journal_sees(journal, record, at->principal))
            continue;
        details = vc_journal_tells(journal, record, at->principal) ? record->details
                                                                   : (struct vc_bytes){};
        at->added(at->user, journal->size - 1, record->text, details);
    }
    journal->next = nullptr;
}

static enum vc_code write_texts(struct vc_journal *journal, const struct vc_entry *entry,
                                struct texts *texts, struct vc_err *err)
{
    uint8_t salts[2 * VC_ENTRY_SALT_SIZE];
    struct vc_entry dated = *entry;
    enum vc_code code = vc_random(salts, sizeof(salts), err);

    dated.time = vc_journal_time(journal, entry->time);
    if (code != VC_OK)
        return code;
    return vc_entry_write(journal->policy, &dated, journal->size, salts, &texts->text,
                          &texts->details, err);
}

static enum vc_code add(struct vc_journal *journal, struct vc_journal_payer payer,
                        const struct vc_entry *entry, struct vc_err *err)
{
    vc_cleanup(texts_done) struct texts texts = {};
    struct written *record;
    enum vc_code code = write_texts(journal, entry, &texts, err);

    if (code == VC_OK)
        code = check_entry_fits(journal, payer, entry, cost_of(&texts), err);
    if (code == VC_OK)
        code = reserve(journal, err);
    if (code != VC_OK)
        return code;
    record = new_record(journal, entry, &texts);
    if (record == nullptr)
        return vc_fail_memory(err);
    journal->records[journal->size++] = record;
    vc_log_tiles_append(journal->tree, record->leaf);
    pay(journal, payer, entry->kind, cost_of(&texts));
    return VC_OK;
}

/* ---- refusals ---- */

/* What was refused, without when. */
static enum vc_code digest_of(const struct vc_journal *journal, const struct vc_entry *entry,
                              uint8_t digest[VC_SHA256_SIZE], struct vc_err *err)
{
    static const uint8_t salts[2 * VC_ENTRY_SALT_SIZE];
    vc_cleanup(texts_done) struct texts texts = {};
    struct vc_entry timeless = *entry;
    enum vc_code code;

    timeless.time = 0;
    code = vc_entry_write(journal->policy, &timeless, 0, salts, &texts.text, &texts.details, err);
    if (code == VC_OK)
        vc_sha256(vc_buffer_bytes(&texts.text), digest);
    return code;
}

/* *known: it is written down already, as *index. */
static enum vc_code add_refusal(struct vc_journal *journal, struct vc_journal_payer payer,
                                const struct vc_entry *entry, uint64_t *index, bool *known,
                                struct vc_err *err)
{
    static const struct vc_entry_field more = {"more", VC_FIELD_FLAG, .number = 1};
    size_t subject = vc_subject_number(journal->policy, entry->by);
    struct vc_entry written = *entry;
    uint8_t digest[VC_SHA256_SIZE];
    enum vc_refusal_news news;
    enum vc_code code = digest_of(journal, entry, digest, err);

    if (code != VC_OK)
        return code;
    news = vc_refusals_find(journal->refusals, subject, digest, index);
    *known = news == VC_REFUSAL_KNOWN;
    if (*known)
        return VC_OK;
    if (news == VC_REFUSAL_MORE) {
        written.fields = &more;
        written.field_count = 1;
        written.detail_count = 0;
    }
    code = vc_refusals_reserve(journal->refusals, subject, err);
    if (code == VC_OK)
        code = add(journal, payer, &written, err);
    if (code == VC_OK)
        vc_refusals_note(journal->refusals, subject, digest, journal->size - 1);
    return code;
}

enum vc_code vc_journal_append(struct vc_journal *journal, struct vc_journal_payer payer,
                               const struct vc_entry *entry, uint64_t *index, struct vc_err *err)
{
    uint64_t found = journal->size;
    bool known = false;
    enum vc_code code = entry->kind == VC_ENTRY_REFUSAL && !entry->by_container
                            ? add_refusal(journal, payer, entry, &found, &known, err)
                            : add(journal, payer, entry, err);

    if (code != VC_OK)
        return code;
    if (index != nullptr)
        *index = known ? found : journal->size - 1;
    if (!known)
        tell(journal, journal->records[journal->size - 1]);
    return VC_OK;
}

/* ---- who sees what ---- */

void vc_journal_watch(struct vc_journal *journal, struct vc_journal_watcher *watcher)
{
    watcher->next = journal->watchers;
    journal->watchers = watcher;
}

void vc_journal_unwatch(struct vc_journal *journal, struct vc_journal_watcher *watcher)
{
    struct vc_journal_watcher **slot = &journal->watchers;

    while (*slot != nullptr && *slot != watcher)
        slot = &(*slot)->next;
    if (*slot != nullptr)
        *slot = watcher->next;
    if (journal->next == watcher)
        journal->next = watcher->next;
}

bool vc_journal_sees(const struct vc_journal *journal, const struct written *record,
                     size_t principal)
{
    assert(principal < journal->policy->principal_count);
    return (record->sets[principal / 64] >> principal % 64 & 1) != 0;
}

/* What an entry about a file says of who did it and where. */
static enum vc_code find_file(const struct vc_journal *journal, const struct written *record,
                              struct vc_entry_seen *entry, char path[VC_PATH_MAX + 1],
                              struct vc_err *err)
{
    const struct vc_bytes texts[] = {record->text, record->details};
    enum vc_code code = VC_OK;

    for (size_t i = 0; i < VC_COUNT(texts) && code == VC_OK; i++) {
        vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
        struct vc_json_place root, member;
        const char *text;

        code = vc_json_parse(texts[i], &json, err);
        if (code != VC_OK)
            break;
        root = vc_json_root(json);
        if (i == 0)
            code = vc_entry_parse(journal->policy, &root, entry, err);
        if (code != VC_OK || (i > 0 && !vc_json_has(&root, "path")))
            continue;
        code = vc_json_member(&root, "path", &member, err);
        if (code == VC_OK)
            code = vc_json_string(&member, &text, err);
        if (code == VC_OK && strlen(text) > VC_PATH_MAX)
            return vc_fail(err, VC_LIMIT, "a path of %zu bytes", strlen(text));
        if (code == VC_OK)
            memcpy(path, text, strlen(text) + 1);
    }
    return code;
}

/* Which stream an entry of that kind is about. */
static enum vc_code find_stream(const struct vc_journal *journal, const struct written *record,
                                size_t *stream, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root, member;
    const char *name;
    enum vc_code code = vc_json_parse(record->text, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = vc_json_member(&root, "stream", &member, err);
    if (code == VC_OK)
        code = vc_json_string(&member, &name, err);
    if (code == VC_OK && !vc_policy_find_stream(journal->policy, name, stream))
        code = vc_fail(err, VC_NOT_FOUND, "streams: no %.64s", name);
    return code;
}

static bool is_told_of_file(const struct vc_journal *journal, const struct written *record,
                            struct vc_subject who)
{
    struct vc_entry_seen entry = {};
    char path[VC_PATH_MAX + 1] = "";

    if (find_file(journal, record, &entry, path, nullptr) != VC_OK)
        return false;
    return (!entry.by_container && vc_policy_same_subject(entry.by, who)) ||
           vc_force_decide(journal->force, who, VC_RIGHT_READ, path, nullptr) == VC_OK;
}

static bool is_told_of_stream(const struct vc_journal *journal, const struct written *record,
                              struct vc_subject who)
{
    size_t stream;
    size_t consumer;

    if (find_stream(journal, record, &stream, nullptr) != VC_OK)
        return false;
    /* a producer knows what it sent */
    return vc_policy_decide_produce(journal->policy, who, stream, nullptr) == VC_OK ||
           vc_policy_decide_consume(journal->policy, who, stream, &consumer, nullptr) != VC_OK ||
           vc_force_decide_consume(journal->force, who, stream, &consumer, nullptr) == VC_OK;
}

/* Whoever was told because it might read a file or consume a stream is not any more if it may not:
 * otherwise it would learn by length and digest what it came too late to have. What one did oneself
 * one knows. */
static bool may_be_told(const struct vc_journal *journal, const struct written *record,
                        size_t principal)
{
    const struct vc_subject who = {VC_SUBJECT_PRINCIPAL, principal};

    if (journal->force == nullptr || vc_force_version(journal->force) == 0)
        return true;
    if (record->kind == VC_ENTRY_STREAM)
        return is_told_of_stream(journal, record, who);
    if (record->kind == VC_ENTRY_WRITE || record->kind == VC_ENTRY_APPEND ||
        record->kind == VC_ENTRY_READ || record->kind == VC_ENTRY_DELETE)
        return is_told_of_file(journal, record, who);
    return true;
}

bool vc_journal_tells(const struct vc_journal *journal, const struct written *record,
                      size_t principal)
{
    assert(principal < journal->policy->principal_count);
    return record->details.size > 0 &&
           (record->sets[journal->set_words + principal / 64] >> principal % 64 & 1) != 0 &&
           may_be_told(journal, record, principal);
}

bool vc_journal_at(const struct vc_journal *journal, size_t principal, uint64_t index,
                   struct vc_bytes *entry, struct vc_bytes *details)
{
    const struct written *record;

    if (index >= journal->size)
        return false;
    record = journal->records[index];
    if (!vc_journal_sees(journal, record, principal))
        return false;
    *entry = record->text;
    *details = vc_journal_tells(journal, record, principal) ? record->details : (struct vc_bytes){};
    return true;
}

enum vc_entry_kind vc_journal_kind_at(const struct vc_journal *journal, uint64_t index)
{
    assert(index < journal->size);
    return journal->records[index]->kind;
}
