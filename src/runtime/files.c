/* SPDX-License-Identifier: MIT */

/* The resource /v1/files: put, append, get, stat, list, delete. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "codec/json.h"
#include "policy/decide.h"
#include "runtime/api_internal.h"
#include "runtime/origin.h"
#include "runtime/record.h"

/* A file on its way in. */
struct vc_upload {
    struct vc_draft *draft;
    uint64_t announced;            /* bytes by content-length */
    bool is_program;               /* a module of the policy */
    size_t program;                /* which */
    const uint8_t *wanted;         /* the digest that it must have; null: any */
    struct vc_sha256_stream *hash; /* if it must have one, or the journal says which it has */
    uint8_t digest[VC_SHA256_SIZE];
    bool unrecorded; /* it did not appear, because that could not be written down */
};

static struct vc_subject subject_of(const struct vc_request *request)
{
    return (struct vc_subject){VC_SUBJECT_PRINCIPAL, request->principal};
}

static enum vc_code decide(const struct vc_request *request, enum vc_right right,
                           struct vc_err *err)
{
    return vc_force_decide(vc_request_force(request), subject_of(request), right, request->path,
                           err);
}

static enum vc_code decide_change(const struct vc_request *request, enum vc_right right,
                                  struct vc_err *err)
{
    enum vc_code code = decide(request, right, err);

    if (code != VC_OK)
        return code;
    code = vc_force_decide_change(vc_request_force(request),
                                  vc_runs_started(request->api->context.runs), err);
    if (code != VC_OK) /* the principal has the right; it is only too late */
        return vc_fail_in(err, VC_STATE, "%s", request->path);
    return VC_OK;
}

static const struct vc_node *find(const struct vc_request *request)
{
    return vc_tree_find(request->api->context.tree, request->path);
}

/* A principal's request follows no symbolic link that a program has left: it would be about another
 * file than the one that was decided about. Whoever may write or delete can put a file in its place
 * or take it away. */
static enum vc_code refuse_link(const struct vc_request *request, const struct vc_node *node,
                                struct vc_err *err)
{
    if (node == nullptr || node->kind != VC_NODE_IS_LINK)
        return VC_OK;
    return vc_fail(err, VC_STATE, "%.200s is a symbolic link, and nothing follows it here",
                   request->path);
}

/* ---- writing ---- */

static void close_upload(struct vc_request *request)
{
    struct vc_upload *upload = request->upload;

    if (upload == nullptr)
        return;
    request->api->uploading_bytes -= upload->announced;
    request->api->uploads[request->principal]--;
    vc_draft_free(upload->draft);
    vc_sha256_stream_free(upload->hash);
    free(upload);
    request->upload = nullptr;
}

/* Room for the file that `size` bytes will make, with what other uploads have announced. */
static enum vc_code check_room(const struct vc_request *request, uint64_t size, struct vc_err *err)
{
    const struct vc_tree *tree = request->api->context.tree;
    const struct vc_policy_storage *storage = &request->api->context.policy->storage;
    enum vc_code code = vc_tree_check_put(tree, request->path, size, err);

    if (code != VC_OK)
        return code;
    if (request->api->uploading_bytes > storage->bytes - size)
        return vc_fail(err, VC_LIMIT, "storage.bytes: other uploads have taken the room");
    /* Replacing a file that others still read holds both; that has an end, too. */
    if (vc_tree_held_bytes(tree) > 2 * storage->bytes - size)
        return vc_fail(err, VC_LIMIT,
                       "storage.bytes: replaced files that runs and downloads still hold have "
                       "taken the room");
    return VC_OK;
}

/* Of a program's module or a pinned file the policy fixes the content. */
static enum vc_code begin_fixed(struct vc_request *request, struct vc_upload *upload,
                                struct vc_err *err)
{
    const struct vc_policy *policy = request->api->context.policy;

