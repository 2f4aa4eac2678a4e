/* SPDX-License-Identifier: MIT */

#include "evidence/event_text.h"

#include <string.h>

#include "base/reader.h"

static constexpr size_t TEXT_SHOWN_MAX = 200; /* characters of an event's own text */
static constexpr size_t BYTES_SHOWN_MAX = 16;
static constexpr size_t PATH_NODES_MAX = 64;

typedef enum vc_code describer(struct vc_bytes data, struct vc_buffer *text, struct vc_err *err);

static struct vc_bytes rest_of(struct vc_reader *reader)
{
    return vc_read_run(reader, vc_reader_left(reader));
}

static char printable(unsigned value)
{
    return value >= 0x20 && value < 0x7f ? (char)value : '?';
}

/* Text of whoever wrote the log, up to its first NUL. */
static enum vc_code put_ascii(struct vc_bytes data, struct vc_buffer *text, struct vc_err *err)
{
    char shown[TEXT_SHOWN_MAX + 1] = {};
    size_t size = 0;

    while (size < data.size && size < TEXT_SHOWN_MAX && data.data[size] != 0) {
        shown[size] = printable(data.data[size]);
        size++;
    }
    return vc_buffer_printf(text, err, "\"%s\"%s", shown, size == TEXT_SHOWN_MAX ? "..." : "");
}

static enum vc_code put_utf16(struct vc_bytes data, struct vc_buffer *text, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(data);
    char shown[TEXT_SHOWN_MAX + 1] = {};
    size_t size = 0;

    while (size < TEXT_SHOWN_MAX && vc_reader_left(&reader) >= 2) {
        unsigned value = vc_read_u16_le(&reader);

        if (value == 0)
            break;
        shown[size++] = printable(value);
    }
    return vc_buffer_printf(text, err, "\"%s\"", shown);
}

static bool looks_utf16(struct vc_bytes data)
{
    return data.size >= 2 && data.size % 2 == 0 && data.data[0] != 0 && data.data[1] == 0;
}

static enum vc_code put_bytes(struct vc_bytes data, struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; i < data.size && i < BYTES_SHOWN_MAX && code == VC_OK; i++)
        code = vc_buffer_printf(text, err, "%02x", data.data[i]);
    if (code == VC_OK && data.size > BYTES_SHOWN_MAX)
        code = vc_buffer_printf(text, err, "... (%zu bytes)", data.size);
    return code;
}

static enum vc_code describe_nothing(struct vc_bytes, struct vc_buffer *, struct vc_err *)
{
    return VC_OK;
}

static enum vc_code describe_text(struct vc_bytes data, struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = vc_buffer_append_text(text, ": ", err);

    if (code != VC_OK)
        return code;
    return looks_utf16(data) ? put_utf16(data, text, err) : put_ascii(data, text, err);
}

static enum vc_code describe_bytes(struct vc_bytes data, struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = data.size == 0 ? VC_OK : vc_buffer_append_text(text, ": ", err);

    return code == VC_OK ? put_bytes(data, text, err) : code;
}

static enum vc_code describe_separator(struct vc_bytes data, struct vc_buffer *text,
                                       struct vc_err *err)
{
    static const uint8_t zeros[4] = {};
    static const uint8_t ones[4] = {0xff, 0xff, 0xff, 0xff};

    if (data.size == sizeof(zeros) && (memcmp(data.data, zeros, sizeof(zeros)) == 0 ||
                                       memcmp(data.data, ones, sizeof(ones)) == 0))
        return vc_buffer_append_text(text, ": the firmware ends here, the loader begins", err);
    if (data.size == sizeof(zeros) && data.data[0] == 1)
        return vc_buffer_append_text(text, ": an ERROR while measuring", err);
    return describe_bytes(data, text, err);
}

/* UEFI_VARIABLE_DATA: GUID, two 64-bit sizes, name in UTF-16, content. */
static bool read_variable(struct vc_bytes data, struct vc_bytes *name, struct vc_bytes *content)
{
    struct vc_reader reader = vc_reader_over(data);
    uint64_t characters;
    uint64_t size;

    vc_read_run(&reader, 16);
    characters = vc_read_u64_le(&reader);
    size = vc_read_u64_le(&reader);
    if (reader.failed || characters > data.size / 2 || size > data.size)
        return false;
    *name = vc_read_run(&reader, 2 * (size_t)characters);
    *content = vc_read_run(&reader, (size_t)size);
    return vc_reader_done(&reader);
}

static enum vc_code describe_variable(struct vc_bytes data, struct vc_buffer *text,
                                      struct vc_err *err)
{
    struct vc_bytes name;
    struct vc_bytes content;
    enum vc_code code;

    if (!read_variable(data, &name, &content))
        return describe_bytes(data, text, err);
    code = vc_buffer_append_text(text, ": ", err);
    if (code == VC_OK)
        code = put_utf16(name, text, err);
    if (code == VC_OK)
        code = vc_buffer_append_text(text, content.size == 0 ? " is empty" : " = ", err);
    return code == VC_OK ? put_bytes(content, text, err) : code;
}

