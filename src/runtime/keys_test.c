/* SPDX-License-Identifier: MIT */

/* Given keys and their sizes, the file of keys, and what runs do to kept keys. */

#include "runtime/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/worker.h"
#include "base/file.h"
#include "base/reader.h"
#include "crypto/pki_fixture.h"
#include "policy/key_names.h"

enum { STATS, OTHER };                  /* programs */
enum { DATA_KEY, SIGN_KEY, OTHER_KEY }; /* keys */
enum { KEPT_MAX = 3 };

struct stage {
    struct vc_policy policy;
    struct vc_policy_principal principals[2];
    struct vc_policy_program programs[2];
    struct vc_policy_key given[3];
    struct vc_keys *keys;
    struct vc_force *force;
};

static struct vc_cert *make_certificate(const char *name)
{
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *key = vc_pki_key_new(VC_KEY_P256, 0);
    const struct vc_pki_order order = {.subject = name,
                                       .key = key,
                                       .scheme = VC_SCHEME_ES256,
                                       .not_before = 1000,
                                       .not_after = 2000,
                                       .serial = 1};

    return vc_pki_issue(&order);
}

static int set_up(void **state)
{
    static char bank[] = "bank", shop[] = "shop", data[] = "data", sign[] = "sign", far[] = "far",
                stats[] = "stats", other[] = "other";
    static size_t only_stats[] = {STATS}, only_other[] = {OTHER}, to_shop[] = {1};
    struct stage *stage = calloc(1, sizeof(*stage));
    struct vc_err err = {};

    assert_non_null(stage);
    stage->principals[0] = (struct vc_policy_principal){bank, make_certificate("bank")};
    stage->principals[1] = (struct vc_policy_principal){shop, make_certificate("shop")};
    stage->programs[STATS] = (struct vc_policy_program){.name = stats, .kept_keys = KEPT_MAX};
    stage->programs[OTHER] = (struct vc_policy_program){.name = other, .kept_keys = 1};
    stage->given[DATA_KEY] =
        (struct vc_policy_key){.name = data,
                               .id = 7,
                               .type = vc_key_type_named("aes")->number,
                               .bits = 256,
                               .usage = VC_KEY_USAGE_DECRYPT,
                               .algorithm = vc_key_algorithm_named("gcm")->number,
                               .programs = only_stats,
                               .program_count = 1,
                               .receivers = to_shop,
                               .receiver_count = 1};
    stage->given[SIGN_KEY] = (struct vc_policy_key){.name = sign,
                                                    .id = 8,
                                                    .type = vc_key_type_named("p256-pair")->number,
                                                    .bits = 256,
                                                    .programs = only_stats,
                                                    .program_count = 1};
    stage->given[OTHER_KEY] = (struct vc_policy_key){.name = far,
                                                     .id = 9,
                                                     .type = vc_key_type_named("aes")->number,
                                                     .bits = 128,
                                                     .programs = only_other,
                                                     .program_count = 1};
    stage->policy = (struct vc_policy){.principals = stage->principals,
                                       .principal_count = 2,
                                       .programs = stage->programs,
                                       .program_count = 2,
                                       .keys = stage->given,
                                       .key_count = 3};
    assert_int_equal(vc_keys_new(&stage->policy, &stage->keys, &err), VC_OK);
    assert_int_equal(vc_force_new(&stage->policy, &stage->force, &err), VC_OK);
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;

    vc_keys_free(stage->keys);
    vc_force_free(stage->force);
    for (size_t i = 0; i < 2; i++)
        vc_cert_free(stage->principals[i].certificate);
    free(stage);
    return 0;
}

/* ---- the file ---- */

static void fill(uint8_t *bytes, size_t size, uint8_t first)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(first + i);
}

/* What a key store reads. */
struct seen {
    size_t receiver_count, key_count;
    struct vc_keystore_key keys[8];
    uint32_t receiver[8];    /* the first of each key */
    uint8_t material[8][64]; /* of each key */
    char names[8][16];
};

static void read_receiver(const struct stage *stage, struct vc_reader *reader, struct seen *seen)
{
    const struct vc_policy_principal *principal = &stage->principals[seen->receiver_count];
    struct vc_bytes certificate = vc_cert_der(principal->certificate);
    struct vc_keystore_receiver record;
    struct vc_bytes head = vc_read_run(reader, sizeof(record));

    assert_int_equal(seen->key_count, 0); /* receivers come first */
    assert_int_equal(head.size, sizeof(record));
    memcpy(&record, head.data, sizeof(record));
    assert_int_equal(record.name_size, strlen(principal->name));
    assert_memory_equal(vc_read_run(reader, record.name_size).data, principal->name,
                        record.name_size);
    assert_int_equal(record.certificate_size, certificate.size);
    assert_memory_equal(vc_read_run(reader, record.certificate_size).data, certificate.data,
                        certificate.size);
    seen->receiver_count++;
}

