/* SPDX-License-Identifier: MIT */

/* What a key store says of kept keys, packet after packet: two bytes of size, then so many bytes.
 * However it goes, a program keeps no more than the policy lets it, each id once, and none of the
 * policy's. */

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/reader.h"
#include "runtime/keys_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr uint32_t KEPT_MAX = 3;
static constexpr uint32_t GIVEN_ID = 7;
static constexpr size_t RUNS_MAX = 8;

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* One run: its packets up to an empty one. False: the run fails. */
static bool feed(struct vc_keys_change *change, struct vc_reader *reader)
{
    while (vc_reader_left(reader) > 0) {
        uint16_t size = vc_read_u16(reader);
        struct vc_bytes packet = vc_read_run(reader, size);

        if (packet.size == 0)
            return true;
        if (vc_keys_change_add(change, packet, nullptr) != VC_OK)
            return false;
    }
    return true;
}

static void check(const struct vc_keys *keys, const struct vc_force *force)
{
    const struct vc_kept_keys *kept = &keys->kept[0];
    int fd = -1;
    uint64_t size = 0;

    require(kept->count <= KEPT_MAX);
    for (size_t i = 0; i < kept->count; i++) {
        uint32_t id = kept->keys[i].attributes.id;

        require(id >= VC_PSA_KEY_USER_MIN && id <= VC_PSA_KEY_USER_MAX && id != GIVEN_ID);
        require(kept->keys[i].material.size > 0 &&
                kept->keys[i].material.size <= VC_PSA_KEY_BYTES_MAX);
        require(vc_keys_find_kept(keys, 0, id) == &kept->keys[i]);
    }
    require(vc_keys_file(keys, force, 0, &fd, &size, nullptr) == VC_OK);
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char name[] = "p", key[] = "k";
    static size_t programs[] = {0};
    static struct vc_policy_program program = {.name = name, .kept_keys = KEPT_MAX};
    static struct vc_policy_key given = {
        .name = key, .id = GIVEN_ID, .programs = programs, .program_count = 1};
    static const struct vc_policy policy = {
        .programs = &program, .program_count = 1, .keys = &given, .key_count = 1};
    vc_cleanup(vc_keys_freep) struct vc_keys *keys = nullptr;
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr;
    struct vc_reader reader = vc_reader_over((struct vc_bytes){data, size});

    require(vc_keys_new(&policy, &keys, nullptr) == VC_OK);
    require(vc_force_new(&policy, &force, nullptr) == VC_OK);
    for (size_t run = 0; run < RUNS_MAX && vc_reader_left(&reader) > 0; run++) {
        vc_cleanup(vc_keys_change_freep) struct vc_keys_change *change = nullptr;

        require(vc_keys_change_new(keys, 0, &change, nullptr) == VC_OK);
        if (feed(change, &reader)) /* alone as it is, nothing stands in its way */
            require(vc_keys_change_commit(change, nullptr) == VC_OK);
        check(keys, force);
    }
    return 0;
}
