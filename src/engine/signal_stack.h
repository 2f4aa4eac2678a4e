/* SPDX-License-Identifier: MIT */

/* A stack for signals, so that a program which uses up its stack ends in a trap and not the worker
 * in a crash; and what the last fault was. */

#ifndef VC_ENGINE_SIGNAL_STACK_H
#define VC_ENGINE_SIGNAL_STACK_H

#include "base/err.h"

/* For the whole process, once, by the thread that programs will run on and close to the top of its
 * stack. Linking this also makes every handler that the engine installs run on that stack. */
enum vc_code vc_signal_stack_install(struct vc_err *err);

/* Whether the last fault that the engine handled lay where the stack would have grown. */
bool vc_signal_stack_overflowed(void);

#endif
