/* SPDX-License-Identifier: MIT */

/* The machine's own key: what signs the evidence of process containers started here. Software, and
 * within reach of this machine's operator: hence "emulated". */

#ifndef VC_PLATFORM_MACHINE_H
#define VC_PLATFORM_MACHINE_H

#include "crypto/key.h"

/* The default place: $XDG_DATA_HOME/veracruz/machine.key or ~/.local/share/veracruz/machine.key.
 * VC_NOT_FOUND: neither variable is set. */
enum vc_code vc_machine_key_path(struct vc_buffer *path, struct vc_err *err);

/* Loads the key, or makes it (mode 0600, folders 0700) if there is none. A null path: the default.
 * VC_REFUSED: others may read the file. VC_MALFORMED, VC_HOST. */
enum vc_code vc_machine_key_load(const char *path, struct vc_key **key, struct vc_err *err);

#endif
