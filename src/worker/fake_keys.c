/* SPDX-License-Identifier: MIT */

#include "worker/fake_keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "abi/wasi.h"
#include "base/packet.h"
#include "worker/key_fixture.h"

static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fake keys: %s\n", what);
        abort();
    }
}

static int copy(int fd)
{
    int made = fcntl(fd, F_DUPFD_CLOEXEC, 10);

    need(made >= 0, "descriptor");
    return made;
}

/* A real one; the worker gets its end of the socket, and this process keeps none. */
static void start_store(struct fake_keys *keys, int fds[2])
{
    fake_keystore_start(&keys->store, keys->worker, &keys->setup);
    keys->started = true;
    fds[0] = keys->store.line;
    keys->store.line = -1;
    fds[1] = copy(keys->store.window_fd);
}

static int window_for(enum fake_keys_answer answer)
{
    int fd;

    if (answer != FAKE_KEYS_SMALL_WINDOW && answer != FAKE_KEYS_LOOSE_WINDOW)
        return key_fixture_window();
    fd = key_fixture_file((struct vc_bytes){});
    need(ftruncate(fd, answer == FAKE_KEYS_SMALL_WINDOW ? 4096 : VC_PSA_CALL_BYTES_MAX) == 0,
         "window");
    if (answer == FAKE_KEYS_SMALL_WINDOW)
        need(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0, "seals");
    return fd;
}

void fake_keys_prepare(struct fake_keys *keys)
{
    keys->store.window_fd = window_for(keys->answer);
    need(vc_packet_pair(&keys->store.line, &keys->puppet_fd, nullptr) == VC_OK, "socket pair");
}

static void start_puppet(struct fake_keys *keys, int fds[2])
{
    if (keys->puppet_fd == 0)
        fake_keys_prepare(keys);
    fds[0] = keys->puppet_fd;
    keys->puppet_fd = 0;
    fds[1] = copy(keys->store.window_fd);
}

uint32_t fake_keys_serve(struct fake_keys *keys, int fds[FAKE_KEYS_FDS_MAX], size_t *count,
                         uint32_t *text_size)
{
    keys->asked++;
    *count = 0;
    if (keys->answer == FAKE_KEYS_ERROR)
        return VC_WASI_NOMEM;
    if (keys->answer == FAKE_KEYS_NOTHING)
        return VC_WASI_SUCCESS;
    if (keys->answer == FAKE_KEYS_STORE)
        start_store(keys, fds);
    else
        start_puppet(keys, fds);
    *count = 2;
    if (keys->answer == FAKE_KEYS_ONE) {
        (void)close(fds[1]);
        *count = 1;
    }
    if (keys->answer == FAKE_KEYS_THREE) {
        fds[2] = copy(fds[1]);
        *count = 3;
    }
    if (keys->answer == FAKE_KEYS_SWAPPED) {
        int first = fds[0];

        fds[0] = fds[1];
        fds[1] = first;
    }
    *text_size = keys->answer == FAKE_KEYS_TEXT ? 4 : 0;
    return VC_WASI_SUCCESS;
}

void fake_keys_end(struct fake_keys *keys, struct fake_end *end)
{
    *end = (struct fake_end){};
    if (keys->started) {
        fake_keystore_end(&keys->store, end);
        keys->started = false;
    } else if (keys->store.window_fd > 0) {
        if (keys->store.line >= 0)
            (void)close(keys->store.line);
        (void)close(keys->store.window_fd);
    }
    if (keys->puppet_fd > 0)
        (void)close(keys->puppet_fd);
}
