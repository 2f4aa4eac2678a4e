/* SPDX-License-Identifier: MIT */

#include "local/adhoc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "codec/json.h"
#include "policy/policy.h"

const char VC_ADHOC_MODULE[] = "/program/program.wasm";
const char VC_ADHOC_INPUT[] = "/standard/input";
const char VC_ADHOC_OUTPUT[] = "/standard/output";
const char VC_ADHOC_ERRORS[] = "/standard/errors";

static constexpr int64_t BEFORE_S = 3600; /* a clock may be set back meanwhile */
static constexpr int64_t VALID_S = VC_POLICY_SECONDS_MAX + 86400; /* longer than any run takes */
static constexpr int64_t STORAGE_FILES = 65536;
static constexpr int64_t STORAGE_BYTES = INT64_C(8) << 30;

/* More than a policy gives by default: nobody else's machine pays for it. */
struct limit {
    const char *name;
    int64_t usual;
};
static const struct limit limits[] = {
    {"memory_mib", 1024},   {"stack_kib", 8192}, {"cpu_seconds", 3600},
    {"wall_seconds", 3600}, {"files", 4096},     {"output_bytes", INT64_C(4) << 30},
};

void vc_adhoc_folder(size_t index, char path[VC_PATH_MAX])
{
    (void)snprintf(path, VC_PATH_MAX, "/folder/%zu", index);
}

/* ---- certificates: a service's and a person's, of one key that is gone when this returns ---- */

struct papers {
    struct vc_buffer ca, identity; /* PEM */
};

static enum vc_code make_papers(int64_t now, struct papers *papers, struct vc_err *err)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *ca = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *identity = nullptr;
    enum vc_code code = vc_key_new(&key, err);

    if (code == VC_OK)
        code = vc_cert_new_ca(key, "nobody", now - BEFORE_S, now + VALID_S, &ca, err);
    if (code == VC_OK)
        code = vc_cert_new_identity(key, "local", now - BEFORE_S, now + VALID_S, &identity, err);
    if (code == VC_OK)
        code = vc_cert_encode_pem(ca, &papers->ca, err);
    return code == VC_OK ? vc_cert_encode_pem(identity, &papers->identity, err) : code;
}

/* ---- its text ---- */

static void write_attestation(struct vc_json_writer *writer, const uint8_t *measurement,
                              const struct papers *papers)
{
    char hex[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){measurement, VC_SHA256_SIZE}, hex);
    vc_json_open_object(writer, "attestation");
    vc_json_put_string(writer, "url", "https://127.0.0.1:1");
    vc_json_put_bytes(writer, "ca", vc_buffer_bytes(&papers->ca));
    vc_json_open_object(writer, "platforms");
    vc_json_open_object(writer, "process");
    vc_json_open_array(writer, "measurements");
    vc_json_put_string(writer, nullptr, hex);
    vc_json_close_array(writer);
    vc_json_close_object(writer);
    vc_json_close_object(writer);
    vc_json_close_object(writer);
    vc_json_open_object(writer, "principals");
    vc_json_open_object(writer, "local");
    vc_json_put_bytes(writer, "certificate", vc_buffer_bytes(&papers->identity));
    vc_json_close_object(writer);
    vc_json_close_object(writer);
}

/* Splits NAME=VALUE; the name is cut off into `name`. */
static enum vc_code split(const char *text, char *name, size_t size, const char **value,
                          struct vc_err *err)
{
    size_t length = strcspn(text, "=");

    if (text[length] != '=' || length == 0 || length >= size)
        return vc_fail(err, VC_MALFORMED, "%.64s: NAME=VALUE wanted", text);
    memcpy(name, text, length);
    name[length] = '\0';
    *value = text + length + 1;
    return VC_OK;
}

/* Among the first `count`. */
static bool is_given(const struct vc_order_texts *given, size_t count, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < count; i++) {
        if (strncmp(given->items[i], name, length) == 0 && given->items[i][length] == '=')
            return true;
    }
    return false;
}

/* Splits the index-th; one name is given once. */
static enum vc_code split_given(const struct vc_order_texts *given, size_t index, char *name,
                                size_t size, const char **value, struct vc_err *err)
{
    enum vc_code code = split(given->items[index], name, size, value, err);

    if (code != VC_OK)
        return code;
    return is_given(given, index, name) ? vc_fail(err, VC_MALFORMED, "%.64s: given twice", name)
                                        : VC_OK;
}

