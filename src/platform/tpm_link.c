/* SPDX-License-Identifier: MIT */

#include "platform/tpm_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"

static constexpr uint64_t MAGIC = 0x766374706d6c696e; /* tells our contexts from others' */
static constexpr size_t HEADER_SIZE = 10;             /* tag, size, code */
static constexpr unsigned READS_MAX = 64;             /* of one answer */

struct vc_tpm_link {
    TSS2_TCTI_CONTEXT_COMMON_V2 table; /* first: the library's view of this object */
    const struct vc_device *device;
    const char *path;
    int fd;
    int host_errno; /* of the exchange that failed */
    uint8_t answer[TPM2_MAX_RESPONSE_SIZE];
    size_t answer_size; /* 0: not read yet */
    TSS2_SYS_CONTEXT *context;
};

static struct vc_tpm_link *link_of(TSS2_TCTI_CONTEXT *context)
{
    return (struct vc_tpm_link *)(void *)context;
}

static TSS2_RC fail(struct vc_tpm_link *link, int error)
{
    link->host_errno = error;
    return TSS2_TCTI_RC_IO_ERROR;
}

/* Devices take a command in one piece. */
static TSS2_RC transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
    struct vc_tpm_link *link = link_of(context);
    ssize_t written = link->device->write(link->device->user, link->fd, command, size);

    link->answer_size = 0;
    if (written < 0)
        return fail(link, errno);
    return (size_t)written == size ? TSS2_RC_SUCCESS : fail(link, EIO);
}

/* A device gives the answer in one piece, a socket perhaps in several; its header tells its size.
 */
static bool is_whole(const struct vc_tpm_link *link, size_t size)
{
    struct vc_reader reader = vc_reader_over((struct vc_bytes){link->answer, size});

    vc_read_u16(&reader);
    return size >= HEADER_SIZE && vc_read_u32(&reader) <= size;
}

static TSS2_RC read_answer(struct vc_tpm_link *link)
{
    size_t size = 0;

    for (unsigned i = 0; i < READS_MAX && size < sizeof(link->answer); i++) {
        ssize_t got = link->device->read(link->device->user, link->fd, link->answer + size,
                                         sizeof(link->answer) - size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(link, errno);
        if (got == 0 || (size_t)got > sizeof(link->answer) - size)
            return fail(link, EIO);
        size += (size_t)got;
        if (is_whole(link, size)) {
            link->answer_size = size;
            return TSS2_RC_SUCCESS;
        }
    }
    return fail(link, EIO);
}

static TSS2_RC receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response, int32_t)
{
    struct vc_tpm_link *link = link_of(context);
    TSS2_RC code = link->answer_size > 0 ? TSS2_RC_SUCCESS : read_answer(link);

    if (code != TSS2_RC_SUCCESS)
        return code;
    if (response == nullptr) { /* how large it is */
        *size = link->answer_size;
        return TSS2_RC_SUCCESS;
    }
    if (*size < link->answer_size)
        return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
    memcpy(response, link->answer, link->answer_size);
    *size = link->answer_size;
    link->answer_size = 0;
    return TSS2_RC_SUCCESS;
}

static enum vc_code start(struct vc_tpm_link *link, struct vc_err *err)
{
    TSS2_ABI_VERSION version = TSS2_ABI_VERSION_CURRENT;
    size_t size = Tss2_Sys_GetContextSize(0);

    link->table.v1 = (TSS2_TCTI_CONTEXT_COMMON_V1){
        .magic = MAGIC, .version = 2, .transmit = transmit, .receive = receive};
    link->context = calloc(1, size);
    if (link->context == nullptr)
        return vc_fail_memory(err);
    if (Tss2_Sys_Initialize(link->context, size, (TSS2_TCTI_CONTEXT *)(void *)&link->table,
                            &version) != TSS2_RC_SUCCESS)
        return vc_fail(err, VC_HOST, "%s: tpm2-tss does not start", link->path);
    return VC_OK;
}

enum vc_code vc_tpm_link_open(const struct vc_device *device, const char *path,
                              struct vc_tpm_link **link, struct vc_err *err)
{
    vc_cleanup(vc_tpm_link_closep) struct vc_tpm_link *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->device = device;
    made->path = path;
    made->fd = device->open(device->user, path, O_RDWR | O_CLOEXEC);
    if (made->fd < 0)
        return errno == ENOENT || errno == ENODEV || errno == ENXIO
                   ? vc_fail(err, VC_NOT_FOUND, "%s: there is no such device", path)
                   : vc_fail_host(err, "%s", path);
    code = start(made, err);
    if (code == VC_OK)
        *link = vc_take(made);
    return code;
}

void vc_tpm_link_close(struct vc_tpm_link *link)
{
    if (link == nullptr)
        return;
    if (link->context != nullptr)
        Tss2_Sys_Finalize(link->context);
    free(link->context);
    if (link->fd >= 0)
        (void)link->device->close(link->device->user, link->fd);
    free(link);
}

TSS2_SYS_CONTEXT *vc_tpm_link_context(struct vc_tpm_link *link)
{
    return link->context;
}

enum vc_code vc_tpm_link_tell(const struct vc_tpm_link *link, const char *command, TSS2_RC answer,
                              struct vc_err *err)
{
    TSS2_RC layer = answer & TSS2_RC_LAYER_MASK;

    if (answer == TSS2_RC_SUCCESS)
        return VC_OK;
    if (layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER)
        return vc_fail(err, VC_REFUSED, "%s: %s: the TPM answers 0x%x", link->path, command,
                       answer & ~TSS2_RC_LAYER_MASK);
    if (answer == TSS2_TCTI_RC_IO_ERROR) {
        errno = link->host_errno;
        return vc_fail_host(err, "%s: %s", link->path, command);
    }
    return vc_fail(err, VC_MALFORMED, "%s: %s: an answer out of form (0x%x)", link->path, command,
                   answer);
}
