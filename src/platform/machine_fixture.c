/* SPDX-License-Identifier: MIT */

#include "platform/machine_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsm.h>
#include <linux/sev-guest.h>
#include <linux/tdx-guest.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <cmocka.h>

static const char FOLDER[] = "/sys/kernel/config/tsm/report";
static const uint8_t NSM_REQUEST_HEAD[] = "\xa1\x6b"
                                          "Attestation\xa3\x65nonce\xf6\x69user_data\x58\x40";
static const uint8_t NSM_REQUEST_TAIL[] = "\x6apublic_key\xf6";
static const uint8_t NSM_ANSWER_HEAD[] =
    "\xa1\x6b"
    "Attestation\xa1\x68"
    "document\x59"; /* the size in two bytes, and the document */
static constexpr size_t DOCUMENT_SIZE = 2048;
const char FAKE_MRTD[] = "3132333435363738393a3b3c3d3e3f404142434445464748"
                         "494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60";

static int deny(int reason)
{
    errno = reason;
    return -1;
}

static bool is_faulty(struct fake_machine *machine)
{
    machine->calls++;
    return machine->fault_at != 0 && machine->calls >= machine->fault_at &&
           machine->calls < machine->fault_at + machine->fault_count;
}

void fake_report(const struct fake_machine *machine, const uint8_t data[VC_SHA512_SIZE],
                 uint8_t report[FAKE_REPORT_SIZE])
{
    for (size_t i = 0; i < FAKE_REPORT_SIZE; i++)
        report[i] = (uint8_t)(i * 7);
    report[0x30] = (uint8_t)machine->level; /* VMPL */
    memcpy(report + 0x50, data, VC_SHA512_SIZE);
}

void fake_quote(const uint8_t data[VC_SHA512_SIZE], uint8_t quote[FAKE_QUOTE_SIZE])
{
    for (size_t i = 0; i < FAKE_QUOTE_SIZE; i++)
        quote[i] = (uint8_t)(i * 5);
    memcpy(quote + 48 + 520, data, VC_SHA512_SIZE);
}

size_t fake_table(uint8_t table[FAKE_TABLE_SIZE_MAX])
{
    static const struct {
        uint8_t kind[16];
        uint32_t offset, size;
    } entries[3] = {{{0x63, 0xda, 0x75, 0x8d}, 72, 1300}, {{0x4a, 0xb7, 0xb3, 0x79}, 1372, 1577}};

    memset(table, 0, FAKE_TABLE_SIZE_MAX);
    memset(table + 72, 0x30, 1300 + 1577);
    memcpy(table, entries, sizeof(entries));
    return 72 + 1300 + 1577;
}

