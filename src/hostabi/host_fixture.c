/* SPDX-License-Identifier: MIT */

#include "hostabi/host_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/file.h"

static constexpr uint64_t LISTING_COUNT = 5;

static void need(bool condition)
{
    if (!condition)
        abort();
}

static int memory_file(const char *text, bool sealed)
{
    int fd = -1;

    need(vc_memfd_new("fixture", false, &fd, nullptr) == VC_OK);
    need(vc_fd_write_all(fd, (struct vc_bytes){(const uint8_t *)text, strlen(text)}, nullptr) ==
         VC_OK);
    if (sealed)
        need(vc_memfd_seal(fd, nullptr) == VC_OK);
    return fd;
}

static void answer_stream(const struct fixture_stream *opened, struct vc_tree_answer *answer)
{
    answer->head.node_kind = VC_NODE_STREAM;
    answer->head.slot = opened->slot;
    answer->head.window_bytes = opened->window;
    answer->fd = opened->fd;
}

static void answer_open(struct fixture *fixture, const struct vc_tree_request *request,
                        struct vc_tree_answer *answer)
{
    bool writes = (request->flags & (VC_OPEN_WRITE | VC_OPEN_APPEND)) != 0;
    static char path[FIXTURE_PLACE_MAX];
    const char *name = request->at.name;
    size_t length = strlen(name);

    if (length > 0 && name[length - 1] == 'd') {
        answer->head.node_kind = VC_NODE_DIRECTORY;
        (void)snprintf(path, sizeof(path), "%s%s%s", request->at.directory,
                       strcmp(request->at.directory, "/") == 0 ? "" : "/", name);
        answer->tail = (struct vc_bytes){(const uint8_t *)path, strlen(path)};
        return;
    }
    if (fixture->opened != nullptr && strcmp(name, "stream") == 0) {
        answer_stream(fixture->opened, answer);
        fixture->opened = nullptr;
        return;
    }
    answer->head.node_kind = VC_NODE_FILE;
    answer->head.access = writes ? VC_ACCESS_WRITE : VC_ACCESS_READ;
    if (strcmp(name, "log") == 0)
        answer->head.access = VC_ACCESS_APPEND;
    answer->fd = memory_file(writes ? "" : "content", !writes);
}

/* Entries are written where the fixture's host cannot expect them: unaligned. */
static void answer_listing(const struct vc_tree_request *request, struct vc_tree_answer *answer)
{
    static uint8_t packet[256];
    size_t used = 1;

    for (uint64_t i = request->cookie; i < LISTING_COUNT && answer->head.entry_count < 2; i++) {
        char name[16];
        struct vc_worker_entry entry = {.cookie = i + 1, .inode = 100 + i};

        (void)snprintf(name, sizeof(name), "name-%u", (unsigned)i);
        entry.name_size = (uint32_t)strlen(name);
        entry.node_kind = i == 0 ? VC_NODE_DIRECTORY : i == 1 ? VC_NODE_SYMLINK : VC_NODE_FILE;
        memcpy(packet + used, &entry, sizeof(entry));
        memcpy(packet + used + sizeof(entry), name, entry.name_size);
        used += sizeof(entry) + entry.name_size;
        answer->head.entry_count++;
    }
    answer->tail = (struct vc_bytes){packet + 1, used - 1};
}

/* "directory|name" */
static void keep_place(char text[FIXTURE_PLACE_MAX], const struct vc_tree_place *place)
{
    (void)snprintf(text, FIXTURE_PLACE_MAX, "%s|%s",
                   place->directory == nullptr ? "" : place->directory,
                   place->name == nullptr ? "" : place->name);
}

/* A text is what the link points to, or both paths of a rename. */
static void answer_text(const struct fixture *fixture, struct vc_tree_answer *answer)
{
    answer->tail = fixture->text;
    answer->head.text_size = (uint32_t)fixture->text.size;
}

