/* SPDX-License-Identifier: MIT */

/* Target: every call of the host. Input: records of a call's number and nine arguments of 4 bytes;
 * the same bytes fill the program's memory. Property: nothing outside that memory is touched, no
 * descriptor beyond the limit is held, and the budget of output never grows. */

#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "hostabi/host_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr unsigned CALLS_MAX = 64;

static bool is_done(const struct vc_reader *reader)
{
    return vc_reader_left(reader) < 1 + 4 * VC_ENGINE_ARGUMENTS_MAX;
}

static void call_one(struct fixture *fixture, struct vc_reader *reader)
{
    uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX];
    size_t count;
    const struct vc_engine_import *imports = vc_host_imports(&count);
    const struct vc_engine_import *import = &imports[vc_read_u8(reader) % count];
    uint64_t left = fixture->host->output_left;

    /* 64-bit arguments are wide where it matters: at their end. */
    for (size_t i = 0; i < VC_ENGINE_ARGUMENTS_MAX; i++)
        arguments[i] = (uint64_t)(int64_t)(int32_t)vc_read_u32(reader);
    (void)fixture_invoke(fixture, import, arguments, strlen(import->parameters));
    if (fixture->host->output_left > left)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_reader reader = vc_reader_over((struct vc_bytes){data, size});
    struct fixture fixture;

    fixture_init(&fixture, false, true);
    if (size > 0)
        memcpy(fixture.memory, data, size < FIXTURE_MEMORY_SIZE ? size : FIXTURE_MEMORY_SIZE);
    for (unsigned i = 0; i < CALLS_MAX && !is_done(&reader); i++)
        call_one(&fixture, &reader);
    fixture_done(&fixture);
    return 0;
}