static void read_key(struct vc_reader *reader, struct seen *seen)
{
    struct vc_keystore_key *record = &seen->keys[seen->key_count];
    struct vc_bytes head = vc_read_run(reader, sizeof(*record));
    struct vc_bytes bytes;

    assert_int_equal(head.size, sizeof(*record));
    memcpy(record, head.data, sizeof(*record));
    for (uint32_t i = 0; i < record->receiver_count; i++) {
        bytes = vc_read_run(reader, sizeof(uint32_t));
        assert_int_equal(bytes.size, sizeof(uint32_t));
        memcpy(&seen->receiver[seen->key_count], bytes.data, sizeof(uint32_t));
    }
    bytes = vc_read_run(reader, record->material_size);
    assert_true(bytes.size > 0 && bytes.size <= sizeof(seen->material[0]));
    memcpy(seen->material[seen->key_count], bytes.data, bytes.size);
    bytes = vc_read_run(reader, record->name_size);
    assert_true(bytes.size > 0 && bytes.size < sizeof(seen->names[0]));
    memcpy(seen->names[seen->key_count], bytes.data, bytes.size);
    seen->key_count++;
}

static struct seen read_file(const struct stage *stage, size_t program)
{
    struct seen seen = {};
    vc_cleanup(vc_fd_closep) int fd = -1;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    uint64_t size = 0;
    struct vc_reader reader;
    struct stat status;
    struct vc_err err = {};

    assert_int_equal(vc_keys_file(stage->keys, stage->force, program, &fd, &size, &err), VC_OK);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_size, size);
    assert_int_equal(vc_buffer_reserve(&text, size, &err), VC_OK);
    assert_int_equal(read(fd, text.data, size), size); /* from its start */
    text.size = size;
    reader = vc_reader_over(vc_buffer_bytes(&text));
    while (vc_reader_left(&reader) > 0) {
        uint32_t kind;

        assert_true(vc_reader_left(&reader) > sizeof(kind));
        memcpy(&kind, text.data + reader.offset, sizeof(kind));
        if (kind == VC_KEYSTORE_RECEIVER) {
            read_receiver(stage, &reader, &seen);
        } else {
            assert_int_equal(kind, VC_KEYSTORE_KEY);
            read_key(&reader, &seen);
        }
    }
    assert_true(vc_reader_done(&reader));
    return seen;
}

static void file_has_what_was_given(void **state)
{
    struct stage *stage = *state;
    uint8_t aes[32];
    uint8_t point[32];
    struct vc_err err = {};
    struct seen seen = read_file(stage, STATS);

    assert_int_equal(seen.receiver_count, 2);
    assert_int_equal(seen.key_count, 0);
    fill(aes, sizeof(aes), 1);
    fill(point, sizeof(point), 100);
    assert_int_equal(vc_keys_put(stage->keys, SIGN_KEY, VC_BYTES(point), &err), VC_OK);
    assert_int_equal(vc_keys_put(stage->keys, DATA_KEY, VC_BYTES(aes), &err), VC_OK);
    seen = read_file(stage, STATS);
    assert_int_equal(seen.key_count, 2);
    assert_string_equal(seen.names[0], "data");
    assert_memory_equal(seen.material[0], aes, sizeof(aes));
    assert_int_equal(seen.keys[0].receiver_count, 1);
    assert_int_equal(seen.receiver[0], 1); /* the shop */
    assert_int_equal(seen.keys[0].wraps_freely, 0);
    assert_int_equal(seen.keys[0].attributes.id, 7);
    assert_int_equal(seen.keys[0].attributes.lifetime, 0xff);
    assert_int_equal(seen.keys[0].attributes.usage, VC_KEY_USAGE_DECRYPT);
    assert_int_equal(seen.keys[0].attributes.bits, 256);
    assert_int_equal(seen.keys[0].attributes.type, 0x2400);
    assert_int_equal(seen.keys[0].attributes.algorithm, stage->given[DATA_KEY].algorithm);
    assert_string_equal(seen.names[1], "sign");
    assert_int_equal(seen.keys[1].receiver_count, 0);
    assert_memory_equal(seen.material[1], point, sizeof(point));
    assert_int_equal(read_file(stage, OTHER).key_count, 0); /* none is for this one */
}

