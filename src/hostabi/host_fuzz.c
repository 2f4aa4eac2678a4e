/* SPDX-License-Identifier: MIT */

/* Target: every call of the host. Input: records of a call's number and nine arguments of 4 bytes;
 * the same bytes fill the program's memory. If the first byte is odd, standard input and output are
 * streams, "stream" is a third one that can be opened, and whenever the host sleeps or wakes the
 * runtime, the second and third byte stir what the runtime says of them. Property: nothing outside
 * that memory and the windows is touched, the budgets never grow, no descriptor gets a right that
 * its kind does not have, what a stream's position says is never beyond what the runtime ever
 * allowed, and every call makes a line of text. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/reader.h"
#include "hostabi/host_fixture.h"
#include "hostabi/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr unsigned CALLS_MAX = 64;

static constexpr unsigned SLEEPS_MAX = 256; /* then there is no runtime any more */
static constexpr size_t STREAMS = 3;        /* input, output, and the one to open */

static void need(bool condition)
{
    if (!condition)
        abort();
}

/* A runtime that says what the input has it say. */
struct runtime {
    struct vc_stream_slot *slots;
    uint32_t random;
    unsigned sleeps;
    uint64_t highest[STREAMS]; /* limit that was ever said */
};

static uint32_t next_random(struct runtime *runtime)
{
    runtime->random = runtime->random * 1664525 + 1013904223;
    return runtime->random >> 8;
}

/* Mostly what a runtime says, and now and then what none does. */
static void stir(struct runtime *runtime, size_t index)
{
    struct vc_stream_slot *slot = &runtime->slots[index];
    uint32_t choice = next_random(runtime) % 64;
    uint64_t position = slot->position;

    if (choice == 0) {
        slot->limit = (uint64_t)next_random(runtime) << (next_random(runtime) % 40);
    } else if (choice == 1) {
        slot->state = next_random(runtime) % 6;
    } else {
        slot->limit = position + next_random(runtime) % (VC_STREAM_WINDOW_MIN + 1);
    }
    slot->wake_at = position + next_random(runtime) % VC_STREAM_WINDOW_MIN;
    if (slot->limit > runtime->highest[index])
        runtime->highest[index] = slot->limit;
}

static bool stir_all(void *waiter)
{
    struct runtime *runtime = waiter;

    for (size_t i = 0; i < STREAMS; i++)
        stir(runtime, i);
    return runtime->sleeps++ < SLEEPS_MAX;
}

static bool sleep_and_stir(void *waiter, uint64_t timeout_ns)
{
    (void)timeout_ns;
    return stir_all(waiter);
}

static void check_streams(const struct runtime *runtime)
{
    for (size_t i = 0; i < STREAMS && runtime->slots != nullptr; i++)
        need(runtime->slots[i].position <= runtime->highest[i]);
}

static int new_window(bool to_read)
{
    int fd = -1;
    int other = -1;

    need(vc_window_create(VC_STREAM_WINDOW_MIN, &fd, nullptr) == VC_OK);
    if (!to_read)
        return fd;
    need(vc_window_reopen(fd, &other, nullptr) == VC_OK);
    (void)close(fd);
    return other;
}

static void start_streams(struct fixture *fixture, struct runtime *runtime,
                          struct fixture_stream *opened)
{
    static const struct vc_stream_wait_ops ops = {.sleep = sleep_and_stir, .wake = stir_all};
    vc_cleanup(vc_fd_closep) int slots = -1;

    need(vc_slots_create(&slots, nullptr) == VC_OK &&
         vc_slots_map(slots, &runtime->slots, nullptr) == VC_OK);
    for (size_t i = 0; i < STREAMS; i++) {
        runtime->slots[i].state = VC_SLOT_OPEN;
        stir(runtime, i);
    }
    struct fixture_streams streams = {.side = {runtime->slots, &ops, runtime},
                                      .fds = {new_window(true), new_window(false)},
                                      .slot = {0, 1},
                                      .window_bytes = VC_STREAM_WINDOW_MIN};

    fixture_init_streams(fixture, false, &streams);
    *opened =
        (struct fixture_stream){.fd = new_window(false), .slot = 2, .window = VC_STREAM_WINDOW_MIN};
    fixture->opened = opened;
}

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
        frame.arguments[i] = import->parameters[i] == 'I' ? arguments[i] : (uint32_t)arguments[i];
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
    struct runtime runtime = {.random = size > 2 ? (uint32_t)(data[1] | data[2] << 8) : 0};
    struct fixture_stream opened = {};
    struct fixture fixture;

    if (size > 0 && (data[0] & 1) != 0) {
        start_streams(&fixture, &runtime, &opened);
    } else {
        fixture_init(&fixture, false, true);
    }
    fixture.text = (struct vc_bytes){(const uint8_t *)"/sub-d\0/new", 12};
    if (size > 0)
        memcpy(fixture.memory, data, size < FIXTURE_MEMORY_SIZE ? size : FIXTURE_MEMORY_SIZE);
    for (unsigned i = 0; i < CALLS_MAX && !is_done(&reader); i++) {
        call_one(&fixture, &reader);
        check_streams(&runtime);
    }
    if (fixture.opened != nullptr)
        (void)close(opened.fd);
    fixture_done(&fixture);
    vc_slots_unmap(runtime.slots);
    return 0;
}
