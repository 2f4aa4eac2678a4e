/* SPDX-License-Identifier: MIT */

#include "attestd/logbook.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "attest/log_fixture.h"
#include "base/file.h"

static constexpr int64_t NOW = 1800000000;
static constexpr size_t COUNT = 700; /* entries: two tiles and a bit */

struct set {
    char root[64], folder[80], entries[100], head[100];
    struct vc_key *key, *other_key;
    struct vc_cert *ca, *other_ca;
    struct vc_logbook *book;
    uint8_t leaves[COUNT][VC_SHA256_SIZE];
};

static enum vc_code open_book(const struct set *set, struct vc_logbook **book, struct vc_err *err)
{
    const struct vc_logbook_setup setup = {set->folder, set->ca, set->key, NOW};

    return vc_logbook_open(&setup, book, err);
}

static enum vc_code reopen(struct set *set, struct vc_err *err)
{
    vc_logbook_close(vc_take(set->book));
    return open_book(set, &set->book, err);
}

static int make_set(void **state)
{
    static struct set set;

    set = (struct set){};
    strcpy(set.root, "/tmp/attestd-logbook-XXXXXX");
    assert_non_null(mkdtemp(set.root));
    (void)snprintf(set.folder, sizeof(set.folder), "%s/log", set.root);
    (void)snprintf(set.entries, sizeof(set.entries), "%s/entries.jsonl", set.folder);
    (void)snprintf(set.head, sizeof(set.head), "%s/head.json", set.folder);
    assert_int_equal(vc_key_new(&set.key, nullptr), VC_OK);
    assert_int_equal(vc_key_new(&set.other_key, nullptr), VC_OK);
    assert_int_equal(vc_cert_new_ca(set.key, "CA", NOW - 60, NOW + 600, &set.ca, nullptr), VC_OK);
    assert_int_equal(
        vc_cert_new_ca(set.other_key, "CA", NOW - 60, NOW + 600, &set.other_ca, nullptr), VC_OK);
    assert_int_equal(vc_logbook_create(set.folder, set.key, NOW, nullptr), VC_OK);
    assert_int_equal(reopen(&set, nullptr), VC_OK);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;
    char command[128];

    vc_logbook_close(set->book);
    vc_key_free(set->key);
    vc_key_free(set->other_key);
    vc_cert_free(set->ca);
    vc_cert_free(set->other_ca);
    (void)snprintf(command, sizeof(command), "rm -rf %s", set->root);
    return system(command); /* NOLINT(cert-env33-c): our own temporary folder */
}

static void entry_of(size_t i, char entry[64])
{
    (void)snprintf(entry, 64, "{\"entry\":%zu}", i);
}

/* Adds entries first to end, in batches of different sizes. */
static void write_entries(struct set *set, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        char entry[64];
        uint64_t index = 0;

        entry_of(i, entry);
        struct vc_bytes bytes = {(const uint8_t *)entry, strlen(entry)};

        vc_log_leaf(bytes, set->leaves[i]);
        assert_int_equal(vc_logbook_add(set->book, bytes, &index, nullptr), VC_OK);
        assert_int_equal(index, i);
        if (i % 13 == 0 || i % 7 == 0 || i + 1 == end)
            assert_int_equal(vc_logbook_commit(set->book, NOW + (int64_t)i, nullptr), VC_OK);
    }
    assert_int_equal(vc_logbook_waiting(set->book), 0);
}

static void check_head(const struct set *set, size_t size)
{
    const struct vc_log_head *head = vc_logbook_head(set->book);
    uint8_t root[VC_SHA256_SIZE];

    assert_int_equal(head->size, size);
    vc_log_model_root((struct vc_log_model){set->leaves, size}, root);
    assert_memory_equal(head->root, root, sizeof(root));
    assert_int_equal(vc_log_head_check(head, set->ca, nullptr), VC_OK);
}

static void check_proofs(const struct set *set, size_t size)
{
    for (size_t index = 0; index < size; index += 23) {
        struct vc_log_receipt receipt;

        assert_int_equal(vc_logbook_receipt(set->book, index, &receipt, nullptr), VC_OK);
        assert_int_equal(vc_log_check_inclusion(set->leaves[index], index, &receipt.inclusion,
                                                &receipt.head, nullptr),
                         VC_OK);
    }
}

