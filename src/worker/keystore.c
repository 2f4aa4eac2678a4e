/* SPDX-License-Identifier: MIT */

#include "worker/keystore.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/worker.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/sanitized.h"
#include "worker/confine.h"
#include "worker/control.h"
#include "worker/fence.h"
#include "worker/filter.h"
#include "worker/key_records.h"
#include "worker/key_window.h"

static constexpr uint32_t PERSISTENCE = 0xff; /* of a lifetime; the same value: read-only */
static constexpr uint64_t STACK_MAX = 1 << 20;
/* bytes: the file of keys, one call's inputs and outputs, their copies in the core, and what as
 * many keys and operations as there can be take */
static constexpr uint64_t DATA_MAX = UINT64_C(192) << 20;
static constexpr uint64_t ADDRESS_SPACE_MAX = UINT64_C(16) << 30; /* bytes; the engine's, mostly */

/* Copies of a call's bytes that are not larger stay with the allocator for the next call: getting
 * them from the kernel and giving them back each time takes longer than the cipher does. */
static constexpr int REUSED_BYTES_MAX = 2 << 20;

/* ---- the order ---- */

bool vc_keystore_is_order(struct vc_bytes bytes)
{
    uint32_t kind = 0;

    if (bytes.size >= sizeof(kind))
        memcpy(&kind, bytes.data, sizeof(kind));
    return kind == VC_WORKER_KEYSTORE;
}

enum vc_code vc_keystore_parse(struct vc_bytes bytes, struct vc_packet *packet,
                               struct vc_keystore *store, struct vc_err *err)
{
    struct vc_keystore_order order;

    if (bytes.size != sizeof(order) || !vc_keystore_is_order(bytes))
        return vc_fail(err, VC_MALFORMED, "key store: order of %zu bytes", bytes.size);
    memcpy(&order, bytes.data, sizeof(order));
    if (order.cpu_seconds < 1 || order.randomness > 1 || order.kept_keys_max > VC_PSA_KEYS_MAX ||
        order.keys_bytes > VC_KEYSTORE_KEYS_BYTES_MAX)
        return vc_fail(err, VC_MALFORMED, "key store: limits that no policy gives");
    if (packet->fd_count != VC_KEYSTORE_FDS) {
        return vc_fail(err, VC_MALFORMED, "key store: %zu descriptors, %d wanted", packet->fd_count,
                       VC_KEYSTORE_FDS);
    }
    *store = (struct vc_keystore){.order = order,
                                  .socket = vc_take_fd(packet->fds[0]),
                                  .window_fd = vc_take_fd(packet->fds[1]),
                                  .keys_fd = vc_take_fd(packet->fds[2])};
    return VC_OK;
}

/* ---- the file of keys ---- */

static enum vc_code read_all(int fd, struct vc_buffer *content, size_t size, struct vc_err *err)
{
    enum vc_code code = vc_buffer_reserve(content, size, err);

    while (code == VC_OK && content->size < size) {
        ssize_t got =
            pread(fd, content->data + content->size, size - content->size, (off_t)content->size);

        if (got < 0)
            return vc_fail_host(err, "keys");
        if (got == 0)
            return vc_fail(err, VC_MALFORMED, "keys: %zu bytes, %zu wanted", content->size, size);
        content->size += (size_t)got;
    }
    return code;
}

/* The file stays where the runtime can see it, without what was in it. */
static enum vc_code overwrite(int fd, size_t size, struct vc_err *err)
{
    static const uint8_t zeros[4096];

    for (size_t done = 0; done < size;) {
        size_t left = size - done;
        ssize_t put = pwrite(fd, zeros, left < sizeof(zeros) ? left : sizeof(zeros), (off_t)done);

        if (put <= 0)
            return vc_fail_host(err, "keys");
        done += (size_t)put;
    }
    return VC_OK;
}

static enum vc_code empty_file(struct vc_keystore *store, struct vc_buffer *content,
                               struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int fd = vc_take_fd(store->keys_fd);
    size_t size = (size_t)store->order.keys_bytes;
    struct stat stat;

    if (fstat(fd, &stat) != 0)
        return vc_fail_host(err, "keys");
    if (stat.st_size < 0 || (size_t)stat.st_size != size)
        return vc_fail(err, VC_MALFORMED, "keys: %zu bytes, %zu wanted", (size_t)stat.st_size,
                       size);
    enum vc_code code = read_all(fd, content, size, err);

    return code == VC_OK ? overwrite(fd, size, err) : code;
}

/* ---- keys ---- */

static bool is_kept(const struct vc_psa_attributes *attributes)
{
    return (attributes->lifetime & PERSISTENCE) != PERSISTENCE;
}

static enum vc_code give_receiver(void *user, struct vc_bytes name, struct vc_bytes certificate,
                                  struct vc_err *err)
{
    struct vc_keystore *store = user;

    return vc_psa_add_receiver(store->psa, name, certificate, err);
}

static enum vc_code give_key(void *user, struct vc_bytes name, const struct vc_psa_given *given,
                             struct vc_err *err)
{
    struct vc_keystore *store = user;
    enum vc_code code = vc_psa_give(store->psa, given, err);

    if (code == VC_MALFORMED) {
        return vc_fail_in(err, VC_REFUSED, "key %.*s", (int)name.size, (const char *)name.data);
    }
    if (code == VC_OK && is_kept(&given->attributes) &&
        ++store->kept_count > store->order.kept_keys_max)
        return vc_fail(err, VC_STATE, "key store: more kept keys than may be");
    return code;
}

