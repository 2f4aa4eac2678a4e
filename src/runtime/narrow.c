/* SPDX-License-Identifier: MIT */

#include "runtime/narrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one principal has taken of what all have together. */
struct paid {
    size_t narrowings, names; /* names: of the paths in them */
};

struct vc_narrower {
    const struct vc_policy *policy;
    struct vc_force *force;
    struct vc_narrower_setup setup;
    struct vc_narrowed *narrowed; /* in order */
    size_t count, capacity;
    struct paid *paid; /* [policy->principal_count] */
    struct vc_narrower_watcher *watchers;
    struct vc_narrower_watcher *next; /* to be told after the one that is being told */
};

enum vc_code vc_narrower_new(const struct vc_narrower_setup *setup, struct vc_narrower **narrower,
                             struct vc_err *err)
{
    vc_cleanup(vc_narrower_freep) struct vc_narrower *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->policy = setup->policy;
    made->setup = *setup;
    made->paid = calloc(setup->policy->principal_count + 1, sizeof(*made->paid));
    if (made->paid == nullptr)
        return vc_fail_memory(err);
    code = vc_force_new(setup->policy, &made->force, err);
    if (code == VC_OK)
        *narrower = vc_take(made);
    return code;
}

void vc_narrower_free(struct vc_narrower *narrower)
{
    if (narrower == nullptr)
        return;
    vc_force_free(narrower->force);
    free(narrower->narrowed);
    free(narrower->paid);
    free(narrower);
}

const struct vc_force *vc_narrower_force(const struct vc_narrower *narrower)
{
    return narrower->force;
}

/* ---- who is told ---- */

void vc_narrower_watch(struct vc_narrower *narrower, struct vc_narrower_watcher *watcher)
{
    struct vc_narrower_watcher **link = &narrower->watchers;

    while (*link != nullptr)
        link = &(*link)->next;
    watcher->next = nullptr;
    *link = watcher;
}

void vc_narrower_unwatch(struct vc_narrower *narrower, struct vc_narrower_watcher *watcher)
{
    struct vc_narrower_watcher **link = &narrower->watchers;

    while (*link != nullptr && *link != watcher)
        link = &(*link)->next;
    if (*link != nullptr)
        *link = watcher->next;
    if (narrower->next == watcher)
        narrower->next = watcher->next;
}

static void tell(struct vc_narrower *narrower, const struct vc_narrowed *narrowed)
{
    for (struct vc_narrower_watcher *watcher = narrower->watchers; watcher != nullptr;
         watcher = narrower->next) {
        narrower->next = watcher->next;
        watcher->changed(watcher->user, narrowed);
    }
    narrower->next = nullptr;
}

/* ---- narrowing ---- */

static enum vc_code make_room(struct vc_narrower *narrower, struct vc_err *err)
{
    size_t more = narrower->capacity == 0 ? 16 : 2 * narrower->capacity;
    struct vc_narrowed *grown;

    if (narrower->count < narrower->capacity)
        return VC_OK;
    grown = reallocarray(narrower->narrowed, more, sizeof(*grown));
    if (grown == nullptr)
        return vc_fail_memory(err);
    narrower->narrowed = grown;
    narrower->capacity = more;
    return VC_OK;
}

static size_t names_in(const char *path)
{
    size_t count = 0;

    for (; *path != '\0'; path++)
        count += *path == '/';
    return count;
}

/* Of all narrowings, and of the names that the policy in force can keep, each principal has its
 * part: who narrows without end keeps nobody else from it. */
static enum vc_code check_part(const struct vc_narrower *narrower, size_t principal, size_t names,
                               struct vc_err *err)
{
    const struct vc_policy *policy = narrower->policy;
    const struct paid *paid = &narrower->paid[principal];
    size_t most = VC_NARROWINGS_MAX / policy->principal_count;
    size_t names_most = VC_NARROWING_NAMES_MAX / policy->principal_count;

    if (paid->narrowings < most && names <= names_most && paid->names <= names_most - names)
        return VC_OK;
    return vc_fail(err, VC_LIMIT, "narrowing: %s has made as many as one may",
                   policy->principals[principal].name);
}

enum vc_code vc_narrower_check_read(const struct vc_narrower *narrower, size_t principal,
                                    const char *path, struct vc_err *err)
{
    enum vc_code code = check_part(narrower, principal, names_in(path), err);

    return code == VC_OK
               ? vc_record_check_narrowing(narrower->setup.record, principal, 2 * VC_PATH_MAX, err)
               : code;
}

