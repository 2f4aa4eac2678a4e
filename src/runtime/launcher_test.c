/* SPDX-License-Identifier: MIT */

#include "runtime/launcher.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/packet.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
static const char MANIFEST[] =
    "veracruz manifest 1\nruntime r " DIGEST "\nworker w " DIGEST "\ncompiler c " DIGEST "\n";
static const char POLICY[] = "{}";
static constexpr size_t OBJECT_COUNT = 3;

static int file_with(const char *text)
{
    int fd = -1;

    assert_int_equal(vc_memfd_new("test", false, &fd, nullptr), VC_OK);
    assert_int_equal(
        vc_fd_write_all(fd, (struct vc_bytes){(const uint8_t *)text, strlen(text)}, nullptr),
        VC_OK);
    return fd;
}

static void send_packet(int socket, struct vc_bytes head, struct vc_bytes tail, const int *fds,
                        size_t fd_count)
{
    struct vc_parcel parcel = {.head = head, .tail = tail, .fds = fds, .fd_count = fd_count};

    assert_int_equal(vc_packet_send(socket, &parcel, nullptr), VC_OK);
}

/* All that a launcher hands over; the socket holds it until it is read. */
static void hand_over(int socket, const struct vc_launcher_start *start)
{
    struct vc_launcher_objects objects = {.kind = VC_LAUNCHER_OBJECTS, .count = OBJECT_COUNT};
    int fds[3] = {file_with(POLICY), file_with(MANIFEST), file_with("a socket")};

    send_packet(socket, VC_BYTES_OF(*start), (struct vc_bytes){}, fds, 3);
    send_packet(socket, VC_BYTES_OF(objects), (struct vc_bytes){}, fds, OBJECT_COUNT);
    for (size_t i = 0; i < VC_COUNT(fds); i++)
        (void)close(fds[i]);
}

static void forget(struct vc_inherited *inherited)
{
    vc_buffer_done(&inherited->policy);
    vc_buffer_done(&inherited->endorsement);
    vc_fd_closep(&inherited->listener);
    for (size_t i = 0; i < OBJECT_COUNT; i++) {
        if (inherited->files[i] > 0)
            (void)close(inherited->files[i]);
    }
}

static const struct start_row {
    const char *name;
    uint32_t platform, endorsement_size;
    enum vc_code expect;
    const char *text;
} start_rows[] = {
    {"process with its key", VC_PLATFORM_PROCESS, 91, VC_OK, ""},
    {"snp with none", VC_PLATFORM_SNP, 0, VC_OK, ""},
    {"the longest key", VC_PLATFORM_TPM, VC_LAUNCHER_ENDORSEMENT_MAX, VC_OK, ""},
    {"a key too long", VC_PLATFORM_TPM, VC_LAUNCHER_ENDORSEMENT_MAX + 1, VC_MALFORMED,
     "endorsement of 1025 bytes"},
    {"a key of all memory", VC_PLATFORM_TPM, UINT32_MAX, VC_MALFORMED, "endorsement of"},
    {"no platform", 0, 0, VC_MALFORMED, "platform 0 is none"},
    {"an unknown platform", 99, 0, VC_MALFORMED, "platform 99 is none"},
};

static void check_start(const struct start_row *row)
{
    struct vc_launcher_start start = {.kind = VC_LAUNCHER_START,
                                      .object_count = OBJECT_COUNT,
                                      .host = "tee.example.org",
                                      .platform = row->platform,
                                      .endorsement_size = row->endorsement_size};
    vc_cleanup(vc_fd_closep) int ours = -1;
    vc_cleanup(vc_fd_closep) int theirs = -1;
    vc_cleanup(forget) struct vc_inherited inherited = {};
    struct vc_err err = {};

    memset(start.endorsement, 0x30, sizeof(start.endorsement));
    assert_int_equal(vc_packet_pair(&ours, &theirs, nullptr), VC_OK);
    hand_over(ours, &start);
    enum vc_code code = vc_inherit(theirs, 1000, &inherited, &err);

    if (code != row->expect || strstr(err.text, row->text) == nullptr)
        fail_msg("%s: %s: %s", row->name, vc_code_name(code), err.text);
    if (code != VC_OK)
        return;
    assert_int_equal(inherited.platform, row->platform);
    assert_int_equal(inherited.endorsement.size, row->endorsement_size);
    assert_string_equal(inherited.host, "tee.example.org");
}

