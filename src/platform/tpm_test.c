/* SPDX-License-Identifier: MIT */

/* With a TPM of its own: an swtpm process on a socket pair, its state in a folder of its own, with
 * and without endorsement certificates. What it answers is recorded, and given again in pieces. */

#include "platform/tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "evidence/tpm.h"
#include "evidence/tpm_trust.h"

static constexpr int64_t YEAR = 365 * 86400;
static constexpr int SERVER_FD = 3; /* of the swtpm process */
static constexpr size_t PATH_SIZE = 256;
static constexpr size_t EXCHANGES_MAX = 64;

static const uint8_t DATA[VC_SHA512_SIZE] = {0xda, 0x7a};

/* An answer of the TPM, and what it answered. */
struct exchange {
    struct vc_buffer command, answer;
};

struct machine {
    char folder[PATH_SIZE];
    pid_t pid;
    int socket;
    struct exchange exchanges[EXCHANGES_MAX];
    size_t exchange_count;
    bool records;
};

/* Processes. */

static pid_t spawn(const char *const words[], int server)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid != 0)
        return pid;
    if (server >= 0 && dup2(server, SERVER_FD) != SERVER_FD)
        _exit(126);
    if (freopen("/dev/null", "w", stdout) == nullptr ||
        freopen("/dev/null", "w", stderr) == nullptr)
        _exit(126);
    execvp(words[0], (char *const *)(uintptr_t)words); /* it changes none of them */
    _exit(127);
}

static void run(const char *const words[])
{
    int status = 0;
    pid_t pid = spawn(words, -1);

    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("%s: status 0x%x", words[0], (unsigned)status);
}

static void write_text(const struct machine *machine, const char *name, const char *format, ...)
    vc_printf(3, 4);

static void write_text(const struct machine *machine, const char *name, const char *format, ...)
{
    char path[2 * PATH_SIZE];
    va_list arguments;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", machine->folder, name);
    file = fopen(path, "we");
    assert_non_null(file);
    va_start(arguments, format);
    assert_true(vfprintf(file, format, arguments) >= 0);
    va_end(arguments);
    assert_int_equal(fclose(file), 0);
}

/* The maker's work: keys, a CA, certificates in the TPM. */
static void manufacture(struct machine *machine, bool elliptic)
{
    char config[2 * PATH_SIZE], state[2 * PATH_SIZE], log[2 * PATH_SIZE];
    const char *words[] = {
        "swtpm_setup", "--tpm2", "--tpmstate", state, "--create-ek-cert",
        "--config",    config,   "--logfile",  log,   elliptic ? "--ecc" : nullptr,
        nullptr};
    const char *folder = machine->folder;

    (void)snprintf(config, sizeof(config), "%s/setup.conf", folder);
    (void)snprintf(state, sizeof(state), "%s/state", folder);
    (void)snprintf(log, sizeof(log), "%s/log", folder);
    write_text(machine, "setup.conf",
               "create_certs_tool=swtpm_localca\ncreate_certs_tool_config=%s/ca.conf\n"
               "create_certs_tool_options=%s/options\nactive_pcr_banks = sha256\n",
               folder, folder);
    write_text(machine, "ca.conf",
               "statedir = %s/ca\nsigningkey = %s/ca/key.pem\nissuercert = %s/ca/issuer.pem\n"
               "certserial = %s/ca/serial\n",
               folder, folder, folder, folder);
    write_text(machine, "options",
               "--platform-manufacturer test --platform-version 1 --platform-model test\n");
    run(words);
}

enum making { PLAIN, RSA, ELLIPTIC };

