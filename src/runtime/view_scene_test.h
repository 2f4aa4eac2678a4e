/* SPDX-License-Identifier: MIT */

/* A tree, a run's view of it, and questions as its worker would ask them. */

#ifndef VC_RUNTIME_VIEW_SCENE_TEST_H
#define VC_RUNTIME_VIEW_SCENE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/wasi.h"
#include "runtime/runs.h"
#include "runtime/view.h"
#include "runtime/view_fixture.h"
#include "vfs/resolve.h"

struct scene {
    struct vc_tree *tree;
    struct vc_view *view;
    struct vc_policy_index index; /* of a policy that a test has changed */
};

struct answer {
    struct vc_worker_answer head;
    struct vc_bytes tail; /* until the next question */
    int fd;
};

/* What a test asks; null is "". */
struct question {
    uint32_t call, flags;
    const char *directory, *name, *directory2, *name2;
    uint64_t cookie, inode, accessed_ns, modified_ns;
};

extern const struct vc_tree_quota scene_quota;

void scene_put(struct vc_tree *tree, const char *path, const char *text);
void scene_put_link(struct vc_tree *tree, const char *path, const char *target);
/* With a policy that the test has made from another; gets an index of its own. */
int scene_set_up_with(void **state, struct vc_policy *policy);
/* With the policy of view_fixture.h. */
int scene_set_up(void **state);
int scene_tear_down(void **state);

struct answer ask(struct scene *scene, const struct question *question);
/* Names below the root. */
struct answer call(struct scene *scene, uint32_t kind, uint32_t flags, const char *name);
struct answer call2(struct scene *scene, uint32_t kind, uint32_t flags, const char *name,
                    const char *name2);
/* One call with names below the root that is refused. */
struct change {
    const char *name;
    uint32_t call, flags;
    const char *path, *other;
    uint32_t expect;
};
void expect_changes(struct scene *scene, const struct change *changes, size_t count);
/* With an error comes nothing else. */
void expect(const char *what, const struct answer *answer, uint32_t expected);
void assert_content(const struct vc_tree *tree, const char *path, const char *text);

#endif
