/* SPDX-License-Identifier: MIT */

#include "worker/key_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "key fixture: %s\n", what);
        abort();
    }
}

static void append(struct vc_buffer *file, struct vc_bytes bytes)
{
    need(vc_buffer_append(file, bytes, nullptr) == VC_OK, "memory");
}

static struct vc_bytes bytes_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

void key_fixture_receiver(struct vc_buffer *file, const char *name, struct vc_bytes certificate)
{
    struct vc_keystore_receiver head = {.kind = VC_KEYSTORE_RECEIVER,
                                        .name_size = (uint32_t)strlen(name),
                                        .certificate_size = (uint32_t)certificate.size};

    append(file, VC_BYTES_OF(head));
    append(file, bytes_of(name));
    append(file, certificate);
}

void key_fixture_key(struct vc_buffer *file, const struct key_fixture *key)
{
    struct vc_keystore_key head = {.kind = VC_KEYSTORE_KEY,
                                   .material_size = (uint32_t)key->material.size,
                                   .receiver_count = key->receiver_count,
                                   .wraps_freely = key->wraps_freely,
                                   .name_size = (uint32_t)strlen(key->name),
                                   .attributes = key->attributes};

    append(file, VC_BYTES_OF(head));
    append(file, (struct vc_bytes){(const uint8_t *)key->receivers,
                                   key->receiver_count * sizeof(*key->receivers)});
    append(file, key->material);
    append(file, bytes_of(key->name));
}

void key_fixture_aes(struct vc_buffer *file, uint32_t id, const char *name)
{
    static const uint8_t material[16] = "0123456789abcde";
    struct key_fixture key = {.name = name,
                              .material = VC_BYTES(material),
                              .attributes = {.lifetime = KEY_FIXTURE_READ_ONLY,
                                             .id = id,
                                             .usage = KEY_FIXTURE_ENCRYPT,
                                             .algorithm = KEY_FIXTURE_CTR,
                                             .type = KEY_FIXTURE_AES,
                                             .bits = 128}};

    key_fixture_key(file, &key);
}

int key_fixture_file(struct vc_bytes content)
{
    int fd = -1;

    need(vc_memfd_new("keys", false, &fd, nullptr) == VC_OK, "memory file");
    need(vc_fd_write_all(fd, content, nullptr) == VC_OK, "memory file");
    return fd;
}

int key_fixture_window(void)
{
    int fd = key_fixture_file((struct vc_bytes){});

    need(ftruncate(fd, VC_PSA_CALL_BYTES_MAX) == 0, "window");
    need(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0, "window");
    return fd;
}