/* The text in a memory file; of a narrowing also if it is refused. */
static void answer_text_file(const struct fixture *fixture, struct vc_tree_answer *answer)
{
    int fd = -1;

    need(vc_memfd_new("fixture", false, &fd, nullptr) == VC_OK &&
         vc_fd_write_all(fd, fixture->text, nullptr) == VC_OK &&
         vc_memfd_seal(fd, nullptr) == VC_OK);
    answer->head.size = fixture->text.size + fixture->beyond;
    answer->fd = fd;
}

static void answer_one(struct fixture *fixture, const struct vc_tree_request *request,
                       struct vc_tree_answer *answer)
{
    answer->head.inode = 42;
    answer->head.node_kind =
        (request->flags & VC_CALL_FOLLOW) != 0 ? VC_NODE_FILE : VC_NODE_SYMLINK;
    answer->head.size = 7;
    answer->head.links = 2;
    answer->head.accessed_ns = 1001;
    answer->head.modified_ns = 1002;
    answer->head.changed_ns = 1003;
    switch (request->call) {
    case VC_CALL_OPEN:
        answer_open(fixture, request, answer);
        return;
    case VC_CALL_READDIR:
        answer_listing(request, answer);
        return;
    case VC_CALL_READLINK:
    case VC_CALL_RENAME:
        answer_text(fixture, answer);
        return;
    case VC_CALL_QUERY:
    case VC_CALL_NARROW:
        answer_text_file(fixture, answer);
        return;
    case VC_CALL_STAT:
    case VC_CALL_MKDIR:
    case VC_CALL_UNLINK:
    case VC_CALL_RMDIR:
    case VC_CALL_LINK:
    case VC_CALL_SYMLINK:
    case VC_CALL_SET_TIMES:
    case VC_CALL_STAT_OPEN:
    case VC_CALL_TOUCH_OPEN:
    case VC_CALL_KEYSTORE: /* no questions about the tree */
        return;
    }
}

static enum vc_code answer(void *tree, const struct vc_tree_request *request,
                           struct vc_tree_answer *answer, struct vc_err *err)
{
    struct fixture *fixture = tree;

    (void)err;
    fixture->asked++;
    fixture->last = *request;
    keep_place(fixture->last_path, &request->at);
    keep_place(fixture->last_path2, &request->other);
    if (request->text.size < sizeof(fixture->last_text) && request->text.size > 0)
        memcpy(fixture->last_text, request->text.data, request->text.size);
    if (fixture->silent)
        return VC_CLOSED;
    answer->head.wasi_errno = fixture->refuse;
    if (fixture->refuse == 0 || request->call == VC_CALL_NARROW)
        answer_one(fixture, request, answer);
    return VC_OK;
}

static void hear_progress(void *tree, uint32_t percent)
{
    struct fixture *fixture = tree;

    fixture->reports++;
    fixture->percent = percent;
}