static void given_replaced_taken_back(void **state)
{
    struct stage *stage = *state;
    uint8_t first[32], second[32];
    struct vc_err err = {};

    fill(first, sizeof(first), 1);
    fill(second, sizeof(second), 2);
    assert_false(vc_keys_has(stage->keys, DATA_KEY));
    assert_int_equal(vc_keys_remove(stage->keys, DATA_KEY, &err), VC_NOT_FOUND);
    assert_int_equal(vc_keys_put(stage->keys, DATA_KEY, VC_BYTES(first), &err), VC_OK);
    assert_true(vc_keys_has(stage->keys, DATA_KEY));
    assert_int_equal(vc_keys_put(stage->keys, DATA_KEY, (struct vc_bytes){second, 31}, &err),
                     VC_MALFORMED);
    assert_string_equal(err.text, "keys.data: 31 bytes, 32 wanted of an AES key of 256 bits");
    assert_memory_equal(read_file(stage, STATS).material[0], first, sizeof(first)); /* still */
    assert_int_equal(vc_keys_put(stage->keys, DATA_KEY, VC_BYTES(second), &err), VC_OK);
    assert_memory_equal(read_file(stage, STATS).material[0], second, sizeof(second));
    assert_int_equal(vc_keys_remove(stage->keys, DATA_KEY, &err), VC_OK);
    assert_false(vc_keys_has(stage->keys, DATA_KEY));
    assert_int_equal(read_file(stage, STATS).key_count, 0);
    assert_int_equal(vc_keys_remove(stage->keys, DATA_KEY, &err), VC_NOT_FOUND);
}

/* ---- kept ---- */

static constexpr uint32_t PERSISTENT = 1; /* PSA_KEY_LIFETIME_PERSISTENT */

static struct vc_keys_change *begin(struct stage *stage, size_t program)
{
    struct vc_keys_change *change = nullptr;
    struct vc_err err = {};

    assert_int_equal(vc_keys_change_new(stage->keys, program, &change, &err), VC_OK);
    return change;
}

static struct vc_keystore_kept kept_of(uint32_t id)
{
    return (struct vc_keystore_kept){
        .kind = VC_WORKER_KEPT,
        .material_size = 32,
        .attributes = {.lifetime = PERSISTENT, .id = id, .type = 0x2400, .bits = 256}};
}

/* The packet, in memory of exactly its size, so that a sanitizer sees whoever reads beyond. */
static enum vc_code add(struct vc_keys_change *change, struct vc_bytes head, size_t tail_size,
                        uint8_t first)
{
    uint8_t *packet = malloc(head.size + tail_size);
    struct vc_err err = {};
    enum vc_code code;

    assert_non_null(packet);
    memcpy(packet, head.data, head.size);
    fill(packet + head.size, tail_size, first);
    code = vc_keys_change_add(change, (struct vc_bytes){packet, head.size + tail_size}, &err);
    free(packet);
    return code;
}

static enum vc_code keep(struct vc_keys_change *change, uint32_t id, uint8_t first)
{
    struct vc_keystore_kept kept = kept_of(id);

    return add(change, VC_BYTES_OF(kept), 32, first);
}

static enum vc_code forget(struct vc_keys_change *change, uint32_t id)
{
    struct vc_keystore_forgot forgot = {.kind = VC_WORKER_FORGOT, .id = id};

    return add(change, VC_BYTES_OF(forgot), 0, 0);
}

static enum vc_code commit(struct vc_keys_change *change)
{
    struct vc_err err = {};
    enum vc_code code = vc_keys_change_commit(change, &err);

    vc_keys_change_free(change);
    return code;
}

/* The first byte of the key of this id, or 0. */
static uint8_t first_of(const struct stage *stage, size_t program, uint32_t id)
{
    struct seen seen = read_file(stage, program);

    for (size_t i = 0; i < seen.key_count; i++) {
        if (seen.keys[i].attributes.id != id)
            continue;
        assert_int_equal(seen.keys[i].wraps_freely, 1);
        assert_int_equal(seen.keys[i].attributes.lifetime, PERSISTENT);
        assert_int_equal(seen.keys[i].material_size, 32);
        return seen.material[i][0];
    }
    return 0;
}