static void start(struct machine *machine, enum making making)
{
    char state[2 * PATH_SIZE], server[64], path[2 * PATH_SIZE];
    const char *words[] = {"swtpm",      "socket",  "--tpm2",
                           "--tpmstate", state,     "--fd",
                           server,       "--flags", "not-need-init,startup-clear",
                           nullptr};
    const struct timeval patience = {.tv_sec = 30}; /* then the test fails */
    int pair[2];

    *machine = (struct machine){.socket = -1};
    (void)snprintf(machine->folder, sizeof(machine->folder), "%s/veracruz-tpm-XXXXXX",
                   getenv("TMPDIR") != nullptr ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(machine->folder));
    (void)snprintf(path, sizeof(path), "%s/state", machine->folder);
    run((const char *[]){"mkdir", path, nullptr});
    (void)snprintf(path, sizeof(path), "%s/ca", machine->folder);
    run((const char *[]){"mkdir", path, nullptr});
    if (making != PLAIN)
        manufacture(machine, making == ELLIPTIC);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    (void)snprintf(state, sizeof(state), "dir=%s/state", machine->folder);
    (void)snprintf(server, sizeof(server), "%d", SERVER_FD);
    machine->pid = spawn(words, pair[1]);
    close(pair[1]);
    machine->socket = pair[0];
    assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
}

static void forget(struct machine *machine)
{
    for (size_t i = 0; i < machine->exchange_count; i++) {
        vc_buffer_done(&machine->exchanges[i].command);
        vc_buffer_done(&machine->exchanges[i].answer);
    }
    machine->exchange_count = 0;
}

static void stop(struct machine *machine)
{
    close(machine->socket);
    (void)kill(machine->pid, SIGTERM);
    assert_int_equal(waitpid(machine->pid, nullptr, 0), machine->pid);
    run((const char *[]){"rm", "-rf", machine->folder, nullptr});
    forget(machine);
}

/* The machine as a device. */

static int machine_open(void *user, const char *path, int)
{
    struct machine *machine = user;

    if (strcmp(path, VC_TPM_PATH) == 0)
        return fcntl(machine->socket, F_DUPFD_CLOEXEC, 0);
    errno = ENOENT;
    return -1;
}

static ssize_t machine_write(void *user, int fd, const void *data, size_t size)
{
    struct machine *machine = user;
    struct exchange *exchange = &machine->exchanges[machine->exchange_count];

    if (machine->records) {
        assert_true(machine->exchange_count < EXCHANGES_MAX);
        assert_int_equal(
            vc_buffer_append(&exchange->command, (struct vc_bytes){data, size}, nullptr), VC_OK);
        machine->exchange_count++;
    }
    return write(fd, data, size);
}

static ssize_t machine_read(void *user, int fd, void *data, size_t size)
{
    struct machine *machine = user;
    ssize_t got = read(fd, data, size);

    if (machine->records && got > 0)
        assert_int_equal(vc_buffer_append(&machine->exchanges[machine->exchange_count - 1].answer,
                                          (struct vc_bytes){data, (size_t)got}, nullptr),
                         VC_OK);
    return got;
}

static int machine_close(void *, int fd)
{
    return close(fd);
}

static struct vc_device device_of(struct machine *machine)
{
    return (struct vc_device){.open = machine_open,
                              .read = machine_read,
                              .write = machine_write,
                              .close = machine_close,
                              .user = machine};
}

/* Who checks. */

struct checker {
    struct vc_cert *root;
    struct vc_collateral *collateral;
    struct vc_octets endorsed; /* size 0: nobody */
    struct vc_public_key *key;
    struct vc_anchors anchors;
};

static const struct vc_public_key *find_endorsed(void *user, enum vc_platform_kind,
                                                 struct vc_bytes id)
{
    const struct checker *checker = user;

    return checker->endorsed.size == id.size &&
                   memcmp(checker->endorsed.bytes, id.data, id.size) == 0
               ? checker->key
               : nullptr;
}

static void load(const struct machine *machine, const char *name, struct vc_buffer *bytes)
{
    char path[2 * PATH_SIZE];

    (void)snprintf(path, sizeof(path), "%s/ca/%s", machine->folder, name);
    assert_int_equal(vc_file_load(path, 65536, bytes, nullptr), VC_OK);
}