static enum vc_code give_keys(struct vc_keystore *store, struct vc_bytes file, struct vc_err *err)
{
    static const struct vc_key_records_ops ops = {.receiver = give_receiver, .key = give_key};

    return vc_key_records_take(file, &ops, store, err);
}

/* ---- keys that stay ---- */

/* A runtime that is gone has taken the key with it; nobody will miss it. */
static vc_psa_status say(struct vc_bytes packet)
{
    return vc_control_send(packet, nullptr) == VC_OK ? VC_PSA_SUCCESS
                                                     : VC_PSA_ERROR_STORAGE_FAILURE;
}

static vc_psa_status keep(void *user, const struct vc_psa_attributes *attributes,
                          struct vc_bytes material)
{
    struct vc_keystore *store = user;
    struct vc_keystore_kept head = {.kind = VC_WORKER_KEPT,
                                    .material_size = (uint32_t)material.size,
                                    .attributes = *attributes};
    uint8_t packet[sizeof(head) + VC_PSA_KEY_BYTES_MAX];
    vc_psa_status status;

    if (store->kept_count >= store->order.kept_keys_max || material.size > VC_PSA_KEY_BYTES_MAX)
        return VC_PSA_ERROR_INSUFFICIENT_STORAGE;
    memcpy(packet, &head, sizeof(head));
    memcpy(packet + sizeof(head), material.data, material.size);
    status = say((struct vc_bytes){packet, sizeof(head) + material.size});
    explicit_bzero(packet, sizeof(packet));
    if (status == VC_PSA_SUCCESS)
        store->kept_count++;
    return status;
}

static vc_psa_status forget(void *user, uint32_t id)
{
    struct vc_keystore *store = user;
    struct vc_keystore_forgot packet = {.kind = VC_WORKER_FORGOT, .id = id};
    vc_psa_status status = say(VC_BYTES_OF(packet));

    if (status == VC_PSA_SUCCESS && store->kept_count > 0)
        store->kept_count--;
    return status;
}

static enum vc_code start_service(struct vc_keystore *store, struct vc_err *err)
{
    static const struct vc_psa_keep_ops ops = {.keep = keep, .forget = forget};
    struct vc_psa_options options = {.first_key = VC_PSA_KEY_STORED_MIN,
                                     .handle_flag = VC_PSA_HANDLE_STORED,
                                     .randomness = store->order.randomness != 0,
                                     .keep = store->order.kept_keys_max > 0 ? &ops : nullptr,
                                     .keep_user = store};

    return vc_psa_new(&options, &store->psa, err);
}

/* ---- the last walls ---- */

static enum vc_code limit(const struct vc_keystore_order *order, struct vc_err *err)
{
    const struct {
        int resource;
        uint64_t soft, hard;
    } limits[] = {{RLIMIT_CPU, order->cpu_seconds, (uint64_t)order->cpu_seconds + 1},
                  {RLIMIT_FSIZE, 0, 0},
                  {RLIMIT_NOFILE, 0, 0}, /* what it has, it keeps */
                  {RLIMIT_STACK, STACK_MAX, STACK_MAX},
                  {RLIMIT_DATA, DATA_MAX, DATA_MAX},
                  {RLIMIT_AS, ADDRESS_SPACE_MAX, ADDRESS_SPACE_MAX}};
    size_t count = VC_SANITIZED ? 2 : VC_COUNT(limits); /* it maps shadows of memory */
    enum vc_code code = VC_OK;

    for (size_t i = 0; i < count && code == VC_OK; i++)
        code = vc_confine_limit(limits[i].resource, limits[i].soft, limits[i].hard, err);
    return code;
}

static enum vc_code confine(const struct vc_keystore *store, struct vc_err *err)
{
    enum vc_code code = limit(&store->order, err);

    if (code == VC_OK && !VC_SANITIZED)
        code = vc_fence_time(err);
    if (code == VC_OK)
        code = vc_filter_load(VC_FILTER_KEYSTORE, (struct vc_filter_grants){}, err);
    return code;
}

static void keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, REUSED_BYTES_MAX);
    (void)mallopt(M_TRIM_THRESHOLD, 3 * REUSED_BYTES_MAX); /* an input's, an output's, and room */
}

/* A container without entropy does not get as far as a run; here it would end one. */
enum vc_code vc_keystore_open(struct vc_keystore *store, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int window = vc_take_fd(store->window_fd);
    vc_cleanup(vc_buffer_done) struct vc_buffer keys = {}; /* wiped */
    enum vc_code code = vc_key_window_map(window, &store->window, err);

    if (code == VC_OK)
        code = empty_file(store, &keys, err);
    vc_fd_closep(&window);
    keep_memory();
    if (code == VC_OK)
        code = confine(store, err);
    if (code == VC_OK)
        code = start_service(store, err);
    return code == VC_OK ? give_keys(store, vc_buffer_bytes(&keys), err) : code;
}

/* ---- calls ---- */

enum vc_code vc_keystore_serve(struct vc_keystore *store, struct vc_err *err)
{
    struct vc_psa_frame frame;
    enum vc_code code = VC_OK;

    while (code == VC_OK) {
        code = vc_key_window_receive(store->socket, &frame, err);
        if (code == VC_OK)
            code = vc_psa_frame_answer(&frame, store->window, vc_psa_answer, store->psa, err);
        if (code == VC_OK)
            code = vc_key_window_send(store->socket, &frame, err);
    }
    return code;
}
