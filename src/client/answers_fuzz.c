/* SPDX-License-Identifier: MIT */

/* Target: what a client reads of a container's answers. Properties: a problem document always gives
 * a status other than success and one clean line; a run object that parses has a valid id, one of
 * the known states, and clean text; whatever the reader accepts it accepts as a list's only
 * element, too; events are the same whether they come at once or byte by byte; a listing never
 * leads out of its directory (vc_listing_check does not crash); what is found in a list of streams
 * is one of the states, with clean text, and the list passes as a whole; of a list of keys that
 * passes each has a name, and whether it is given. */

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "client/key_list.h"
#include "client/listing.h"
#include "client/pipeline_object.h"
#include "client/problem.h"
#include "client/run_events.h"
#include "client/run_object.h"
#include "client/stream_list.h"
#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good)
        abort();
}

static void check_line(const char *text, size_t size)
{
    size_t length = strnlen(text, size);

    must(length < size && vc_utf8_valid((struct vc_bytes){(const uint8_t *)text, length}));
    for (size_t i = 0; i < length; i++)
        must((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

static void check_problem(struct vc_bytes input)
{
    static const unsigned statuses[] = {302, 400, 403, 404, 409, 413, 422, 429, 500, 503};

    for (size_t i = 0; i < VC_COUNT(statuses); i++) {
        struct vcc_error error;

        vc_problem_read(statuses[i], input, &error);
        must(error.status != VCC_OK && error.text[0] != '\0');
        check_line(error.text, sizeof(error.text));
    }
}

static void check_run(struct vc_bytes input)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
    struct vcc_run run;

    if (vc_run_object_parse(input, &run, nullptr) != VC_OK)
        return;
    must(vc_run_id_valid(run.id));
    check_line(run.program, sizeof(run.program));
    check_line(run.reason, sizeof(run.reason));
    check_line(run.state, sizeof(run.state));
    must(strcmp(run.state, "exited") != 0 || vc_run_ended(&run));
    must(vc_buffer_append_text(&list, "{\"runs\":[", nullptr) == VC_OK &&
         vc_buffer_append(&list, input, nullptr) == VC_OK &&
         vc_buffer_append_text(&list, "]}", nullptr) == VC_OK);
    (void)!vc_run_list_check(vc_buffer_bytes(&list), nullptr); /* deeper: may pass a limit */
}

static void check_pipeline(struct vc_bytes input)
{
    struct vcc_pipeline pipeline;

    (void)!vc_pipeline_list_check(input, nullptr);
    if (vc_pipeline_object_parse(input, &pipeline, nullptr) != VC_OK)
        return;
    must(vc_run_id_valid(pipeline.id) && pipeline.stage_count <= VCC_STAGES_MAX);
    check_line(pipeline.pipeline, sizeof(pipeline.pipeline));
    for (size_t i = 0; i < pipeline.stage_count; i++) {
        check_line(pipeline.stages[i].name, sizeof(pipeline.stages[i].name));
        check_line(pipeline.stages[i].run, sizeof(pipeline.stages[i].run));
        check_line(pipeline.stages[i].reason, sizeof(pipeline.stages[i].reason));
    }
}

struct seen {
    size_t count;
    struct vcc_run last;
};

static int see(void *user, const char *event, const struct vcc_run *run)
{
    struct seen *seen = user;

    must(strcmp(event, "state") == 0 || strcmp(event, "usage") == 0 ||
         strcmp(event, "progress") == 0);
    must(vc_run_id_valid(run->id) && run->percent >= -1 && run->percent <= 100);
    check_line(run->reason, sizeof(run->reason));
    check_line(run->limits, sizeof(run->limits));
    seen->count++;
    seen->last = *run;
    return 0;
}

static void check_events(struct vc_bytes input)
{
    struct seen seen[2] = {};
    struct vc_run_events whole = {.watcher = see, .user = &seen[0]};
    struct vc_run_events cut = {.watcher = see, .user = &seen[1]};
    enum vc_code code = vc_run_events_take(&whole, input, nullptr);
    enum vc_code cut_code = VC_OK;

    for (size_t i = 0; cut_code == VC_OK && i < input.size; i++)
        cut_code = vc_run_events_take(&cut, (struct vc_bytes){input.data + i, 1}, nullptr);
    must(code == cut_code && seen[0].count == seen[1].count);
    must(strcmp(seen[0].last.state, seen[1].last.state) == 0 &&
         seen[0].last.wall_us == seen[1].last.wall_us);
    vc_run_events_done(&whole);
    vc_run_events_done(&cut);
}

static void check_streams(struct vc_bytes input)
{
    struct vc_stream_view view = {};
    enum vc_code whole = vc_stream_list_check(input, nullptr);
    enum vc_code code = vc_stream_list_find(input, "s", "p", &view, nullptr);

    must(whole == VC_OK ? code == VC_OK || code == VC_NOT_FOUND : code == whole);
    if (code != VC_OK)
        return;
    must(view.state == VC_STREAM_IDLE || view.state == VC_STREAM_OPEN ||
         view.state == VC_STREAM_ENDED || view.state == VC_STREAM_LOST);
    check_line(view.reason, sizeof(view.reason));
    check_line(view.mark, sizeof(view.mark));
    must(view.use <= INT64_MAX && view.position <= INT64_MAX && view.taken <= INT64_MAX);
    must(view.consumes || (!view.held && !view.left && view.taken == 0));
}

/* A list that passes has what its readers take for granted. */
static void check_keys(struct vc_bytes input)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place keys;

    if (vc_key_list_check(input, nullptr) != VC_OK)
        return;
    must(vc_json_parse(input, &json, nullptr) == VC_OK);
    struct vc_json_place root = vc_json_root(json);

    must(vc_json_member(&root, "keys", &keys, nullptr) == VC_OK);
    for (size_t i = 0; i < vc_json_count(&keys); i++) {
        struct vc_json_place key = vc_json_element(&keys, i);
        struct vc_json_place member;
        const char *text;
        bool given;

        must(vc_json_member(&key, "name", &member, nullptr) == VC_OK &&
             vc_json_string(&member, &text, nullptr) == VC_OK);
        must(vc_json_member(&key, "given", &member, nullptr) == VC_OK &&
             vc_json_boolean(&member, &given, nullptr) == VC_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_bytes input = {data, size};

    check_problem(input);
    check_run(input);
    check_pipeline(input);
    check_events(input);
    check_streams(input);
    check_keys(input);
    (void)!vc_listing_check(input, nullptr);
    return 0;
}