static void checker_init(struct checker *checker, const struct machine *machine, enum making making)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer root = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer issuer = {};

    *checker = (struct checker){};
    checker->anchors = (struct vc_anchors){.endorsed = find_endorsed, .user = checker};
    assert_int_equal(vc_collateral_new(&checker->collateral, nullptr), VC_OK);
    if (making == PLAIN)
        return;
    load(machine, "swtpm-localca-rootca-cert.pem", &root);
    load(machine, "issuer.pem", &issuer);
    assert_int_equal(vc_cert_parse_pem(vc_buffer_bytes(&root), &checker->root, nullptr), VC_OK);
    assert_int_equal(
        vc_collateral_add(checker->collateral, "issuer.pem", vc_buffer_bytes(&issuer), nullptr),
        VC_OK);
    checker->anchors.roots[0] = (struct vc_anchor){VC_PLATFORM_TPM, "", checker->root};
    checker->anchors.root_count = 1;
}

static void checker_done(struct checker *checker)
{
    vc_cert_free(checker->root);
    vc_collateral_free(checker->collateral);
    vc_public_key_free(checker->key);
}

static struct vc_verification verification_of(const struct checker *checker)
{
    return (struct vc_verification){.anchors = &checker->anchors,
                                    .collateral = checker->collateral,
                                    .now = time(nullptr) + YEAR / 2,
                                    .depth = VC_DEPTH_JUDGED};
}

static enum vc_code verify(const struct checker *checker, struct vc_bytes bytes,
                           struct vc_claims *claims, struct vc_err *err)
{
    const struct vc_evidence evidence = {.platform = VC_PLATFORM_TPM, .bytes = bytes};
    const struct vc_verification verification = verification_of(checker);

    return vc_evidence_verify(&evidence, &verification, claims, err);
}

