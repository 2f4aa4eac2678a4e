/* SPDX-License-Identifier: MIT */

/* The keys that a local run is given, from files. */

#ifndef VC_LOCAL_KEY_FILES_H
#define VC_LOCAL_KEY_FILES_H

#include "local/cast.h"
#include "local/order.h"
#include "runtime/keys.h"

/* Gives each NAME=FILE, a key of the policy that a program may use that is played: in the form of
 * psa_import_key, or, of those that have such a form, in PEM. What is not given is not there, as in
 * a container. VC_MALFORMED: no such key, given twice, or the file is of another form;
 * VC_NOT_FOUND, VC_HOST: the file. Errors begin with the option. */
enum vc_code vc_key_files_give(const struct vc_cast *cast, const struct vc_order_texts *given,
                               struct vc_keys *keys, struct vc_err *err);

#endif