static enum vc_code write_limits(struct vc_json_writer *writer, const struct vc_order_texts *given,
                                 struct vc_err *err)
{
    vc_json_open_object(writer, "limits");
    for (size_t i = 0; i < VC_COUNT(limits); i++) {
        if (!is_given(given, given->count, limits[i].name))
            vc_json_put_integer(writer, limits[i].name, limits[i].usual);
    }
    for (size_t i = 0; i < given->count; i++) {
        char name[64];
        const char *text;
        char *end;
        enum vc_code code = split_given(given, i, name, sizeof(name), &text, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "--limit");
        errno = 0;
        long long value = strtoll(text, &end, 10);

        if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
            return vc_fail(err, VC_MALFORMED, "limits.%s: %.32s is no number", name, text);
        vc_json_put_integer(writer, name, value);
    }
    vc_json_close_object(writer);
    return VC_OK;
}

static enum vc_code write_variables(struct vc_json_writer *writer,
                                    const struct vc_order_texts *given, struct vc_err *err)
{
    vc_json_open_object(writer, "environment");
    for (size_t i = 0; i < given->count; i++) {
        char name[128];
        const char *value;
        enum vc_code code = split_given(given, i, name, sizeof(name), &value, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "--env");
        vc_json_put_string(writer, name, value);
    }
    vc_json_close_object(writer);
    return VC_OK;
}

static enum vc_code write_program(struct vc_json_writer *writer, const struct vc_order *order,
                                  struct vc_bytes module, struct vc_err *err)
{
    uint8_t digest[VC_SHA256_SIZE];
    char hex[2 * VC_SHA256_SIZE + 1];
    enum vc_code code;

    vc_sha256(module, digest);
    vc_hex_encode((struct vc_bytes){digest, sizeof(digest)}, hex);
    vc_json_open_object(writer, "programs");
    vc_json_open_object(writer, "program");
    vc_json_put_string(writer, "path", VC_ADHOC_MODULE);
    vc_json_put_string(writer, "sha256", hex);
    vc_json_put_string(writer, "strategy", order->strategy != nullptr ? order->strategy : "aot");
    vc_json_open_array(writer, "arguments");
    for (size_t i = 0; i < order->arguments.count; i++)
        vc_json_put_string(writer, nullptr, order->arguments.items[i]);
    vc_json_close_array(writer);
    code = write_variables(writer, &order->variables, err);
    if (code == VC_OK) {
        vc_json_put_boolean(writer, "clock", order->clock);
        vc_json_put_boolean(writer, "randomness", order->randomness);
        vc_json_put_boolean(writer, "progress", true);
        vc_json_put_integer(writer, "kept_keys",
                            VC_POLICY_KEPT_KEYS_MAX); /* no later run has them */
        vc_json_put_string(writer, "stdin", VC_ADHOC_INPUT);
        vc_json_put_string(writer, "stdout", VC_ADHOC_OUTPUT);
        vc_json_put_string(writer, "stderr", VC_ADHOC_ERRORS);
        code = write_limits(writer, &order->limits, err);
    }
    if (code != VC_OK)
        return code;
    vc_json_close_object(writer);
    vc_json_close_object(writer);
    return VC_OK;
}

static void write_right(struct vc_json_writer *writer, const char *who, const char *const *may,
                        const char *path)
{
    bool principal = strcmp(who, "local") == 0;

    vc_json_open_object(writer, nullptr);
    vc_json_put_string(writer, principal ? "principal" : "program", who);
    vc_json_open_array(writer, "may");
    for (; *may != nullptr; may++)
        vc_json_put_string(writer, nullptr, *may);
    vc_json_close_array(writer);
    vc_json_put_string(writer, "path", path);
    vc_json_close_object(writer);
}