/* There are only so many of these, and nobody can be kept from them by others who write much. Of
 * what is read once, whether there is room was asked before it was read. */
static bool is_always_heard(const struct vc_narrowed *narrowed)
{
    return narrowed->by_container || narrowed->narrowing.kind == VC_NARROW_WITHDRAW ||
           narrowed->narrowing.kind == VC_NARROW_FREEZE;
}

/* Its one spelling, with a NUL. */
static enum vc_code spell(const struct vc_narrower *narrower, const struct vc_narrowed *narrowed,
                          struct vc_buffer *text, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(text);
    enum vc_code code;

    vc_narrowing_write(narrower->policy, &narrowed->narrowing, &writer, nullptr);
    code = vc_json_write_end(&writer, err);
    if (code != VC_OK)
        return code;
    return vc_buffer_append(text, (struct vc_bytes){(const uint8_t *)"", 1}, err);
}

static enum vc_code write_down(struct vc_narrower *narrower, struct vc_narrowed *narrowed,
                               size_t principal, const char *text, struct vc_err *err)
{
    const struct vc_record_narrowing note = {.by_container = narrowed->by_container,
                                             .who = narrowed->who,
                                             .run = narrowed->run,
                                             .principal = principal,
                                             .always = is_always_heard(narrowed),
                                             .text = text};

    return vc_record_narrowing(narrower->setup.record, &note, &narrowed->index, err);
}

/* In force first, and then written down: what is in force and in no journal would be in no receipt
 * either, so the container ends instead. */
static enum vc_code put_in_force(struct vc_narrower *narrower, struct vc_narrowed *narrowed,
                                 size_t principal, bool *changed, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    size_t names = names_in(narrowed->narrowing.path);
    enum vc_code code = make_room(narrower, err);

    *changed = false;
    if (code == VC_OK)
        code = spell(narrower, narrowed, &text, err);
    if (code == VC_OK && !is_always_heard(narrowed))
        code = check_part(narrower, principal, names, err);
    if (code == VC_OK && !is_always_heard(narrowed))
        code = vc_record_check_narrowing(narrower->setup.record, principal, text.size, err);
    if (code == VC_OK)
        code = vc_force_narrow(narrower->force, &narrowed->narrowing, changed, err);
    if (code != VC_OK || !*changed)
        return code;
    if (narrower->setup.now != nullptr)
        narrowed->time = narrower->setup.now(narrower->setup.user);
    code = write_down(narrower, narrowed, principal, (const char *)text.data, err);
    narrower->narrowed[narrower->count++] = *narrowed;
    narrower->paid[principal].narrowings++;
    narrower->paid[principal].names += names;
    tell(narrower, narrowed);
    if (code != VC_OK && narrower->setup.broken != nullptr) {
        struct vc_err why = {};

        (void)!vc_fail(&why, code, "journal: a narrowing could not be written down");
        narrower->setup.broken(narrower->setup.user, &why);
    }
    return code;
}

enum vc_code vc_narrower_narrow(struct vc_narrower *narrower,
                                const struct vc_narrow_request *request, bool *changed,
                                uint64_t *index, struct vc_err *err)
{
    struct vc_narrowed narrowed = {
        .who = request->who, .run = request->run, .narrowing = *request->narrowing};
    enum vc_code code =
        vc_policy_decide_narrow(narrower->policy, request->who, &narrowed.narrowing, err);

    if (code == VC_OK)
        code = put_in_force(narrower, &narrowed, request->principal, changed, err);
    if (index != nullptr)
        *index = narrowed.index;
    return code;
}

enum vc_code vc_narrower_note_read(struct vc_narrower *narrower, size_t principal, const char *path,
                                   struct vc_err *err)
{
    const struct vc_subject who = {VC_SUBJECT_PRINCIPAL, principal};
    struct vc_narrowed narrowed = {
        .by_container = true,
        .narrowing = {.kind = VC_NARROW_TAKE, .may = VC_RIGHT_READ},
    };
    bool changed;

    (void)snprintf(narrowed.narrowing.path, sizeof(narrowed.narrowing.path), "%s", path);
    vc_subjects_add(narrower->policy, &narrowed.narrowing.from, who);
    return put_in_force(narrower, &narrowed, principal, &changed, err);
}

void vc_narrower_each(const struct vc_narrower *narrower,
                      void (*visit)(void *user, const struct vc_narrowed *narrowed), void *user)
{
    for (size_t i = 0; i < narrower->count; i++)
        visit(user, &narrower->narrowed[i]);
}
