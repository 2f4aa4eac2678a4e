/* SPDX-License-Identifier: MIT */

/* A worker has one thread, so that locks against others are taken by doing nothing.
 *
 * The engine locks its tables for reading at each indirect call of a program and at each call of
 * the host, and a lock costs more than the call. The executable that this file is linked into has
 * its own read-write locks, which the libraries find before the C library's; and its own way to do
 * something once, which wakes nobody. Only for a process that keeps to one thread: not for the
 * compiler.
 */

#ifndef VC_WORKER_LONE_THREAD_H
#define VC_WORKER_LONE_THREAD_H

#include "base/err.h"

/* To be asked once no thread can be made any more. VC_STATE: there is, or was, another one. */
enum vc_code vc_lone_thread_check(struct vc_err *err);

#endif
