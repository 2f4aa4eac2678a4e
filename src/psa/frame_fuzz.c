/* SPDX-License-Identifier: MIT */

/* Target: a key store's answers to a worker that was taken over, by vc_psa_frame_answer and a whole
 * service behind it. The input is a row of: how many bytes go into the window, a frame, those
 * bytes.
 *
 * Property: each answer is one that an honest worker takes; its status is one that a program can
 * see; a key or an operation that is none never succeeds; and of a key that may not be exported
 * nothing comes out that did not go in. */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <psa/crypto.h>

#include "base/reader.h"
#include "psa/frame.h"
#include "psa/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CALLS_MAX = 64, KEPT_MAX = 4, KNOWN_MAX = CALLS_MAX + 16 };
static constexpr uint64_t COST_MAX = 1000; /* of PBKDF2 */

static const uint8_t AES[16] = {0xa1, 0x72, 0x0c, 0x9e, 0x35, 0xd8, 0x61, 0x4f,
                                0xe3, 0x1a, 0x96, 0xbd, 0x28, 0x57, 0xc4, 0x0b};
static const uint8_t SCALAR[32] = {0x5a, 0x11, 0x8d, 0x2e, 0xc7, 0x93, 0x46, 0xfa, 0x0d, 0xb1, 0x6c,
                                   0x38, 0xe5, 0x79, 0x24, 0x90, 0x83, 0xdb, 0x17, 0x62, 0xa4, 0xf9,
                                   0x3e, 0x55, 0xc8, 0x01, 0x7d, 0xb6, 0x4a, 0x2f, 0xe0, 0x9c};

static const struct vc_psa_given GIVEN[] = {
    {.attributes = {.lifetime = PSA_KEY_PERSISTENCE_READ_ONLY,
                    .id = 7,
                    .type = PSA_KEY_TYPE_AES,
                    .bits = 128,
                    .usage = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT | PSA_KEY_USAGE_COPY,
                    .algorithm = PSA_ALG_GCM},
     .material = {AES, sizeof(AES)}},
    {.attributes = {.lifetime = PSA_KEY_PERSISTENCE_READ_ONLY,
                    .id = 8,
                    .type = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
                    .bits = 256,
                    .usage = PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_DERIVE,
                    .algorithm = PSA_ALG_ECDSA(PSA_ALG_ANY_HASH)},
     .material = {SCALAR, sizeof(SCALAR)}},
    {.attributes = {.lifetime = PSA_KEY_PERSISTENCE_DEFAULT,
                    .id = 9,
                    .type = PSA_KEY_TYPE_HMAC,
                    .bits = 8 * sizeof(SCALAR),
                    .usage = PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE,
                    .algorithm = PSA_ALG_HMAC(PSA_ALG_SHA_256)},
     .material = {SCALAR, sizeof(SCALAR)},
     .wraps_freely = true},
};

/* Numbers that the service has given, and not taken back. */
struct known {
    uint32_t numbers[KNOWN_MAX];
    uint32_t makers[KNOWN_MAX]; /* functions */
    size_t count;
};

struct scene {
    struct vc_psa *psa;
    struct vc_psa_window window;
    struct known keys, operations;
    unsigned kept;
};

static void need(bool condition)
{
    if (!condition)
        abort();
}

/* ---- what is known ---- */

static bool is_known(const struct known *known, uint32_t number)
{
    for (size_t i = 0; i < known->count; i++) {
        if (known->numbers[i] == number)
            return true;
    }
    return false;
}

static void learn(struct known *known, uint32_t number, uint32_t maker)
{
    if (number == 0 || is_known(known, number))
        return;
    need(known->count < KNOWN_MAX);
    known->makers[known->count] = maker;
    known->numbers[known->count++] = number;
}

/* Of one family: psa_mac_..., psa_aead_... */
static bool are_alike(uint32_t function, uint32_t other)
{
    static constexpr size_t DIFFERENT = 7; /* bytes of names: by then they are */

    return strncmp(vc_psa_name(function), vc_psa_name(other), DIFFERENT) == 0;
}

static void forget(struct known *known, uint32_t number, uint32_t function)
{
    for (size_t i = 0; i < known->count; i++) {
        if (known->numbers[i] != number || !are_alike(known->makers[i], function))
            continue;
        known->count--;
        known->numbers[i] = known->numbers[known->count];
        known->makers[i] = known->makers[known->count];
    }
}