/* A device path: nodes of u8 type, u8 subtype, u16 size with this head; type 4, subtype 4 is a
 * file's path in UTF-16. */
static enum vc_code put_file_path(struct vc_bytes path, struct vc_buffer *text, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(path);

    for (size_t i = 0; i < PATH_NODES_MAX && vc_reader_left(&reader) >= 4; i++) {
        uint16_t kind = vc_read_u16(&reader);
        uint16_t size = vc_read_u16_le(&reader);
        struct vc_bytes body = vc_read_run(&reader, size < 4 ? SIZE_MAX : size - 4u);

        if (!reader.failed && kind == 0x0404) {
            enum vc_code code = vc_buffer_append_text(text, ", file ", err);

            return code == VC_OK ? put_utf16(body, text, err) : code;
        }
    }
    return VC_OK;
}

/* UEFI_IMAGE_LOAD_EVENT. */
static enum vc_code describe_image(struct vc_bytes data, struct vc_buffer *text, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(data);
    uint64_t size;
    uint64_t path_size;
    struct vc_bytes path;
    enum vc_code code;

    vc_read_u64_le(&reader); /* where it was loaded */
    size = vc_read_u64_le(&reader);
    vc_read_u64_le(&reader); /* where it was linked */
    path_size = vc_read_u64_le(&reader);
    path = rest_of(&reader);
    if (reader.failed || path_size != path.size)
        return describe_bytes(data, text, err);
    code = vc_buffer_printf(text, err, ": %llu bytes", (unsigned long long)size);
    return code == VC_OK ? put_file_path(path, text, err) : code;
}

static enum vc_code put_range(struct vc_reader *reader, struct vc_buffer *text, struct vc_err *err)
{
    uint64_t base = vc_read_u64_le(reader);
    uint64_t size = vc_read_u64_le(reader);

    if (!vc_reader_done(reader))
        return VC_OK;
    return vc_buffer_printf(text, err, " %llu bytes at 0x%llx", (unsigned long long)size,
                            (unsigned long long)base);
}

/* EFI_PLATFORM_FIRMWARE_BLOB. */
static enum vc_code describe_blob(struct vc_bytes data, struct vc_buffer *text, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(data);

    if (data.size != 16)
        return describe_text(data, text, err);
    return put_range(&reader, text, err);
}

/* UEFI_PLATFORM_FIRMWARE_BLOB2, and UEFI_HANDOFF_TABLE_POINTERS2, of which the description alone is
 * said: u8 size, description, the rest. */
static enum vc_code describe_named(struct vc_bytes data, struct vc_buffer *text, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(data);
    struct vc_bytes description = vc_read_run(&reader, vc_read_u8(&reader));
    enum vc_code code;

    if (reader.failed)
        return describe_bytes(data, text, err);
    code = describe_text(description, text, err);
    return code == VC_OK ? put_range(&reader, text, err) : code;
}

/* TCG_PCClientTaggedEvent: u32 id, u32 size, text as Linux's stub writes it. */
static enum vc_code describe_tagged(struct vc_bytes data, struct vc_buffer *text,
                                    struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(data);
    uint32_t id = vc_read_u32_le(&reader);
    uint32_t size = vc_read_u32_le(&reader);
    struct vc_bytes content = vc_read_run(&reader, size);
    enum vc_code code;

    if (!vc_reader_done(&reader))
        return describe_bytes(data, text, err);
    code = vc_buffer_printf(text, err, " 0x%08x", id);
    return code == VC_OK ? describe_text(content, text, err) : code;
}

static enum vc_code describe_size(struct vc_bytes data, struct vc_buffer *text, struct vc_err *err)
{
    return vc_buffer_printf(text, err, ": %zu bytes in the log", data.size);
}

