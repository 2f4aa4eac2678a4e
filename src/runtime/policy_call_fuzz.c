/* SPDX-License-Identifier: MIT */

/* Target: vc_policy_call with a hostile worker's packets: each input is a sequence of [size,
 * packet], the size in two bytes. Property: an answer has a file of as many bytes as it says, in
 * JSON; a name that the program may not know is in no answer that did not come with the packet; and
 * what was once refused is never allowed again. */

#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "codec/json.h"
#include "runtime/policy_call_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char STRANGER[] = "carol";

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void check_content(const struct vc_policy_reply *reply, bool says)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_bytes text;

    need(vc_blob_size(reply->content) == reply->head.size);
    need(vc_blob_bytes(reply->content, &text, nullptr) == VC_OK);
    need(vc_json_parse(text, &json, nullptr) == VC_OK);
    need(says || memmem(text.data, text.size, STRANGER, sizeof(STRANGER) - 1) == nullptr);
}

static void call(const struct policy_scene *scene, struct vc_bytes packet)
{
    vc_cleanup(vc_policy_reply_done) struct vc_policy_reply reply = {};
    bool says = packet.size > 0 &&
                memmem(packet.data, packet.size, STRANGER, sizeof(STRANGER) - 1) != nullptr;

    if (vc_policy_call(&scene->caller, packet, &reply, nullptr) != VC_OK)
        return;
    need(vc_policy_call_is(packet));
    if (reply.content != nullptr) {
        check_content(&reply, says);
    } else {
        need(reply.head.size == 0 && reply.head.wasi_errno != 0);
    }
}

/* Who may read and write there: a set, each one's bits. */
static unsigned rights_of(const struct policy_scene *scene)
{
    static const char *const paths[] = {"/input/x", "/output/1", "/output/2"};
    unsigned rights = 0;
    unsigned bit = 0;

    for (size_t i = 0; i < VC_COUNT(paths); i++) {
        for (size_t k = 0; k < vc_subject_count(&scene->policy); k++, bit += 2) {
            struct vc_subject who = vc_subject_at(&scene->policy, k);

            rights |= (unsigned)(vc_force_decide(scene->force, who, VC_RIGHT_READ, paths[i],
                                                 nullptr) == VC_OK)
                      << bit;
            rights |= (unsigned)(vc_force_decide(scene->force, who, VC_RIGHT_WRITE, paths[i],
                                                 nullptr) == VC_OK)
                      << (bit + 1);
        }
    }
    return rights;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_reader reader = vc_reader_over((struct vc_bytes){data, size});
    struct policy_scene scene;

    policy_scene_begin(&scene);
    while (vc_reader_left(&reader) > 0) {
        unsigned before = rights_of(&scene);
        uint16_t length = vc_read_u16(&reader);

        call(&scene, vc_read_run(&reader, length));
        need((rights_of(&scene) & ~before) == 0);
    }
    policy_scene_end(&scene);
    return 0;
}
