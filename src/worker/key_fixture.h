/* SPDX-License-Identifier: MIT */

/* For tests: what a runtime gives a key store and its worker. */

#ifndef VC_WORKER_KEY_FIXTURE_H
#define VC_WORKER_KEY_FIXTURE_H

#include "abi/keystore.h"
#include "base/buffer.h"

enum {
    KEY_FIXTURE_AES = 0x2400,     /* PSA_KEY_TYPE_AES */
    KEY_FIXTURE_ENCRYPT = 0x100,  /* PSA_KEY_USAGE_ENCRYPT */
    KEY_FIXTURE_EXPORT = 0x1,     /* PSA_KEY_USAGE_EXPORT */
    KEY_FIXTURE_CTR = 0x04c01000, /* PSA_ALG_CTR */
    KEY_FIXTURE_READ_ONLY = 0xff, /* the lifetime of a policy's key */
    KEY_FIXTURE_KEPT = 1,         /* PSA_KEY_LIFETIME_PERSISTENT */
};

struct key_fixture {
    const char *name;
    struct vc_bytes material;
    const uint32_t *receivers;
    uint32_t receiver_count;
    uint32_t wraps_freely;
    struct vc_psa_attributes attributes;
};

/* Records at the end of a file of keys. */
void key_fixture_receiver(struct vc_buffer *file, const char *name, struct vc_bytes certificate);
void key_fixture_key(struct vc_buffer *file, const struct key_fixture *key);

/* An AES key of 16 bytes for CTR under this id, of the policy. */
void key_fixture_aes(struct vc_buffer *file, uint32_t id, const char *name);

/* A window as it should be: of its size, sealed against another one. */
int key_fixture_window(void);

/* A memory file to be read and written. */
int key_fixture_file(struct vc_bytes content);

#endif