/* The place of the key among a function's values; -1: it names none. */
static int place_of_key(uint32_t function)
{
    switch (function) {
    case VC_PSA_get_key_attributes:
    case VC_PSA_purge_key:
    case VC_PSA_copy_key:
    case VC_PSA_destroy_key:
    case VC_PSA_export_key:
    case VC_PSA_export_public_key:
    case VC_PSA_mac_compute:
    case VC_PSA_mac_verify:
    case VC_PSA_mac_sign_setup:
    case VC_PSA_mac_verify_setup:
    case VC_PSA_cipher_encrypt:
    case VC_PSA_cipher_decrypt:
    case VC_PSA_cipher_encrypt_setup:
    case VC_PSA_cipher_decrypt_setup:
    case VC_PSA_aead_encrypt:
    case VC_PSA_aead_decrypt:
    case VC_PSA_aead_encrypt_setup:
    case VC_PSA_aead_decrypt_setup:
    case VC_PSA_key_derivation_verify_key:
    case VC_PSA_key_agreement:
    case VC_PSA_sign_message:
    case VC_PSA_verify_message:
    case VC_PSA_sign_hash:
    case VC_PSA_verify_hash:
    case VC_PSA_asymmetric_encrypt:
    case VC_PSA_asymmetric_decrypt:
    case VC_PSA_pake_setup:
    case VC_PSA_key_wrap:
        return 0;
    case VC_PSA_key_derivation_input_key:
    case VC_PSA_key_derivation_key_agreement:
    case VC_PSA_raw_key_agreement:
        return 1;
    default:
        return -1;
    }
}

/* Does it make an operation active, or end one that may be none? */
static bool takes_any_handle(uint32_t function)
{
    const char *name = vc_psa_name(function);

    return strstr(name, "_setup") != nullptr || strstr(name, "_abort") != nullptr ||
           strstr(name, "_resume") != nullptr;
}

/* ---- one call ---- */

static vc_psa_status keep(void *user, const struct vc_psa_attributes *attributes, struct vc_bytes)
{
    struct scene *scene = user;

    if (scene->kept >= KEPT_MAX)
        return PSA_ERROR_INSUFFICIENT_STORAGE;
    need(attributes->id >= VC_PSA_KEY_USER_MIN && attributes->id <= VC_PSA_KEY_USER_MAX);
    scene->kept++;
    return PSA_SUCCESS;
}

static vc_psa_status drop(void *user, uint32_t)
{
    struct scene *scene = user;

    need(scene->kept > 0);
    scene->kept--;
    return PSA_SUCCESS;
}

/* What would take longer than a target may. */
static bool is_slow(const struct vc_psa_frame *frame)
{
    return (frame->function == VC_PSA_generate_key &&
            frame->attributes.type == PSA_KEY_TYPE_RSA_KEY_PAIR) ||
           (frame->function == VC_PSA_key_derivation_input_integer && frame->wide > COST_MAX) ||
           (frame->function == VC_PSA_key_derivation_output_bytes &&
            frame->output_size[0] > VC_PSA_KEY_BYTES_MAX) ||
           (PSA_KEY_TYPE_IS_DH(frame->attributes.type) && frame->attributes.bits > 2048);
}

/* Statuses that the specification has for these functions, and that say nothing of us. */
static bool is_status(int32_t status)
{
    static const int32_t not_ours[] = {PSA_ERROR_GENERIC_ERROR, PSA_ERROR_COMMUNICATION_FAILURE,
                                       PSA_ERROR_HARDWARE_FAILURE, PSA_ERROR_CORRUPTION_DETECTED,
                                       -144 /* of no meaning here */};

    for (size_t i = 0; i < VC_COUNT(not_ours); i++) {
        if (status == not_ours[i])
            return false;
    }
    return status == PSA_SUCCESS ||
           (status <= PSA_ERROR_GENERIC_ERROR && status >= PSA_ERROR_DATA_INVALID);
}

static bool holds(struct vc_psa_window window, size_t size, struct vc_bytes secret)
{
    return memmem(window.data, size, secret.data, secret.size) != nullptr;
}

static size_t sum(const uint32_t *sizes, size_t count)
{
    size_t all = 0;

    for (size_t i = 0; i < count; i++)
        all += sizes[i];
    return all;
}

/* No honest worker asks for what is not in the key store. */
static bool is_honest(const struct vc_psa_frame *asked)
{
    return (asked->operation == 0 || (asked->operation & VC_PSA_HANDLE_STORED) != 0) &&
           (asked->operation2 == 0 || (asked->operation2 & VC_PSA_HANDLE_STORED) != 0);
}

