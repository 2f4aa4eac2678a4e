/* SPDX-License-Identifier: MIT */

#include "proxy/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static constexpr int64_t WAIT_S = 30; /* for a session of others */
static constexpr int64_t REST_S = 60; /* then a session that nobody uses is closed; the container
                                         would do so later */

struct resting {
    vcc_client *client;
    int64_t since_s;
};

struct vc_pool {
    struct vcc_options options;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct resting resting[VC_PROXY_SESSIONS_MAX];
    size_t resting_count;
    size_t used; /* or being opened */
};

static int64_t now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static enum vc_code connect_one(const struct vcc_options *options, vcc_client **client,
                                struct vcc_error *error)
{
    *client = vcc_connect(options, error);
    if (*client != nullptr)
        return VC_OK;
    return error->status == VCC_UNTRUSTED ? VC_UNTRUSTED : VC_HOST;
}

struct vc_pool *vc_pool_new(const struct vcc_options *options, struct vcc_error *error)
{
    struct vc_pool *pool = calloc(1, sizeof(*pool));
    pthread_condattr_t attributes;
    vcc_client *first;

    if (pool == nullptr) {
        *error = (struct vcc_error){.status = VCC_FAILED, .text = "out of memory"};
        return nullptr;
    }
    if (connect_one(options, &first, error) != VC_OK) {
        free(pool);
        return nullptr;
    }
    pool->options = *options;
    (void)pthread_mutex_init(&pool->lock, nullptr);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&pool->given, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    pool->resting[pool->resting_count++] = (struct resting){first, now_s()};
    return pool;
}

void vc_pool_free(struct vc_pool *pool)
{
    if (pool == nullptr)
        return;
    for (size_t i = 0; i < pool->resting_count; i++)
        vcc_close(pool->resting[i].client);
    (void)pthread_cond_destroy(&pool->given);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* Takes out those that rested too long, or all; the caller closes them, without the lock. */
static size_t weed(struct vc_pool *pool, bool all, vcc_client *old[VC_PROXY_SESSIONS_MAX])
{
    int64_t limit = now_s() - REST_S;
    size_t kept = 0;
    size_t count = 0;

    for (size_t i = 0; i < pool->resting_count; i++) {
        if (all || pool->resting[i].since_s < limit)
            old[count++] = pool->resting[i].client;
        else
            pool->resting[kept++] = pool->resting[i];
    }
    pool->resting_count = kept;
    return count;
}

static void close_all(vcc_client *const *clients, size_t count)
{
    for (size_t i = 0; i < count; i++)
        vcc_close(clients[i]);
}

/* A place for one more session; with the lock. */
static enum vc_code wait_for_place(struct vc_pool *pool, struct vc_err *err)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S;
    while (pool->used == VC_PROXY_SESSIONS_MAX) {
        if (pthread_cond_timedwait(&pool->given, &pool->lock, &until) != 0)
            return vc_fail(err, VC_LIMIT, "all %zu sessions with the container are in use",
                           VC_PROXY_SESSIONS_MAX);
    }
    pool->used++;
    return VC_OK;
}

enum vc_code vc_pool_take(struct vc_pool *pool, bool fresh, vcc_client **client, struct vc_err *err)
{
    vcc_client *old[VC_PROXY_SESSIONS_MAX];
    struct vcc_error error = {};
    size_t old_count = 0;
    vcc_client *found = nullptr;
    enum vc_code code;

    (void)pthread_mutex_lock(&pool->lock);
    code = wait_for_place(pool, err);
    if (code == VC_OK) {
        old_count = weed(pool, fresh, old);
        if (pool->resting_count > 0)
            found = pool->resting[--pool->resting_count].client;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    close_all(old, old_count);
    if (code != VC_OK)
        return code;
    if (found == nullptr)
        code = connect_one(&pool->options, &found, &error);
    if (code == VC_OK) {
        *client = found;
        return VC_OK;
    }
    vc_pool_give(pool, nullptr, false);
    return vc_fail(err, code, "%.*s", (int)VC_ERR_TEXT_MAX - 1, error.text);
}

void vc_pool_give(struct vc_pool *pool, vcc_client *client, bool good)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->used--;
    if (good && pool->resting_count < VC_PROXY_SESSIONS_MAX) {
        pool->resting[pool->resting_count++] = (struct resting){client, now_s()};
        client = nullptr;
    }
    (void)pthread_cond_signal(&pool->given);
    (void)pthread_mutex_unlock(&pool->lock);
    vcc_close(client);
}
