/* SPDX-License-Identifier: MIT */

/* Machines whose evidence counts: a folder with one public key (PEM) per file, named by the
 * machine's instance id. Read anew for each verdict, so that adding and removing a file is all. */

#ifndef VC_ATTESTD_ENDORSEMENTS_H
#define VC_ATTESTD_ENDORSEMENTS_H

#include "evidence/process.h"

constexpr size_t VC_ENDORSEMENTS_MAX = 4096; /* files that are looked at */

/* One search; zero-initialise but for the folder, which is borrowed. */
struct vc_endorsement_search {
    const char *folder;
    struct vc_public_key *found; /* owned: what the last search found */
};

/* A vc_endorsed_key over a struct vc_endorsement_search. The key lives until the next lookup
 * or vc_endorsement_search_done. A file that is no public key endorses nobody. */
const struct vc_public_key *vc_endorsement_find(void *user, enum vc_platform_kind platform,
                                                struct vc_bytes id);
void vc_endorsement_search_done(struct vc_endorsement_search *search);

/* Writes the key into the folder as <instance id>.pem; the same key again changes nothing. */
enum vc_code vc_endorsement_add(const char *folder, const struct vc_key *key,
                                uint8_t instance_id[VC_INSTANCE_ID_SIZE], struct vc_err *err);

/* VC_MALFORMED names the first file of the folder that is no public key. */
enum vc_code vc_endorsement_check(const char *path, struct vc_err *err);

#endif
