/* SPDX-License-Identifier: MIT */

/* The releases that this command knows: those of its installation, and those added by hand. */

#ifndef VC_CLI_RELEASE_NAMES_H
#define VC_CLI_RELEASE_NAMES_H

#include <stdio.h>

#include "attest/releases.h"

/* Loads the table that was installed with this command, further ones from the folder releases.d
 * beside it, and those in ~/.local/share/veracruz/releases.d (or XDG_DATA_HOME's). What is absent
 * is left out, and so is what is malformed, with a line to `complaints`: names are for people, and
 * their absence changes nothing. Null: none. */
struct vc_releases *vc_release_names_load(FILE *complaints);

#endif
