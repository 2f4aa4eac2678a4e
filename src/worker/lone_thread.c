/* SPDX-License-Identifier: MIT */

#include "worker/lone_thread.h"

#include <pthread.h>
#include <sys/single_threaded.h>

#include "base/sanitized.h"

enum vc_code vc_lone_thread_check(struct vc_err *err)
{
    /* a sanitizer's library may have threads of its own, and keeps the C library's locks */
    if (VC_SANITIZED || __libc_single_threaded)
        return VC_OK;
    return vc_fail(err, VC_STATE, "worker: a thread beside the first one");
}

/* The sanitizers stand in for the same functions. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_UNDEFINED__)
#if !defined(__has_feature)
#define __has_feature(feature) 0
#endif
#if !__has_feature(address_sanitizer) && !__has_feature(undefined_behavior_sanitizer)

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    (void)lock;
    return 0;
}

EXPORTED int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    (void)lock;
    return 0;
}

EXPORTED int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    (void)lock;
    return 0;
}

EXPORTED int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    (void)lock;
    return 0;
}

EXPORTED int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    (void)lock;
    return 0;
}

static constexpr pthread_once_t ONCE_DONE = 2; /* the C library's own value */

/* The C library's wakes others when it is done, by a call that the filter does not let pass. */
EXPORTED int pthread_once(pthread_once_t *control, void (*start)(void))
{
    if (*control != ONCE_DONE) {
        start();
        *control = ONCE_DONE;
    }
    return 0;
}

#endif
#endif
