/* SPDX-License-Identifier: MIT */

/* What the operator puts beside the service, as files that count from the moment they are there:
 * collateral/ (what vendors publish), anchors/tpm/ (CA certificates of TPM makers) and
 * endorsements/. */

#ifndef VC_ATTESTD_MATERIAL_H
#define VC_ATTESTD_MATERIAL_H

#include "evidence/evidence.h"

constexpr uint64_t VC_MATERIAL_LOOK_MS = 1000;      /* the folders are looked at so often at most */
constexpr size_t VC_MATERIAL_CERTIFICATES_MAX = 16; /* that come with one evidence */

/* Takes one line of text for the operator. */
struct vc_notices {
    void (*tell)(void *user, const char *line);
    void *user;
};

struct vc_material;

/* Reads what is in the state's folder; missing folders are empty. VC_MALFORMED: a file of anchors/
 * or endorsements/ that is out of form. VC_REFUSED: anchors for a platform whose vendor's are
 * compiled in: nobody can replace those. */
enum vc_code vc_material_open(const char *folder, struct vc_notices notices,
                              struct vc_material **material, struct vc_err *err);
void vc_material_close(struct vc_material *material);
VC_DEFINE_CLEANUP(struct vc_material, vc_material_close);

/* Looks whether files changed, and reads them anew; what cannot be read is told, and leaves what
 * there was. `now_ms` is of a monotonic clock. */
void vc_material_refresh(struct vc_material *material, uint64_t now_ms);

/* Borrowed until the next refresh. */
const struct vc_anchors *vc_material_anchors(const struct vc_material *material);
const struct vc_collateral *vc_material_collateral(const struct vc_material *material);
/* A vc_gather_collateral over a struct vc_material: the folder's, which must not be refreshed as
 * long as it is used, and certificates as DER one after the other. */
enum vc_code vc_material_gather(void *user, struct vc_bytes certificates,
                                struct vc_collateral **collateral, struct vc_err *err);

#endif
