/* SPDX-License-Identifier: MIT */

/* The verbs about a container's files: put, append, get, ls, rm. */

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "cli/amount.h"
#include "cli/listing.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "client/line.h"

static constexpr size_t APPEND_SIZE_MAX = 1u << 30; /* bytes held in memory */
static constexpr size_t LOCAL_PATH_MAX = 4096;

/* {"path":…,"bytes":…} with --json, nothing otherwise. */
static int print_transfer(struct vc_command *command, const char *path, const char *local,
                          uint64_t bytes)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    if (!command->json)
        return VCC_OK;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "path", path);
    vc_json_put_string(&writer, "local", local);
    vc_json_put_integer(&writer, "bytes", (int64_t)bytes);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

/* A path in the container that ends in a slash takes the local file's name. */
static int target_path(struct vc_command *command, const char *local, const char *path,
                       char out[VC_PATH_MAX])
{
    const char *slash = strrchr(local, '/');
    const char *name = slash != nullptr ? slash + 1 : local;
    size_t size = strlen(path);
    bool directory = size == 0 || path[size - 1] == '/';
    int length = snprintf(out, VC_PATH_MAX, "%s%s", path, directory ? name : "");

    if (directory && strcmp(local, "-") == 0)
        return vc_command_fail_usage(command, "%s: standard input has no name; give one", path);
    if (length < 0 || (size_t)length >= VC_PATH_MAX) {
        return vc_command_fail_usage(command, "%.64s…: longer than %zu bytes", path,
                                     VC_PATH_MAX - 1);
    }
    return VCC_OK;
}

static int run_put(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    const char *local = command->arguments.operands[0];
    char path[VC_PATH_MAX];
    struct vcc_error error;
    int exit_code = target_path(command, local, command->arguments.operands[1], path);

    if (exit_code != VCC_OK)
        return exit_code;
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    struct vc_progress progress = vc_progress_begin(command, path);

    if (vcc_put_file(client, local, path, vc_progress_bytes, &progress, &error) != VCC_OK) {
        vc_progress_clear(&progress);
        return vc_command_fail(command, &error);
    }
    vc_progress_end(&progress, progress.done);
    return print_transfer(command, path, local, progress.done);
}

