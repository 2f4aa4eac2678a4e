/* SPDX-License-Identifier: MIT */

/* One HTTP/2 session, either side: frames in, frames out, and the pump between them and TLS. What
 * the frames mean is its owner's matter. */

#ifndef VC_NET_H2_INTERNAL_H
#define VC_NET_H2_INTERNAL_H

/* The interface with sizes of ptrdiff_t, not of POSIX's ssize_t. */
#define NGHTTP2_NO_SSIZE_T
#include <nghttp2/nghttp2.h>

#include "net/chunk_internal.h"
#include "net/http.h"
#include "net/tls_session_internal.h"

constexpr size_t VC_H2_BATCH_SIZE = 65536;       /* bytes read from TLS before they are looked at */
constexpr unsigned VC_H2_ROUNDS_MAX = 4;         /* batches before others have their turn */
constexpr uint32_t VC_H2_FRAME_SIZE = 65536;     /* SETTINGS_MAX_FRAME_SIZE that we announce */
constexpr int32_t VC_H2_STREAM_WINDOW = 4 << 20; /* bytes; what a stream may have in flight */
constexpr int32_t VC_H2_SESSION_WINDOW = 16 << 20; /* bytes; all streams together */

/* A body on its way out. `read` null: from `bytes`. */
struct vc_h2_source {
    struct vc_bytes bytes;
    ptrdiff_t (*read)(void *user, uint64_t offset, uint8_t *data, size_t size, struct vc_err *err);
    void *user;
    uint64_t size;
    uint64_t sent;
    struct vc_err err; /* of `read` or `pull`, once it failed */
    /* Of a body whose size nobody knows; null for others. -1 with *err filled: broken off. */
    ptrdiff_t (*pull)(void *user, uint8_t *data, size_t size, bool *ended, struct vc_err *err);
    /* Of a body of any kind; null or called when it has ended. */
    size_t (*trailers)(void *user, struct vc_http_field *fields, size_t max);
    bool resting;  /* gives nothing now, whatever there is */
    bool deferred; /* `pull` had nothing, or it rests: nghttp2 is to be told when that ends */
    bool starved;  /* deferred because `pull` had nothing */
    bool ended;    /* `pull` said so */
};

struct vc_h2 {
    nghttp2_session *session;
    struct vc_chunk_pool *pool; /* borrowed */
    struct vc_chunk out;        /* frames on their way to TLS */
    void *owner;                /* for the owner's callbacks, whose user_data is the vc_h2 */
};

/* Callbacks that send and options that both sides share; the owner adds its own and deletes both.
 */
enum vc_code vc_h2_prepare(nghttp2_session_callbacks **callbacks, nghttp2_option **option,
                           struct vc_err *err);
/* What a request or response sends from *source, which must outlive the stream. */
nghttp2_data_provider2 vc_h2_provider(struct vc_h2_source *source);
/* The same for a source that has `pull`: its pieces are sent as they come. */
nghttp2_data_provider2 vc_h2_pulled(struct vc_h2_source *source);
/* A field for nghttp2, which copies it. */
nghttp2_nv vc_h2_pair(const char *name, const char *value);
/* False: no field that HTTP/2 could carry. */
[[nodiscard]] bool vc_h2_is_field(const struct vc_http_field *field);
void vc_h2_done(struct vc_h2 *h2);

/* Takes received bytes. VC_MALFORMED: not HTTP/2, or more abuse than it bears: close. */
enum vc_code vc_h2_receive(struct vc_h2 *h2, struct vc_bytes bytes, struct vc_err *err);
/* Puts frames into h2->out as far as they fit. */
enum vc_code vc_h2_fill(struct vc_h2 *h2, struct vc_err *err);

/* Reads from TLS and takes it, up to VC_H2_ROUNDS_MAX batches; `batch` has VC_H2_BATCH_SIZE bytes.
 * *more: stopped for the others' sake; call again though the socket may stay silent. */
enum vc_code vc_h2_pump_in(struct vc_h2 *h2, struct vc_tls_session *tls, uint8_t *batch, bool *more,
                           struct vc_err *err);
/* Sends what there is to send, as far as the socket takes it; *more as above. */
enum vc_code vc_h2_pump_out(struct vc_h2 *h2, struct vc_tls_session *tls, bool *more,
                            struct vc_err *err);

#endif
