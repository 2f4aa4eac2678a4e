/* SPDX-License-Identifier: MIT */

/* For tests: a machine's devices as the kernel documents them (configfs-tsm-report,
 * linux/sev-guest.h, linux/tdx-guest.h, linux/nsm.h), with the moods that they can have. */

#ifndef VC_PLATFORM_MACHINE_FIXTURE_H
#define VC_PLATFORM_MACHINE_FIXTURE_H

#include "crypto/digest.h"
#include "platform/device.h"

enum { FAKE_REPORT_SIZE = 1184, FAKE_QUOTE_SIZE = 4900, FAKE_TABLE_SIZE_MAX = 0x4000 };
enum { FAKE_FILES_MAX = 4, FAKE_FILE_SIZE_MAX = 200000 };

/* What a driver of /dev/sev-guest may answer. */
enum fake_sev_mood {
    FAKE_SEV_GOOD,
    FAKE_SEV_LONG_TABLE, /* longer than what was offered */
    FAKE_SEV_BUSY,
    FAKE_SEV_HOST_ERROR,
    FAKE_SEV_FIRMWARE_ERROR, /* told by the kernel */
    FAKE_SEV_BAD_STATUS,     /* told in the answer */
    FAKE_SEV_OTHER_SIZE,
    FAKE_SEV_OTHER_DATA,
};

struct fake_machine {
    /* How it is. */
    const char *provider; /* of configfs-tsm; null: there is none */
    int mkdir_errno;      /* instead of a new entry, `mkdir_failures` times */
    unsigned mkdir_failures;
    const char *floor;      /* content of privlevel_floor; null: no such attribute */
    const char *generation; /* content, instead of the right one */
    unsigned races;         /* how often another process writes to our entry meanwhile */
    bool no_auxblob, silent_inblob;
    const uint8_t *table; /* the host's certificates */
    size_t table_size;
    struct vc_bytes recorded; /* a report or quote, instead of one made here */
    size_t report_size;       /* of outblob, if not the right one */
    bool empty_report;
    size_t chunk; /* bytes that a read or write takes at most; 0: all */
    bool has_sev_guest, has_tdx_guest, has_nsm;
    int open_errno; /* of the devices */
    enum fake_sev_mood sev;
    bool tdx_other_type, tdx_other_data;
    const uint8_t *nsm_answer; /* instead of a good one */
    size_t nsm_answer_size;
    size_t nsm_claimed_size; /* if not 0 */
    unsigned fault_at;       /* the call, counted from 1, that fails */
    unsigned fault_count;    /* and how many from there on */
    int fault_errno;

    /* What happened. */
    unsigned calls, entries, made, open_files;
    char entry[128];
    unsigned long long count; /* generation */
    uint8_t inblob[VC_SHA512_SIZE];
    size_t inblob_size;
    unsigned level;
    struct fake_file {
        char name[32]; /* of the attribute or device; "": closed */
        uint8_t *content;
        size_t size, offset;
    } files[FAKE_FILES_MAX];
};

/* Machines of the two providers of configfs-tsm: initialisers of struct fake_machine. */
#define SEV .provider = "sev_guest"
#define TDX .provider = "tdx_guest", .no_auxblob = true

/* Borrows the machine. */
struct vc_device fake_device(struct fake_machine *machine);

/* What its devices make over these bytes. */
void fake_report(const struct fake_machine *machine, const uint8_t data[VC_SHA512_SIZE],
                 uint8_t report[FAKE_REPORT_SIZE]);
void fake_quote(const uint8_t data[VC_SHA512_SIZE], uint8_t quote[FAKE_QUOTE_SIZE]);
/* {"Attestation": {"document": …}} around a document that holds these bytes. */
void fake_nsm_answer(const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *answer);
/* The same around this document, of at most 65535 bytes. */
void fake_nsm_wrap(struct vc_bytes document, struct vc_buffer *answer);
/* The document in it. */
struct vc_bytes fake_nsm_document(const struct vc_buffer *answer);
/* A table of two certificates, in the layout of the GHCB specification; returns its size. */
size_t fake_table(uint8_t table[FAKE_TABLE_SIZE_MAX]);
/* MRTD of its TDREPORT, as hex. */
extern const char FAKE_MRTD[];

/* Some bytes to ask evidence for. */
void fake_data(uint8_t data[VC_SHA512_SIZE]);
/* Something that stands in a buffer before evidence is appended, and must stay. */
void fake_begin(struct vc_buffer *evidence);
/* Fail the test `name` unless `wanted`, then `rest`, was appended; */
void fake_check_evidence(const char *name, const struct vc_buffer *evidence, struct vc_bytes wanted,
                         struct vc_bytes rest);
/* unless nothing was, and the error says `text`; */
void fake_check_refused(const char *name, const struct vc_buffer *evidence,
                        const struct vc_err *err, const char *text);
/* if a file is open or an entry in configfs stays. */
void fake_check_clean(const char *name, const struct fake_machine *machine);

#endif