static const struct type {
    uint32_t number;
    const char *name;
    const char *meaning;
    describer *describe;
} types[] = {
    {0x00, "EV_PREBOOT_CERT", "reserved", describe_bytes},
    {0x01, "EV_POST_CODE", "firmware code", describe_blob},
    {0x02, "EV_UNUSED", "reserved", describe_bytes},
    {0x03, "EV_NO_ACTION", "a note, which extends nothing", describe_text},
    {0x04, "EV_SEPARATOR", "separator", describe_separator},
    {0x05, "EV_ACTION", "action", describe_text},
    {0x06, "EV_EVENT_TAG", "tagged event of an operating system or its loader", describe_tagged},
    {0x07, "EV_S_CRTM_CONTENTS", "the first code of the firmware", describe_text},
    {0x08, "EV_S_CRTM_VERSION", "version of the firmware", describe_text},
    {0x09, "EV_CPU_MICROCODE", "microcode of the processor", describe_text},
    {0x0a, "EV_PLATFORM_CONFIG_FLAGS", "configuration of the platform", describe_text},
    {0x0b, "EV_TABLE_OF_DEVICES", "table of devices", describe_bytes},
    {0x0c, "EV_COMPACT_HASH", "digest that software gave", describe_text},
    {0x0d, "EV_IPL", "from the boot loader", describe_text},
    {0x0e, "EV_IPL_PARTITION_DATA", "partition data", describe_bytes},
    {0x0f, "EV_NONHOST_CODE", "code of another processor", describe_text},
    {0x10, "EV_NONHOST_CONFIG", "configuration of another processor", describe_text},
    {0x11, "EV_NONHOST_INFO", "about what is beside the host", describe_text},
    {0x12, "EV_OMIT_BOOT_DEVICE_EVENTS", "events of boot devices are left out", describe_text},
    {0x13, "EV_POST_CODE2", "firmware code", describe_named},
    {0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG", "firmware variable", describe_variable},
    {0x80000002, "EV_EFI_VARIABLE_BOOT", "boot variable", describe_variable},
    {0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION", "program started by the firmware",
     describe_image},
    {0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER", "driver of an adapter", describe_image},
    {0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER", "driver that stays", describe_image},
    {0x80000006, "EV_EFI_GPT_EVENT", "partition table of the boot disk", describe_size},
    {0x80000007, "EV_EFI_ACTION", "action", describe_text},
    {0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB", "firmware,", describe_blob},
    {0x80000009, "EV_EFI_HANDOFF_TABLES", "tables handed over", describe_size},
    {0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2", "firmware", describe_named},
    {0x8000000b, "EV_EFI_HANDOFF_TABLES2", "tables handed over", describe_named},
    {0x8000000c, "EV_EFI_VARIABLE_BOOT2", "boot variable", describe_variable},
    {0x8000000d, "EV_EFI_GPT_EVENT2", "partition table of the boot disk", describe_size},
    {0x80000010, "EV_EFI_HCRTM_EVENT", "start measured by hardware", describe_nothing},
    {0x800000e0, "EV_EFI_VARIABLE_AUTHORITY", "what a signature was checked with",
     describe_variable},
    {0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB", "firmware of a device", describe_size},
    {0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG", "configuration of a device", describe_size},
    {0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY", "policy about devices", describe_variable},
    {0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY", "what a device was checked with",
     describe_variable},
};

static const struct type *find_type(uint32_t number)
{
    for (size_t i = 0; i < VC_COUNT(types); i++) {
        if (types[i].number == number)
            return &types[i];
    }
    return nullptr;
}

const char *vc_event_type_name(uint32_t type)
{
    const struct type *found = find_type(type);

    return found == nullptr ? nullptr : found->name;
}

static bool hash_of(uint16_t algorithm, enum vc_hash *hash)
{
    switch (algorithm) {
    case 0x0b:
        *hash = VC_HASH_SHA256;
        return true;
    case 0x0c:
        *hash = VC_HASH_SHA384;
        return true;
    case 0x0d:
        *hash = VC_HASH_SHA512;
        return true;
    default:
        return false;
    }
}

static bool is_digest_of(const struct vc_event_digest *digest, struct vc_bytes bytes)
{
    enum vc_hash hash;
    struct vc_octets computed;

    if (!hash_of(digest->algorithm, &hash))
        return false;
    computed = vc_hash_of(hash, bytes);
    return digest->value.size == computed.size &&
           memcmp(digest->value.data, computed.bytes, computed.size) == 0;
}

/* Firmware hashes the data; some loaders leave out the NUL at the end, GRUB also "grub_cmd: ", and
 * older firmware measures a variable's content alone. */
static bool is_covered(const struct vc_event *event)
{
    const struct vc_event_digest *digest = &event->digests[event->digest_count - 1];
    struct vc_bytes data = event->data;
    struct vc_bytes name;
    struct vc_bytes content;
    const uint8_t *colon;

    if (is_digest_of(digest, data))
        return true;
    if (read_variable(data, &name, &content) && is_digest_of(digest, content))
        return true;
    if (data.size > 0 && data.data[data.size - 1] == 0)
        data.size--;
    if (is_digest_of(digest, data))
        return true;
    colon = data.size == 0 ? nullptr : memmem(data.data, data.size, ": ", 2);
    if (colon == nullptr)
        return false;
    content = (struct vc_bytes){colon + 2, data.size - (size_t)(colon + 2 - data.data)};
    return is_digest_of(digest, content);
}

enum vc_code vc_event_describe(const struct vc_event *event, struct vc_buffer *text,
                               struct vc_err *err)
{
    const struct type *type = find_type(event->type);
    enum vc_code code;

    if (type == nullptr) {
        code = vc_buffer_append_text(text, "of a type that the specification does not have", err);
        return code == VC_OK ? describe_bytes(event->data, text, err) : code;
    }
    code = vc_buffer_append_text(text, type->meaning, err);
    if (code == VC_OK)
        code = type->describe(event->data, text, err);
    if (code != VC_OK || event->type == VC_EVENT_NO_ACTION || type->describe == describe_nothing)
        return code;
    return vc_buffer_append_text(
        text, is_covered(event) ? "; measured" : "; the digest is not of this text", err);
}
