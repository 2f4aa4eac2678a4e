/* SPDX-License-Identifier: MIT */

/* The small pieces of the command: amounts, progress lines, nearest words. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/amount.h"
#include "cli/nearest.h"
#include "cli/progress.h"

static const struct bytes_row {
    uint64_t bytes;
    const char *text;
} bytes_rows[] = {
    {0, "0 B"},
    {999, "999 B"},
    {1000, "1.0 kB"},
    {1999, "1.9 kB"},
    {999999, "999.9 kB"},
    {1000000, "1.0 MB"},
    {12345678, "12.3 MB"},
    {1073741824, "1.0 GB"},
    {UINT64_MAX, "18.4 EB"},
};

static void test_bytes(void **)
{
    for (size_t i = 0; i < VC_COUNT(bytes_rows); i++) {
        char text[VC_AMOUNT_MAX];

        vc_amount_bytes(bytes_rows[i].bytes, text);
        assert_string_equal(text, bytes_rows[i].text);
    }
}

static const struct bytes_row duration_rows[] = {
    {0, "0 us"},
    {999, "999 us"},
    {1200, "1.2 ms"},
    {999999, "999.9 ms"},
    {1000000, "1.0 s"},
    {59900000, "59.9 s"},
    {60000000, "1:00 min"},
    {3599999999, "59:59 min"},
    {3723000000, "1:02:03 h"},
    {UINT64_MAX, "5124095576:01:49 h"},
};

static void test_durations(void **)
{
    for (size_t i = 0; i < VC_COUNT(duration_rows); i++) {
        char text[VC_AMOUNT_MAX];

        vc_amount_duration(duration_rows[i].bytes, text);
        assert_string_equal(text, duration_rows[i].text);
    }
}

static const struct progress_row {
    const char *name;
    uint64_t bytes[2];
    uint64_t elapsed_ms;
    const char *line;
} progress_rows[] = {
    {"beginning", {0, 1000000}, 0, "put x [................]   0%  0 B  0 B/s"},
    {"half",
     {500000, 1000000},
     1000,
     "put x [########........]  50%  500.0 kB  500.0 kB/s  1.0 s left"},
    {"soon over",
     {999000, 1000000},
     1000,
     "put x [###############.]  99%  999.0 kB  999.0 kB/s  1 s left"},
    {"over", {1000000, 1000000}, 2000, "put x [################] 100%  1.0 MB  500.0 kB/s"},
    {"more than told", {3000000, 1000000}, 1000, "put x [################] 100%  3.0 MB  3.0 MB/s"},
    {"size unknown", {5000000, 0}, 1000, "put x  5.0 MB  5.0 MB/s"},
    {"for ever", {1, UINT64_MAX}, 1000, "put x [................]   0%  1 B  1 B/s"},
};

static void test_progress(void **)
{
    for (size_t i = 0; i < VC_COUNT(progress_rows); i++) {
        char line[VC_PROGRESS_LINE_MAX];

        vc_progress_format("put x", progress_rows[i].bytes, progress_rows[i].elapsed_ms, line);
        assert_string_equal(line, progress_rows[i].line);
    }
}

static void test_stream_line(void **)
{
    struct vcc_stream_progress now = {.done = 500000, .total = 1000000, .ahead = 65536};
    char line[VC_PROGRESS_LINE_MAX];

    vc_progress_format_stream("prices", &now, 1000, line);
    assert_string_equal(line, "prices [########........]  50%  500.0 kB  500.0 kB/s  1.0 s left");
    now.waiting = 1;
    vc_progress_format_stream("prices", &now, 1000, line);
    assert_string_equal(line,
                        "prices [########........]  50%  500.0 kB  waiting for the container");
    now.total = 0;
    vc_progress_format_stream("a name that is too long for its place", &now, 1000, line);
    assert_string_equal(line, "a name that is t  500.0 kB  waiting for the container");
    now = (struct vcc_stream_progress){.done = 999999999999, .total = 999999999999, .waiting = 1};
    vc_progress_format_stream("a name that is too long for its place", &now, 1000, line);
    assert_true(strlen(line) <= 79);
}

/* Whatever the name and the numbers, the line fits a terminal. */
static void test_progress_width(void **)
{
    char line[VC_PROGRESS_LINE_MAX];
    char what[200];

    memset(what, 'x', sizeof(what) - 1);
    what[sizeof(what) - 1] = '\0';
    vc_progress_format(what, (const uint64_t[]){123456789, 999999999999}, 60000, line);
    assert_true(strlen(line) <= 79);
    vc_progress_format(what, (const uint64_t[]){UINT64_MAX, UINT64_MAX}, UINT64_MAX, line);
    assert_true(strlen(line) <= 100);
}

