/* SPDX-License-Identifier: MIT */

/* What verbs that stay share: telling who started them that they are ready, and being told to end.
 */

#ifndef VC_CLI_ANNOUNCE_H
#define VC_CLI_ANNOUNCE_H

#include "cli/options.h"

/* The descriptor of --ready-fd, made close-on-exec; -1 if it was not given. VC_MALFORMED. */
enum vc_code vc_announce_fd(const struct vc_arguments *arguments, int *fd, struct vc_err *err);

/* Writes one line with the address and closes the descriptor; -1: does nothing. */
enum vc_code vc_announce(int fd, const char *address, struct vc_err *err);

/* A descriptor that is readable once SIGINT, SIGTERM or SIGHUP came; they end nothing any more. */
enum vc_code vc_stop_open(int *fd, struct vc_err *err);

#endif
