/* SPDX-License-Identifier: MIT */

#include "evidence/event_log.h"

#include <stdio.h>
#include <string.h>

#include "base/reader.h"
#include "evidence/event_text.h"

static constexpr uint16_t ALGORITHM_SHA1 = 0x04;
static constexpr size_t SHA1_SIZE = 20;
static constexpr uint32_t INDEX_NONE = UINT32_MAX;
static constexpr size_t RTMR_COUNT = 4;

struct algorithm {
    uint16_t id;
    uint16_t size; /* of its digests, bytes */
};

/* What the header of a log says of the events that follow. */
struct form {
    bool agile;
    struct algorithm algorithms[VC_EVENT_DIGESTS_MAX];
    size_t algorithm_count;
};

static const struct {
    uint16_t id;
    size_t size;
} known_sizes[] = {
    {ALGORITHM_SHA1, SHA1_SIZE}, {0x0b, VC_SHA256_SIZE},    {0x0c, VC_SHA384_SIZE},
    {0x0d, VC_SHA512_SIZE},      {0x12, 32 /* SM3 */},      {0x27, 32 /* SHA3-256 */},
    {0x28, 48 /* SHA3-384 */},   {0x29, 64 /* SHA3-512 */},
};

static bool has_right_size(const struct algorithm *algorithm)
{
    for (size_t i = 0; i < VC_COUNT(known_sizes); i++) {
        if (known_sizes[i].id == algorithm->id)
            return known_sizes[i].size == algorithm->size;
    }
    return algorithm->size > 0 && algorithm->size <= VC_HASH_SIZE_MAX;
}

static const struct algorithm *find_algorithm(const struct form *form, uint16_t id)
{
    for (size_t i = 0; i < form->algorithm_count; i++) {
        if (form->algorithms[i].id == id)
            return &form->algorithms[i];
    }
    return nullptr;
}

/* TCG_EfiSpecIDEvent, after its signature. */
static enum vc_code parse_spec_id(struct vc_reader *reader, struct form *form, struct vc_err *err)
{
    uint32_t count;

    form->agile = true;
    vc_read_run(reader, 8); /* platform class, version of the specification, size of a UINTN */
    count = vc_read_u32_le(reader);
    if (count == 0 || count > VC_EVENT_DIGESTS_MAX)
        return vc_fail(err, VC_MALFORMED, "event log: header has %u algorithms, 1 to %zu wanted",
                       count, VC_EVENT_DIGESTS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct algorithm algorithm = {.id = vc_read_u16_le(reader)};

        algorithm.size = vc_read_u16_le(reader);
        if (!has_right_size(&algorithm) || find_algorithm(form, algorithm.id) != nullptr)
            return vc_fail(
                err, VC_MALFORMED,
                "event log: header lists algorithm 0x%x with %u bytes, or lists it twice",
                algorithm.id, algorithm.size);
        form->algorithms[form->algorithm_count++] = algorithm;
    }
    vc_read_run(reader, vc_read_u8(reader)); /* vendor's */
    if (!vc_reader_done(reader))
        return vc_fail(err, VC_MALFORMED, "event log: header is cut or goes on after its end");
    return VC_OK;
}

static enum vc_code take_form(const struct vc_event *event, struct form *form, struct vc_err *err)
{
    static const uint8_t signature[16] = "Spec ID Event03";
    struct vc_reader reader = vc_reader_over(event->data);
    struct vc_bytes begin = vc_read_run(&reader, sizeof(signature));

    *form = (struct form){};
    if (event->type != VC_EVENT_NO_ACTION || begin.size != sizeof(signature) ||
        memcmp(begin.data, signature, sizeof(signature)) != 0)
        return VC_OK; /* the older form */
    return parse_spec_id(&reader, form, err);
}

/* TCG_PCR_EVENT. */
static void read_old_digest(struct vc_reader *reader, struct vc_event *event)
{
    event->digests[0] = (struct vc_event_digest){ALGORITHM_SHA1, vc_read_run(reader, SHA1_SIZE)};
    event->digest_count = 1;
}

/* TPML_DIGEST_VALUES of a TCG_PCR_EVENT2: each algorithm at most once, all of them known. */
static enum vc_code read_digests(struct vc_reader *reader, const struct form *form,
                                 struct vc_event *event, struct vc_err *err)
{
    uint32_t count = vc_read_u32_le(reader);