/* What the attestation service does: challenges the EK for this AK. */
static void challenge(const struct vc_device *device, const struct vc_tpm_bundle *bundle,
                      const struct vc_octets *ak_name)
{
    static const uint8_t value[32] = {0x5e, 0xc2, 0xe7};
    vc_cleanup(vc_tpm_credential_done) struct vc_tpm_credential credential = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer found = {};
    struct vc_octets other = *ak_name;
    struct vc_tpm_public ek;
    struct vc_err err = {};

    assert_int_equal(vc_tpm_parse_public(bundle->ek_public, &ek, nullptr), VC_OK);
    assert_int_equal(vc_tpm_credential_make(&ek, ak_name, VC_BYTES(value), &credential, nullptr),
                     VC_OK);
    if (vc_tpm_activate(device, &credential, &found, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(found.size, sizeof(value));
    assert_memory_equal(found.data, value, sizeof(value));
    credential.blob.data[credential.blob.size - 1] ^= 1;
    assert_int_equal(vc_tpm_activate(device, &credential, &found, &err), VC_REFUSED);
    assert_non_null(strstr(err.text, "TPM2_ActivateCredential: the TPM answers 0x"));
    vc_tpm_credential_done(&credential);
    other.bytes[9] ^= 1; /* as if for another AK */
    assert_int_equal(vc_tpm_credential_make(&ek, &other, VC_BYTES(value), &credential, nullptr),
                     VC_OK);
    assert_int_equal(vc_tpm_activate(device, &credential, &found, &err), VC_REFUSED);
    assert_int_equal(found.size, sizeof(value));
}

static void endorse(struct checker *checker, const struct vc_tpm_public *ak,
                    const struct vc_octets *id)
{
    vc_public_key_free(vc_take(checker->key));
    assert_int_equal(vc_tpm_public_key(ak, &checker->key, nullptr), VC_OK);
    checker->endorsed = *id;
}

/* Quote, EK chain, activation, endorsement of the pair, and only then trust. */
static void check_whole(enum making making)
{
    struct machine machine;
    struct checker checker;
    struct vc_device device;
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    struct vc_octets wanted = vc_report_data_of(VC_PLATFORM_TPM, DATA);
    struct vc_tpm_bundle bundle;
    struct vc_tpm_public ak;
    struct vc_octets name, pair, ek_hash;
    struct vc_verification verification;
    struct vc_claims claims;
    struct vc_err err = {};

    start(&machine, making);
    device = device_of(&machine);
    checker_init(&checker, &machine, making);
    if (vc_tpm_produce(&device, DATA, &evidence, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(vc_tpm_bundle_parse(vc_buffer_bytes(&evidence), &bundle, nullptr), VC_OK);
    assert_int_equal(vc_tpm_parse_public(bundle.ak_public, &ak, nullptr), VC_OK);
    assert_int_equal(vc_tpm_check_ak(&ak, nullptr), VC_OK);
    assert_int_equal(vc_tpm_name(&ak, &name, nullptr), VC_OK);
    assert_int_equal(verify(&checker, vc_buffer_bytes(&evidence), &claims, &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "is not endorsed"));
    challenge(&device, &bundle, &name);
    verification = verification_of(&checker);
    if (making == PLAIN) {
        assert_int_equal(bundle.ek_chain.count, 0);
        endorse(&checker, &ak, &name);
    } else {
        if (vc_tpm_trust_ek(&bundle, &verification, &ek_hash, &err) != VC_OK)
            fail_msg("%s", err.text);
        pair = vc_tpm_pair_id(&name, vc_octets_bytes(&ek_hash));
        endorse(&checker, &ak, &pair);
    }
    if (verify(&checker, vc_buffer_bytes(&evidence), &claims, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_true(vc_octets_equal(&claims.report_data, &wanted));
    assert_true(vc_octets_equal(&claims.machine, making == PLAIN ? &name : &ek_hash));
    assert_non_null(vc_claims_register(&claims, "pcr14"));
    checker_done(&checker);
    stop(&machine);
}

static void test_rsa_ek(void **)
{
    check_whole(RSA);
}

static void test_elliptic_ek(void **)
{
    check_whole(ELLIPTIC);
}

static void test_no_certificate(void **)
{
    check_whole(PLAIN);
}

/* The AK is the same key each time, and a quote is of its own data. */
static void test_same_ak(void **)
{
    struct machine machine;
    struct vc_device device;
    struct vc_buffer evidence[2] = {};
    struct vc_tpm_bundle bundles[2];

    start(&machine, PLAIN);
    device = device_of(&machine);
    for (size_t i = 0; i < 2; i++) {
        uint8_t data[VC_SHA512_SIZE] = {(uint8_t)i};

        assert_int_equal(vc_tpm_produce(&device, data, &evidence[i], nullptr), VC_OK);
        assert_int_equal(vc_tpm_bundle_parse(vc_buffer_bytes(&evidence[i]), &bundles[i], nullptr),
                         VC_OK);
    }
    assert_memory_equal(bundles[0].ak_public.data, bundles[1].ak_public.data,
                        bundles[0].ak_public.size);
    assert_memory_not_equal(bundles[0].attest.data, bundles[1].attest.data, bundles[0].attest.size);
    for (size_t i = 0; i < 2; i++)
        vc_buffer_done(&evidence[i]);
    stop(&machine);
}

/* A recorded conversation. */

struct replaying {
    const struct machine *recorded;
    size_t next;      /* exchange */
    size_t offset;    /* of the answer */
    size_t piece_max; /* bytes of one read */
    size_t changed;   /* exchange whose answer is another */
    struct vc_bytes answer;
};

static int replay_open(void *, const char *path, int)
{
    if (strcmp(path, VC_TPM_PATH) == 0)
        return 1000; /* a number of nothing */
    errno = ENOENT;
    return -1;
}

static ssize_t replay_write(void *user, int, const void *data, size_t size)
{
    struct replaying *run = user;
    const struct vc_buffer *wanted;

    errno = EIO;
    if (run->next >= run->recorded->exchange_count)
        return -1;
    wanted = &run->recorded->exchanges[run->next].command;
    if (wanted->size != size || memcmp(wanted->data, data, size) != 0)
        return -1;
    run->next++;
    run->offset = 0;
    return (ssize_t)size;
}

static ssize_t replay_read(void *user, int, void *data, size_t size)
{
    struct replaying *run = user;
    struct vc_bytes answer = run->next == run->changed + 1
                                 ? run->answer
                                 : vc_buffer_bytes(&run->recorded->exchanges[run->next - 1].answer);
    size_t left = answer.size - run->offset;

    size = size < left ? size : left;
    size = size < run->piece_max ? size : run->piece_max;
    if (size > 0)
        memcpy(data, answer.data + run->offset, size);
    run->offset += size;
    return (ssize_t)size;
}

static int replay_close(void *, int)
{
    return 0;
}

static enum vc_code replay(struct replaying *run, struct vc_buffer *evidence, struct vc_err *err)
{
    const struct vc_device device = {.open = replay_open,
                                     .read = replay_read,
                                     .write = replay_write,
                                     .close = replay_close,
                                     .user = run};

    run->next = 0;
    return vc_tpm_produce(&device, DATA, evidence, err);
}

/* An answer that is cut, or an error, or flipped, gives no other evidence than the right one. */
static size_t change_answers(const struct machine *recorded, const struct vc_buffer *right)
{
    size_t tries = 0;

    for (size_t i = 0; i < recorded->exchange_count; i++) {
        const struct vc_buffer *answer = &recorded->exchanges[i].answer;
        uint8_t failure[10] = {0x80, 1, 0, 0, 0, 10, 0, 0, 1, 1}; /* TPM_RC_FAILURE */

        for (size_t size = 0; size <= answer->size; size++, tries++) {
            struct vc_bytes changed =
                size == answer->size ? VC_BYTES(failure) : (struct vc_bytes){answer->data, size};
            struct replaying run = {recorded, .piece_max = SIZE_MAX, .changed = i,
                                    .answer = changed};
            vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};

            if (replay(&run, &evidence, nullptr) != VC_OK)
                assert_int_equal(evidence.size, 0);
            else
                assert_memory_equal(evidence.data, right->data, right->size);
        }
    }
    return tries;
}

static void test_recorded(void **)
{
    struct machine machine;
    struct vc_device device;
    vc_cleanup(vc_buffer_done) struct vc_buffer right = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};
    struct replaying run = {.recorded = &machine, .piece_max = 7, .changed = SIZE_MAX - 1};
    struct vc_err err = {};

    start(&machine, PLAIN);
    device = device_of(&machine);
    machine.records = true;
    assert_int_equal(vc_tpm_produce(&device, DATA, &right, nullptr), VC_OK);
    if (replay(&run, &again, &err) == VC_OK) /* answers of up to 64 pieces */
        assert_memory_equal(again.data, right.data, right.size);
    else
        assert_non_null(strstr(err.text, VC_TPM_PATH));
    again.size = 0;
    run.piece_max = 64;
    assert_int_equal(replay(&run, &again, nullptr), VC_OK);
    assert_int_equal(again.size, right.size);
    assert_memory_equal(again.data, right.data, right.size);
    print_message("# tpm: %zu commands of a quote, %zu changed answers give nothing else\n",
                  machine.exchange_count, change_answers(&machine, &right));
    stop(&machine);
}

static void test_no_device(void **)
{
    static const struct machine nothing = {};
    struct replaying run = {.recorded = &nothing, .piece_max = SIZE_MAX};
    struct vc_device device = {.open = replay_open,
                               .read = replay_read,
                               .write = replay_write,
                               .close = replay_close,
                               .user = &run};
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    struct vc_err err;

    assert_int_equal(vc_tpm_produce(&device, DATA, &evidence, &err), VC_HOST);
    assert_non_null(strstr(err.text, "TPM2_CreatePrimary"));
    device.open = machine_open;
    device.user = &(struct machine){.socket = -1};
    assert_int_equal(vc_tpm_produce(&device, DATA, &evidence, &err), VC_HOST);
    assert_int_equal(evidence.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rsa_ek),         cmocka_unit_test(test_elliptic_ek),
        cmocka_unit_test(test_no_certificate), cmocka_unit_test(test_same_ak),
        cmocka_unit_test(test_recorded),       cmocka_unit_test(test_no_device),
    };

    return cmocka_run_group_tests_name("tpm-device", tests, nullptr, nullptr);
}
