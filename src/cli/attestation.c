/* SPDX-License-Identifier: MIT */

/* The verbs about the attestation service: serve, endorse. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <time.h>

#include "attestd/service.h"
#include "base/file.h"
#include "cli/announce.h"
#include "cli/release_names.h"
#include "cli/verbs.h"
#include "codec/json.h"
#include "net/address.h"

static constexpr size_t PATH_SIZE = 4096;
static constexpr size_t KEY_FILE_MAX = 65536; /* bytes of PEM */
static const char LISTEN_DEFAULT[] = "127.0.0.1:4000";

/* Makes the folders above the last component, for this user alone. */
static enum vc_code make_parents(const char *path, struct vc_err *err)
{
    char part[PATH_SIZE];

    for (const char *slash = strchr(path + 1, '/'); slash != nullptr;
         slash = strchr(slash + 1, '/')) {
        (void)snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0700) < 0 && errno != EEXIST)
            return vc_fail_host(err, "%s", part);
    }
    return VC_OK;
}

/* The folder of --state, or the one among this user's data. */
static enum vc_code state_folder(const struct vc_arguments *arguments, char path[PATH_SIZE],
                                 struct vc_err *err)
{
    const char *told = vc_option_value(arguments, "state");
    const char *data = getenv("XDG_DATA_HOME"); /* NOLINT(concurrency-mt-unsafe): one thread */
    const char *home = getenv("HOME");          /* NOLINT(concurrency-mt-unsafe): one thread */
    int length;

    if (told != nullptr) {
        length = snprintf(path, PATH_SIZE, "%s", told);
    } else if (data != nullptr && data[0] == '/') {
        length = snprintf(path, PATH_SIZE, "%s/veracruz/attestation", data);
    } else if (home != nullptr && home[0] == '/') {
        length = snprintf(path, PATH_SIZE, "%s/.local/share/veracruz/attestation", home);
    } else {
        return vc_fail(err, VC_MALFORMED, "no folder for the service: give --state DIR");
    }
    if (length <= 0 || (size_t)length >= PATH_SIZE)
        return vc_fail(err, VC_MALFORMED, "--state: the path is empty or too long");
    return told != nullptr ? VC_OK : make_parents(path, err);
}

static void on_stop(void *user, uint32_t)
{
    vc_loop_stop(user);
}

static int print_ready(struct vc_command *command, const char *address, const char *ca)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    char url[VC_ADDRESS_MAX + 8];
    struct vc_err err = {};

    (void)snprintf(url, sizeof(url), "https://%s", address);
    if (!command->json) {
        if (vc_buffer_printf(&text, &err, "ready on %s\nCA %s\n", url, ca) != VC_OK)
            return vc_command_fail_in(command, &err);
        return vc_command_print(command, vc_buffer_bytes(&text));
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "address", address);
    vc_json_put_string(&writer, "url", url);
    vc_json_put_string(&writer, "ca", ca);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

struct service {
    struct vc_loop *loop;
    struct vc_attestd_state *state;
    struct vc_attestd *attestd;
    struct vc_watch *stop;
    struct vc_releases *releases;
    int listener, ready_fd, stop_fd;
    char address[VC_ADDRESS_MAX];
};

static void service_done(struct service *service)
{
    vc_loop_unwatch(service->stop);
    vc_attestd_free(service->attestd);
    vc_releases_free(service->releases);
    vc_attestd_close(service->state);
    vc_loop_free(service->loop);
    vc_fd_closep(&service->listener);
    vc_fd_closep(&service->stop_fd);
}

/* What the operator must know while the service runs. */
static void print_notice(void *, const char *line)
{
    (void)fprintf(stderr, "veracruz: %s\n", line);
}

/* The names of --host, and the address that it listens on if that is a particular one. */
static enum vc_code start(const struct vc_arguments *arguments, const char *listen,
                          struct service *service, struct vc_err *err)
{
    const char *names[VC_ATTESTD_HOSTS_MAX];
    struct vc_attestd_setup setup = {.loop = service->loop,
                                     .listener = service->listener,
                                     .state = service->state,
                                     .hosts = names,
                                     .notices = {.tell = print_notice},
                                     .releases = service->releases};
    struct vc_address address;
    const char *name;
    enum vc_code code = vc_address_parse(listen, &address, err);

    if (code != VC_OK)
        return code;
    if (address.host[0] != '\0' && strcmp(address.host, "0.0.0.0") != 0 &&
        strcmp(address.host, "::") != 0)
        names[setup.host_count++] = address.host;
    for (size_t i = 0; (name = vc_option_value_at(arguments, "host", i)) != nullptr; i++) {
        if (setup.host_count == VC_ATTESTD_HOSTS_MAX) {
            return vc_fail(err, VC_MALFORMED, "--host: at most %zu with the address listened on",
                           VC_ATTESTD_HOSTS_MAX);
        }
        names[setup.host_count++] = name;
    }
    return vc_attestd_new(&setup, &service->attestd, err);
}

static enum vc_code prepare(const struct vc_arguments *arguments, struct service *service,
                            struct vc_err *err)
{
    const char *listen = vc_option_value(arguments, "listen");
    char folder[PATH_SIZE];
    enum vc_code code = vc_announce_fd(arguments, &service->ready_fd, err);

