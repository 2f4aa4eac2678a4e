/* SPDX-License-Identifier: MIT */

#include "runtime/read_once.h"

#include <stdlib.h>
#include <string.h>

static struct vc_read_once_claim *find(struct vc_read_once *once, size_t principal,
                                       const char *path)
{
    for (size_t i = 0; i < once->count; i++) {
        if (once->claims[i].principal == principal && strcmp(once->claims[i].path, path) == 0)
            return &once->claims[i];
    }
    return nullptr;
}

static size_t count_of(const struct vc_read_once *once, size_t principal)
{
    size_t count = 0;

    for (size_t i = 0; i < once->count; i++)
        count += once->claims[i].principal == principal;
    return count;
}

static enum vc_code make_room(struct vc_read_once *once, size_t principal, struct vc_err *err)
{
    size_t more = once->capacity == 0 ? 16 : 2 * once->capacity;
    struct vc_read_once_claim *grown;

    if (count_of(once, principal) >= VC_READ_ONCE_OF_ONE_MAX)
        return vc_fail(err, VC_LIMIT, "read_once: at most %zu files begun and not whole",
                       VC_READ_ONCE_OF_ONE_MAX);
    if (once->count < once->capacity)
        return VC_OK;
    grown = realloc(once->claims, more * sizeof(*grown));
    if (grown == nullptr)
        return vc_fail_memory(err);
    once->claims = grown;
    once->capacity = more;
    return VC_OK;
}

enum vc_code vc_read_once_claim(struct vc_read_once *once, size_t principal, const char *path,
                                uint64_t version, struct vc_err *err)
{
    const struct vc_read_once_claim *claim = find(once, principal, path);
    char *copy;
    enum vc_code code;

    if (claim != nullptr && claim->version == version)
        return VC_OK;
    if (claim != nullptr)
        return vc_fail(err, VC_STATE,
                       "%.200s is read once, and you have begun to read another version of it",
                       path);
    code = make_room(once, principal, err);
    if (code != VC_OK)
        return code;
    copy = strdup(path);
    if (copy == nullptr)
        return vc_fail_memory(err);
    once->claims[once->count++] = (struct vc_read_once_claim){principal, version, copy};
    return VC_OK;
}

void vc_read_once_forget(struct vc_read_once *once, size_t principal, const char *path)
{
    struct vc_read_once_claim *claim = find(once, principal, path);

    if (claim == nullptr)
        return;
    free(claim->path);
    *claim = once->claims[--once->count];
}

void vc_read_once_done(struct vc_read_once *once)
{
    for (size_t i = 0; i < once->count; i++)
        free(once->claims[i].path);
    free(once->claims);
    *once = (struct vc_read_once){};
}
