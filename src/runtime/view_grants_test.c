/* SPDX-License-Identifier: MIT */

/* What a run has done, asked again when the policy in force has changed. */

#include <malloc.h>

#include "runtime/view_internal.h"
#include "runtime/view_scene_test.h"

struct stage {
    struct scene *scene;
    struct vc_force *force;
    struct vc_narrowing last; /* that was put in force */
};

static enum vc_code recheck(const struct stage *stage, struct vc_err *err)
{
    return vc_view_recheck(stage->scene->view, &stage->last, err);
}

static void open_stage(void **state, struct stage *stage)
{
    *stage = (struct stage){.scene = *state};
    assert_int_equal(vc_force_new(vc_view_fixture(), &stage->force, nullptr), VC_OK);
    vc_view_free(stage->scene->view);
    assert_int_equal(vc_view_new(stage->force, 0, stage->scene->tree, &stage->scene->view, nullptr),
                     VC_OK);
}

/* The view borrows the force, so it goes first. */
static void close_stage(struct stage *stage)
{
    vc_view_free(stage->scene->view);
    stage->scene->view = nullptr;
    vc_force_free(stage->force);
}

static void take(struct stage *stage, unsigned may, const char *path, bool tree)
{
    struct vc_narrowing narrowing = {.kind = VC_NARROW_TAKE, .may = may, .tree = tree};
    bool changed = false;

    (void)snprintf(narrowing.path, sizeof(narrowing.path), "%s", path);
    vc_subjects_add(vc_view_fixture(), &narrowing.from, (struct vc_subject){VC_SUBJECT_PROGRAM, 0});
    assert_int_equal(vc_force_narrow(stage->force, &narrowing, &changed, nullptr), VC_OK);
    assert_true(changed);
    stage->last = narrowing;
}

static constexpr uint32_t CREATE = VC_OPEN_WRITE | VC_OPEN_CREATE | VC_OPEN_TRUNCATE;

/* A deed, the right that it needed and where; and one beside it, which it did not need. */
static const struct deed {
    const char *name;
    uint32_t call, flags;
    const char *path, *path2;
    unsigned needed;
    const char *where;
    unsigned beside;
    const char *elsewhere;
} deeds[] = {
    {"read", VC_CALL_OPEN, VC_OPEN_READ, "in/a", nullptr, VC_RIGHT_READ, "/in/a", VC_RIGHT_LIST,
     "/in/a"},
    {"create", VC_CALL_OPEN, CREATE, "out/new", nullptr, VC_RIGHT_WRITE, "/out/new",
     VC_RIGHT_DELETE, "/out/new"},
    {"replace", VC_CALL_OPEN, CREATE, "out/old", nullptr, VC_RIGHT_WRITE, "/out/old",
     VC_RIGHT_WRITE, "/out/new"},
    {"change", VC_CALL_OPEN, VC_OPEN_READ | VC_OPEN_WRITE, "work/w", nullptr, VC_RIGHT_READ,
     "/work/w", VC_RIGHT_DELETE, "/work/w"},
    {"write of a change", VC_CALL_OPEN, VC_OPEN_READ | VC_OPEN_WRITE, "work/w", nullptr,
     VC_RIGHT_WRITE, "/work/w", VC_RIGHT_READ, "/work/x"},
    {"append", VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE | VC_OPEN_APPEND, "log", nullptr,
     VC_RIGHT_APPEND, "/log", VC_RIGHT_READ, "/in/a"},
    {"make a directory", VC_CALL_MKDIR, 0, "out/dd", nullptr, VC_RIGHT_WRITE, "/out/dd",
     VC_RIGHT_WRITE, "/out/e"},
    {"unlink", VC_CALL_UNLINK, 0, "out/old", nullptr, VC_RIGHT_DELETE, "/out/old", VC_RIGHT_WRITE,
     "/out/old"},
    {"move, from", VC_CALL_RENAME, 0, "work/w", "out/w", VC_RIGHT_DELETE, "/work/w", VC_RIGHT_WRITE,
     "/work/w"},
    {"move, to", VC_CALL_RENAME, 0, "work/w", "out/w", VC_RIGHT_WRITE, "/out/w", VC_RIGHT_DELETE,
     "/out/w"},
    {"move, what was in it", VC_CALL_RENAME, 0, "work/w", "out/w", VC_RIGHT_READ, "/work/w",
     VC_RIGHT_LIST, "/work/w"},
    {"a second name", VC_CALL_LINK, 0, "work/w", "work/x", VC_RIGHT_WRITE, "/work/x",
     VC_RIGHT_DELETE, "/work/x"},
    {"of what", VC_CALL_LINK, 0, "work/w", "work/x", VC_RIGHT_READ, "/work/w", VC_RIGHT_DELETE,
     "/work/w"},
    {"times", VC_CALL_SET_TIMES, VC_TIME_MODIFIED, "work/w", nullptr, VC_RIGHT_WRITE, "/work/w",
     VC_RIGHT_READ, "/work/w"},
};

static void do_deed(struct stage *stage, const struct deed *deed)
{
    struct answer answer =
        deed->path2 != nullptr
            ? call2(stage->scene, deed->call, deed->flags, deed->path, deed->path2)
            : call(stage->scene, deed->call, deed->flags, deed->path);

    expect(deed->name, &answer, VC_WASI_SUCCESS);
}

