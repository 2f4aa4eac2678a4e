/* SPDX-License-Identifier: MIT */

/* What a container says, read without a network: problem documents, run objects, streams, listings,
 * and the cleaning of their text. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/line.h"
#include "client/listing.h"
#include "client/problem.h"
#include "client/report.h"
#include "client/run_events.h"
#include "client/run_object.h"
#include "client/stream_list.h"

static struct vc_bytes bytes_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

/* ------------------------------------------------------------------------------------- problems */

#define P(type, rest) "{\"type\":\"urn:veracruz:problem:" type "\"" rest "}"

static const struct problem_row {
    const char *name;
    unsigned http_status;
    const char *body;
    enum vcc_status expect;
    const char *text;
} problem_rows[] = {
    {"malformed", 400, P("malformed", ",\"detail\":\"d\""), VCC_MALFORMED, "d"},
    {"refused", 403, P("refused", ",\"detail\":\"d\""), VCC_REFUSED, "d"},
    {"not-found", 404, P("not-found", ",\"detail\":\"d\""), VCC_NOT_FOUND, "d"},
    {"method", 405, P("method", ",\"detail\":\"d\""), VCC_MALFORMED, "d"},
    {"state", 409, P("state", ",\"detail\":\"d\""), VCC_REFUSED, "d"},
    {"offset", 409, P("offset", ",\"detail\":\"d\""), VCC_REFUSED, "d"},
    {"lost", 409, P("lost", ",\"detail\":\"stream s was lost: p gave it up\""), VCC_LOST,
     "stream s was lost: p gave it up"},
    {"gone", 410, P("gone", ",\"detail\":\"d\""), VCC_LIMIT, "d"},
    {"mismatch", 422, P("mismatch", ",\"detail\":\"d\""), VCC_LOST, "d"},
    {"lost, with the status of another", 422, P("lost", ",\"detail\":\"d\""), VCC_DIGEST, "d"},
    {"length-required", 411, P("length-required", ",\"detail\":\"d\""), VCC_FAILED, "d"},
    {"limit", 413, P("limit", ",\"detail\":\"d\""), VCC_LIMIT, "d"},
    {"range", 416, P("range", ",\"detail\":\"d\""), VCC_MALFORMED, "d"},
    {"digest", 422, P("digest", ",\"detail\":\"d\""), VCC_DIGEST, "d"},
    {"quota", 429, P("quota", ",\"detail\":\"d\""), VCC_LIMIT, "d"},
    {"failed", 500, P("failed", ",\"detail\":\"d\""), VCC_FAILED, "d"},
    {"unavailable", 503, P("unavailable", ",\"detail\":\"d\""), VCC_FAILED, "d"},
    {"title alone", 403, P("refused", ",\"title\":\"t\""), VCC_REFUSED, "t"},
    {"empty detail", 403, P("refused", ",\"title\":\"t\",\"detail\":\"\""), VCC_REFUSED, "t"},
    {"detail of another type", 403, P("refused", ",\"detail\":7"), VCC_REFUSED,
     "the container answered with status 403"},
    {"members of others", 403, P("refused", ",\"balance\":30,\"detail\":\"d\""), VCC_REFUSED, "d"},
    {"no document", 403, "no", VCC_REFUSED, "the container answered with status 403"},
    {"nothing", 404, "", VCC_NOT_FOUND, "the container answered with status 404"},
    {"an array", 429, "[]", VCC_LIMIT, "the container answered with status 429"},
    {"unknown status", 418, P("refused", ",\"detail\":\"d\""), VCC_FAILED, "d"},
    {"type against status", 503, P("refused", ",\"detail\":\"d\""), VCC_FAILED, "d"},
    {"escapes", 403, P("refused", ",\"detail\":\"a\\u001b[31m\\nb\""), VCC_REFUSED, "a?[31m?b"},
    {"no error at all", 302, "", VCC_FAILED, "the container answered with status 302"},
};

