/* SPDX-License-Identifier: MIT */

/* Target: every call of the host. Input: records of a call's number and nine arguments of 4 bytes;
 * the same bytes fill the program's memory. Property: nothing outside that memory is touched, the
 * budgets never grow, no descriptor gets a right that its kind does not have, and every call makes
 * a line of text. */

#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "hostabi/host_fixture.h"
#include "hostabi/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr unsigned CALLS_MAX = 64;

static bool is_done(const struct vc_reader *reader)
{
    return vc_reader_left(reader) < 1 + 4 * VC_ENGINE_ARGUMENTS_MAX;
}

static void check_rights(const struct vc_descriptors *descriptors)
{
    for (uint32_t i = 0; i < descriptors->count; i++) {
        const struct vc_descriptor *one = &descriptors->table[i];
        uint64_t most = one->kind == VC_DESCRIPTOR_DIRECTORY ? vc_descriptor_directory_rights()
                                                             : vc_descriptor_file_rights();

        if (one->kind != VC_DESCRIPTOR_FREE && (one->rights & ~most) != 0)
            abort();
    }
}

static void trace_one(const struct fixture *fixture, const struct vc_engine_import *import,
                      const uint64_t *arguments, uint32_t result)
{
    struct vc_engine_frame frame = {.memory = {fixture->memory, FIXTURE_MEMORY_SIZE}};
    char text[VC_TRACE_TEXT_MAX];

    for (size_t i = 0; import->parameters[i] != '\0'; i++)
        frame.arguments[i] = import->parameters[i] == 'i' ? (uint32_t)arguments[i] : arguments[i];
    vc_trace_format(import, &frame, result, text);
    if (memchr(text, '\0', sizeof(text)) == nullptr)
        abort();
}

static void call_one(struct fixture *fixture, struct vc_reader *reader)
{
    uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX];
    size_t count;
    const struct vc_engine_import *imports = vc_host_imports(&count);
    const struct vc_engine_import *import = &imports[vc_read_u8(reader) % count];
    uint64_t left = fixture->host->output_left;
    uint64_t written_left = fixture->host->written_left;

    /* 64-bit arguments are wide where it matters: at their end. */
    for (size_t i = 0; i < VC_ENGINE_ARGUMENTS_MAX; i++)
        arguments[i] = (uint64_t)(int64_t)(int32_t)vc_read_u32(reader);
    uint32_t result = fixture_invoke(fixture, import, arguments, strlen(import->parameters));

    if (fixture->host->output_left > left || fixture->host->written_left > written_left)
        abort();
    check_rights(&fixture->host->descriptors);
    trace_one(fixture, import, arguments, result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_reader reader = vc_reader_over((struct vc_bytes){data, size});
    struct fixture fixture;

    fixture_init(&fixture, false, true);
    fixture.text = (struct vc_bytes){(const uint8_t *)"/sub-d\0/new", 12};
    if (size > 0)
        memcpy(fixture.memory, data, size < FIXTURE_MEMORY_SIZE ? size : FIXTURE_MEMORY_SIZE);
    for (unsigned i = 0; i < CALLS_MAX && !is_done(&reader); i++)
        call_one(&fixture, &reader);
    fixture_done(&fixture);
    return 0;
}