static void test_growing_and_starting_again(void **state)
{
    static const size_t stops[] = {0, 1, 5, 255, 256, 257, 300, 512, 699, COUNT};
    struct set *set = *state;
    struct vc_log_head before = *vc_logbook_head(set->book);
    struct vc_err err = {};

    for (size_t i = 1; i < VC_COUNT(stops); i++) {
        struct vc_log_proof growth;

        write_entries(set, stops[i - 1], stops[i]);
        check_head(set, stops[i]);
        if (reopen(set, &err) != VC_OK)
            fail_msg("after %zu: %s", stops[i], err.text);
        check_head(set, stops[i]);
        check_proofs(set, stops[i]);
        assert_int_equal(vc_logbook_growth(set->book, before.size, stops[i], &growth, nullptr),
                         VC_OK);
        assert_int_equal(vc_log_check_growth(&before, vc_logbook_head(set->book), &growth, nullptr),
                         VC_OK);
        before = *vc_logbook_head(set->book);
    }
}

static void test_reading(void **state)
{
    static const struct {
        uint64_t first;
        size_t count;
        size_t got; /* 0: not found */
    } rows[] = {{0, 1, 1},      {0, 256, 256}, {0, 999, 256}, {255, 2, 2}, {250, 256, 256},
                {690, 256, 10}, {699, 1, 1},   {700, 1, 0},   {5, 0, 0},   {UINT64_MAX, 5, 0}};
    struct set *set = *state;

    write_entries(set, 0, COUNT);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer lines = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer expected = {};
        enum vc_code code =
            vc_logbook_read(set->book, rows[i].first, rows[i].count, &lines, nullptr);

        assert_int_equal(code, rows[i].first < COUNT ? VC_OK : VC_NOT_FOUND);
        for (size_t k = 0; k < rows[i].got; k++) {
            char entry[64];

            entry_of((size_t)rows[i].first + k, entry);
            assert_int_equal(vc_buffer_printf(&expected, nullptr, "%s\n", entry), VC_OK);
        }
        if (lines.size != expected.size ||
            (lines.size > 0 && memcmp(lines.data, expected.data, lines.size) != 0))
            fail_msg("row %zu: %.*s", i, (int)lines.size, (const char *)lines.data);
    }
}

static void test_limits(void **state)
{
    struct set *set = *state;
    uint8_t entry[VC_LOG_ENTRY_SIZE_MAX + 1];
    uint64_t index;

    memset(entry, 'x', sizeof(entry));
    entry[0] = '{';
    entry[sizeof(entry) - 2] = '}';
    assert_int_equal(vc_logbook_add(set->book, VC_BYTES(entry), &index, nullptr), VC_LIMIT);
    for (size_t i = 0; i < VC_LOGBOOK_BATCH_MAX; i++) {
        assert_int_equal(vc_logbook_add(set->book, (struct vc_bytes){entry, VC_LOG_ENTRY_SIZE_MAX},
                                        &index, nullptr),
                         VC_OK);
    }
    assert_int_equal(
        vc_logbook_add(set->book, (struct vc_bytes){entry, VC_LOG_ENTRY_SIZE_MAX}, &index, nullptr),
        VC_LIMIT);
    assert_int_equal(vc_logbook_head(set->book)->size, 0); /* nothing is seen before it is safe */
    assert_int_equal(vc_logbook_commit(set->book, NOW, nullptr), VC_OK);
    assert_int_equal(vc_logbook_head(set->book)->size, VC_LOGBOOK_BATCH_MAX);
    assert_int_equal(reopen(set, nullptr), VC_OK);
    assert_int_equal(vc_logbook_head(set->book)->size, VC_LOGBOOK_BATCH_MAX);
}

static void test_one_service_at_a_time(void **state)
{
    struct set *set = *state;
    struct vc_logbook *second = nullptr;
    struct vc_err err = {};

    assert_int_equal(open_book(set, &second, &err), VC_STATE);
    assert_non_null(strstr(err.text, "another service"));
    assert_null(second);
}

/* ---- what somebody may do to the files ---- */

