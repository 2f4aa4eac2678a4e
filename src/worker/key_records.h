/* SPDX-License-Identifier: MIT */

/* The file of keys that a key store is given (abi/keystore.h), record by record. */

#ifndef VC_WORKER_KEY_RECORDS_H
#define VC_WORKER_KEY_RECORDS_H

#include "abi/keystore.h"
#include "psa/service.h"

constexpr size_t VC_KEY_RECORDS_NAME_MAX = 128;          /* bytes of a key's or a receiver's name */
constexpr size_t VC_KEY_RECORDS_CERTIFICATE_MAX = 65536; /* bytes */
constexpr size_t VC_KEY_RECORDS_RECEIVERS_MAX = 256;     /* in all */

/* Whoever takes the records; all that is given is borrowed for the call. */
struct vc_key_records_ops {
    enum vc_code (*receiver)(void *user, struct vc_bytes name, struct vc_bytes certificate,
                             struct vc_err *err);
    enum vc_code (*key)(void *user, struct vc_bytes name, const struct vc_psa_given *given,
                        struct vc_err *err);
};

/* Each record once, in order. VC_MALFORMED: the file does not follow its grammar, or names
 * receivers that it has not; records before that have been taken. Otherwise what `ops` say. */
enum vc_code vc_key_records_take(struct vc_bytes file, const struct vc_key_records_ops *ops,
                                 void *user, struct vc_err *err);

#endif