static void test_problems(void **)
{
    for (size_t i = 0; i < VC_COUNT(problem_rows); i++) {
        const struct problem_row *row = &problem_rows[i];
        struct vcc_error error = {};

        vc_problem_read(row->http_status, bytes_of(row->body), &error);
        if (error.status != row->expect || strcmp(error.text, row->text) != 0)
            fail_msg("%s: %d \"%s\"", row->name, error.status, error.text);
        assert_int_equal(error.http_status, row->http_status);
    }
}

/* A text longer than the record is cut at a character. */
static void test_problem_long(void **)
{
    static char body[4096] = "{\"detail\":\"";
    struct vcc_error error = {};
    size_t used = strlen(body);

    for (size_t i = 0; i < 1000; i++)
        memcpy(body + used + 2 * i, "\xc3\xa9", 2);
    memcpy(body + used + 2000, "\"}", 3);
    vc_problem_read(403, bytes_of(body), &error);
    assert_int_equal(strlen(error.text), VCC_TEXT_MAX - 2);
}

/* ----------------------------------------------------------------------------------------- runs */

#define RUN(rest) "{\"id\":\"1\",\"program\":\"p\"," rest "}"

static const struct run_row {
    const char *name;
    const char *body;
    enum vc_code expect;
} run_rows[] = {
    {"queued", RUN("\"state\":\"queued\""), VC_OK},
    {"compiling", RUN("\"state\":\"compiling\""), VC_OK},
    {"running", RUN("\"state\":\"running\",\"wall_us\":5"), VC_OK},
    {"exited", RUN("\"state\":\"exited\",\"exit_code\":0"), VC_OK},
    {"exited with 255", RUN("\"state\":\"exited\",\"exit_code\":255"), VC_OK},
    {"failed", RUN("\"state\":\"failed\",\"reason\":\"memory\""), VC_OK},
    {"killed", RUN("\"state\":\"killed\""), VC_OK},
    {"limits", RUN("\"state\":\"failed\",\"limits\":[\"files\",\"memory_mib\"]"), VC_OK},
    {"limits as text", RUN("\"state\":\"failed\",\"limits\":\"files\""), VC_MALFORMED},
    {"limits as numbers", RUN("\"state\":\"failed\",\"limits\":[1]"), VC_MALFORMED},
    {"published", RUN("\"state\":\"failed\",\"published\":true"), VC_OK},
    {"published as number", RUN("\"state\":\"failed\",\"published\":1"), VC_MALFORMED},
    {"percent", RUN("\"state\":\"running\",\"percent\":100"), VC_OK},
    {"percent too large", RUN("\"state\":\"running\",\"percent\":101"), VC_LIMIT},
    {"newer", RUN("\"state\":\"killed\",\"phase\":3"), VC_OK},
    {"no state", "{\"id\":\"1\",\"program\":\"p\"}", VC_MALFORMED},
    {"no id", "{\"program\":\"p\",\"state\":\"queued\"}", VC_MALFORMED},
    {"empty id", "{\"id\":\"\",\"state\":\"queued\"}", VC_MALFORMED},
    {"id that leads elsewhere", "{\"id\":\"../x\",\"state\":\"queued\"}", VC_MALFORMED},
    {"number as id", "{\"id\":1,\"state\":\"queued\"}", VC_MALFORMED},
    {"no such state", RUN("\"state\":\"done\""), VC_MALFORMED},
    {"exited, no code", RUN("\"state\":\"exited\""), VC_MALFORMED},
    {"code as text", RUN("\"state\":\"exited\",\"exit_code\":\"0\""), VC_MALFORMED},
    {"code with fraction", RUN("\"state\":\"exited\",\"exit_code\":0.0"), VC_MALFORMED},
    {"code too large", RUN("\"state\":\"exited\",\"exit_code\":2147483648"), VC_LIMIT},
    {"time before time", RUN("\"state\":\"killed\",\"wall_us\":-1"), VC_LIMIT},
    {"duplicate", RUN("\"state\":\"killed\",\"state\":\"exited\""), VC_MALFORMED},
    {"array", "[]", VC_MALFORMED},
    {"nothing", "", VC_MALFORMED},
    {"trailing", RUN("\"state\":\"killed\"") "x", VC_MALFORMED},
};