static void kept_when_the_run_ended_well(void **state)
{
    struct stage *stage = *state;
    struct vc_keys_change *change = begin(stage, STATS);

    assert_int_equal(keep(change, 100, 11), VC_OK);
    assert_int_equal(keep(change, 101, 22), VC_OK);
    assert_int_equal(read_file(stage, STATS).key_count, 0); /* not before the end */
    assert_int_equal(commit(change), VC_OK);
    assert_int_equal(first_of(stage, STATS, 100), 11);
    assert_int_equal(first_of(stage, STATS, 101), 22);
    assert_int_equal(read_file(stage, OTHER).key_count, 0); /* of one program alone */
    change = begin(stage, STATS);
    assert_int_equal(keep(change, 102, 33), VC_OK);
    assert_int_equal(forget(change, 100), VC_OK);
    vc_keys_change_free(change); /* the run failed */
    assert_int_equal(first_of(stage, STATS, 100), 11);
    assert_int_equal(first_of(stage, STATS, 102), 0);
    change = begin(stage, STATS);
    assert_int_equal(forget(change, 100), VC_OK);
    assert_int_equal(keep(change, 100, 44), VC_OK);
    assert_int_equal(forget(change, 101), VC_OK);
    assert_int_equal(commit(change), VC_OK);
    assert_int_equal(first_of(stage, STATS, 100), 44);
    assert_int_equal(first_of(stage, STATS, 101), 0);
}

static void no_more_than_the_policy_lets(void **state)
{
    struct stage *stage = *state;
    struct vc_keys_change *change = begin(stage, STATS);

    for (uint32_t id = 1; id <= KEPT_MAX; id++)
        assert_int_equal(keep(change, id, 1), VC_OK);
    assert_int_equal(keep(change, 50, 1), VC_LIMIT);
    assert_int_equal(forget(change, 2), VC_OK);
    assert_int_equal(keep(change, 50, 1), VC_OK);
    assert_int_equal(keep(change, 51, 1), VC_LIMIT);
    assert_int_equal(commit(change), VC_OK);
    change = begin(stage, STATS); /* all anew, over and over, in the room of two sets */
    for (uint32_t id = 1; id <= 3; id++)
        assert_int_equal(forget(change, id == 2 ? 50 : id), VC_OK);
    for (uint32_t round = 0; round < 1000; round++) {
        for (uint32_t i = 0; i < KEPT_MAX; i++)
            assert_int_equal(keep(change, 1000 + KEPT_MAX * round + i, 2), VC_OK);
        assert_int_equal(keep(change, 60, 1), VC_LIMIT);
        for (uint32_t i = 0; i < KEPT_MAX; i++)
            assert_int_equal(forget(change, 1000 + KEPT_MAX * round + i), VC_OK);
    }
    for (uint32_t id = 70; id < 70 + KEPT_MAX; id++)
        assert_int_equal(keep(change, id, 3), VC_OK);
    assert_int_equal(commit(change), VC_OK);
    assert_int_equal(read_file(stage, STATS).key_count, KEPT_MAX);
    assert_int_equal(first_of(stage, STATS, 72), 3);
}

static void runs_side_by_side(void **state)
{
    struct stage *stage = *state;
    struct vc_keys_change *first = begin(stage, STATS);
    struct vc_keys_change *second = begin(stage, STATS);

    assert_int_equal(keep(first, 5, 1), VC_OK);
    assert_int_equal(keep(second, 5, 2), VC_OK);
    assert_int_equal(keep(second, 6, 2), VC_OK);
    assert_int_equal(commit(first), VC_OK);
    assert_int_equal(commit(second), VC_STATE); /* all or nothing */
    assert_int_equal(first_of(stage, STATS, 5), 1);
    assert_int_equal(first_of(stage, STATS, 6), 0);
    first = begin(stage, STATS); /* each fills what is left */
    second = begin(stage, STATS);
    assert_int_equal(keep(first, 10, 1), VC_OK);
    assert_int_equal(keep(first, 11, 1), VC_OK);
    assert_int_equal(keep(second, 12, 2), VC_OK);
    assert_int_equal(commit(first), VC_OK);
    assert_int_equal(commit(second), VC_LIMIT);
    assert_int_equal(first_of(stage, STATS, 12), 0);
    first = begin(stage, STATS); /* both forget */
    second = begin(stage, STATS);
    assert_int_equal(forget(first, 10), VC_OK);
    assert_int_equal(forget(second, 10), VC_OK);
    assert_int_equal(commit(first), VC_OK);
    assert_int_equal(commit(second), VC_OK);
    first = begin(stage, STATS); /* one replaces what the other forgets */
    second = begin(stage, STATS);
    assert_int_equal(forget(first, 11), VC_OK);
    assert_int_equal(keep(first, 11, 7), VC_OK);
    assert_int_equal(forget(second, 11), VC_OK);
    assert_int_equal(commit(first), VC_OK);
    assert_int_equal(commit(second), VC_STATE);
    assert_int_equal(first_of(stage, STATS, 11), 7);
}

