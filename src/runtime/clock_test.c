/* SPDX-License-Identifier: MIT */

/* F3, B6: a host's clock that jumps. */

#include "runtime/clock.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static constexpr int64_t START = 1800000000;
static constexpr int64_t RUNNING = 5000;
static constexpr int64_t DAY = 86400;

static const struct row {
    const char *name;
    int64_t wall, running; /* readings, after START and RUNNING */
    int64_t now;           /* after START */
} ROWS[] = {
    {"at once", 0, 0, 0},
    {"an hour later", 3600, 3600, 3600},
    {"the host's clock runs ahead", 3700, 3600, 3700},
    {"the host's clock was set forward", DAY, 10, DAY},
    {"the host's clock was set back", 3600 - DAY, 3600, 3600},
    {"set back to the start, again and again", 0, 30 * DAY, 30 * DAY},
    {"set back to 1970", -START, 3600, 3600},
    {"before 1970", INT64_MIN, 3600, 3600},
    {"set back by a second", 3599, 3600, 3600},
    {"the machine slept", 7 * DAY, 7 * DAY, 7 * DAY},
    {"the other clock was set back", 3600, -4000, 3600},
    {"both were", -DAY, -4000, 0},
};

static void test_rows(void **)
{
    static const struct vc_clock clock = {.start_wall = START, .start_running = RUNNING};

    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        const struct row *row = &ROWS[i];
        int64_t wall = row->wall == INT64_MIN ? row->wall : START + row->wall;
        int64_t now = vc_clock_later(&clock, wall, RUNNING + row->running);

        if (now != START + row->now)
            fail_msg("%s: %jd after the start", row->name, (intmax_t)(now - START));
    }
}

/* Whatever a host says, nothing that had expired at the start is good again. */
static void test_readings_out_of_range(void **)
{
    static const struct vc_clock clock = {.start_wall = START, .start_running = RUNNING};
    static const int64_t readings[] = {INT64_MIN, INT64_MIN + 1, -1,       0, 1, RUNNING,
                                       START,     INT64_MAX - 1, INT64_MAX};

    for (size_t i = 0; i < VC_COUNT(readings); i++) {
        for (size_t j = 0; j < VC_COUNT(readings); j++)
            assert_true(vc_clock_later(&clock, readings[i], readings[j]) >= START);
    }
}

static void test_real_clocks(void **)
{
    struct vc_clock clock;
    struct vc_clock ahead;
    int64_t before = vc_clock_wall();

    assert_int_equal(vc_clock_start(&clock, nullptr), VC_OK);
    assert_true(vc_clock_now(&clock) >= before);
    assert_true(vc_clock_now(&clock) <= vc_clock_wall() + 1);
    /* as if the host's clock had been a day ahead at the start, and was set back since */
    ahead = (struct vc_clock){clock.start_wall + DAY, clock.start_running};
    assert_true(vc_clock_now(&ahead) >= before + DAY);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_readings_out_of_range),
        cmocka_unit_test(test_real_clocks),
    };

    return cmocka_run_group_tests_name("clock", tests, nullptr, nullptr);
}
