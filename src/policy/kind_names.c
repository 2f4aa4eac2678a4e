/* SPDX-License-Identifier: MIT */

#include "policy/kind_names.h"

#include <string.h>

/* By the number of their bit. */
static const char *const rights[] = {"read", "write", "append", "execute", "list", "delete"};
static_assert(VC_RIGHT_DELETE == 1 << (VC_COUNT(rights) - 1));

static const char *const narrowings[] = {
    [VC_NARROW_TAKE] = "take",         [VC_NARROW_TAKE_STREAM] = "take_stream",
    [VC_NARROW_TAKE_KEY] = "take_key", [VC_NARROW_READ_ONCE] = "read_once",
    [VC_NARROW_EXPIRES] = "expires",   [VC_NARROW_RUNS] = "runs",
    [VC_NARROW_LIMITS] = "limits",     [VC_NARROW_FREEZE] = "freeze_inputs",
    [VC_NARROW_WITHDRAW] = "withdraw",
};
static_assert(VC_COUNT(narrowings) == VC_NARROWING_KINDS);

static const char *const entries[] = {
    [VC_ENTRY_BEGAN] = "began",
    [VC_ENTRY_ATTESTED] = "attested",
    [VC_ENTRY_SESSION] = "session",
    [VC_ENTRY_WRITE] = "write",
    [VC_ENTRY_APPEND] = "append",
    [VC_ENTRY_DELETE] = "delete",
    [VC_ENTRY_READ] = "read",
    [VC_ENTRY_KEY] = "key",
    [VC_ENTRY_STREAM] = "stream",
    [VC_ENTRY_CONSENT] = "consent",
    [VC_ENTRY_RUN] = "run",
    [VC_ENTRY_RUN_OVER] = "run_over",
    [VC_ENTRY_NARROWING] = "narrowing",
    [VC_ENTRY_REFUSAL] = "refusal",
    [VC_ENTRY_LINK] = "link",
    [VC_ENTRY_ENDED] = "ended",
};
static_assert(VC_COUNT(entries) == VC_ENTRY_KINDS);

static bool find(const char *const *names, size_t count, const char *name, size_t *index)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

const char *vc_policy_right_name(enum vc_right right)
{
    for (size_t i = 0; i < VC_COUNT(rights); i++) {
        if ((unsigned)right == 1U << i)
            return rights[i];
    }
    return nullptr;
}

bool vc_policy_right_find(const char *name, enum vc_right *right)
{
    size_t index;

    if (!find(rights, VC_COUNT(rights), name, &index))
        return false;
    *right = (enum vc_right)(1U << index);
    return true;
}

const char *vc_narrowing_kind_name(enum vc_narrowing_kind kind)
{
    return (size_t)kind < VC_COUNT(narrowings) ? narrowings[kind] : nullptr;
}

bool vc_narrowing_kind_find(const char *name, enum vc_narrowing_kind *kind)
{
    size_t index;

    if (!find(narrowings, VC_COUNT(narrowings), name, &index))
        return false;
    *kind = (enum vc_narrowing_kind)index;
    return true;
}

const char *vc_entry_kind_name(enum vc_entry_kind kind)
{
    return (size_t)kind < VC_COUNT(entries) ? entries[kind] : nullptr;
}

bool vc_entry_kind_find(const char *name, enum vc_entry_kind *kind)
{
    size_t index;

    if (!find(entries, VC_COUNT(entries), name, &index))
        return false;
    *kind = (enum vc_entry_kind)index;
    return true;
}
