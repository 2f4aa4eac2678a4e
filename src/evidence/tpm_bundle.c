/* SPDX-License-Identifier: MIT */

#include "evidence/tpm_bundle.h"

#include "codec/cbor.h"

static constexpr uint64_t VERSION = 1;

enum { /* keys of the map */
       KEY_VERSION = 0,
       KEY_ATTEST = 1,
       KEY_SIGNATURE = 2,
       KEY_AK_PUBLIC = 3,
       KEY_AK_KEY = 4,
       KEY_PCRS = 5,
       KEY_EVENT_LOG = 6,
       KEY_AK_CHAIN = 7,
       KEY_EK_CHAIN = 8,
       KEY_EK_PUBLIC = 9,
};

/* A value that is one run: where it is, and how large it may be. */
static const struct run {
    uint64_t key;
    size_t offset;
    size_t size_max;
} runs[] = {
    {KEY_ATTEST, offsetof(struct vc_tpm_bundle, attest), VC_TPM_STRUCT_MAX},
    {KEY_SIGNATURE, offsetof(struct vc_tpm_bundle, signature), VC_TPM_STRUCT_MAX},
    {KEY_AK_PUBLIC, offsetof(struct vc_tpm_bundle, ak_public), VC_TPM_STRUCT_MAX},
    {KEY_AK_KEY, offsetof(struct vc_tpm_bundle, ak_key), VC_TPM_STRUCT_MAX},
    {KEY_EVENT_LOG, offsetof(struct vc_tpm_bundle, event_log), VC_EVIDENCE_SIZE_MAX},
    {KEY_EK_PUBLIC, offsetof(struct vc_tpm_bundle, ek_public), VC_TPM_STRUCT_MAX},
};

/* A value that is an array of runs. */
static const struct list {
    uint64_t key;
    size_t items, count; /* offsets */
    size_t count_max;
    size_t size_max; /* of one */
} lists[] = {
    {KEY_PCRS, offsetof(struct vc_tpm_bundle, pcrs), offsetof(struct vc_tpm_bundle, pcr_count),
     VC_TPM_PCRS, VC_HASH_SIZE_MAX},
    {KEY_AK_CHAIN, offsetof(struct vc_tpm_bundle, ak_chain.certs),
     offsetof(struct vc_tpm_bundle, ak_chain.count), VC_TPM_CHAIN_MAX, VC_CERT_SIZE_MAX},
    {KEY_EK_CHAIN, offsetof(struct vc_tpm_bundle, ek_chain.certs),
     offsetof(struct vc_tpm_bundle, ek_chain.count), VC_TPM_CHAIN_MAX, VC_CERT_SIZE_MAX},
};

static const struct run *find_run(uint64_t key)
{
    for (size_t i = 0; i < VC_COUNT(runs); i++) {
        if (runs[i].key == key)
            return &runs[i];
    }
    return nullptr;
}

static const struct list *find_list(uint64_t key)
{
    for (size_t i = 0; i < VC_COUNT(lists); i++) {
        if (lists[i].key == key)
            return &lists[i];
    }
    return nullptr;
}

static void *member(struct vc_tpm_bundle *bundle, size_t offset)
{
    return (uint8_t *)bundle + offset;
}

static const void *const_member(const struct vc_tpm_bundle *bundle, size_t offset)
{
    return (const uint8_t *)bundle + offset;
}

static void put_run(struct vc_cbor_writer *writer, const struct vc_tpm_bundle *bundle,
                    const struct run *run)
{
    const struct vc_bytes *value = const_member(bundle, run->offset);

    if (value->size == 0)
        return;
    vc_cbor_put_uint(writer, run->key);
    vc_cbor_put_bytes(writer, *value);
}

static void put_list(struct vc_cbor_writer *writer, const struct vc_tpm_bundle *bundle,
                     const struct list *list)
{
    const struct vc_bytes *items = const_member(bundle, list->items);
    const size_t *count = const_member(bundle, list->count);

    if (*count == 0)
        return;
    vc_cbor_put_uint(writer, list->key);
    vc_cbor_open_array(writer, *count);
    for (size_t i = 0; i < *count; i++)
        vc_cbor_put_bytes(writer, items[i]);
}

static size_t count_keys(const struct vc_tpm_bundle *bundle)
{
    size_t count = 1; /* the version */

    for (size_t i = 0; i < VC_COUNT(runs); i++) {
        const struct vc_bytes *value = const_member(bundle, runs[i].offset);

        count += value->size > 0;
    }
    for (size_t i = 0; i < VC_COUNT(lists); i++) {
        const size_t *items = const_member(bundle, lists[i].count);

        count += *items > 0;
    }
    return count;
}

