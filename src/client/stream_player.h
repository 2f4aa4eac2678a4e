/* SPDX-License-Identifier: MIT */

/* For tests: a container's side of one stream, that lives in memory which the test sees too, and
 * that can be told to misbehave. */

#ifndef VC_CLIENT_STREAM_PLAYER_H
#define VC_CLIENT_STREAM_PLAYER_H

#include "flow/stream.h"
#include "net/http_server.h"

constexpr size_t PLAYER_BYTES_MAX = 1 << 20;

enum misdeed {
    PLAYER_HONEST,
    /* of its producer */
    PLAYER_STALE_HEAD,   /* HEAD says less than was taken, once: PUT corrects it */
    PLAYER_LYING_HEAD,   /* HEAD says more than was ever sent */
    PLAYER_FORGETS,      /* takes back what it has, as soon as the connection broke */
    PLAYER_REFUSES,      /* loses the stream after `after` bytes, with an answer */
    PLAYER_ALWAYS_OTHER, /* 409 with another offset each time */
    PLAYER_ENDS_EARLY,   /* answers 200 before the end */
    PLAYER_SHORT_END,    /* answers the end with one byte less */
    PLAYER_MOVES_ON,     /* does not answer the end, and is at the next use then */
    /* of its consumer */
    PLAYER_WRONG_MARK,
    PLAYER_WRONG_LENGTH,
    PLAYER_NO_PROOF,    /* ends the body and says nothing */
    PLAYER_LOSES,       /* after `after` bytes, by breaking the exchange off */
    PLAYER_SKIPS,       /* goes on one byte further than asked */
    PLAYER_OTHER_BYTES, /* one byte is another */
    PLAYER_NOT_TOLD,    /* breaks off what would confirm the whole */
    /* of both */
    PLAYER_TAKEN_OVER,  /* breaks off after `after` bytes, and somebody else has it then */
    PLAYER_BEGINS_ANEW, /* is another container, as soon as the connection broke */
};

struct stream_player {
    char name[32];
    uint8_t policy_hash[VC_SHA256_SIZE];
    enum vc_mark_kind mark_kind;
    enum vc_records records;
    uint32_t record_bytes;
    bool padded;
    bool produces; /* the client consumes what is in `bytes` */
    enum misdeed misdeed;
    uint64_t after;
    bool no_grants; /* the client may send its first window and no more */
    /* what is */
    uint64_t use;
    enum vc_stream_state state;
    char reason[64];
    uint64_t position; /* of its producer */
    uint64_t taken;    /* of its consumer */
    bool left, held;
    uint8_t bytes[PLAYER_BYTES_MAX];
    /* what was asked */
    unsigned heads, puts, gets, deletes, lists;
    uint64_t confirmed;
    /* of the exchange under way, of the server's process */
    struct vc_http_exchange *current;
    uint64_t sent, start;
    uint8_t cell[4096];
    size_t cell_fill, cell_sent;
    uint64_t cell_next;
    char texts[6][VC_MARK_TEXT_MAX];
    char json[4096];
};

/* Its user is the player. */
extern const struct vc_http_handler stream_player_handler;

/* In memory that processes share. */
struct stream_player *stream_player_new(void);
void stream_player_free(struct stream_player *player);

#endif