static void test_deeds_are_asked_again(void **state)
{
    for (size_t i = 0; i < VC_COUNT(deeds); i++) {
        const struct deed *deed = &deeds[i];
        struct stage stage;
        struct vc_err err = {};

        if (i > 0)
            assert_int_equal(scene_set_up(state), 0);
        open_stage(state, &stage);
        do_deed(&stage, deed);
        do_deed(&stage, &(const struct deed){"again", VC_CALL_OPEN, VC_OPEN_READ, "in/a", nullptr,
                                             0, nullptr, 0, nullptr});
        assert_int_equal(recheck(&stage, nullptr), VC_OK);
        take(&stage, deed->beside, deed->elsewhere, false);
        if (strcmp(deed->elsewhere, "/in/a") != 0 || deed->beside != VC_RIGHT_READ)
            assert_int_equal(recheck(&stage, nullptr), VC_OK);
        take(&stage, deed->needed, deed->where, false);
        printf("# %s\n", deed->name);
        assert_int_equal(recheck(&stage, &err), VC_REFUSED);
        assert_non_null(strstr(err.text, "narrowed: "));
        /* by its own word */
        vc_view_forgive(stage.scene->view);
        assert_int_equal(recheck(&stage, nullptr), VC_OK);
        close_stage(&stage);
        if (i + 1 < VC_COUNT(deeds))
            assert_int_equal(scene_tear_down(state), 0);
    }
}

/* What a run has itself put where it is needs no right any more but that by which it put it. */
static void test_own_words(void **state)
{
    struct stage stage;
    struct answer answer;

    open_stage(state, &stage);
    answer = call(stage.scene, VC_CALL_OPEN, CREATE, "out/new");
    expect("create", &answer, VC_WASI_SUCCESS);
    answer = call(stage.scene, VC_CALL_OPEN, VC_OPEN_READ, "out/new");
    expect("read its own", &answer, VC_WASI_SUCCESS);
    answer = call(stage.scene, VC_CALL_UNLINK, 0, "out/new");
    expect("unlink its own", &answer, VC_WASI_SUCCESS);
    take(&stage, VC_RIGHT_DELETE, "/out", true);
    assert_int_equal(recheck(&stage, nullptr), VC_OK);
    take(&stage, VC_RIGHT_WRITE, "/out", true);
    assert_int_equal(recheck(&stage, nullptr), VC_REFUSED);
    close_stage(&stage);
}

/* More paths than there are buckets to begin with. */
static void test_many(void **state)
{
    struct stage stage;
    char path[64];

    open_stage(state, &stage);
    for (unsigned i = 0; i < 3000; i++) {
        (void)snprintf(path, sizeof(path), "/in/%u", i);
        assert_int_equal(vc_view_note(stage.scene->view, VC_RIGHT_READ, path), VC_WASI_SUCCESS);
        assert_int_equal(vc_view_note(stage.scene->view, VC_RIGHT_READ, path), VC_WASI_SUCCESS);
    }
    assert_int_equal(recheck(&stage, nullptr), VC_OK);
    take(&stage, VC_RIGHT_READ, "/in/2999", false);
    assert_int_equal(recheck(&stage, nullptr), VC_REFUSED);
    vc_view_forgive(stage.scene->view);
    assert_int_equal(recheck(&stage, nullptr), VC_OK);
    take(&stage, VC_RIGHT_READ, "/in", true);
    assert_int_equal(recheck(&stage, nullptr), VC_REFUSED);
    close_stage(&stage);
}

/* A program that names as many paths as it likes, each as long as it can be: all of it takes little
 * memory, and what it has done is never forgotten. */
static void test_paths_without_end(void **state)
{
    static constexpr size_t MEMORY_MAX = 2 << 20;
    struct mallinfo2 before = mallinfo2();
    struct mallinfo2 after;
    struct stage stage;
    char path[1001];

    open_stage(state, &stage);
    for (unsigned i = 0; i < 100000; i++) {
        (void)snprintf(path, sizeof(path), "/out/%0248u/%0248u/%0248u/%0200u", i, i, i, i);
        assert_int_equal(vc_view_note(stage.scene->view, VC_RIGHT_WRITE, path), VC_WASI_SUCCESS);
    }
    after = mallinfo2();
    assert_true(after.uordblks < before.uordblks + MEMORY_MAX);
    take(&stage, VC_RIGHT_READ, "/in/a", false); /* which it has not used */
    assert_int_equal(recheck(&stage, nullptr), VC_OK);
    take(&stage, VC_RIGHT_DELETE, "/out", true); /* nor this */
    assert_int_equal(recheck(&stage, nullptr), VC_OK);
    take(&stage, VC_RIGHT_WRITE, path, false);
    assert_int_equal(recheck(&stage, nullptr), VC_REFUSED);
    vc_view_forgive(stage.scene->view);
    take(&stage, VC_RIGHT_WRITE, "/out", true);
    assert_int_equal(recheck(&stage, nullptr), VC_REFUSED);
    close_stage(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_deeds_are_asked_again, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_own_words, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_many, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_paths_without_end, scene_set_up, scene_tear_down),
    };

    return cmocka_run_group_tests_name("view_grants", tests, nullptr, nullptr);
}