static void change_byte(const char *path, off_t at)
{
    vc_cleanup(vc_fd_closep) int fd = open(path, O_RDWR | O_CLOEXEC);
    char byte;

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void append(const char *path, const char *text)
{
    vc_cleanup(vc_fd_closep) int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void nothing(const struct set *)
{
}

static void shorter_by_a_line(const struct set *set)
{
    struct stat info;

    assert_int_equal(stat(set->entries, &info), 0);
    assert_int_equal(truncate(set->entries, info.st_size - (off_t)strlen("{\"entry\":299}\n")), 0);
}

static void shorter_by_a_byte(const struct set *set)
{
    struct stat info;

    assert_int_equal(stat(set->entries, &info), 0);
    assert_int_equal(truncate(set->entries, info.st_size - 1), 0);
}

static void emptied(const struct set *set)
{
    assert_int_equal(truncate(set->entries, 0), 0);
}

static void gone(const struct set *set)
{
    assert_int_equal(unlink(set->entries), 0);
}

static void first_byte(const struct set *set)
{
    change_byte(set->entries, 3);
}

static void a_newline(const struct set *set)
{
    change_byte(set->entries, (off_t)strlen("{\"entry\":0}"));
}

static void in_the_middle(const struct set *set)
{
    change_byte(set->entries, 2000);
}

static void head_gone(const struct set *set)
{
    assert_int_equal(unlink(set->head), 0);
}

static void head_changed(const struct set *set)
{
    change_byte(set->head, 20);
}

static void head_of_another(const struct set *set)
{
    assert_int_equal(vc_logbook_create(set->folder, set->other_key, NOW, nullptr), VC_OK);
}

static void half_a_line(const struct set *set)
{
    append(set->entries, "{\"entry\":3");
}

static void a_line_more(const struct set *set)
{
    append(set->entries, "{\"entry\":300}\n{\"entry\":301}\n{\"ent");
}

static void no_entry_more(const struct set *set)
{
    append(set->entries, "hello\n");
}

static void empty_line_more(const struct set *set)
{
    append(set->entries, "\n");
}

static void test_tampering(void **state)
{
    static const struct {
        const char *name;
        void (*change)(const struct set *set);
        enum vc_code code;
        const char *words;
    } rows[] = {
        {"nothing", nothing, VC_OK, ""},
        {"half a line more", half_a_line, VC_OK, ""},
        {"lines more", a_line_more, VC_OK, ""},
        {"a line less", shorter_by_a_line, VC_UNTRUSTED, "it ends after 299 of 300"},
        {"a byte less", shorter_by_a_byte, VC_UNTRUSTED, "it ends after 299 of 300"},
        {"emptied", emptied, VC_UNTRUSTED, "it ends after 0 of 300"},
        {"entries gone", gone, VC_UNTRUSTED, "it ends after 0 of 300"},
        {"first byte", first_byte, VC_UNTRUSTED, "other entries than those after 300"},
        {"in the middle", in_the_middle, VC_UNTRUSTED, "other entries than those after 300"},
        {"a newline", a_newline, VC_UNTRUSTED, "somebody changed the log"},
        {"head gone", head_gone, VC_STATE, "missing"},
        {"head changed", head_changed, VC_UNTRUSTED, "somebody changed the log"},
        {"head of another", head_of_another, VC_UNTRUSTED, "not signed"},
        {"no entry more", no_entry_more, VC_UNTRUSTED, "a line that is no entry"},
        {"an empty line more", empty_line_more, VC_UNTRUSTED, "a line that is no entry"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct set *set = *state;
        struct vc_err err = {};

        write_entries(set, 0, 300);
        vc_logbook_close(vc_take(set->book));
        rows[i].change(set);
        enum vc_code code = reopen(set, &err);

        if (code != rows[i].code || strstr(err.text, rows[i].words) == nullptr)
            fail_msg("%s: %d %s", rows[i].name, (int)code, err.text);
        if (code == VC_OK) {
            size_t size = rows[i].change == a_line_more ? 302 : 300;

            for (size_t k = 300; k < size; k++) {
                char entry[64];

                entry_of(k, entry);
                vc_log_leaf((struct vc_bytes){(const uint8_t *)entry, strlen(entry)},
                            set->leaves[k]);
            }
            check_head(set, size); /* also over what came after the stored one */
            write_entries(set, size, 320);
            assert_int_equal(vc_logbook_head(set->book)->size, 320);
            assert_int_equal(reopen(set, nullptr), VC_OK);
        }
        assert_int_equal(free_set(state), 0);
        assert_int_equal(make_set(state), 0);
    }
}

/* A byte of the file after the other, somewhere in each line. */
static void test_every_entry_counts(void **state)
{
    struct set *set = *state;
    struct stat info;
    size_t refused = 0;

    write_entries(set, 0, 40);
    vc_logbook_close(vc_take(set->book));
    assert_int_equal(stat(set->entries, &info), 0);
    for (off_t at = 0; at < info.st_size; at++) {
        change_byte(set->entries, at);
        assert_int_equal(reopen(set, nullptr), VC_UNTRUSTED);
        change_byte(set->entries, at);
        refused++;
    }
    assert_int_equal(reopen(set, nullptr), VC_OK);
    print_message("# %zu changed bytes refused\n", refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_growing_and_starting_again, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_reading, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_limits, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_one_service_at_a_time, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_tampering, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_every_entry_counts, make_set, free_set),
    };

    return cmocka_run_group_tests_name("attestd-logbook", tests, nullptr, nullptr);
}