    if (!reader->failed && (count == 0 || count > form->algorithm_count))
        return vc_fail(err, VC_MALFORMED, "event log: event %zu has %u digests, 1 to %zu wanted",
                       event->number, count, form->algorithm_count);
    for (size_t i = 0; i < count && !reader->failed; i++) {
        uint16_t id = vc_read_u16_le(reader);
        const struct algorithm *algorithm = find_algorithm(form, id);

        for (size_t j = 0; j < i && algorithm != nullptr; j++) {
            if (event->digests[j].algorithm == id)
                algorithm = nullptr;
        }
        if (reader->failed) /* the caller says so */
            return VC_OK;
        if (algorithm == nullptr)
            return vc_fail(err, VC_MALFORMED,
                           "event log: event %zu has a digest of algorithm 0x%x, which the header "
                           "does not list, or has it twice",
                           event->number, id);
        event->digests[i] = (struct vc_event_digest){id, vc_read_run(reader, algorithm->size)};
    }
    event->digest_count = count;
    return VC_OK;
}

static enum vc_code read_event(struct vc_reader *reader, const struct form *form,
                               struct vc_event *event, struct vc_err *err)
{
    size_t offset = reader->offset;
    uint32_t size;

    event->index = vc_read_u32_le(reader);
    event->type = vc_read_u32_le(reader);
    if (!form->agile) {
        read_old_digest(reader, event);
    } else {
        enum vc_code code = read_digests(reader, form, event, err);

        if (code != VC_OK)
            return code;
    }
    size = vc_read_u32_le(reader);
    event->data = vc_read_run(reader, size);
    if (reader->failed)
        return vc_fail(err, VC_MALFORMED, "event log: event %zu at offset %zu is cut",
                       event->number, offset);
    if (size > VC_EVENT_DATA_SIZE_MAX)
        return vc_fail(err, VC_LIMIT, "event log: event %zu has %u bytes, at most %zu",
                       event->number, size, VC_EVENT_DATA_SIZE_MAX);
    if (event->index >= VC_EVENT_REGISTERS &&
        (event->index != INDEX_NONE || event->type != VC_EVENT_NO_ACTION))
        return vc_fail(err, VC_MALFORMED, "event log: event %zu at offset %zu is of register %u",
                       event->number, offset, event->index);
    return VC_OK;
}

/* Where the run of equal bytes, 0x00 or 0xff, that ends the log begins. An event that begins in it
 * would be all of one byte, which none is: its count of digests would be 0, or too large. */
static size_t find_padding(struct vc_bytes log)
{
    size_t begin = log.size;

    if (log.size == 0 || (log.data[log.size - 1] != 0 && log.data[log.size - 1] != 0xff))
        return begin;
    while (begin > 0 && log.data[begin - 1] == log.data[log.size - 1])
        begin--;
    return begin;
}

