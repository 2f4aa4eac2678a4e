/* SPDX-License-Identifier: MIT */

#include "policy/limit_names.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name;
    size_t offset;
    size_t size; /* bytes of the member */
    uint64_t least;
} rows[VC_LIMIT_COUNT] = {
#define ROW(name, least) \
    {#name, offsetof(struct vc_limits, name), sizeof(((struct vc_limits *)nullptr)->name), (least)}
    ROW(memory_mib, 1),   ROW(stack_kib, 64),   ROW(cpu_seconds, 1),
    ROW(wall_seconds, 1), ROW(files, 0),        ROW(open_files, 8),
    ROW(processes, 1),    ROW(output_bytes, 0), ROW(written_bytes, 0),
#undef ROW
};

const char *vc_limit_name(size_t index)
{
    assert(index < VC_LIMIT_COUNT);
    return rows[index].name;
}

uint64_t vc_limit_least(size_t index)
{
    assert(index < VC_LIMIT_COUNT);
    return rows[index].least;
}

uint64_t vc_limit_none(size_t index)
{
    assert(index < VC_LIMIT_COUNT);
    return rows[index].size == sizeof(uint32_t) ? UINT32_MAX : UINT64_MAX;
}

uint64_t vc_limit_get(const struct vc_limits *limits, size_t index)
{
    const uint8_t *member = (const uint8_t *)limits + rows[index].offset;
    uint32_t narrow;
    uint64_t wide;

    if (rows[index].size == sizeof(narrow)) {
        memcpy(&narrow, member, sizeof(narrow));
        return narrow;
    }
    memcpy(&wide, member, sizeof(wide));
    return wide;
}

void vc_limit_set(struct vc_limits *limits, size_t index, uint64_t value)
{
    uint8_t *member = (uint8_t *)limits + rows[index].offset;
    uint32_t narrow = (uint32_t)value;

    assert(value <= vc_limit_none(index));
    if (rows[index].size == sizeof(narrow)) {
        memcpy(member, &narrow, sizeof(narrow));
    } else {
        memcpy(member, &value, sizeof(value));
    }
}

struct vc_limits vc_limits_none(void)
{
    struct vc_limits limits = {};

    for (size_t i = 0; i < VC_LIMIT_COUNT; i++)
        vc_limit_set(&limits, i, vc_limit_none(i));
    return limits;
}

struct vc_limits vc_limits_meet(const struct vc_limits *a, const struct vc_limits *b)
{
    struct vc_limits met = {};

    for (size_t i = 0; i < VC_LIMIT_COUNT; i++) {
        uint64_t left = vc_limit_get(a, i);
        uint64_t right = vc_limit_get(b, i);

        vc_limit_set(&met, i, left < right ? left : right);
    }
    return met;
}