enum vc_code vc_tpm_bundle_encode(const struct vc_tpm_bundle *bundle, struct vc_buffer *out,
                                  struct vc_err *err)
{
    size_t before = out->size;
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);
    struct vc_tpm_bundle again;
    enum vc_code code;

    vc_cbor_open_map(&writer, count_keys(bundle));
    vc_cbor_put_uint(&writer, KEY_VERSION);
    vc_cbor_put_uint(&writer, VERSION);
    for (uint64_t key = KEY_ATTEST; key <= KEY_EK_PUBLIC; key++) {
        if (find_run(key) != nullptr)
            put_run(&writer, bundle, find_run(key));
        else
            put_list(&writer, bundle, find_list(key));
    }
    code = vc_cbor_write_end(&writer, err);
    if (code == VC_OK) {
        code = vc_tpm_bundle_parse((struct vc_bytes){out->data + before, out->size - before},
                                   &again, err);
        if (code != VC_OK)
            code = vc_fail_in(err, VC_LIMIT, "cannot be bundled");
    }
    if (code != VC_OK)
        out->size = before;
    return code;
}

static enum vc_code refuse(struct vc_reader *reader, uint64_t key, struct vc_err *err)
{
    return vc_fail(err, VC_MALFORMED,
                   "TPM bundle: value of key %llu is not in its form, or out of size (offset %zu)",
                   (unsigned long long)key, reader->offset);
}

static enum vc_code read_list(struct vc_reader *reader, const struct list *list,
                              struct vc_tpm_bundle *bundle, struct vc_err *err)
{
    struct vc_bytes *items = member(bundle, list->items);
    size_t *count = member(bundle, list->count);
    size_t wanted = vc_cbor_read_array(reader);

    if (wanted == 0 || wanted > list->count_max)
        return refuse(reader, list->key, err);
    for (; *count < wanted; ++*count) {
        items[*count] = vc_cbor_read_bytes(reader);
        if (items[*count].size == 0 || items[*count].size > list->size_max)
            return refuse(reader, list->key, err);
    }
    return VC_OK;
}

static enum vc_code read_value(struct vc_reader *reader, uint64_t key, struct vc_tpm_bundle *bundle,
                               struct vc_err *err)
{
    const struct run *run = find_run(key);
    const struct list *list = find_list(key);

    if (key == KEY_VERSION)
        return vc_cbor_read_uint(reader) == VERSION ? VC_OK : refuse(reader, key, err);
    if (list != nullptr)
        return read_list(reader, list, bundle, err);
    if (run != nullptr) {
        struct vc_bytes *value = member(bundle, run->offset);

        *value = vc_cbor_read_bytes(reader);
        return value->size > 0 && value->size <= run->size_max ? VC_OK : refuse(reader, key, err);
    }
    return vc_fail(err, VC_MALFORMED, "TPM bundle: unknown key %llu", (unsigned long long)key);
}

enum vc_code vc_tpm_bundle_parse(struct vc_bytes bytes, struct vc_tpm_bundle *bundle,
                                 struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(bytes);
    struct vc_cbor_map map = vc_cbor_read_map(&reader);
    struct vc_tpm_bundle made = {};
    bool has_version = false;

    if (bytes.size > VC_EVIDENCE_SIZE_MAX)
        return vc_fail(err, VC_MALFORMED, "TPM bundle: %zu bytes, at most %zu", bytes.size,
                       VC_EVIDENCE_SIZE_MAX);
    while (vc_cbor_next_key(&reader, &map)) {
        uint64_t key = vc_cbor_read_uint(&reader);
        enum vc_code code;

        if (reader.failed)
            break;
        has_version = has_version || key == KEY_VERSION;
        code = read_value(&reader, key, &made, err);
        if (code != VC_OK)
            return code;
    }
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED,
                       "TPM bundle: not a map in deterministic CBOR, or cut (offset %zu of %zu)",
                       reader.offset, bytes.size);
    if (!has_version || made.attest.size == 0 || made.signature.size == 0 ||
        (made.ak_public.size == 0) == (made.ak_key.size == 0))
        return vc_fail(err, VC_MALFORMED,
                       "TPM bundle: version, attest, signature and one form of the AK are wanted");
    *bundle = made;
    return VC_OK;
}
