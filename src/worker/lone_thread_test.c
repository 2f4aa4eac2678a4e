/* SPDX-License-Identifier: MIT */

#include "worker/lone_thread.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sanitized.h"

static void *await(void *barrier)
{
    (void)pthread_barrier_wait(barrier);
    return nullptr;
}

static void test_alone(void **state)
{
    (void)state;
    assert_int_equal(vc_lone_thread_check(nullptr), VC_OK);
}

/* From here on, this process is not alone. */
static void test_two(void **state)
{
    pthread_barrier_t barrier;
    pthread_t second;
    struct vc_err err = {};

    (void)state;
    if (VC_SANITIZED)
        skip();
    assert_int_equal(pthread_barrier_init(&barrier, nullptr, 2), 0);
    assert_int_equal(pthread_create(&second, nullptr, await, &barrier), 0);
    enum vc_code code = vc_lone_thread_check(&err);

    (void)pthread_barrier_wait(&barrier);
    assert_int_equal(pthread_join(second, nullptr), 0);
    (void)pthread_barrier_destroy(&barrier);
    assert_int_equal(code, VC_STATE);
    assert_string_equal(err.text, "worker: a thread beside the first one");
}

/* A lock that it holds already, it gets again; and libraries find the same functions. */
static void test_locks(void **state)
{
    static const char *const names[] = {
        "pthread_rwlock_rdlock",    "pthread_rwlock_tryrdlock", "pthread_rwlock_wrlock",
        "pthread_rwlock_trywrlock", "pthread_rwlock_unlock",    "pthread_once",
    };
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    Dl_info own;

    (void)state;
    if (VC_SANITIZED)
        skip();
    assert_int_equal(pthread_rwlock_wrlock(&lock), 0);
    assert_int_equal(pthread_rwlock_trywrlock(&lock), 0);
    assert_int_equal(pthread_rwlock_tryrdlock(&lock), 0);
    assert_int_equal(pthread_rwlock_unlock(&lock), 0);
    assert_true(dladdr((const void *)(uintptr_t)test_locks, &own) != 0);
    for (size_t i = 0; i < VC_COUNT(names); i++) {
        Dl_info found;
        const void *function = dlsym(RTLD_DEFAULT, names[i]);

        assert_true(function != nullptr && dladdr(function, &found) != 0);
        assert_ptr_equal(found.dli_fbase, own.dli_fbase);
    }
}

static unsigned count_of_once;

static void count(void)
{
    count_of_once++;
}

static void test_once(void **state)
{
    pthread_once_t first = PTHREAD_ONCE_INIT;
    pthread_once_t second = PTHREAD_ONCE_INIT;

    (void)state;
    count_of_once = 0;
    assert_int_equal(pthread_once(&first, count), 0);
    assert_int_equal(pthread_once(&first, count), 0);
    assert_int_equal(count_of_once, 1);
    assert_int_equal(pthread_once(&second, count), 0);
    assert_int_equal(count_of_once, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_locks),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_two),
    };

    return cmocka_run_group_tests_name("lone_thread", tests, nullptr, nullptr);
}
