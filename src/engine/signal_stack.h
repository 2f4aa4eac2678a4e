/* SPDX-License-Identifier: MIT */

/* A stack for signals, so that a program which uses up its stack ends in a trap and not the worker
 * in a crash. */

#ifndef VC_ENGINE_SIGNAL_STACK_H
#define VC_ENGINE_SIGNAL_STACK_H

#include "base/err.h"

/* For the whole process, once. Linking this also makes every handler that the engine installs run
 * on that stack. */
enum vc_code vc_signal_stack_install(struct vc_err *err);

#endif