/* Nothing may be touched on either side of it. */
static uint8_t *guarded_memory(void)
{
    uint8_t *all =
        mmap(nullptr, 3 * FIXTURE_MEMORY_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    need(all != MAP_FAILED);
    need(mprotect(all + FIXTURE_MEMORY_SIZE, FIXTURE_MEMORY_SIZE, PROT_READ | PROT_WRITE) == 0);
    return all + FIXTURE_MEMORY_SIZE;
}

/* What is the same in all of them. */
static struct vc_host_setup basic_setup(void)
{
    static const char *const texts[] = {"program", "argument"};
    static const char *const variables[] = {"A=1"};
    static const struct vc_host_preopen preopens[] = {{"/", "/"}, {"/data", "/data"}};

    return (struct vc_host_setup){.arguments = texts,
                                  .argument_count = VC_COUNT(texts),
                                  .environment = variables,
                                  .environment_count = VC_COUNT(variables),
                                  .preopens = preopens,
                                  .preopen_count = VC_COUNT(preopens),
                                  .standard_fds = {-1, -1, -1},
                                  .files_open_max = 8,
                                  .output_bytes = 100000,
                                  .written_bytes = 150000,
                                  .progress = true};
}

static void start(struct fixture *fixture, const struct vc_host_setup *setup)
{
    static const struct vc_tree_ops ops = {.call = answer, .progress = hear_progress};

    *fixture = (struct fixture){.text = {(const uint8_t *)"target", 6}};
    fixture->memory = guarded_memory();
    need(vc_host_new(&ops, fixture, &fixture->host, nullptr) == VC_OK);
    need(vc_host_start(fixture->host, setup, nullptr) == VC_OK);
}

void fixture_init(struct fixture *fixture, bool clock, bool randomness)
{
    struct vc_host_setup setup = basic_setup();

    setup.standard_fds[0] = memory_file("input", true);
    setup.standard_fds[1] = memory_file("", false);
    setup.clock = clock;
    setup.randomness = randomness;
    start(fixture, &setup);
}

void fixture_init_streams(struct fixture *fixture, bool clock,
                          const struct fixture_streams *streams)
{
    struct vc_host_setup setup = basic_setup();

    setup.clock = clock;
    setup.stream = streams->side;
    for (size_t i = 0; i < VC_COUNT(streams->fds); i++) {
        setup.standard_fds[i] = streams->fds[i];
        setup.standard_slot[i] = streams->slot[i];
        setup.standard_window[i] = streams->window_bytes;
    }
    start(fixture, &setup);
}

void fixture_done(struct fixture *fixture)
{
    vc_host_free(fixture->host);
    (void)munmap(fixture->memory - FIXTURE_MEMORY_SIZE, 3 * FIXTURE_MEMORY_SIZE);
}

uint32_t fixture_invoke(struct fixture *fixture, const struct vc_engine_import *import,
                        const uint64_t *arguments, size_t count)
{
    struct vc_engine_frame frame = {.memory = {fixture->memory, FIXTURE_MEMORY_SIZE}};

    need(count == strlen(import->parameters));
    for (size_t i = 0; i < count; i++)
        frame.arguments[i] = import->parameters[i] == 'I' ? arguments[i] : (uint32_t)arguments[i];
    return import->function(fixture->host, &frame);
}

uint32_t fixture_call(struct fixture *fixture, const char *name, const uint64_t *arguments,
                      size_t count)
{
    size_t import_count;
    const struct vc_engine_import *imports = vc_host_imports(&import_count);

    for (size_t i = 0; i < import_count; i++) {
        if (strcmp(imports[i].name, name) == 0)
            return fixture_invoke(fixture, &imports[i], arguments, count);
    }
    abort();
}

bool fixture_is_crypto(const struct vc_engine_import *import)
{
    return strcmp(import->module, "psa_crypto") == 0 || strcmp(import->name, "key_wrap") == 0;
}

uint64_t fixture_text(struct fixture *fixture, uint64_t at, const char *text)
{
    memcpy(fixture->memory + at, text, strlen(text));
    return strlen(text);
}

void fixture_iovec(struct fixture *fixture, size_t index, uint32_t at, uint32_t size)
{
    vc_guest_put_u32(fixture->memory + IOVS + 8 * index, at);
    vc_guest_put_u32(fixture->memory + IOVS + 8 * index + 4, size);
}

uint32_t fixture_out(const struct fixture *fixture)
{
    return vc_guest_get_u32(fixture->memory + OUT);
}

uint32_t fixture_open(struct fixture *fixture, const char *name, uint64_t flags, uint64_t rights,
                      uint64_t descriptor_flags)
{
    uint64_t size = fixture_text(fixture, TEXT, name);

    return CALL(fixture, "path_open", 3, 1, TEXT, size, flags, rights, UINT64_MAX, descriptor_flags,
                OUT);
}