static void test_runs(void **)
{
    for (size_t i = 0; i < VC_COUNT(run_rows); i++) {
        struct vcc_run run = {.exit_code = 77};
        struct vc_err err = {};
        enum vc_code code = vc_run_object_parse(bytes_of(run_rows[i].body), &run, &err);

        if (code != run_rows[i].expect)
            fail_msg("%s: %d %s", run_rows[i].name, code, err.text);
        if (code != VC_OK)
            assert_int_equal(run.exit_code, 77); /* untouched */
    }
}

static void test_run_members(void **)
{
    struct vcc_run run;

    assert_int_equal(vc_run_object_parse(
                         bytes_of(RUN("\"state\":\"failed\",\"limits\":[\"files\",\"stack_kib\"],"
                                      "\"published\":true,\"percent\":7")),
                         &run, nullptr),
                     VC_OK);
    assert_string_equal(run.limits, "files stack_kib");
    assert_int_equal(run.published, 1);
    assert_int_equal(run.percent, 7);
    assert_int_equal(
        vc_run_object_parse(bytes_of(RUN("\"state\":\"running\",\"limits\":[]")), &run, nullptr),
        VC_OK);
    assert_string_equal(run.limits, "");
    assert_int_equal(run.percent, -1);
}

/* --------------------------------------------------------------------------------------- events */

#define STATE(state) "event: state\ndata: " RUN("\"state\":\"" state "\"") "\n\n"

static const struct events_row {
    const char *name;
    const char *text;
    enum vc_code expect;
    const char *seen; /* first letters of the events */
    uint64_t wall_us; /* known at the end */
} events_rows[] = {
    {"one", STATE("running"), VC_OK, "s", 0},
    {"all",
     STATE("running") "event: usage\ndata: {\"wall_us\":5}\n\n:\n\n"
                      "event: progress\ndata: {\"percent\":9}\n\n" STATE("killed"),
     VC_OK, "sups", 0},
    {"no blank after the colon", "event:state\ndata:" RUN("\"state\":\"queued\"") "\n\n", VC_OK,
     "s", 0},
    {"not whole", "event: state\ndata: {", VC_OK, "", 0},
    {"what is not known", "event: stage\ndata: 7\nid: 3\n\n", VC_OK, "", 0},
    {"numbers before any state", "event: usage\ndata: {\"wall_us\":5}\n\n", VC_OK, "", 5},
    {"numbers that are none", "event: usage\ndata: {\"wall_us\":\"5\"}\n\n", VC_MALFORMED, "", 0},
    {"no data", "event: state\n\n", VC_MALFORMED, "", 0},
    {"two lines of data", "event: state\ndata: {\ndata: }\n\n", VC_MALFORMED, "", 0},
    {"a run that is none", "event: state\ndata: {}\n\n", VC_MALFORMED, "", 0},
};

struct watched {
    char seen[8];
    size_t count;
    size_t enough;
};

static int note(void *user, const char *event, const struct vcc_run *)
{
    struct watched *watched = user;

    assert_true(watched->count < sizeof(watched->seen) - 1);
    watched->seen[watched->count++] = event[0];
    return watched->count == watched->enough;
}

static void test_events(void **)
{
    for (size_t i = 0; i < VC_COUNT(events_rows); i++) {
        struct watched watched = {};
        struct vc_run_events events = {.watcher = note, .user = &watched};
        struct vc_err err = {};

        if (vc_run_events_take(&events, bytes_of(events_rows[i].text), &err) !=
            events_rows[i].expect)
            fail_msg("%s: %s", events_rows[i].name, err.text);
        assert_string_equal(watched.seen, events_rows[i].seen);
        assert_int_equal(events.run.wall_us, events_rows[i].wall_us);
        vc_run_events_done(&events);
    }
}

static void test_events_stop(void **)
{
    struct watched watched = {.enough = 1};
    struct vc_run_events events = {.watcher = note, .user = &watched};

    assert_int_equal(
        vc_run_events_take(&events, bytes_of(STATE("running") STATE("killed")), nullptr),
        VC_CLOSED);
    assert_true(events.stopped);
    assert_string_equal(watched.seen, "s");
    vc_run_events_done(&events);
}