enum vc_code vc_event_log_walk(struct vc_bytes log,
                               enum vc_code (*visit)(void *user, const struct vc_event *event,
                                                     struct vc_err *err),
                               void *user, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(log);
    size_t padding = find_padding(log);
    struct form form = {};

    if (log.size > VC_EVENT_LOG_SIZE_MAX)
        return vc_fail(err, VC_LIMIT, "event log: %zu bytes, at most %zu", log.size,
                       VC_EVENT_LOG_SIZE_MAX);
    if (padding == 0)
        return vc_fail(err, VC_MALFORMED, "event log: empty");
    for (size_t number = 0; reader.offset < padding; number++) {
        struct vc_event event = {.number = number};
        enum vc_code code = number < VC_EVENT_LOG_EVENTS_MAX
                                ? read_event(&reader, &form, &event, err)
                                : vc_fail(err, VC_LIMIT, "event log: more than %zu events",
                                          VC_EVENT_LOG_EVENTS_MAX);

        if (code == VC_OK && number == 0)
            code = take_form(&event, &form, err);
        if (code == VC_OK && visit != nullptr)
            code = visit(user, &event, err);
        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

/* Replay. */

struct replaying {
    enum vc_event_numbering numbering;
    enum vc_hash hash;
    bool has_hash; /* some event has a digest of it */
    struct vc_replay replay;
};

static uint16_t algorithm_of(enum vc_hash hash)
{
    switch (hash) {
    case VC_HASH_SHA256:
        return 0x0b;
    case VC_HASH_SHA384:
        return 0x0c;
    case VC_HASH_SHA512:
        return 0x0d;
    }
    return 0;
}

static void extend(struct vc_octets *value, enum vc_hash hash, struct vc_bytes digest)
{
    uint8_t both[2 * VC_HASH_SIZE_MAX];

    memcpy(both, value->bytes, value->size);
    memcpy(both + value->size, digest.data, digest.size);
    *value = vc_hash_of(hash, (struct vc_bytes){both, value->size + digest.size});
}

/* The locality that started the TPM is PCR 0's first value (PC Client Platform TPM Profile §3.3).
 */
static enum vc_code note_locality(struct replaying *run, const struct vc_event *event,
                                  struct vc_err *err)
{
    static const uint8_t signature[16] = "StartupLocality";
    struct vc_octets *first = &run->replay.values[0];

    if (event->data.size != sizeof(signature) + 1 ||
        memcmp(event->data.data, signature, sizeof(signature)) != 0)
        return VC_OK;
    if (run->replay.counts[0] > 0 || first->bytes[first->size - 1] != 0)
        return vc_fail(err, VC_MALFORMED,
                       "event log: event %zu sets the startup locality after PCR 0 was begun",
                       event->number);
    first->bytes[first->size - 1] = event->data.data[sizeof(signature)];
    return VC_OK;
}

static enum vc_code check_register(const struct replaying *run, const struct vc_event *event,
                                   struct vc_err *err)
{
    if (run->numbering == VC_EVENT_TPM || (event->index >= 1 && event->index <= RTMR_COUNT))
        return VC_OK;
    return vc_fail(err, VC_MALFORMED,
                   "event log: event %zu extends register %u, and TDX has 1 to 4 (RTMR0 to RTMR3)",
                   event->number, event->index);
}

static enum vc_code replay_event(void *user, const struct vc_event *event, struct vc_err *err)
{
    struct replaying *run = user;
    const struct vc_event_digest *digest = nullptr;
    enum vc_code code;

    for (size_t i = 0; i < event->digest_count; i++) {
        if (event->digests[i].algorithm == algorithm_of(run->hash))
            digest = &event->digests[i];
    }
    run->has_hash = run->has_hash || digest != nullptr;
    if (event->type == VC_EVENT_NO_ACTION)
        return run->numbering == VC_EVENT_TPM ? note_locality(run, event, err) : VC_OK;
    code = check_register(run, event, err);
    if (code != VC_OK)
        return code;
    if (digest == nullptr)
        return vc_fail(err, run->has_hash ? VC_MALFORMED : VC_NOT_FOUND,
                       "event log: event %zu has no %s digest", event->number,
                       vc_hash_name(run->hash));
    extend(&run->replay.values[event->index], run->hash, digest->value);
    run->replay.counts[event->index]++;
    return VC_OK;
}

static bool is_dynamic(size_t index)
{
    return index >= 17 && index <= 22; /* of a dynamic launch, which sets them to zero first */
}

enum vc_code vc_event_log_replay(struct vc_bytes log, enum vc_event_numbering numbering,
                                 enum vc_hash hash, struct vc_replay *replay, struct vc_err *err)
{
    struct replaying run = {.numbering = numbering, .hash = hash};
    enum vc_code code;

    for (size_t i = 0; i < VC_EVENT_REGISTERS; i++)
        run.replay.values[i].size = vc_hash_size(hash);
    code = vc_event_log_walk(log, replay_event, &run, err);
    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < VC_EVENT_REGISTERS; i++) {
        if (numbering == VC_EVENT_TPM && is_dynamic(i) && run.replay.counts[i] == 0)
            memset(run.replay.values[i].bytes, 0xff, run.replay.values[i].size);
    }
    *replay = run.replay;
    return VC_OK;
}

/* Show. */

struct showing {
    enum vc_event_numbering numbering;
    const struct vc_field_sink *sink;
};

static void name_row(const struct showing *show, const struct vc_event *event, char *text,
                     size_t size)
{
    const char *type = vc_event_type_name(event->type);
    char number[16];
    char index[16];

    (void)snprintf(number, sizeof(number), "0x%08x", event->type);
    if (show->numbering == VC_EVENT_TPM)
        (void)snprintf(index, sizeof(index), "PCR %u", event->index);
    else if (event->index == 0)
        (void)snprintf(index, sizeof(index), "MRTD");
    else
        (void)snprintf(index, sizeof(index), "RTMR%u", event->index - 1);
    if (event->index == INDEX_NONE)
        (void)snprintf(index, sizeof(index), "none");
    (void)snprintf(text, size, "%s %s", index, type == nullptr ? number : type);
}

static enum vc_code show_event(void *user, const struct vc_event *event, struct vc_err *err)
{
    const struct showing *show = user;
    vc_cleanup(vc_buffer_done) struct vc_buffer meaning = {};
    struct vc_octets digest = vc_octets_of(event->digests[event->digest_count - 1].value);
    char hex[VC_OCTETS_HEX_MAX];
    char name[64];
    enum vc_code code = vc_event_describe(event, &meaning, err);

    if (code == VC_OK) /* for the NUL */
        code = vc_buffer_append(&meaning, (struct vc_bytes){(const uint8_t *)"", 1}, err);
    if (code != VC_OK)
        return code;
    vc_octets_hex(&digest, hex);
    name_row(show, event, name, sizeof(name));
    return show->sink->put(show->sink->user,
                           &(struct vc_field){.section = "event log",
                                              .name = name,
                                              .value = hex,
                                              .meaning = (const char *)meaning.data},
                           err);
}

enum vc_code vc_event_log_show(struct vc_bytes log, enum vc_event_numbering numbering,
                               const struct vc_field_sink *sink, struct vc_err *err)
{
    struct showing show = {.numbering = numbering, .sink = sink};

    return vc_event_log_walk(log, show_event, &show, err);
}