    if (listen == nullptr)
        listen = LISTEN_DEFAULT;
    if (code == VC_OK)
        code = state_folder(arguments, folder, err);
    if (code == VC_OK)
        code = vc_attestd_open(folder, (int64_t)time(nullptr), &service->state, err);
    if (code == VC_OK)
        code = vc_listen(listen, &service->listener, service->address, err);
    if (code == VC_OK)
        code = vc_loop_new(&service->loop, err);
    if (code == VC_OK)
        code = vc_stop_open(&service->stop_fd, err);
    if (code == VC_OK) {
        code = vc_loop_watch(service->loop, service->stop_fd, EPOLLIN, on_stop, service->loop,
                             &service->stop, err);
    }
    return code == VC_OK ? start(arguments, listen, service, err) : code;
}

static int run_serve(struct vc_command *command)
{
    vc_cleanup(service_done) struct service service = {
        .listener = -1, .ready_fd = -1, .stop_fd = -1};
    struct vc_err err = {};

    service.releases = vc_release_names_load(command->err);
    if (prepare(&command->arguments, &service, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    int exit_code = print_ready(command, service.address, vc_attestd_ca_path(service.state));

    if (exit_code != VCC_OK)
        return exit_code;
    enum vc_code code = vc_announce(service.ready_fd, service.address, &err);

    if (code == VC_OK)
        code = vc_loop_run(service.loop, &err);
    return code == VC_OK ? VCC_OK : vc_command_fail_in(command, &err);
}

static int print_endorsed(struct vc_command *command, const struct vc_endorsement *endorsement)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    char hex[VC_OCTETS_HEX_MAX];
    struct vc_err err = {};

    vc_octets_hex(&endorsement->id, hex);
    if (!command->json) {
        if (vc_buffer_printf(&text, &err, "endorsed %s\n", hex) != VC_OK)
            return vc_command_fail_in(command, &err);
        return vc_command_print(command, vc_buffer_bytes(&text));
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "endorsed", hex);
    vc_json_put_string(&writer, "platform", vc_platform_name(endorsement->platform));
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

static enum vc_code read_key(const char *path, struct vc_public_key **key, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    enum vc_code code = vc_file_load(path, KEY_FILE_MAX, &pem, err);

    if (code != VC_OK)
        return code;
    code = vc_public_key_parse_pem(vc_buffer_bytes(&pem), key, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", path);
}

/* --platform and --id. */
static enum vc_code read_endorsement(const struct vc_arguments *arguments,
                                     struct vc_endorsement *endorsement, struct vc_err *err)
{
    const char *platform = vc_option_value(arguments, "platform");
    const char *id = vc_option_value(arguments, "id");
    enum vc_code code;

    endorsement->platform = VC_PLATFORM_PROCESS;
    if (platform != nullptr && !vc_platform_find(platform, &endorsement->platform))
        return vc_fail(err, VC_MALFORMED, "--platform: process, psa or tpm");
    if (id == nullptr)
        return VC_OK;
    code = vc_octets_parse(id, &endorsement->id, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "--id");
}

static int run_endorse(struct vc_command *command)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    struct vc_endorsement endorsement = {};
    char folder[PATH_SIZE];
    struct vc_err err = {};
    enum vc_code code = read_endorsement(&command->arguments, &endorsement, &err);

    if (code == VC_OK)
        code = read_key(command->arguments.operands[0], &key, &err);
    if (code != VC_OK)
        return vc_command_fail_input(command, &err);
    endorsement.key = key;
    code = state_folder(&command->arguments, folder, &err);
    if (code == VC_OK)
        code = vc_attestd_endorse(folder, &endorsement, &err);
    return code == VC_OK ? print_endorsed(command, &endorsement)
                         : vc_command_fail_in(command, &err);
}

#define STATE_OPTION  \
    {.name = "state", \
     .value = "DIR",  \
     .help = "the service's folder; ~/.local/share/veracruz/attestation if not given"}

static const struct vc_option serve_options[] = {
    STATE_OPTION,
    {.name = "listen", .value = "HOST:PORT", .help = "127.0.0.1:4000 if not given; port 0: any"},
    {.name = "host",
     .value = "NAME",
     .repeatable = true,
     .help = "a name or address by which containers reach it"},
    {.name = "ready-fd",
     .value = "N",
     .help = "write the address to this descriptor once it serves"},
    {},
};

static const struct vc_option endorse_options[] = {
    STATE_OPTION,
    {.name = "platform", .value = "NAME", .help = "process if not given; psa, tpm"},
    {.name = "id",
     .value = "HEX",
     .help =
         "what evidence calls the machine: of a TPM its attestation key's name; else it is made "
         "of the key"},
    {},
};

const struct vc_verb vc_verb_attestation_serve = {
    .name = "attestation serve",
    .operands = "",
    .operand_count = {0, 0},
    .options = serve_options,
    .summary = "the attestation service; makes its CA on first use",
    .examples = "  veracruz attestation serve --state attestation      its CA: attestation/ca.crt\n"
                "  veracruz attestation serve --listen 0.0.0.0:4000 --host attest.example.org\n",
    .run = run_serve,
};

const struct vc_verb vc_verb_attestation_endorse = {
    .name = "attestation endorse",
    .operands = "FILE",
    .operand_count = {1, 1},
    .options = endorse_options,
    .summary = "accept a machine's key: the FILE of `machine show --out`",
    .examples = "  veracruz attestation endorse machine.pem --state attestation\n"
                "  veracruz attestation endorse ak.pem --platform tpm --id 000b…\n",
    .run = run_endorse,
};
