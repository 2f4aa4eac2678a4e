/* SPDX-License-Identifier: MIT */

/* Where the bytes of a produced stream come from, as fast or as slow as they like: a file, a pipe,
 * a terminal, or a function of the caller's. */

#ifndef VC_CLIENT_STREAM_FEED_H
#define VC_CLIENT_STREAM_FEED_H

#include "base/err.h"
#include "veracruz/client.h"

struct vc_stream_feed;

/* "-" is standard input, from where it stands. VC_NOT_FOUND, VC_MALFORMED (a directory), VC_HOST.
 */
enum vc_code vc_stream_feed_open(const char *path, struct vc_stream_feed **feed,
                                 struct vc_err *err);
/* `read` never waits, and is called by vc_stream_feed_read itself. VC_MEMORY. */
enum vc_code vc_stream_feed_prompt(vcc_stream_read *read, void *user, struct vc_stream_feed **feed,
                                   struct vc_err *err);
/* `read` may wait: it is called on a thread of the feed's own. VC_HOST, VC_MEMORY. */
enum vc_code vc_stream_feed_call(vcc_stream_read *read, void *user, struct vc_stream_feed **feed,
                                 struct vc_err *err);
/* Waits for a call of `read` that has not returned. Null is allowed. */
void vc_stream_feed_free(struct vc_stream_feed *feed);
VC_DEFINE_CLEANUP(struct vc_stream_feed, vc_stream_feed_free);

/* What is there now, at most `size` bytes. 0: nothing, and *ended says whether ever. -1: failed. */
ptrdiff_t vc_stream_feed_read(struct vc_stream_feed *feed, uint8_t *data, size_t size, bool *ended,
                              struct vc_err *err);
/* Can be read when there is something; -1: there always is. */
int vc_stream_feed_ready_fd(const struct vc_stream_feed *feed);
/* A regular file: all that there will be is there already, and can be read again. Its size from
 * where it stands; 0 for anything else. */
[[nodiscard]] bool vc_stream_feed_is_file(const struct vc_stream_feed *feed, uint64_t *size);

#endif
