/* SPDX-License-Identifier: MIT */

#include "worker/fake_keystore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/packet.h"
#include "worker/key_fixture.h"
#include "worker/key_window.h"

static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fake key store: %s\n", what);
        abort();
    }
}

static void give(struct fake_keystore *store, int theirs, const struct fake_keystore_setup *setup)
{
    struct vc_keystore_order order = setup->order;
    const int fds[] = {theirs, store->window_fd, store->keys_fd};

    order.kind = VC_WORKER_KEYSTORE;
    order.cpu_seconds = order.cpu_seconds == 0 ? 20 : order.cpu_seconds;
    order.randomness = setup->no_randomness ? 0 : 1;
    order.keys_bytes = order.keys_bytes == 0 ? setup->keys.size : order.keys_bytes;
    need(vc_packet_send(store->control,
                        &(struct vc_parcel){.head = VC_BYTES_OF(order), .fds = fds, .fd_count = 3},
                        nullptr) == VC_OK,
         "order");
}

void fake_keystore_start(struct fake_keystore *store, const char *worker,
                         const struct fake_keystore_setup *setup)
{
    const char *argv[] = {worker, nullptr};
    struct vc_worker_ready ready;
    int theirs = -1;

    *store = (struct fake_keystore){.control = -1};
    store->pid = fake_start(argv, &store->control);
    need(fake_ready(store->control, &ready), "not ready");
    store->window_fd = setup->window_fd > 0 ? setup->window_fd : key_fixture_window();
    store->keys_fd = key_fixture_file(setup->keys);
    need(vc_packet_pair(&store->line, &theirs, nullptr) == VC_OK, "socket pair");
    give(store, theirs, setup);
    (void)close(theirs);
}

vc_psa_status fake_keystore_ask(void *user, struct vc_psa_call *call)
{
    struct fake_keystore *store = user;
    struct vc_psa_frame frame;
    vc_psa_status status;

    if (store->window.data == nullptr) {
        need(vc_key_window_map(store->window_fd, &store->window, nullptr) == VC_OK, "window");
    }
    status = vc_psa_frame_ask(call, store->window, &frame);
    if (status != VC_PSA_SUCCESS)
        return status;
    if (vc_key_window_send(store->line, &frame, nullptr) != VC_OK ||
        vc_key_window_receive(store->line, &frame, nullptr) != VC_OK)
        return VC_PSA_ERROR_COMMUNICATION_FAILURE;
    return vc_psa_frame_take(&frame, store->window, call);
}

bool fake_keystore_hear(struct fake_keystore *store, struct vc_buffer *said)
{
    uint8_t bytes[VC_WORKER_MESSAGE_MAX];
    struct vc_packet packet = {};

    if (vc_packet_receive(store->control, bytes, sizeof(bytes), &packet, nullptr) != VC_OK)
        return false;
    need(packet.fd_count == 0, "descriptors");
    said->size = 0;
    need(vc_buffer_append(said, (struct vc_bytes){bytes, packet.size}, nullptr) == VC_OK, "memory");
    return true;
}

static void take_end(const struct vc_buffer *said, struct fake_end *end)
{
    memcpy(&end->end, said->data, sizeof(end->end));
    need(end->end.text_size < sizeof(end->text) &&
             said->size == sizeof(end->end) + end->end.text_size,
         "end's text");
    memcpy(end->text, said->data + sizeof(end->end), end->end.text_size);
    end->said = true;
}

void fake_keystore_end(struct fake_keystore *store, struct fake_end *end)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer said = {};

    *end = (struct fake_end){};
    if (store->line >= 0)
        (void)close(store->line);
    while (fake_keystore_hear(store, &said)) {
        uint32_t kind = 0;

        need(said.size >= sizeof(kind) && !end->said, "a packet that is none");
        memcpy(&kind, said.data, sizeof(kind));
        if (kind == VC_WORKER_END && said.size >= sizeof(end->end))
            take_end(&said, end);
        else
            need(kind == VC_WORKER_KEPT || kind == VC_WORKER_FORGOT, "a packet of no kind");
    }
    need(waitpid(store->pid, &end->status, 0) == store->pid, "waitpid");
    vc_key_window_unmap(&store->window);
    (void)close(store->control);
    (void)close(store->window_fd);
    (void)close(store->keys_fd);
}