static void write_rights(struct vc_json_writer *writer, size_t folder_count)
{
    static const char *const execute[] = {"execute", nullptr};
    static const char *const read[] = {"read", nullptr};
    static const char *const write[] = {"write", nullptr};
    static const char *const all[] = {"read", "write", "list", "delete", nullptr};

    vc_json_open_array(writer, "rights");
    write_right(writer, "local", execute, VC_ADHOC_MODULE);
    write_right(writer, "program", read, VC_ADHOC_INPUT);
    write_right(writer, "program", write, VC_ADHOC_OUTPUT);
    write_right(writer, "program", write, VC_ADHOC_ERRORS);
    for (size_t i = 0; i < folder_count; i++) {
        char path[VC_PATH_MAX];
        char tree[VC_PATH_MAX + 1];

        vc_adhoc_folder(i, path);
        (void)snprintf(tree, sizeof(tree), "%s/", path);
        write_right(writer, "program", all, tree);
    }
    vc_json_close_array(writer);
    vc_json_open_object(writer, "storage");
    vc_json_put_integer(writer, "files", STORAGE_FILES);
    vc_json_put_integer(writer, "bytes", STORAGE_BYTES);
    vc_json_close_object(writer);
}

static enum vc_code write_text(const struct vc_order *order, const struct vc_adhoc_place *place,
                               const struct papers *papers, struct vc_buffer *text,
                               struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(text);
    char expires[VC_INSTANT_TEXT_MAX];
    enum vc_code code;

    vc_instant_format(place->now + VALID_S, expires);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_integer(&writer, "version", VC_POLICY_VERSION);
    vc_json_put_string(&writer, "name", "local");
    vc_json_put_string(&writer, "expires", expires);
    write_attestation(&writer, place->measurement, papers);
    code = write_program(&writer, order, place->module, err);
    if (code != VC_OK)
        return code;
    write_rights(&writer, order->folder_count);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

/* ---- what no policy's text can say ---- */

/* In a policy the name of a preopened directory is its path. Here the name is the user's, and the
 * folders are apart from one another whatever their names are. */
static enum vc_code set_preopens(const struct vc_order *order, struct vc_policy_program *program,
                                 struct vc_err *err)
{
    for (size_t i = 0; i < program->preopen_count; i++) {
        free(program->preopens[i].name);
        free(program->preopens[i].path);
    }
    free(program->preopens);
    program->preopen_count = 0;
    program->preopens = calloc(order->folder_count + 1, sizeof(*program->preopens));
    if (program->preopens == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < order->folder_count; i++) {
        struct vc_policy_preopen *preopen = &program->preopens[program->preopen_count++];
        char path[VC_PATH_MAX];

        vc_adhoc_folder(i, path);
        preopen->name = strdup(order->folders[i].guest);
        preopen->path = strdup(path);
        if (preopen->name == nullptr || preopen->path == nullptr)
            return vc_fail_memory(err);
    }
    return VC_OK;
}

/* The policy's text is nobody's: an error names the key alone, not the way to it. */
static enum vc_code parse(const struct vc_buffer *text, struct vc_policy **policy,
                          struct vc_err *err)
{
    static const char way[] = "programs.program.";
    struct vc_err found = {};
    enum vc_code code = vc_policy_parse(vc_buffer_bytes(text), policy, &found);
    bool within = strncmp(found.text, way, sizeof(way) - 1) == 0;

    return code == VC_OK ? VC_OK
                         : vc_fail(err, code, "%s", found.text + (within ? sizeof(way) - 1 : 0));
}

enum vc_code vc_adhoc_policy(const struct vc_order *order, const struct vc_adhoc_place *place,
                             struct vc_policy **policy, struct vc_err *err)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *made = nullptr;
    struct papers papers = {};
    struct vc_buffer text = {};
    enum vc_code code = make_papers(place->now, &papers, err);

    if (code == VC_OK)
        code = write_text(order, place, &papers, &text, err);
    if (code == VC_OK)
        code = parse(&text, &made, err);
    if (code == VC_OK)
        code = set_preopens(order, &made->programs[0], err);
    if (code == VC_OK) {
        made->programs[0].partial_outputs = true; /* as in any folder of one's own */
        made->storage.depth = VC_PATH_DEPTH_MAX;
        *policy = vc_take(made);
    }
    vc_buffer_done(&text);
    vc_buffer_done(&papers.ca);
    vc_buffer_done(&papers.identity);
    return code;
}