static int run_append(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    const char *local = command->arguments.operands[0];
    char path[VC_PATH_MAX];
    struct vcc_error error;
    struct vc_err err = {};
    int exit_code = target_path(command, local, command->arguments.operands[1], path);

    if (exit_code != VCC_OK)
        return exit_code;
    if (vc_file_load(strcmp(local, "-") == 0 ? "/dev/stdin" : local, APPEND_SIZE_MAX, &bytes,
                     &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_append_bytes(client, bytes.data, bytes.size, path, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return print_transfer(command, path, local, bytes.size);
}

/* Where to put what comes from `path`: as told, in the told directory, or here under its name. */
static int local_path(struct vc_command *command, const char *path, char out[LOCAL_PATH_MAX])
{
    const struct vc_arguments *arguments = &command->arguments;
    const char *told = arguments->operand_count > 1 ? arguments->operands[1] : ".";
    char canonical[VC_PATH_MAX];
    struct vc_err err = {};
    struct stat status;
    int length;

    if (vc_path_canonical(path, canonical, &err) != VC_OK)
        return vc_command_fail_input(command, &err);
    bool directory = stat(told, &status) == 0 && S_ISDIR(status.st_mode);

    if (directory && strcmp(told, ".") == 0) {
        length = snprintf(out, LOCAL_PATH_MAX, "%s", vc_path_name(canonical));
    } else {
        length = snprintf(out, LOCAL_PATH_MAX, "%s%s%s", told, directory ? "/" : "",
                          directory ? vc_path_name(canonical) : "");
    }
    if (length < 0 || (size_t)length >= LOCAL_PATH_MAX)
        return vc_command_fail_usage(command, "the local path is too long");
    if (canonical[1] == '\0')
        return vc_command_fail_usage(command, "/ is a directory: `veracruz ls /` lists it");
    if (command->json && strcmp(told, "-") == 0)
        return vc_command_fail_usage(
            command, "--json and the file cannot share standard output: name a file");
    return VCC_OK;
}

static int run_get(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    const char *path = command->arguments.operands[0];
    char local[LOCAL_PATH_MAX];
    struct vcc_error error;
    int exit_code = local_path(command, path, local);

    if (exit_code != VCC_OK)
        return exit_code;
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    struct vc_progress progress = vc_progress_begin(command, path);

    if (vcc_get_file(client, path, local, vc_progress_bytes, &progress, &error) != VCC_OK) {
        vc_progress_clear(&progress);
        return vc_command_fail(command, &error);
    }
    vc_progress_end(&progress, progress.done);
    return print_transfer(command, path, local, progress.done);
}

static enum vc_code put_entry(const struct vc_json_place *entry, struct vc_buffer *out,
                              struct vc_err *err)
{
    const char *kind = vc_listing_text(entry, "kind");
    char name[VC_PATH_MAX];
    char amount[VC_AMOUNT_MAX] = "-";

    vc_line_clean(vc_listing_text(entry, "name"), name, sizeof(name));
    if (strcmp(kind, "file") == 0)
        vc_amount_bytes((uint64_t)vc_listing_number(entry, "size"), amount);
    return vc_buffer_printf(out, err, "%10s  %s%s\n", amount, name,
                            strcmp(kind, "directory") == 0 ? "/" : "");
}

static int run_ls(struct vc_command *command)
{
    static const struct vc_listing entries = {.member = "entries", .put = put_entry};
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    vc_cleanup(vc_session_freep) char *listing = nullptr;
    const char *path = command->arguments.operand_count > 0 ? command->arguments.operands[0] : "/";
    struct vcc_error error;
    int exit_code;

    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_list(client, path, &listing, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_listing_print(command, &entries, listing);
}

static int run_rm(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    const char *path = command->arguments.operands[0];
    struct vcc_error error;
    int exit_code;

    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_delete(client, path, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_command_print_done(command, "deleted", path);
}

const struct vc_verb vc_verb_put = {
    .name = "put",
    .operands = "LOCAL PATH",
    .operand_count = {2, 2},
    .container = true,
    .summary = "send a file into the container, whole or not at all",
    .examples = "  veracruz put salaries.csv /input/salaries.csv\n"
                "  veracruz put salaries.csv /input/           keeps the name\n"
                "  sort keys | veracruz put - /input/keys      sends standard input\n",
    .run = run_put,
};

const struct vc_verb vc_verb_append = {
    .name = "append",
    .operands = "LOCAL PATH",
    .operand_count = {2, 2},
    .container = true,
    .summary = "add a local file at the end of one in the container",
    .examples = "  veracruz append today.csv /input/log.csv\n"
                "  date | veracruz append - /input/log.csv\n",
    .run = run_append,
};

const struct vc_verb vc_verb_get = {
    .name = "get",
    .operands = "PATH [LOCAL]",
    .operand_count = {1, 2},
    .container = true,
    .summary = "fetch a file; it appears here whole or not at all",
    .examples = "  veracruz get /output/sum.txt                to ./sum.txt\n"
                "  veracruz get /output/sum.txt results/\n"
                "  veracruz get /output/sum.txt -              to standard output\n",
    .run = run_get,
};

const struct vc_verb vc_verb_ls = {
    .name = "ls",
    .operands = "[PATH]",
    .operand_count = {0, 1},
    .container = true,
    .summary = "list a directory of the container",
    .examples = "  veracruz ls /input\n"
                "  veracruz ls --json /output\n",
    .run = run_ls,
};

const struct vc_verb vc_verb_rm = {
    .name = "rm",
    .operands = "PATH",
    .operand_count = {1, 1},
    .container = true,
    .summary = "delete a file or an empty directory of the container",
    .examples = "  veracruz rm /input/salaries.csv\n",
    .run = run_rm,
};