static void test_what_is_handed_over(void **)
{
    for (size_t i = 0; i < VC_COUNT(start_rows); i++)
        check_start(&start_rows[i]);
}

static const struct answer_row {
    const char *name;
    uint32_t size;
    const char *tail;
    size_t tail_size;
    enum vc_code expect;
    const char *text;
} answer_rows[] = {
    {"evidence", 5, "token", 5, VC_OK, ""},
    {"a reason", 0, "/dev/nsm: Device busy", 21, VC_HOST, "no evidence: /dev/nsm: Device busy"},
    {"no reason", 0, "", 0, VC_HOST, "the platform made no evidence"},
    {"a reason that is no text", 0, "\xff\xfe", 2, VC_HOST, "the platform made no evidence"},
    {"more than it says", 5, "tokens", 6, VC_HOST, "other evidence than it says"},
    {"less than it says", 5, "toke", 4, VC_HOST, "other evidence than it says"},
    {"nothing of what it says", UINT32_MAX, "", 0, VC_HOST, "other evidence than it says"},
};

struct talk {
    int socket;
    const struct answer_row *row;
    bool asked_right;
};

static const uint8_t report_data[VC_SHA512_SIZE] = {1, 2, 3};

/* The launcher's side: an answer to the request. */
static void *answer(void *user)
{
    struct talk *talk = user;
    struct vc_launcher_evidence head = {.kind = VC_LAUNCHER_EVIDENCE, .size = talk->row->size};
    struct vc_launcher_evidence_request request = {};
    struct vc_packet packet = {};

    talk->asked_right = vc_packet_receive(talk->socket, (uint8_t *)&request, sizeof(request),
                                          &packet, nullptr) == VC_OK &&
                        packet.size == sizeof(request) &&
                        request.kind == VC_LAUNCHER_EVIDENCE_REQUEST &&
                        memcmp(request.binder, report_data, sizeof(report_data)) == 0;
    send_packet(talk->socket, VC_BYTES_OF(head),
                (struct vc_bytes){(const uint8_t *)talk->row->tail, talk->row->tail_size}, nullptr,
                0);
    return nullptr;
}

static void check_answer(const struct answer_row *row)
{
    vc_cleanup(vc_fd_closep) int ours = -1;
    vc_cleanup(vc_fd_closep) int theirs = -1;
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    struct vc_err err = {};
    pthread_t thread;

    assert_int_equal(vc_packet_pair(&ours, &theirs, nullptr), VC_OK);
    struct talk talk = {.socket = ours, .row = row};
    struct vc_launcher_line line;

    assert_int_equal(vc_launcher_line_init(&line, theirs, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(&evidence, "before", nullptr), VC_OK);
    assert_int_equal(pthread_create(&thread, nullptr, answer, &talk), 0);
    enum vc_code code = vc_launcher_evidence(&line, report_data, &evidence, &err);

    assert_int_equal(pthread_join(thread, nullptr), 0);
    vc_launcher_line_done(&line);
    assert_true(talk.asked_right);
    if (code != row->expect || strstr(err.text, row->text) == nullptr)
        fail_msg("%s: %s: %s", row->name, vc_code_name(code), err.text);
    if (code == VC_OK)
        assert_int_equal(evidence.size, 6 + row->size);
    else if (evidence.size != 6)
        fail_msg("%s: refused, and %zu bytes stay", row->name, evidence.size - 6);
}

static void test_evidence_or_why_there_is_none(void **)
{
    for (size_t i = 0; i < VC_COUNT(answer_rows); i++)
        check_answer(&answer_rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_handed_over),
        cmocka_unit_test(test_evidence_or_why_there_is_none),
    };

    return cmocka_run_group_tests_name("launcher", tests, nullptr, nullptr);
}