    upload->is_program = vc_policy_program_at(policy, request->path, &upload->program);
    upload->wanted = vc_policy_digest_at(policy, request->path);
    if (upload->wanted == nullptr && !vc_record_wants_digests(request->api->context.record))
        return VC_OK;
    return vc_sha256_stream_new(&upload->hash, err);
}

/* `base_size`: bytes that stand before those to come. */
static enum vc_code begin_upload(struct vc_request *request, uint64_t base_size, struct vc_err *err)
{
    uint64_t most = request->api->context.policy->storage.file_bytes;
    struct vc_upload *upload;
    uint64_t announced = 0;
    enum vc_code code;

    if (vc_http_content_length(request->exchange, &announced) == false) {
        vc_answer_problem(
            request, VC_PROBLEM_LENGTH_REQUIRED,
            "say content-length, so that a file cut short can be told from a whole one");
        return VC_OK;
    }
    if (request->api->uploads[request->principal] >= VC_API_UPLOADS_MAX) {
        vc_answer_problem(request, VC_PROBLEM_QUOTA, "too many uploads at once");
        return VC_OK;
    }
    if (vc_record_check_room(request->api->context.record, request->principal, err) != VC_OK) {
        vc_answer_unrecorded(request, err);
        return VC_OK;
    }
    if (announced > most || base_size > most - announced)
        return vc_fail(err, VC_LIMIT, "storage.file_bytes: at most %ju", (uintmax_t)most);
    code = check_room(request, base_size + announced, err);
    if (code != VC_OK)
        return code;
    upload = calloc(1, sizeof(*upload));
    if (upload == nullptr)
        return vc_fail_memory(err);
    request->upload = upload;
    upload->announced = announced;
    request->api->uploading_bytes += announced;
    request->api->uploads[request->principal]++;
    code = begin_fixed(request, upload, err);
    if (code != VC_OK)
        return code;
    return vc_draft_new(announced, &upload->draft, err);
}

static void begin_put(struct vc_request *request)
{
    struct vc_err err = {};

    if (decide_change(request, VC_RIGHT_WRITE, &err) != VC_OK ||
        begin_upload(request, 0, &err) != VC_OK)
        vc_answer_error(request, &err);
}