static void test_run_line(void **)
{
    struct vcc_run run = {.program = "intersection",
                          .state = "running",
                          .wall_us = 61000000,
                          .cpu_us = 59990000,
                          .memory_bytes = 64 << 20,
                          .output_bytes = 1234567,
                          .percent = -1};
    char line[VC_PROGRESS_LINE_MAX];

    vc_progress_format_run(&run, line);
    assert_int_equal(strncmp(line, "intersec  running  ", 19), 0);
    assert_non_null(strstr(line, ", mem 67.1 MB, out 1.2 MB"));
    assert_true(strlen(line) <= 79);
    run.percent = 50;
    vc_progress_format_run(&run, line);
    assert_int_equal(strncmp(line, "intersec [########........]  50%  ", 34), 0);
    assert_true(strlen(line) <= 79);
}

/* Nothing is drawn where nobody looks. */
static void test_progress_silent(void **)
{
    char *text = nullptr;
    size_t size;
    struct vc_command command = {.err = open_memstream(&text, &size)};
    struct vc_progress progress = vc_progress_begin(&command, "put x");

    vc_progress_bytes(&progress, 5, 10);
    vc_progress_spin(&progress, "running");
    vc_progress_end(&progress, 10);
    (void)fclose(command.err);
    assert_string_equal(text, "");
    assert_int_equal(progress.done, 5);
    free(text);
}

static void test_progress_drawn(void **)
{
    char *text = nullptr;
    size_t size;
    struct vc_command command = {.err = open_memstream(&text, &size), .terminal = true};
    struct vc_progress progress = vc_progress_begin(&command, "put x");

    vc_progress_bytes(&progress, 5, 10);
    vc_progress_bytes(&progress, 6, 10); /* too soon to draw again */
    vc_progress_end(&progress, 10);
    (void)fclose(command.err);
    assert_non_null(strstr(text, "\r\033[Kput x [########........]  50%"));
    assert_null(strstr(text, "60%"));
    assert_non_null(strstr(text, "put x: 10 B in "));
    free(text);
}

static void test_distance(void **)
{
    char word[VC_NEAREST_LENGTH_MAX + 2];

    assert_int_equal(vc_word_distance("", ""), 0);
    assert_int_equal(vc_word_distance("", "abc"), 3);
    assert_int_equal(vc_word_distance("polcy", "policy"), 1);
    assert_int_equal(vc_word_distance("rnu", "run"), 1);
    assert_int_equal(vc_word_distance("kitten", "sitting"), 3);
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    assert_int_equal(vc_word_distance(word, "a"), SIZE_MAX);
    assert_int_equal(vc_word_distance("a", word), SIZE_MAX);
    assert_int_equal(vc_word_distance(word + 1, word + 1), 0);
}

static void test_nearest(void **)
{
    const char *best = nullptr;
    size_t distance = SIZE_MAX;

    vc_nearest_offer("stauts", "shutdown", &best, &distance);
    assert_null(best);
    vc_nearest_offer("stauts", "status", &best, &distance);
    assert_string_equal(best, "status");
    vc_nearest_offer("stauts", "stauts", &best, &distance);
    assert_int_equal(distance, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),           cmocka_unit_test(test_durations),
        cmocka_unit_test(test_progress),        cmocka_unit_test(test_progress_width),
        cmocka_unit_test(test_stream_line),     cmocka_unit_test(test_run_line),
        cmocka_unit_test(test_progress_silent), cmocka_unit_test(test_progress_drawn),
        cmocka_unit_test(test_distance),        cmocka_unit_test(test_nearest),
    };

    return cmocka_run_group_tests_name("cli_pieces", tests, nullptr, nullptr);
}
