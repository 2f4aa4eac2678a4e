/* SPDX-License-Identifier: MIT */

/* For tests: the server's exchanges and a client session in the same memory, without sockets and
 * TLS. The handler holds requests, if it is to, and leaves the answers to the test. */

#ifndef VC_NET_STREAM_RIG_H
#define VC_NET_STREAM_RIG_H

#include "net/http_exchange_internal.h"

constexpr uint32_t STREAM_RIG_STREAMS = 10;
constexpr int32_t STREAM_RIG_LAST = 2000;

/* What a stream's handler does, and what was seen of it on either side. */
struct side {
    /* the server */
    struct vc_http_exchange *exchange;
    uint64_t taken;
    bool ended, gone;
    char trailer[64]; /* "x-sum" of the request */
    size_t ready;     /* bytes that the feed has */
    bool last;        /* and no more */
    size_t pulls;
    unsigned trailers;       /* that the feed gives */
    const char *bad_trailer; /* name of the first of them, instead */
    bool short_pull;         /* gives less than was ready */
    enum aborts { CALMLY, IN_PULL, IN_TRAILERS } aborts;
    unsigned credits;
    /* the client */
    unsigned status;
    uint64_t got;
    bool closed;
    uint32_t error;
    char told[64]; /* "x-sum" of the response */
};

struct rig {
    struct vc_chunk_pool pool;
    struct vc_exchanges *all;
    nghttp2_session *client;
    bool hold;
    bool generous; /* grants what it takes */
    bool stingy;   /* the client gives no window back */
    bool padded;   /* the client pads its frames */
    bool fatal;
    uint32_t goaway; /* its error code; UINT32_MAX before */
    unsigned closes;
    struct side of[STREAM_RIG_LAST];
};

struct upload {
    uint64_t left;
    bool open;         /* never ends */
    unsigned trailers; /* fields behind it */
    nghttp2_nv first;  /* instead of the first of them, if it has a name */
};

struct rig *stream_rig_new(void);
/* Whoever was opened was closed. */
void stream_rig_free(struct rig *rig);
/* Gives the server bytes. */
void stream_rig_give(struct rig *rig, const uint8_t *data, size_t size);
/* Carries what the client has to say. */
void stream_rig_client_speaks(struct rig *rig);
/* One chunk of the server's frames; false: there are none. */
bool stream_rig_send_chunk(struct rig *rig);
/* Carries bytes both ways until both sides are silent. */
void stream_rig_converse(struct rig *rig);
/* Asks for "/"; upload: null for no body. The stream. */
int32_t stream_rig_ask(struct rig *rig, const char *method, struct upload *upload);

#endif