static void test_events_large(void **)
{
    static uint8_t text[3 * VC_RUN_EVENT_MAX];
    struct vc_run_events events = {};

    memset(text, ':', sizeof(text));
    assert_int_equal(
        vc_run_events_take(&events, (struct vc_bytes){text, VC_RUN_EVENT_MAX}, nullptr), VC_OK);
    assert_int_equal(vc_run_events_take(&events, (struct vc_bytes){text, 1}, nullptr), VC_LIMIT);
    vc_run_events_done(&events);
    events = (struct vc_run_events){};
    assert_int_equal(vc_run_events_take(&events, (struct vc_bytes){text, sizeof(text)}, nullptr),
                     VC_LIMIT);
    vc_run_events_done(&events);
}

/* Cut anywhere, it is no run object. */
static void test_run_cut(void **)
{
    static const char whole[] = RUN("\"state\":\"exited\",\"exit_code\":0,\"reason\":\"\"");

    for (size_t size = 0; size < sizeof(whole) - 1; size++) {
        struct vcc_run run;
        uint8_t *copy = malloc(size + 1);

        assert_non_null(copy);
        memcpy(copy, whole, size);
        assert_int_not_equal(vc_run_object_parse((struct vc_bytes){copy, size}, &run, nullptr),
                             VC_OK);
        free(copy);
    }
}

static void test_run_ids(void **)
{
    assert_true(vc_run_id_valid("1"));
    assert_true(vc_run_id_valid("a-Z9"));
    assert_true(vc_run_id_valid("12345678901234567890123"));
    assert_false(vc_run_id_valid("123456789012345678901234"));
    assert_false(vc_run_id_valid(""));
    assert_false(vc_run_id_valid("1/2"));
    assert_false(vc_run_id_valid("1?x"));
}

static void test_run_list(void **)
{
    assert_int_equal(vc_run_list_check(bytes_of("{\"runs\":[]}"), nullptr), VC_OK);
    assert_int_equal(
        vc_run_list_check(bytes_of("{\"runs\":[" RUN("\"state\":\"queued\"") "]}"), nullptr),
        VC_OK);
    assert_int_equal(vc_run_list_check(bytes_of("{\"runs\":{}}"), nullptr), VC_MALFORMED);
    assert_int_equal(vc_run_list_check(bytes_of("{\"runs\":[1]}"), nullptr), VC_MALFORMED);
    assert_int_equal(vc_run_list_check(bytes_of("{}"), nullptr), VC_MALFORMED);
}

/* -------------------------------------------------------------------------------------- streams */

#define STREAM(state, rest, consumers)                                                 \
    "{\"name\":\"s\",\"use\":2,\"uses_left\":1,\"state\":\"" state "\"," rest          \
    "\"position\":9,\"producer\":{\"kind\":\"program\",\"name\":\"q\",\"held\":true}," \
    "\"consumers\":[" consumers "]}"
#define TAKER(kind, name, rest) "{\"kind\":\"" kind "\",\"name\":\"" name "\"" rest "}"
#define MINE                    TAKER("principal", "p", ",\"position\":7,\"held\":true,\"left\":false")
#define STREAMS(list)           "{\"streams\":[" list "]}"