void fake_nsm_wrap(struct vc_bytes document, struct vc_buffer *answer)
{
    uint8_t size[2] = {(uint8_t)(document.size >> 8), (uint8_t)document.size};

    assert_in_range(document.size, 256, 65535);
    assert_int_equal(
        vc_buffer_append(answer, (struct vc_bytes){NSM_ANSWER_HEAD, sizeof(NSM_ANSWER_HEAD) - 1},
                         nullptr),
        VC_OK);
    assert_int_equal(vc_buffer_append(answer, VC_BYTES(size), nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(answer, document, nullptr), VC_OK);
}

void fake_nsm_answer(const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *answer)
{
    uint8_t document[DOCUMENT_SIZE];

    memset(document, 0x84, sizeof(document));
    memcpy(document + 100, data, VC_SHA512_SIZE);
    fake_nsm_wrap(VC_BYTES(document), answer);
}

struct vc_bytes fake_nsm_document(const struct vc_buffer *answer)
{
    return (struct vc_bytes){answer->data + sizeof(NSM_ANSWER_HEAD) + 1, DOCUMENT_SIZE};
}

/* ---- configfs-tsm ---- */

static int fake_mkdir(void *user, const char *path)
{
    struct fake_machine *machine = user;

    if (is_faulty(machine))
        return deny(machine->fault_errno);
    if (machine->provider == nullptr)
        return deny(ENOENT);
    if (machine->mkdir_failures > 0) {
        machine->mkdir_failures--;
        return deny(machine->mkdir_errno);
    }
    assert_int_equal(machine->entries, 0);
    assert_true(strncmp(path, FOLDER, strlen(FOLDER)) == 0 && path[strlen(FOLDER)] == '/');
    (void)snprintf(machine->entry, sizeof(machine->entry), "%s", path);
    machine->entries++;
    machine->made++;
    machine->count = 0;
    machine->inblob_size = 0;
    return 0;
}

static int fake_rmdir(void *user, const char *path)
{
    struct fake_machine *machine = user;

    if (is_faulty(machine))
        return deny(machine->fault_errno);
    assert_int_equal(machine->entries, 1);
    assert_string_equal(path, machine->entry);
    assert_int_equal(machine->open_files, 0);
    machine->entries--;
    return 0;
}

static void put_text(struct fake_file *file, const char *text)
{
    file->size = (size_t)snprintf((char *)file->content, FAKE_FILE_SIZE_MAX, "%s", text);
}

/* As the kernel: a report of whatever was written last, by whomever. */
static int put_report(struct fake_machine *machine, struct fake_file *file)
{
    if (machine->inblob_size == 0)
        return deny(EINVAL);
    if (machine->races > 0) {
        machine->races--;
        machine->count++;
        memset(machine->inblob, 0xee, sizeof(machine->inblob));
    }
    if (strcmp(machine->provider, "tdx_guest") == 0) {
        fake_quote(machine->inblob, file->content);
        file->size = FAKE_QUOTE_SIZE;
    } else {
        fake_report(machine, machine->inblob, file->content);
        file->size = FAKE_REPORT_SIZE;
    }
    if (machine->recorded.size > 0) {
        memcpy(file->content, machine->recorded.data, machine->recorded.size);
        file->size = machine->recorded.size;
    }
    if (machine->report_size != 0)
        file->size = machine->report_size;
    if (machine->empty_report)
        file->size = 0;
    return 0;
}

static int fill(struct fake_machine *machine, struct fake_file *file)
{
    char text[64];

    if (strcmp(file->name, "provider") == 0) {
        (void)snprintf(text, sizeof(text), "%s\n", machine->provider);
        put_text(file, text);
    } else if (strcmp(file->name, "generation") == 0) {
        (void)snprintf(text, sizeof(text), "%llu\n", machine->count);
        put_text(file, machine->generation != nullptr ? machine->generation : text);
    } else if (strcmp(file->name, "privlevel_floor") == 0) {
        if (machine->floor == nullptr)
            return deny(ENOENT);
        put_text(file, machine->floor);
    } else if (strcmp(file->name, "outblob") == 0) {
        return put_report(machine, file);
    } else if (strcmp(file->name, "auxblob") == 0) {
        if (machine->no_auxblob)
            return deny(ENOENT);
        if (machine->table_size > 0)
            memcpy(file->content, machine->table, machine->table_size);
        file->size = machine->table_size;
    }
    return 0;
}

/* What was written takes effect. */
static int take(struct fake_machine *machine, const struct fake_file *file)
{
    if (file->size == 0)
        return 0;
    if (strcmp(file->name, "inblob") == 0) {
        if (machine->silent_inblob) /* as kernels do that lose the error of a close */
            return 0;
        if (file->size > sizeof(machine->inblob))
            return deny(EINVAL);
        memcpy(machine->inblob, file->content, file->size);
        machine->inblob_size = file->size;
        machine->count++;
    }
    if (strcmp(file->name, "privlevel") == 0) {
        assert_int_equal(file->size, 1);
        machine->level = (unsigned)(file->content[0] - '0');
        machine->count++;
    }
    return 0;
}

/* ---- files ---- */

static bool has_device(const struct fake_machine *machine, const char *path)
{
    return (machine->has_sev_guest && strcmp(path, "/dev/sev-guest") == 0) ||
           (machine->has_tdx_guest && strcmp(path, "/dev/tdx_guest") == 0) ||
           (machine->has_nsm && strcmp(path, "/dev/nsm") == 0);
}

static int open_file(struct fake_machine *machine, const char *name, bool writes)
{
    for (int fd = 0; fd < FAKE_FILES_MAX; fd++) {
        struct fake_file *file = &machine->files[fd];

        if (file->name[0] != '\0')
            continue;
        (void)snprintf(file->name, sizeof(file->name), "%s", name);
        file->size = file->offset = 0;
        file->content = calloc(1, FAKE_FILE_SIZE_MAX);
        assert_non_null(file->content);
        if (!writes && fill(machine, file) < 0) {
            free(file->content);
            *file = (struct fake_file){};
            return -1;
        }
        machine->open_files++;
        return fd;
    }
    fail_msg("no file is ever closed");
    return -1;
}

static int fake_open(void *user, const char *path, int flags)
{
    struct fake_machine *machine = user;
    size_t length = strlen(machine->entry);

    if (is_faulty(machine))
        return deny(machine->fault_errno);
    assert_true((flags & O_CLOEXEC) != 0);
    if (has_device(machine, path)) {
        if (machine->open_errno != 0)
            return deny(machine->open_errno);
        return open_file(machine, path, true);
    }
    if (machine->entries == 0 || strncmp(path, machine->entry, length) != 0)
        return deny(ENOENT);
    return open_file(machine, path + length + 1, (flags & O_ACCMODE) != O_RDONLY);
}

static struct fake_file *file_of(struct fake_machine *machine, int fd)
{
    assert_in_range(fd, 0, FAKE_FILES_MAX - 1);
    assert_true(machine->files[fd].name[0] != '\0');
    return &machine->files[fd];
}

static size_t piece(const struct fake_machine *machine, size_t size)
{
    return machine->chunk != 0 && machine->chunk < size ? machine->chunk : size;
}

static ssize_t fake_read(void *user, int fd, void *data, size_t size)
{
    struct fake_machine *machine = user;
    struct fake_file *file = file_of(machine, fd);
    size_t left = file->size - file->offset;
    size_t some = piece(machine, size < left ? size : left);

    if (is_faulty(machine))
        return deny(machine->fault_errno);
    memcpy(data, file->content + file->offset, some);
    file->offset += some;
    return (ssize_t)some;
}

static ssize_t fake_write(void *user, int fd, const void *data, size_t size)
{
    struct fake_machine *machine = user;
    struct fake_file *file = file_of(machine, fd);
    size_t some = piece(machine, size);

    if (is_faulty(machine))
        return deny(machine->fault_errno);
    assert_true(file->size + some <= FAKE_FILE_SIZE_MAX);
    memcpy(file->content + file->size, data, some);
    file->size += some;
    return (ssize_t)some;
}

/* The descriptor is gone whatever it returns, as the kernel's. */
static int fake_close(void *user, int fd)
{
    struct fake_machine *machine = user;
    struct fake_file *file = file_of(machine, fd);
    bool faulty = is_faulty(machine);
    int status = faulty && machine->fault_errno != EINTR ? -1 : take(machine, file);

    free(file->content);
    *file = (struct fake_file){};
    machine->open_files--;
    return faulty ? deny(machine->fault_errno) : status;
}

/* ---- requests ---- */

static int refuse_sev(struct snp_guest_request_ioctl *call, unsigned host, unsigned firmware)
{
    call->vmm_error = host;
    call->fw_error = firmware;
    return deny(EIO);
}

static int answer_sev(struct fake_machine *machine, struct snp_guest_request_ioctl *call,
                      const struct snp_report_req *request)
{
    struct snp_report_resp *answer = (struct snp_report_resp *)(uintptr_t)call->resp_data;
    uint32_t head[2] = {machine->sev == FAKE_SEV_BAD_STATUS ? 0x16 : 0,
                        machine->sev == FAKE_SEV_OTHER_SIZE ? 1185 : FAKE_REPORT_SIZE};

    assert_int_equal(call->msg_version, 1);
    memcpy(answer->data, head, sizeof(head));
    fake_report(machine, request->user_data, answer->data + 32);
    if (machine->recorded.size == FAKE_REPORT_SIZE)
        memcpy(answer->data + 32, machine->recorded.data, FAKE_REPORT_SIZE);
    if (machine->sev == FAKE_SEV_OTHER_DATA)
        answer->data[32 + 0x50 + 63] ^= 1;
    return 0;
}

static int answer_extended(struct fake_machine *machine, struct snp_guest_request_ioctl *call)
{
    struct snp_ext_report_req *request = (struct snp_ext_report_req *)(uintptr_t)call->req_data;

    if (request->certs_len % 4096 != 0 || request->certs_len > FAKE_TABLE_SIZE_MAX)
        return deny(EINVAL);
    if (machine->sev == FAKE_SEV_LONG_TABLE) {
        request->certs_len = 0x5000;
        return refuse_sev(call, SNP_GUEST_VMM_ERR_INVALID_LEN, 0);
    }
    if (machine->table_size > 0)
        memcpy((void *)(uintptr_t)request->certs_address, machine->table, machine->table_size);
    return answer_sev(machine, call, &request->data);
}

static int request_sev(struct fake_machine *machine, unsigned long number, void *argument)
{
    struct snp_guest_request_ioctl *call = argument;

    if (machine->sev == FAKE_SEV_BUSY) {
        (void)refuse_sev(call, SNP_GUEST_VMM_ERR_BUSY, 0);
        return deny(EAGAIN);
    }
    if (machine->sev == FAKE_SEV_HOST_ERROR)
        return refuse_sev(call, 77, 0);
    if (machine->sev == FAKE_SEV_FIRMWARE_ERROR)
        return refuse_sev(call, 0, 0x27);
    if (number == SNP_GET_EXT_REPORT)
        return answer_extended(machine, call);
    assert_int_equal(number, SNP_GET_REPORT);
    return answer_sev(machine, call, (const struct snp_report_req *)(uintptr_t)call->req_data);
}

static int request_tdx(struct fake_machine *machine, unsigned long number, void *argument)
{
    struct tdx_report_req *request = argument;

    assert_int_equal(number, TDX_CMD_GET_REPORT0);
    memset(request->tdreport, 0, sizeof(request->tdreport));
    request->tdreport[0] = machine->tdx_other_type ? 0 : 0x81;
    memcpy(request->tdreport + 128, request->reportdata, sizeof(request->reportdata));
    if (machine->tdx_other_data)
        request->tdreport[128] ^= 1;
    for (size_t i = 0; i < 48; i++) /* TDINFO begins at 512, MRTD at 16 of it */
        request->tdreport[512 + 16 + i] = (uint8_t)(0x31 + i);
    return 0;
}

static bool is_good_request(struct vc_bytes request)
{
    size_t head = sizeof(NSM_REQUEST_HEAD) - 1;
    size_t tail = sizeof(NSM_REQUEST_TAIL) - 1;

    return request.size == head + VC_SHA512_SIZE + tail &&
           memcmp(request.data, NSM_REQUEST_HEAD, head) == 0 &&
           memcmp(request.data + head + VC_SHA512_SIZE, NSM_REQUEST_TAIL, tail) == 0;
}

static int request_nsm(struct fake_machine *machine, unsigned long number, void *argument)
{
    struct nsm_raw *raw = argument;
    struct vc_bytes request = {(const uint8_t *)(uintptr_t)raw->request.addr, raw->request.len};
    struct vc_buffer made = {};
    struct vc_bytes answer = {machine->nsm_answer, machine->nsm_answer_size};

    assert_int_equal(number, NSM_IOCTL_RAW);
    assert_true(is_good_request(request));
    if (answer.data == nullptr) {
        fake_nsm_answer(request.data + sizeof(NSM_REQUEST_HEAD) - 1, &made);
        answer = vc_buffer_bytes(&made);
    }
    assert_true(answer.size <= raw->response.len);
    if (answer.size > 0)
        memcpy((void *)(uintptr_t)raw->response.addr, answer.data, answer.size);
    raw->response.len = machine->nsm_claimed_size != 0 ? machine->nsm_claimed_size : answer.size;
    vc_buffer_done(&made);
    return 0;
}

static int fake_ioctl(void *user, int fd, unsigned long request, void *argument)
{
    struct fake_machine *machine = user;
    const struct fake_file *file = file_of(machine, fd);

    if (is_faulty(machine))
        return deny(machine->fault_errno);
    if (strcmp(file->name, "/dev/sev-guest") == 0)
        return request_sev(machine, request, argument);
    if (strcmp(file->name, "/dev/tdx_guest") == 0)
        return request_tdx(machine, request, argument);
    if (strcmp(file->name, "/dev/nsm") == 0)
        return request_nsm(machine, request, argument);
    return deny(ENOTTY);
}

struct vc_device fake_device(struct fake_machine *machine)
{
    return (struct vc_device){.open = fake_open,
                              .read = fake_read,
                              .write = fake_write,
                              .ioctl = fake_ioctl,
                              .close = fake_close,
                              .mkdir = fake_mkdir,
                              .rmdir = fake_rmdir,
                              .user = machine};
}

/* ---- what tests look at ---- */

void fake_data(uint8_t data[VC_SHA512_SIZE])
{
    for (size_t i = 0; i < VC_SHA512_SIZE; i++)
        data[i] = (uint8_t)(0xa0 + i);
}

static const char BEFORE[] = "what was there before";

/* Fresh evidence over `data` after some bytes that must stay. */
void fake_check_evidence(const char *name, const struct vc_buffer *evidence, struct vc_bytes wanted,
                         struct vc_bytes rest)
{
    size_t before = sizeof(BEFORE);

    if (memcmp(evidence->data, BEFORE, before) != 0)
        fail_msg("%s: what was there before is not", name);
    if (evidence->size != before + wanted.size + rest.size)
        fail_msg("%s: %zu bytes of evidence, wanted %zu", name, evidence->size - before,
                 wanted.size + rest.size);
    if (memcmp(evidence->data + before, wanted.data, wanted.size) != 0)
        fail_msg("%s: other evidence than the device's", name);
    if (rest.size > 0 && memcmp(evidence->data + before + wanted.size, rest.data, rest.size) != 0)
        fail_msg("%s: other certificates than the host's", name);
}

void fake_begin(struct vc_buffer *evidence)
{
    assert_int_equal(vc_buffer_append(evidence,
                                      (struct vc_bytes){(const uint8_t *)BEFORE, sizeof(BEFORE)},
                                      nullptr),
                     VC_OK);
}

void fake_check_refused(const char *name, const struct vc_buffer *evidence,
                        const struct vc_err *err, const char *text)
{
    if (strstr(err->text, text) == nullptr)
        fail_msg("%s: \"%s\" does not say \"%s\"", name, err->text, text);
    if (evidence->size != sizeof(BEFORE) || memcmp(evidence->data, BEFORE, sizeof(BEFORE)) != 0)
        fail_msg("%s: refused, and evidence was appended", name);
}

void fake_check_clean(const char *name, const struct fake_machine *machine)
{
    if (machine->open_files != 0)
        fail_msg("%s: %u files stay open", name, machine->open_files);
    if (machine->entries != 0)
        fail_msg("%s: the entry in configfs stays", name);
}
