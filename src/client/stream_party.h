/* SPDX-License-Identifier: MIT */

/* A principal's end of a stream, over however many connections it takes. */

#ifndef VC_CLIENT_STREAM_PARTY_H
#define VC_CLIENT_STREAM_PARTY_H

#include "client/patience.h"
#include "client/session_internal.h"
#include "client/stream_list.h"

constexpr size_t VC_STREAM_TARGET_MAX = 96; /* bytes of "/v1/streams/<name>" */
constexpr uint32_t VC_STREAM_TICK_MS = 200; /* between looks at the time while nothing moves */

struct vc_stream_party {
    struct vcc_client *client;
    const struct vc_policy_stream *terms;
    const char *who; /* the principal's name */
    struct vcc_stream_options options;
    char target[VC_STREAM_TARGET_MAX];
    uint64_t use;                     /* 0: not known yet */
    uint64_t known;                   /* bytes of it that the container certainly had */
    struct vcc_stream_progress shown; /* what the watcher saw last, or will */
    bool watched;                     /* it saw something */
    struct vc_patience patience;
};

/* Finds the stream and this side's part in it: VCC_NOT_FOUND, VCC_REFUSED. `options` may be null.
 */
enum vcc_status vc_stream_party_init(struct vc_stream_party *end, struct vcc_client *client,
                                     const char *stream, const struct vcc_stream_options *options,
                                     struct vcc_error *error);
enum vcc_status vc_stream_party_check(const struct vc_stream_party *end, bool produces,
                                      struct vcc_error *error);

/* Tells the watcher, if anything has changed. */
void vc_stream_party_show(struct vc_stream_party *end, const struct vcc_stream_progress *progress);

/* Makes a call within the attested session. VC_OK: a whole answer, whatever its status. VC_CLOSED:
 * it broke off. VC_UNTRUSTED: the session is over. */
enum vc_code vc_stream_party_call(struct vc_stream_party *end, const struct vc_http_call *call,
                                  struct vc_http_answer *answer, struct vc_err *err);

/* Lets go of this use: a producer gives it up, a consumer leaves, or confirms what it took if
 * `taken` says how much. As vc_stream_party_call. */
enum vc_code vc_stream_party_leave(struct vc_stream_party *end, const char *taken,
                                   struct vc_http_answer *answer, struct vc_err *err);

/* What the container tells of the stream now. As vc_stream_party_call, and as vc_stream_list_find.
 */
enum vc_code vc_stream_party_look(struct vc_stream_party *end, struct vc_stream_view *view,
                                  struct vc_err *err);
/* VCC_LOST with the reason if the container says that the use is lost or past; VCC_OK: it is not.
 * VCC_FAILED: it knows less than it knew: it is another container, of the same policy. Other
 * failures of asking are its own. `broken`: asking broke off, too. */
enum vcc_status vc_stream_party_check_lost(struct vc_stream_party *end, struct vc_stream_view *view,
                                           bool *broken, struct vcc_error *error);

/* Another container took the place of the one that had some of this use: VCC_FAILED. */
enum vcc_status vc_stream_party_replaced(const struct vc_stream_party *end,
                                         struct vcc_error *error);

/* It got further than before: the next break may take the whole patience again. */
void vc_stream_party_moved(struct vc_stream_party *end);
/* After a break, whose reason is `why`: waits, longer each time, and connects anew. VCC_OK: worth
 * another try. VCC_FAILED: patience is over. VCC_UNTRUSTED: never again. */
enum vcc_status vc_stream_party_retry(struct vc_stream_party *end, const struct vc_err *why,
                                      struct vcc_error *error);

/* A field of "name: value\n" lines that is a decimal number, or text. False: absent, or not that.
 */
[[nodiscard]] bool vc_stream_field_number(struct vc_bytes lines, const char *name, uint64_t *value);
[[nodiscard]] bool vc_stream_field_text(struct vc_bytes lines, const char *name, char *text,
                                        size_t size);

/* Fills *error from a refusal; its status. */
enum vcc_status vc_stream_refused(const struct vc_http_answer *answer, struct vcc_error *error);

#endif