static const struct stream_row {
    const char *name, *body;
    enum vc_code expect;
} stream_rows[] = {
    {"idle", STREAMS(STREAM("idle", "", MINE)), VC_OK},
    {"open", STREAMS(STREAM("open", "", MINE)), VC_OK},
    {"ended", STREAMS(STREAM("ended", "\"mark\":\"m\",", MINE)), VC_OK},
    {"lost", STREAMS(STREAM("lost", "\"reason\":\"r\",", MINE)), VC_OK},
    {"members of others", STREAMS(STREAM("open", "\"colour\":[{}],", MINE)), VC_OK},
    {"none", STREAMS(""), VC_NOT_FOUND},
    {"another state", STREAMS(STREAM("broken", "", MINE)), VC_MALFORMED},
    {"ended without proof", STREAMS(STREAM("ended", "", MINE)), VC_MALFORMED},
    {"lost without reason", STREAMS(STREAM("lost", "", MINE)), VC_MALFORMED},
    {"a reason of another type", STREAMS(STREAM("lost", "\"reason\":1,", MINE)), VC_MALFORMED},
    {"a use below zero", "{\"streams\":[{\"name\":\"s\",\"state\":\"open\",\"use\":-1}]}",
     VC_LIMIT},
    {"a use in text", "{\"streams\":[{\"name\":\"s\",\"state\":\"open\",\"use\":\"1\"}]}",
     VC_MALFORMED},
    {"no position",
     STREAMS(STREAM("open", "", TAKER("principal", "p", ",\"held\":true,\"left\":false"))),
     VC_MALFORMED},
    {"a flag in numbers",
     STREAMS(
         STREAM("open", "", TAKER("principal", "p", ",\"position\":7,\"held\":1,\"left\":false"))),
     VC_MALFORMED},
    {"a consumer without name", STREAMS(STREAM("open", "", "{\"kind\":\"principal\"}")),
     VC_MALFORMED},
    {"another out of form", STREAMS(STREAM("open", "", MINE) ",{\"name\":\"t\"}"), VC_MALFORMED},
    {"no array", "{\"streams\":{}}", VC_MALFORMED},
    {"no streams", "{}", VC_MALFORMED},
    {"no object", "[]", VC_MALFORMED},
    {"nothing", "", VC_MALFORMED},
};

static void test_streams(void **)
{
    for (size_t i = 0; i < VC_COUNT(stream_rows); i++) {
        const struct stream_row *row = &stream_rows[i];
        struct vc_stream_view view = {};
        enum vc_code code = vc_stream_list_find(bytes_of(row->body), "s", "p", &view, nullptr);

        if (code != row->expect)
            fail_msg("%s: %d", row->name, code);
        if (code != VC_OK)
            continue;
        assert_string_equal(vc_stream_state_name(view.state),
                            row->name[0] == 'm' ? "open" : row->name);
        assert_true(view.use == 2 && view.position == 9 && view.produced);
        assert_true(view.consumes && view.held && !view.left && view.taken == 7);
    }
}

/* Its own consumer is the principal, not the program of that name; text is one clean line. */
static void test_stream_members(void **)
{
    static const char body[] = STREAMS(
        STREAM("lost", "\"reason\":\"a\\u001b[31m\\nb\",",
               TAKER("program", "p", ",\"position\":1,\"held\":true,\"left\":true") "," TAKER(
                   "principal", "o", ",\"position\":2,\"held\":true,\"left\":true") "," MINE));
    struct vc_stream_view view = {};

    assert_int_equal(vc_stream_list_find(bytes_of(body), "s", "p", &view, nullptr), VC_OK);
    assert_string_equal(view.reason, "a?[31m?b");
    assert_true(view.consumes && view.taken == 7 && !view.left);
    view = (struct vc_stream_view){};
    assert_int_equal(vc_stream_list_find(bytes_of(body), "s", "x", &view, nullptr), VC_OK);
    assert_true(!view.consumes && view.taken == 0 && !view.held);
    assert_int_equal(vc_stream_list_find(bytes_of(body), "t", "p", &view, nullptr), VC_NOT_FOUND);
    for (size_t size = 0; size < sizeof(body) - 1; size++)
        assert_int_not_equal(
            vc_stream_list_check((struct vc_bytes){(const uint8_t *)body, size}, nullptr), VC_OK);
}

/* ------------------------------------------------------------------------------------- listings */

#define ENTRY(text) "{\"path\":\"/\",\"entries\":[" text "]}"