static void said_by_no_honest_key_store(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const char *name;
        uint32_t lifetime, id, material_size;
        uint16_t reserved;
        size_t tail;
        enum vc_code code;
    } rows[] = {
        {"volatile", 0, 5, 32, 0, 32, VC_MALFORMED},
        {"read-only", 0xff, 5, 32, 0, 32, VC_MALFORMED},
        {"elsewhere", 0x101, 5, 32, 0, 32, VC_MALFORMED},
        {"no id", 1, 0, 32, 0, 32, VC_MALFORMED},
        {"id of the core", 1, VC_PSA_KEY_LOCAL_MIN, 32, 0, 32, VC_MALFORMED},
        {"id of the store", 1, UINT32_MAX, 32, 0, 32, VC_MALFORMED},
        {"reserved", 1, 5, 32, 1, 32, VC_MALFORMED},
        {"empty", 1, 5, 0, 0, 0, VC_MALFORMED},
        {"shorter than it says", 1, 5, 33, 0, 32, VC_MALFORMED},
        {"longer than it says", 1, 5, 31, 0, 32, VC_MALFORMED},
        {"a size that wraps", 1, 5, UINT32_MAX, 0, 32, VC_MALFORMED},
        {"too large", 1, 5, VC_PSA_KEY_BYTES_MAX + 1, 0, VC_PSA_KEY_BYTES_MAX + 1, VC_MALFORMED},
        {"as large as can be", 1, 5, VC_PSA_KEY_BYTES_MAX, 0, VC_PSA_KEY_BYTES_MAX, VC_OK},
        {"last id", 1, VC_PSA_KEY_USER_MAX, 32, 0, 32, VC_OK},
        {"of the policy, not given", 1, 7, 32, 0, 32, VC_STATE},
        {"of the policy for another program", 1, 9, 32, 0, 32, VC_OK},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_keys_change *change = begin(stage, STATS);
        struct vc_keystore_kept kept = kept_of(rows[i].id);

        kept.material_size = rows[i].material_size;
        kept.attributes.lifetime = rows[i].lifetime;
        kept.attributes.reserved = rows[i].reserved;
        if (add(change, VC_BYTES_OF(kept), rows[i].tail, 1) != rows[i].code)
            fail_msg("%s", rows[i].name);
        vc_keys_change_free(change);
    }
}

static void packets_out_of_form(void **state)
{
    struct stage *stage = *state;
    struct vc_keys_change *change = begin(stage, STATS);
    struct vc_keystore_kept kept = kept_of(5);
    struct vc_keystore_forgot forgot = {.kind = VC_WORKER_FORGOT, .id = 5};

    for (size_t size = 0; size < sizeof(kept); size++) {
        assert_int_equal(add(change, (struct vc_bytes){(const uint8_t *)&kept, size}, 0, 0),
                         VC_MALFORMED);
    }
    for (size_t tail = 0; tail < 32; tail++)
        assert_int_equal(add(change, VC_BYTES_OF(kept), tail, 0), VC_MALFORMED);
    assert_int_equal(forget(change, 5), VC_MALFORMED); /* what is not there */
    assert_int_equal(forget(change, 7), VC_MALFORMED); /* the policy's */
    assert_int_equal(keep(change, 5, 1), VC_OK);
    assert_int_equal(keep(change, 5, 1), VC_MALFORMED); /* twice */
    for (size_t size = 0; size < sizeof(forgot); size++) {
        assert_int_equal(add(change, (struct vc_bytes){(const uint8_t *)&forgot, size}, 0, 0),
                         VC_MALFORMED);
    }
    assert_int_equal(add(change, VC_BYTES_OF(forgot), 1, 0), VC_MALFORMED);
    kept.kind = VC_WORKER_END;
    assert_int_equal(add(change, VC_BYTES_OF(kept), 32, 0), VC_MALFORMED);
    assert_int_equal(forget(change, 5), VC_OK);
    assert_int_equal(forget(change, 5), VC_MALFORMED); /* twice */
    vc_keys_change_free(change);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(file_has_what_was_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(given_replaced_taken_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kept_when_the_run_ended_well, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_more_than_the_policy_lets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_side_by_side, set_up, tear_down),
        cmocka_unit_test_setup_teardown(said_by_no_honest_key_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(packets_out_of_form, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