static void begin_post(struct vc_request *request)
{
    const struct vc_node *node = find(request);
    struct vc_err err = {};

    if (decide_change(request, VC_RIGHT_APPEND, &err) != VC_OK ||
        refuse_link(request, node, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    if (vc_policy_digest_at(request->api->context.policy, request->path) != nullptr) {
        vc_answer_problem(request, VC_PROBLEM_DIGEST,
                          "a program or a pinned file is written whole, with PUT");
        return;
    }
    if (begin_upload(request,
                     node != nullptr && node->blob != nullptr ? vc_blob_size(node->blob) : 0,
                     &err) != VC_OK)
        vc_answer_error(request, &err);
}

static void piece(struct vc_request *request, struct vc_bytes bytes)
{
    struct vc_upload *upload = request->upload;
    struct vc_err err = {};

    if (upload == nullptr)
        return;
    if (upload->hash != nullptr)
        vc_sha256_stream_add(upload->hash, bytes);
    if (vc_draft_add(upload->draft, bytes, &err) != VC_OK) {
        vc_answer_error(request, &err);
        close_upload(request);
    }
}

static enum vc_code check_digest(const struct vc_request *request, struct vc_err *err)
{
    const struct vc_policy *policy = request->api->context.policy;
    struct vc_upload *upload = request->upload;
    char seen[2 * VC_SHA256_SIZE + 1];
    char wanted[2 * VC_SHA256_SIZE + 1];

    if (upload->hash != nullptr)
        vc_sha256_stream_end(upload->hash, upload->digest);
    if (upload->wanted == nullptr ||
        memcmp(upload->digest, upload->wanted, sizeof(upload->digest)) == 0)
        return VC_OK;
    vc_hex_encode(VC_BYTES(upload->digest), seen);
    vc_hex_encode((struct vc_bytes){upload->wanted, VC_SHA256_SIZE}, wanted);
    if (!upload->is_program) {
        return vc_fail(err, VC_UNTRUSTED,
                       "pins.%.300s: the policy wants %.16s…, this file is %.16s…", request->path,
                       wanted, seen);
    }
    return vc_fail(err, VC_UNTRUSTED,
                   "programs.%s.sha256: the policy wants %.16s…, this file is %.16s…",
                   policy->programs[upload->program].name, wanted, seen);
}

/* Appended bytes go behind what is there now, not behind what was there when they set out. */
static enum vc_code join_to_present(const struct vc_request *request, struct vc_blob **blob,
                                    struct vc_err *err)
{
    const struct vc_node *node = find(request);
    vc_cleanup(vc_blob_unrefp) struct vc_blob *added = *blob;
    enum vc_code code = refuse_link(request, node, err);

    if (code != VC_OK) {
        *blob = nullptr;
        return code;
    }
    if (node == nullptr || node->blob == nullptr) {
        added = nullptr;
        return VC_OK;
    }
    *blob = nullptr;
    return vc_blob_join(node->blob, added, request->api->context.policy->storage.file_bytes, blob,
                        err);
}

/* The bytes that came, sealed; with what is there already, if they go behind that. */
static enum vc_code take_content(struct vc_request *request, enum vc_right right,
                                 struct vc_blob **blob, struct vc_err *err)
{
    struct vc_upload *upload = request->upload;
    enum vc_code code = vc_draft_finish(vc_take(upload->draft), blob, err);

    if (code != VC_OK)
        return code;
    if (upload->hash != nullptr)
        vc_blob_note_digest(*blob, upload->digest);
    return right == VC_RIGHT_APPEND ? join_to_present(request, blob, err) : VC_OK;
}

/* Nothing is in its way any more but memory: written down, then there. */
static enum vc_code appear(struct vc_request *request, enum vc_right right, struct vc_blob *blob,
                           struct vc_err *err)
{
    struct vc_api *api = request->api;
    struct vc_upload *upload = request->upload;
    const struct vc_record_file file = {
        .path = request->path,
        .bytes = upload->announced,
        .sha256 = vc_record_wants_digests(api->context.record) ? upload->digest : nullptr};
    enum vc_code code =
        vc_tree_check_put(api->context.tree, request->path, vc_blob_size(blob), err);

    if (code != VC_OK)
        return code;
    code = vc_record_file(api->context.record,
                          right == VC_RIGHT_APPEND ? VC_ENTRY_APPEND : VC_ENTRY_WRITE,
                          request->principal, &file, err);
    upload->unrecorded = code != VC_OK;
    if (code != VC_OK)
        return code;
    vc_tree_set_origin(api->context.tree, vc_origin_of_principal(request->principal));
    return vc_tree_put(api->context.tree, request->path, blob, err);
}

/* Everything is here: decide once more, since a run may have begun meanwhile, and let it appear. */
static enum vc_code store(struct vc_request *request, enum vc_right right, bool *replaced,
                          struct vc_err *err)
{
    struct vc_api *api = request->api;
    struct vc_upload *upload = request->upload;
    vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = nullptr;
    enum vc_code code = decide_change(request, right, err);

    if (code == VC_OK && vc_draft_size(upload->draft) != upload->announced)
        code = vc_fail(err, VC_MALFORMED, "content-length: not as long as announced");
    if (code == VC_OK)
        code = check_digest(request, err);
    if (code == VC_OK)
        code = take_content(request, right, &blob, err);
    *replaced = find(request) != nullptr;
    if (code == VC_OK)
        code = appear(request, right, blob, err);
    if (code == VC_OK && upload->is_program)
        vc_runs_prepare(api->context.runs, upload->program, blob);
    return code;
}

static void finish_upload(struct vc_request *request, enum vc_right right)
{
    struct vc_err err = {};
    bool replaced = false;

    if (request->upload == nullptr)
        return;
    if (store(request, right, &replaced, &err) == VC_OK) {
        vc_answer_empty(request, replaced ? 204 : 201);
    } else if (request->upload->unrecorded) {
        vc_answer_unrecorded(request, &err);
    } else {
        vc_answer_error(request, &err);
    }
    close_upload(request);
}

/* Better now than when all has come. */
static void refuse_narrowed(struct vc_request *request, enum vc_right right)
{
    struct vc_err err = {};

    if (request->upload == nullptr || request->answered ||
        decide_change(request, right, &err) == VC_OK)
        return;
    vc_answer_error(request, &err);
    close_upload(request);
}

static void narrowed_put(struct vc_request *request)
{
    refuse_narrowed(request, VC_RIGHT_WRITE);
}

static void narrowed_post(struct vc_request *request)
{
    refuse_narrowed(request, VC_RIGHT_APPEND);
}

static void end_put(struct vc_request *request)
{
    finish_upload(request, VC_RIGHT_WRITE);
}

static void end_post(struct vc_request *request)
{
    finish_upload(request, VC_RIGHT_APPEND);
}

/* Whether there is anything to delete may be a program's doing: that it was asked for is written
 * down in any case. */
static enum vc_code note_delete(const struct vc_request *request, struct vc_err *err)
{
    const struct vc_tree *tree = request->api->context.tree;
    const struct vc_node *node = find(request);
    const struct vc_record_file file = {
        .path = request->path,
        .missing = node == nullptr || strcmp(node->path, "/") == 0 ||
                   (node->kind == VC_NODE_IS_DIRECTORY && !vc_tree_is_empty(tree, request->path))};

    return vc_record_file(request->api->context.record, VC_ENTRY_DELETE, request->principal, &file,
                          err);
}

static void begin_delete(struct vc_request *request)
{
    struct vc_err err = {};

    if (decide_change(request, VC_RIGHT_DELETE, &err) != VC_OK) {
        vc_answer_error(request, &err);
    } else if (note_delete(request, &err) != VC_OK) {
        vc_answer_unrecorded(request, &err);
    } else if (vc_tree_remove(request->api->context.tree, request->path, &err) != VC_OK) {
        vc_answer_error(request, &err);
    } else {
        vc_answer_empty(request, 204);
    }
}

/* ---- listing ---- */

struct listing {
    const struct vc_request *request;
    struct vc_json_writer writer;
    bool whole; /* the principal may list this directory; otherwise it sees what concerns it */
};

/* On the way to what the policy gives the principal: then its existence tells nothing more. */
static bool is_on_the_way(const struct vc_request *request, const char *directory)
{
    return vc_policy_leads_to_right(request->api->context.policy, subject_of(request), directory);
}

/* Who may only write somewhere does not learn there what others wrote. */
static bool concerns(const struct vc_request *request, const struct vc_node *node)
{
    const struct vc_force *force = vc_request_force(request);

    return vc_force_decide(force, subject_of(request), VC_RIGHT_READ, node->path, nullptr) ==
               VC_OK ||
           vc_force_decide(force, subject_of(request), VC_RIGHT_LIST, node->path, nullptr) ==
               VC_OK ||
           (node->kind == VC_NODE_IS_DIRECTORY && is_on_the_way(request, node->path));
}

/* A link's text is its content. */
static bool may_read(const struct vc_request *request, const char *path)
{
    return vc_force_decide(vc_request_force(request), subject_of(request), VC_RIGHT_READ, path,
                           nullptr) == VC_OK;
}

static bool list_entry(void *user, const struct vc_node *node)
{
    struct listing *listing = user;
    static const char *const kinds[] = {[VC_NODE_IS_FILE] = "file",
                                        [VC_NODE_IS_DIRECTORY] = "directory",
                                        [VC_NODE_IS_LINK] = "link"};

    if (!listing->whole && !concerns(listing->request, node))
        return true;
    vc_json_open_object(&listing->writer, nullptr);
    vc_json_put_string(&listing->writer, "name", vc_path_name(node->path));
    vc_json_put_string(&listing->writer, "kind", kinds[node->kind]);
    if (node->kind == VC_NODE_IS_FILE)
        vc_json_put_integer(&listing->writer, "size", (int64_t)vc_blob_size(node->blob));
    if (node->kind == VC_NODE_IS_LINK && may_read(listing->request, node->path))
        vc_json_put_string(&listing->writer, "target", node->target);
    vc_json_close_object(&listing->writer);
    return true;
}

static void answer_listing(struct vc_request *request)
{
    struct vc_buffer json = {};
    struct listing listing = {.request = request, .writer = vc_json_writer_over(&json)};
    struct vc_err err = {};

    listing.whole = decide(request, VC_RIGHT_LIST, nullptr) == VC_OK;
    /* The words are those for a file, or for nothing: what is there is not told either. */
    if (!listing.whole && decide(request, VC_RIGHT_READ, &err) != VC_OK &&
        !is_on_the_way(request, request->path)) {
        vc_answer_error(request, &err);
        return;
    }
    vc_json_open_object(&listing.writer, nullptr);
    vc_json_put_string(&listing.writer, "path", request->path);
    vc_json_open_array(&listing.writer, "entries");
    (void)vc_tree_list(request->api->context.tree, request->path, 0, list_entry, &listing);
    vc_json_close_array(&listing.writer);
    vc_json_close_object(&listing.writer);
    if (vc_json_write_end(&listing.writer, &err) == VC_OK) {
        request->answers = VC_ANSWERS_LISTING;
        vc_answer_json(request, 200, &json);
    } else {
        vc_buffer_done(&json);
        vc_answer_error(request, &err);
    }
}

/* ---- reading ---- */

/* Said to those alone who may know it. */
static void answer_no_file(struct vc_request *request)
{
    struct vc_err err = {};

    (void)!vc_fail(&err, VC_NOT_FOUND, "%.200s: no such file", request->path);
    vc_answer_error(request, &err);
}

static void release_blob(void *owner)
{
    vc_blob_unref(owner);
}

/* Which file of lifecycle.shutdown_when_read this is, counted from 1; 0: none. */
static size_t watched_file(const struct vc_request *request)
{
    const struct vc_policy_lifecycle *lifecycle = &request->api->context.policy->lifecycle;

    for (size_t i = 0; i < lifecycle->shutdown_when_read_count; i++) {
        if (strcmp(lifecycle->shutdown_when_read[i], request->path) == 0)
            return i + 1;
    }
    return 0;
}

static void answer_content(struct vc_request *request, struct vc_blob *blob, uint64_t version)
{
    /* what is read once is read whole */
    const char *wanted = request->once ? nullptr : vc_http_field(request->exchange, "range");
    uint64_t size = vc_blob_size(blob);
    uint64_t first = 0;
    uint64_t count = size;
    struct vc_bytes bytes;
    struct vc_err err = {};
    char etag[32];
    char range[96];
    struct vc_http_field fields[4] = {{"content-type", "application/octet-stream"},
                                      {"accept-ranges", "bytes"},
                                      {"etag", etag},
                                      {"content-range", range}};
    enum vc_code code =
        wanted != nullptr ? vc_http_parse_range(wanted, size, &first, &count, &err) : VC_MALFORMED;

    if (code == VC_LIMIT) {
        vc_answer_problem(request, VC_PROBLEM_RANGE, err.text);
        return;
    }
    if (code != VC_OK) { /* no range, or one that RFC 9110 says to ignore */
        first = 0;
        count = size;
    }
    if (vc_blob_bytes(blob, &bytes, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    (void)snprintf(etag, sizeof(etag), "\"%ju\"", (uintmax_t)version);
    (void)snprintf(range, sizeof(range), "bytes %ju-%ju/%ju", (uintmax_t)first,
                   (uintmax_t)(first + count - 1), (uintmax_t)size);
    if (code != VC_OK && strcmp(vc_http_method(request->exchange), "GET") == 0)
        request->reading = watched_file(request);
    request->answers = VC_ANSWERS_CONTENT;
    vc_answer(request, code == VC_OK ? 206 : 200, fields, code == VC_OK ? 4 : 3,
              (struct vc_http_body){{bytes.size > 0 ? bytes.data + first : nullptr, count},
                                    release_blob,
                                    vc_blob_ref(blob)});
}

static void begin_get(struct vc_request *request);

static void on_content_known(void *user, enum vc_code code, const struct vc_err *err)
{
    struct vc_request *request = user;

    request->hashing = false;
    if (code == VC_OK) {
        begin_get(request); /* everything may have changed meanwhile */
    } else {
        vc_answer_error(request, err);
    }
}

/* Is what the journal is to say of this file known? False: answered, or somebody will call. */
static bool is_content_known(struct vc_request *request, struct vc_blob *blob)
{
    struct vc_err err = {};
    bool now = false;

    if (!vc_record_wants_digests(request->api->context.record))
        return true;
    request->content = (struct vc_contents_waiter){.known = on_content_known, .user = request};
    if (vc_contents_await(request->api->contents, blob, &request->content, &now, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return false;
    }
    request->hashing = !now;
    return now;
}

/* Null: there is no such file, which is written down, too: it may be a program's doing. */
static enum vc_code note_read(const struct vc_request *request, const struct vc_node *node,
                              struct vc_err *err)
{
    struct vc_record *record = request->api->context.record;
    struct vc_record_file file = {.path = request->path, .missing = node == nullptr};
    uint8_t digest[VC_SHA256_SIZE];

    if (node != nullptr) {
        file.bytes = vc_blob_size(node->blob);
        file.origin = node->origin;
        if (vc_record_wants_digests(record) && vc_blob_digest(node->blob, digest))
            file.sha256 = digest;
    }
    return vc_record_file(record, VC_ENTRY_READ, request->principal, &file, err);
}

static enum vc_code claim_once(struct vc_request *request, const struct vc_node *node,
                               struct vc_err *err)
{
    enum vc_code code;

    request->once = vc_force_reads_once(vc_request_force(request), request->path);
    if (!request->once)
        return VC_OK;
    /* That it was read takes the right away, which is then written down. */
    code = vc_narrower_check_read(request->api->context.narrower, request->principal, request->path,
                                  err);
    if (code != VC_OK)
        return code;
    return vc_read_once_claim(&request->api->once, request->principal, request->path, node->version,
                              err);
}

static void begin_get(struct vc_request *request)
{
    const struct vc_node *node = find(request);
    bool directory = node != nullptr && node->kind == VC_NODE_IS_DIRECTORY;
    bool file = node != nullptr && node->kind == VC_NODE_IS_FILE;
    struct vc_err err = {};
    enum vc_code code = decide(request, VC_RIGHT_READ, &err);

    if (code != VC_OK && !directory) {
        vc_answer_error(request, &err);
        return;
    }
    if (file && !is_content_known(request, node->blob))
        return;
    if (file && claim_once(request, node, &err) != VC_OK) {
        vc_answer_unrecorded(request, &err);
    } else if (code == VC_OK && note_read(request, file ? node : nullptr, &err) != VC_OK) {
        vc_answer_unrecorded(request, &err);
    } else if (directory) {
        answer_listing(request);
    } else if (node == nullptr) {
        answer_no_file(request);
    } else if (refuse_link(request, node, &err) != VC_OK) {
        vc_answer_error(request, &err);
    } else {
        answer_content(request, node->blob, node->version);
    }
}

/* Who may list may know that a file is there and how large, without reading it. */
static void begin_head(struct vc_request *request)
{
    const struct vc_node *node = find(request);
    struct vc_err err = {};

    if (node != nullptr && node->kind == VC_NODE_IS_DIRECTORY) {
        answer_listing(request);
        return;
    }
    if (decide(request, VC_RIGHT_READ, &err) != VC_OK &&
        decide(request, VC_RIGHT_LIST, nullptr) != VC_OK) {
        vc_answer_error(request, &err);
    } else if (node == nullptr) {
        answer_no_file(request);
    } else if (refuse_link(request, node, &err) != VC_OK) {
        vc_answer_error(request, &err);
    } else {
        answer_content(request, node->blob, node->version);
    }
}

/* Has every principal that may read each of these files done so? */
static bool all_have_read(const struct vc_api *api)
{
    const struct vc_policy *policy = api->context.policy;
    const struct vc_force *force = vc_narrower_force(api->context.narrower);

    for (size_t f = 0; f < policy->lifecycle.shutdown_when_read_count; f++) {
        for (size_t p = 0; p < policy->principal_count; p++) {
            struct vc_subject who = {VC_SUBJECT_PRINCIPAL, p};
            const char *path = policy->lifecycle.shutdown_when_read[f];

            if (!api->has_read[f * policy->principal_count + p] &&
                vc_force_decide(force, who, VC_RIGHT_READ, path, nullptr) == VC_OK)
                return false;
        }
    }
    return true;
}

static bool somebody_has_read(const struct vc_api *api)
{
    const struct vc_policy *policy = api->context.policy;
    size_t cells = policy->lifecycle.shutdown_when_read_count * policy->principal_count;

    for (size_t i = 0; i < cells; i++) {
        if (api->has_read[i])
            return true;
    }
    return false;
}

/* Who may not read any more is waited for no more; but a container that nobody has read from yet
 * does not end because of it. */
void vc_files_narrowed(struct vc_api *api)
{
    if (somebody_has_read(api) && all_have_read(api))
        vc_api_shutdown(api, "lifecycle.shutdown_when_read: nobody is left who may read it");
}

/* What is already with TLS is sent. */
static void narrowed_get(struct vc_request *request)
{
    bool gone = request->answers == VC_ANSWERS_LISTING ||
                (request->answers == VC_ANSWERS_CONTENT &&
                 decide(request, VC_RIGHT_READ, nullptr) != VC_OK);

    if (gone && !vc_http_sent_whole(request->exchange)) {
        request->reading = 0;
        vc_http_abort(request->exchange);
    }
}

/* Was it read for its one time? */
static void note_once(struct vc_request *request)
{
    struct vc_api *api = request->api;

    if (request->answers != VC_ANSWERS_CONTENT)
        return;
    vc_read_once_forget(&api->once, request->principal, request->path);
    if (vc_narrower_note_read(api->context.narrower, request->principal, request->path, nullptr) !=
        VC_OK)
        vc_api_shutdown(api, "read_once: what was read could be read again");
}

static void close_get(struct vc_request *request)
{
    struct vc_api *api = request->api;

    if (request->hashing)
        vc_contents_leave(api->contents, &request->content);
    request->hashing = false;
    if (!vc_http_sent_whole(request->exchange))
        return;
    if (request->reading != 0)
        api->has_read[(request->reading - 1) * api->context.policy->principal_count +
                      request->principal] = true;
    if (request->once)
        note_once(request);
    if (request->reading != 0 && all_have_read(api))
        vc_api_shutdown(api, "lifecycle.shutdown_when_read: everybody has read it");
}

const struct vc_resource vc_file_resources[] = {
    {"GET", "/v1/files", true, .begin = begin_get, .close = close_get, .narrowed = narrowed_get},
    {"HEAD", "/v1/files", true, .begin = begin_head},
    {"PUT", "/v1/files", true, .begin = begin_put, .piece = piece, .end = end_put,
     .close = close_upload, .narrowed = narrowed_put},
    {"POST", "/v1/files", true, .begin = begin_post, .piece = piece, .end = end_post,
     .close = close_upload, .narrowed = narrowed_post},
    {"DELETE", "/v1/files", true, .begin = begin_delete},
};
const size_t vc_file_resource_count = VC_COUNT(vc_file_resources);