static const struct listing_row {
    const char *name;
    const char *body;
    enum vc_code expect;
} listing_rows[] = {
    {"empty", ENTRY(""), VC_OK},
    {"file", ENTRY("{\"name\":\"a\",\"kind\":\"file\",\"size\":1,\"sha256\":\"00\"}"), VC_OK},
    {"directory", ENTRY("{\"name\":\"a\",\"kind\":\"directory\"}"), VC_OK},
    {"file without size", ENTRY("{\"name\":\"a\",\"kind\":\"file\"}"), VC_MALFORMED},
    {"less than nothing", ENTRY("{\"name\":\"a\",\"kind\":\"file\",\"size\":-1}"), VC_LIMIT},
    {"neither", ENTRY("{\"name\":\"a\",\"kind\":\"pipe\"}"), VC_MALFORMED},
    {"up", ENTRY("{\"name\":\"..\",\"kind\":\"directory\"}"), VC_MALFORMED},
    {"here", ENTRY("{\"name\":\".\",\"kind\":\"directory\"}"), VC_MALFORMED},
    {"slash", ENTRY("{\"name\":\"a/b\",\"kind\":\"directory\"}"), VC_MALFORMED},
    {"no name", ENTRY("{\"name\":\"\",\"kind\":\"directory\"}"), VC_MALFORMED},
    {"no object", ENTRY("1"), VC_MALFORMED},
    {"no entries", "{\"path\":\"/\"}", VC_MALFORMED},
    {"no path", "{\"entries\":[]}", VC_MALFORMED},
};

static void test_listings(void **)
{
    for (size_t i = 0; i < VC_COUNT(listing_rows); i++) {
        struct vc_err err = {};
        enum vc_code code = vc_listing_check(bytes_of(listing_rows[i].body), &err);

        if (code != listing_rows[i].expect)
            fail_msg("%s: %d %s", listing_rows[i].name, code, err.text);
    }
}

/* ----------------------------------------------------------------------------------------- text */

static const struct line_row {
    const char *text, *clean;
    size_t size;
} line_rows[] = {
    {"plain", "plain", 64},
    {"", "", 64},
    {"a\tb\nc\rd\x1b[0m\x7f", "a?b?c?d?[0m?", 64},
    {"\xc2\x9b"
     "31m",
     "?31m", 64}, /* C1: a control sequence in one character */
    {"\xe2\x80\xae"
     "gpj.exe",
     "?gpj.exe", 64},            /* right to left */
    {"\xe2\x81\xa6x", "?x", 64}, /* isolate */
    {"\xe2\x80\xa8x", "?x", 64}, /* line separator */
    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82", 64},
    {"\xff\xc3", "??", 64},
    {"\xe2\x82", "??", 64},
    {"abcdef", "abc", 4},
    {"ab\xc3\xa9", "ab", 4},
    {"abc", "", 1},
};

static void test_lines(void **)
{
    for (size_t i = 0; i < VC_COUNT(line_rows); i++) {
        char out[64];

        vc_line_clean(line_rows[i].text, out, line_rows[i].size);
        assert_string_equal(out, line_rows[i].clean);
    }
}

static void test_reports(void **)
{
    static const enum vcc_status expect[] = {
        [VC_OK] = VCC_OK,           [VC_MALFORMED] = VCC_MALFORMED,
        [VC_REFUSED] = VCC_REFUSED, [VC_UNTRUSTED] = VCC_UNTRUSTED,
        [VC_LIMIT] = VCC_LIMIT,     [VC_NOT_FOUND] = VCC_FAILED,
        [VC_STATE] = VCC_FAILED,    [VC_CLOSED] = VCC_FAILED,
        [VC_MEMORY] = VCC_FAILED,   [VC_HOST] = VCC_FAILED,
    };

    for (size_t i = 0; i < VC_COUNT(expect); i++)
        assert_int_equal(vc_report_status((enum vc_code)i), expect[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problems),       cmocka_unit_test(test_problem_long),
        cmocka_unit_test(test_events),         cmocka_unit_test(test_events_stop),
        cmocka_unit_test(test_events_large),   cmocka_unit_test(test_run_members),
        cmocka_unit_test(test_runs),           cmocka_unit_test(test_run_cut),
        cmocka_unit_test(test_run_ids),        cmocka_unit_test(test_run_list),
        cmocka_unit_test(test_listings),       cmocka_unit_test(test_lines),
        cmocka_unit_test(test_reports),        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_stream_members),
    };

    return cmocka_run_group_tests_name("client_answers", tests, nullptr, nullptr);
}