/* The answer, as the worker takes it that has asked. */
static void take(const struct vc_psa_frame *asked, const struct vc_psa_frame *answer,
                 struct vc_psa_window window)
{
    struct vc_psa_call call = {.function = asked->function};
    uint8_t *outputs = malloc(sum(asked->output_size, VC_PSA_OUTPUTS_MAX) + 1);
    size_t used = 0;

    need(outputs != nullptr);
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++) {
        call.outputs[i] =
            (struct vc_psa_output){.data = outputs + used, .room = asked->output_size[i]};
        used += asked->output_size[i];
    }
    need(vc_psa_frame_take(answer, window, &call) == answer->status || !is_honest(asked));
    free(outputs);
}

/* What a success says of numbers that were given. */
static void check_numbers(struct scene *scene, const struct vc_psa_frame *asked,
                          const struct vc_psa_frame *answer)
{
    int place = place_of_key(asked->function);
    bool has_operation = vc_psa_count(asked->function, 'p') > 0;

    if (answer->status == PSA_SUCCESS && place >= 0 &&
        !(asked->function == VC_PSA_destroy_key && asked->values[0] == 0))
        need(is_known(&scene->keys, asked->values[place]));
    if (answer->status == PSA_SUCCESS && has_operation && !takes_any_handle(asked->function))
        need(is_known(&scene->operations, asked->operation));
    if (answer->status == PSA_SUCCESS && asked->function == VC_PSA_destroy_key)
        forget(&scene->keys, asked->values[0], VC_PSA_destroy_key);
    if (answer->status == PSA_SUCCESS && vc_psa_count(asked->function, 'k') > 0)
        learn(&scene->keys, answer->key, VC_PSA_destroy_key);
    if (has_operation && answer->operation == 0)
        forget(&scene->operations, asked->operation, asked->function);
    if (answer->operation != asked->operation)
        learn(&scene->operations, answer->operation, asked->function);
    if (answer->operation2 != asked->operation2)
        learn(&scene->operations, answer->operation2, asked->function);
}

static void ask(struct scene *scene, const struct vc_psa_frame *asked)
{
    const struct vc_bytes secrets[] = {{AES, sizeof(AES)}, {SCALAR, sizeof(SCALAR)}};
    struct vc_psa_frame frame = *asked;
    bool went_in[VC_COUNT(secrets)];

    for (size_t i = 0; i < VC_COUNT(secrets); i++)
        went_in[i] = holds(scene->window, 1 << 10, secrets[i]);
    if (vc_psa_frame_answer(&frame, scene->window, vc_psa_answer, scene->psa, nullptr) != VC_OK)
        return;
    need(is_status(frame.status));
    for (size_t i = 0; i < VC_COUNT(secrets); i++) {
        need(went_in[i] ||
             !holds(scene->window, sum(frame.output_size, VC_PSA_OUTPUTS_MAX), secrets[i]));
    }
    check_numbers(scene, asked, &frame);
    take(asked, &frame, scene->window);
}

static void play(struct scene *scene, struct vc_bytes input)
{
    struct vc_reader reader = vc_reader_over(input);

    for (size_t i = 0; i < CALLS_MAX && vc_reader_left(&reader) > 0; i++) {
        struct vc_psa_frame frame;
        uint8_t size = vc_read_u8(&reader);
        struct vc_bytes head = vc_read_run(&reader, sizeof(frame));
        struct vc_bytes bytes = vc_read_run(&reader, size);

        if (reader.failed)
            return;
        memcpy(&frame, head.data, sizeof(frame));
        if (is_slow(&frame))
            continue;
        if (size > 0)
            memcpy(scene->window.data, bytes.data, size);
        ask(scene, &frame);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vc_psa_keep_ops ops = {.keep = keep, .forget = drop};
    struct scene scene = {.kept = 1};
    const struct vc_psa_options options = {.first_key = VC_PSA_KEY_STORED_MIN,
                                           .handle_flag = VC_PSA_HANDLE_STORED,
                                           .randomness = true,
                                           .keep = &ops,
                                           .keep_user = &scene};

    scene.window.data = mmap(nullptr, VC_PSA_CALL_BYTES_MAX, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(scene.window.data != MAP_FAILED);
    need(vc_psa_new(&options, &scene.psa, nullptr) == VC_OK);
    for (size_t i = 0; i < VC_COUNT(GIVEN); i++) {
        need(vc_psa_give(scene.psa, &GIVEN[i], nullptr) == VC_OK);
        learn(&scene.keys, GIVEN[i].attributes.id, VC_PSA_destroy_key);
    }
    play(&scene, (struct vc_bytes){data, size});
    vc_psa_free(scene.psa);
    need(munmap(scene.window.data, VC_PSA_CALL_BYTES_MAX) == 0);
    return 0;
}
