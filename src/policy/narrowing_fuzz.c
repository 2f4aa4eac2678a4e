/* SPDX-License-Identifier: MIT */

/* Target: vc_narrowing_parse, and all that is done with a narrowing. The first byte chooses a
 * policy, the rest is narrowings with a NUL between them. Property: what parses is written, and
 * parses again to the same; it has a sentence; put in force, it allows nothing that was not allowed
 * before, changes the digest if and only if it is noted, and a second time changes nothing; all in
 * the opposite order comes to the same digest. */

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "policy/force.h"
#include "policy/force_scene.h"

enum { NARROWINGS_MAX = 8, POLICIES = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool good)
{
    if (!good)
        abort();
}

static void check_text(const struct vc_policy *policy, const struct vc_narrowing *narrowing)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer said = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_narrowing again;

    vc_narrowing_write(policy, narrowing, &writer, nullptr);
    need(vc_json_write_end(&writer, nullptr) == VC_OK);
    need(text.size <= VC_NARROWING_SIZE_MAX);
    need(vc_narrowing_parse(policy, vc_buffer_bytes(&text), &again, nullptr) == VC_OK);
    need(memcmp(narrowing, &again, sizeof(again)) == 0);
    need(vc_narrowing_say(policy, narrowing, &said, nullptr) == VC_OK);
    need(said.size > 0 && vc_utf8_valid(vc_buffer_bytes(&said)));
}

enum { ASKED_SUBJECTS = 6, ASKED_PATHS = 12 }; /* keeps an input's time in bounds */

/* Who may do what at some paths, and at the narrowed one. */
struct answers {
    bool may[6][ASKED_SUBJECTS][ASKED_PATHS + 1];
};

static void ask(const struct vc_scene *scene, const struct vc_force *force, const char *path,
                struct answers *answers)
{
    size_t count = vc_subject_count(&scene->policy);

    for (size_t right = 0; right < 6; right++) {
        for (size_t i = 0; i < ASKED_SUBJECTS; i++) {
            struct vc_subject who = vc_subject_at(&scene->policy, (count - 1) * i / 5);

            for (size_t k = 0; k <= ASKED_PATHS; k++) {
                const char *at = k < ASKED_PATHS
                                     ? scene->paths[(scene->path_count - 1) * k / ASKED_PATHS]
                                     : path;

                answers->may[right][i][k] =
                    vc_force_decide(force, who, (enum vc_right)(1U << right), at, nullptr) == VC_OK;
            }
        }
    }
}

static void check_less(const struct answers *before, const struct answers *after)
{
    const bool *was = &before->may[0][0][0];
    const bool *is = &after->may[0][0][0];

    for (size_t i = 0; i < sizeof(before->may); i++)
        need(was[i] || !is[i]);
}

static void check_force(const struct vc_scene *scene, struct vc_force *force,
                        const struct vc_narrowing *narrowing)
{
    struct answers before;
    struct answers after;
    const char *path = narrowing->path[0] == '\0' ? "/" : narrowing->path;
    uint64_t version = vc_force_version(force);
    uint8_t digests[2][VC_SHA256_SIZE];
    bool changed = false;

    ask(scene, force, path, &before);
    need(vc_force_digest(force, digests[0], nullptr) == VC_OK);
    need(vc_force_narrow(force, narrowing, &changed, nullptr) == VC_OK);
    need(vc_force_digest(force, digests[1], nullptr) == VC_OK);
    ask(scene, force, path, &after);
    check_less(&before, &after);
    need((vc_force_version(force) != version) ==
         (memcmp(digests[0], digests[1], sizeof(digests[0])) != 0));
    need(changed == (vc_force_version(force) != version));
    need(vc_force_narrow(force, narrowing, &changed, nullptr) == VC_OK && !changed);
}

static size_t parse_all(const struct vc_scene *scene, struct vc_bytes texts,
                        struct vc_narrowing narrowings[NARROWINGS_MAX])
{
    size_t count = 0;

    while (count < NARROWINGS_MAX && texts.size > 0) {
        const uint8_t *end = memchr(texts.data, 0, texts.size);
        size_t size = end == nullptr ? texts.size : (size_t)(end - texts.data);
        struct vc_err err = {};

        if (vc_narrowing_parse(&scene->policy, (struct vc_bytes){texts.data, size},
                               &narrowings[count], &err) == VC_OK) {
            count++;
        } else {
            need(err.text[0] != '\0' &&
                 (err.code == VC_MALFORMED || err.code == VC_LIMIT || err.code == VC_NOT_FOUND));
        }
        size += end != nullptr;
        texts = (struct vc_bytes){texts.data + size, texts.size - size};
    }
    return count;
}

static void check_opposite(const struct vc_scene *scene, const struct vc_force *force,
                           const struct vc_narrowing *narrowings, size_t count)
{
    vc_cleanup(vc_force_freep) struct vc_force *other = nullptr;
    uint8_t digests[2][VC_SHA256_SIZE];
    bool changed;

    need(vc_force_new(&scene->policy, &other, nullptr) == VC_OK);
    for (size_t i = count; i-- > 0;)
        need(vc_force_narrow(other, &narrowings[i], &changed, nullptr) == VC_OK);
    need(vc_force_digest(force, digests[0], nullptr) == VC_OK);
    need(vc_force_digest(other, digests[1], nullptr) == VC_OK);
    need(memcmp(digests[0], digests[1], sizeof(digests[0])) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vc_scene scene; /* large */
    static struct vc_narrowing narrowings[NARROWINGS_MAX];
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr;
    size_t count;

    if (size == 0)
        return 0;
    vc_scene_init(&scene, data[0] % POLICIES);
    need(vc_force_new(&scene.policy, &force, nullptr) == VC_OK);
    count = parse_all(&scene, (struct vc_bytes){data + 1, size - 1}, narrowings);
    for (size_t i = 0; i < count; i++) {
        check_text(&scene.policy, &narrowings[i]);
        for (size_t k = 0; k < vc_subject_count(&scene.policy); k++)
            (void)!vc_policy_decide_narrow(&scene.policy, vc_subject_at(&scene.policy, k),
                                           &narrowings[i], nullptr);
        check_force(&scene, force, &narrowings[i]);
    }
    check_opposite(&scene, force, narrowings, count);
    vc_scene_done(&scene);
    return 0;
}
