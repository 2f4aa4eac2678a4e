/* SPDX-License-Identifier: MIT */

/* The verb `policy new`: words from options, or from a person who is asked, to a policy's file. */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/hex.h"
#include "cli/policy_wish.h"
#include "cli/policy_wish_platform.h"
#include "cli/verbs.h"
#include "codec/json.h"
#include "platform/process.h"
#include "policy/policy.h"

static constexpr size_t ANSWER_MAX = 4096; /* bytes of a line that a person types */

/* Which option goes into which list. */
static const struct list_option {
    const char *name;
    enum vc_wish_kind kind;
} list_options[] = {
    {"principal", VC_WISH_PRINCIPALS},
    {"program", VC_WISH_PROGRAMS},
    {"set", VC_WISH_SETTINGS},
    {"right", VC_WISH_RIGHTS},
    {"storage", VC_WISH_STORAGE},
    {"pin", VC_WISH_PINS},
    {"stream", VC_WISH_STREAMS},
    {"key", VC_WISH_KEYS},
    {"runs", VC_WISH_RUNS},
    {"shutdown", VC_WISH_SHUTDOWN},
    {"shutdown-when-read", VC_WISH_SHUTDOWN_WHEN_READ},
    {"consent", VC_WISH_CONSENT},
    {"budget", VC_WISH_BUDGETS},
    {"narrow", VC_WISH_NARROWING},
    {"pipeline", VC_WISH_PIPELINES},
    {"journal", VC_WISH_JOURNAL},
    {"observer", VC_WISH_OBSERVERS},
};

static enum vc_code take_options(const struct vc_arguments *arguments, struct vc_arena *arena,
                                 struct vc_wish *wish, struct vc_err *err)
{
    enum vc_code code = vc_wish_take_platforms(arguments, arena, wish, err);

    wish->texts[VC_WISH_NAME] = vc_option_value(arguments, "name");
    wish->texts[VC_WISH_EXPIRES] = vc_option_value(arguments, "expires");
    wish->texts[VC_WISH_URL] = vc_option_value(arguments, "attestation-url");
    wish->texts[VC_WISH_CA] = vc_option_value(arguments, "attestation-ca");
    wish->texts[VC_WISH_MAX_AGE] = vc_option_value(arguments, "max-age");
    wish->texts[VC_WISH_DEADLINE] = vc_option_value(arguments, "deadline");
    wish->texts[VC_WISH_PARTIES] = vc_option_value(arguments, "parties");
    wish->freeze_inputs = vc_option_given(arguments, "freeze-inputs");
    for (size_t i = 0; i < VC_COUNT(list_options); i++) {
        struct vc_wish_list *list = &wish->lists[list_options[i].kind];
        const char *word;

        for (size_t j = 0; code == VC_OK; j++) {
            word = vc_option_value_at(arguments, list_options[i].name, j);
            if (word == nullptr)
                break;
            code = vc_wish_add(arena, list, word, err);
        }
    }
    return code;
}

/* What no policy can do without: a text, or a list with something in it. */
static const struct need {
    const char *option;
    bool is_list;
    enum vc_wish_text text;
    enum vc_wish_kind list;
    const char *place;    /* in a policy: with it begins what the parser says against the answer */
    const char *question; /* for a person */
} needs[] = {
    {"--name NAME", false, VC_WISH_NAME, 0, "name", "name of the policy (a-z 0-9 _ . -)"},
    {"--expires TIME", false, VC_WISH_EXPIRES, 0, "expires",
     "until when (2027-06-30T00:00:00Z, or +30d)"},
    {"--attestation-url URL", false, VC_WISH_URL, 0, "attestation.url",
     "attestation service (https://host:port)"},
    {"--attestation-ca FILE", false, VC_WISH_CA, 0, "attestation.ca",
     "file with the service's CA certificate"},
    {"--principal NAME=FILE.crt", true, 0, VC_WISH_PRINCIPALS, "principals",
     "a party (NAME=FILE.crt; empty line: no more)"},
};
/* What a policy without any of it is of little use for. */
static const struct need wants[] = {
    {"--program NAME=FILE.wasm", true, 0, VC_WISH_PROGRAMS, "programs",
     "a program (NAME=FILE.wasm; empty line: no more)"},
    {"--right 'WHO: MAY PATH'", true, 0, VC_WISH_RIGHTS, "rights",
     "a right (shop: read,list /output/; empty line: no more)"},
};

static bool is_missing(const struct vc_wish *wish, const struct need *need)
{
    return need->is_list ? wish->lists[need->list].count == 0 : wish->texts[need->text] == nullptr;
}

static int fail_missing(struct vc_command *command, struct vc_wish *wish, const char *out)
{
    char list[256] = "";

    for (size_t i = 0; i < VC_COUNT(needs); i++) {
        size_t used = strlen(list);

        if (is_missing(wish, &needs[i])) {
            (void)snprintf(list + used, sizeof(list) - used, "%s%s", used > 0 ? ", " : "",
                           needs[i].option);
        }
    }
    if (out == nullptr) {
        size_t used = strlen(list);

        (void)snprintf(list + used, sizeof(list) - used, "%s--out FILE", used > 0 ? ", " : "");
    }
    if (list[0] == '\0')
        return VCC_OK;
    return vc_command_fail_usage(command, "a policy needs %s", list);
}

/* Reads one line into the arena; null at the end of the input, "" for an empty line. */
static const char *ask(struct vc_command *command, struct vc_arena *arena, const char *question)
{
    char line[ANSWER_MAX];

    (void)fprintf(command->err, "%s: ", question);
    (void)fflush(command->err);
    if (fgets(line, sizeof(line), stdin) == nullptr)
        return nullptr;
    return vc_arena_text(arena, line, strcspn(line, "\n"));
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* What is wrong with the last answer: tried in the policy so far, of which only a complaint about
 * the answer's own place counts, because the rest is still to come. */
static enum vc_code try_answer(const struct vc_wish *wish, const char *place, struct vc_err *err)
{
    static const char any_measurement[] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    vc_cleanup(vc_arena_done) struct vc_arena arena = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_wish_place here = {.now = (int64_t)time(nullptr), .installed = any_measurement};
    struct vc_policy_draft draft = {};
    enum vc_code code = vc_wish_draft(wish, &here, &arena, &draft, err);

    if (code != VC_OK || place == nullptr)
        return code;
    code = vc_policy_draft_encode(&draft, &text, err);
    if (code != VC_OK && (begins_with(err->text, place) || begins_with(err->text, "line ")))
        return code;
    *err = (struct vc_err){};
    return VC_OK;
}

/* One answer that will do; false: an empty line, or the end of the input. */
static bool ask_once(struct vc_command *command, struct vc_arena *arena, struct vc_wish *wish,
                     const struct need *need, struct vc_err *err)
{
    struct vc_wish_list *list = &wish->lists[need->list];
    const char *answer;

    while ((answer = ask(command, arena, need->question)) != nullptr && answer[0] != '\0') {
        if (!need->is_list)
            wish->texts[need->text] = answer;
        else if (vc_wish_add(arena, list, answer, err) != VC_OK)
            return false;
        if (try_answer(wish, need->place, err) == VC_OK)
            return true;
        (void)fprintf(command->err, "  %s; once more, please\n", err->text);
        if (need->is_list)
            list->count--;
        else
            wish->texts[need->text] = nullptr;
        *err = (struct vc_err){};
    }
    return false;
}

static void ask_each(struct vc_command *command, struct vc_arena *arena, struct vc_wish *wish,
                     const struct need *asked, struct vc_err *err)
{
    if (is_missing(wish, asked)) {
        while (err->code == VC_OK && ask_once(command, arena, wish, asked, err) && asked->is_list)
            continue;
    }
}

/* Asks for what is missing, then for what a policy without any of it is of little use. What the
 * options say must be good: no answer could make up for it. */
static enum vc_code ask_missing(struct vc_command *command, struct vc_arena *arena,
                                struct vc_wish *wish, const char **out, struct vc_err *err)
{
    enum vc_code code = try_answer(wish, nullptr, err);

    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < VC_COUNT(needs); i++)
        ask_each(command, arena, wish, &needs[i], err);
    for (size_t i = 0; i < VC_COUNT(wants); i++)
        ask_each(command, arena, wish, &wants[i], err);
    if (err->code == VC_OK && *out == nullptr) {
        *out = ask(command, arena, "file to write");
        if (*out != nullptr && (*out)[0] == '\0')
            *out = nullptr;
    }
    return err->code;
}

/* The measurement of what is installed here in hex, or null. */
static const char *measure_installed(struct vc_arena *arena)
{
    struct vc_installation installation = {};
    char *hex = vc_arena_take(arena, 2 * VC_SHA256_SIZE + 1, 1);

    if (hex == nullptr || vc_installation_load(&installation, nullptr) != VC_OK)
        return nullptr;
    vc_hex_encode((struct vc_bytes){installation.manifest.measurement, VC_SHA256_SIZE}, hex);
    vc_installation_done(&installation);
    return hex;
}

static int print_made(struct vc_command *command, const char *out, const struct vc_buffer *made)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    uint8_t digest[VC_SHA256_SIZE];
    char hash[2 * VC_SHA256_SIZE + 1];
    struct vc_err err = {};

    vc_sha256(vc_buffer_bytes(made), digest);
    vc_hex_encode((struct vc_bytes){digest, sizeof(digest)}, hash);
    if (!command->json) {
        if (vc_buffer_printf(&text, &err, "%s: ok\nhash %s\n", out, hash) != VC_OK)
            return vc_command_fail_in(command, &err);
        return vc_command_print(command, vc_buffer_bytes(&text));
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "policy", out);
    vc_json_put_string(&writer, "hash", hash);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

static int write_policy(struct vc_command *command, const struct vc_wish *wish, const char *out,
                        struct vc_arena *arena)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_wish_place place = {.now = (int64_t)time(nullptr),
                                  .installed = measure_installed(arena)};
    struct vc_policy_draft draft = {};
    struct vc_err err = {};
    enum vc_code code = vc_wish_draft(wish, &place, arena, &draft, &err);

    if (code == VC_OK)
        code = vc_policy_draft_encode(&draft, &text, &err);
    if (code != VC_OK)
        return vc_command_fail_input(command, &err);
    if (strcmp(out, "-") == 0)
        return vc_command_print(command, vc_buffer_bytes(&text));
    if (vc_file_store(out, vc_buffer_bytes(&text), 0644, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return print_made(command, out, &text);
}

static int run_new(struct vc_command *command)
{
    vc_cleanup(vc_arena_done) struct vc_arena arena = {};
    const char *out = vc_option_value(&command->arguments, "out");
    struct vc_wish wish = {};
    struct vc_err err = {};
    enum vc_code code = take_options(&command->arguments, &arena, &wish, &err);
    bool missing = out == nullptr;

    for (size_t i = 0; i < VC_COUNT(needs); i++)
        missing = missing || is_missing(&wish, &needs[i]);
    if (code == VC_OK && missing && command->asks && !command->json)
        code = ask_missing(command, &arena, &wish, &out, &err);
    if (code != VC_OK)
        return vc_command_fail_input(command, &err);
    int exit_code = fail_missing(command, &wish, out);

    return exit_code == VCC_OK ? write_policy(command, &wish, out, &arena) : exit_code;
}

static const struct vc_option new_options[] = {
    {.name = "out", .value = "FILE", .help = "where to write it; - is standard output"},
    {.name = "name", .value = "NAME", .help = "name of the policy"},
    {.name = "expires", .value = "TIME", .help = "2027-06-30T00:00:00Z, or +30d, +12h, +45m"},
    {.name = "attestation-url", .value = "URL", .help = "the service: https://host:port"},
    {.name = "attestation-ca", .value = "FILE", .help = "the service's CA certificate"},
    {.name = "max-age",
     .value = "SECONDS",
     .help = "how old the service's word on a container may be; 3600 if not given"},
    {.name = "platform",
     .value = "NAME",
     .repeatable = true,
     .help = "process, nitro, snp, tdx, sgx, psa or tpm; the next six that follow are about it"},
    {.name = "measurement",
     .value = "HEX|installed",
     .repeatable = true,
     .help = "runtime to accept; of process, with none, the one installed here"},
    {.name = "register",
     .value = "NAME=HEX",
     .repeatable = true,
     .help = "what a register must be: rtmr1, pcr4, host_data; again: or this"},
    {.name = "minimum-tcb",
     .value = "PART=N",
     .repeatable = true,
     .help = "least version of a part: bootloader, tee, snp, microcode"},
    {.name = "accept-tcb",
     .value = "STATUS",
     .repeatable = true,
     .help = "what the vendor may say of the machine; UpToDate if not given (tdx, sgx)"},
    {.name = "machine", .value = "HEX", .repeatable = true, .help = "only on these machines"},
    {.name = "vmpl",
     .value = "N",
     .repeatable = true,
     .help = "privilege level that evidence comes from; 0 if not given (snp)"},
    {.name = "principal", .value = "NAME=FILE", .repeatable = true, .help = "a party, FILE.crt"},
    {.name = "program",
     .value = "NAME=FILE",
     .repeatable = true,
     .help = "a program, FILE.wasm; its path will be /program/NAME.wasm"},
    {.name = "set",
     .value = "NAME.KEY=VALUE",
     .repeatable = true,
     .help = "a program's key or limit: memory_mib, stdin, argument, preopen"},
    {.name = "right",
     .value = "'WHO: MAY PATH'",
     .repeatable = true,
     .help = "MAY: some of read,write,append,execute,list,delete"},
    {.name = "storage",
     .value = "KEY=VALUE",
     .repeatable = true,
     .help = "files, bytes, file_bytes, depth"},
    {.name = "pin",
     .value = "PATH=FILE",
     .repeatable = true,
     .help = "PATH in the container can only have the content that FILE has"},
    {.name = "stream",
     .value = "'NAME: FROM > TO'",
     .repeatable = true,
     .help = "a stream; further TO after commas, then lines, length, partial, padded, KEY=VALUE"},
    {.name = "key",
     .value = "'NAME: OWNER > PROGRAM'",
     .repeatable = true,
     .help = "a key; then type, algorithm, usages: aes-256 gcm decrypt; export, wrap=WHO, id=N"},
    {.name = "runs", .value = "PROGRAM=N", .repeatable = true, .help = "at most so many runs"},
    {.name = "freeze-inputs", .help = "after the first run starts, parties change nothing"},
    {.name = "shutdown", .value = "NAME", .repeatable = true, .help = "may end the container"},
    {.name = "shutdown-when-read",
     .value = "PATH",
     .repeatable = true,
     .help = "the container ends once all its readers read it"},
    {.name = "deadline", .value = "SECONDS", .help = "the container ends so long after its start"},
    {.name = "parties",
     .value = "N=NAME,NAME",
     .help = "no run starts unless at least N of these gave something that is there"},
    {.name = "consent",
     .value = "NAME",
     .repeatable = true,
     .help = "no program starts before this party consented to its SHA-256"},
    {.name = "budget",
     .value = "PATH=N",
     .repeatable = true,
     .help = "at most N runs of programs that may read anything there; a directory ends in /"},
    {.name = "narrow",
     .value = "'WHO: KIND [ON]'",
     .repeatable = true,
     .help =
         "who may take away what: take, read_once on a PATH; take_stream, take_key, runs, limits, "
         "withdraw on NAMES or all; expires, freeze_inputs"},
    {.name = "pipeline",
     .value = "NAME=FILE",
     .repeatable = true,
     .help = "a pipeline, FILE.json: {\"principals\": [...], \"stages\": [...]}"},
    {.name = "journal", .value = "KEY=VALUE", .repeatable = true, .help = "bytes, contents"},
    {.name = "observer",
     .value = "NAME[=KIND,KIND]",
     .repeatable = true,
     .help = "sees entries of the journal, of all kinds or these, whomever they concern"},
    {},
};

const struct vc_verb vc_verb_policy_new = {
    .name = "policy new",
    .operands = "",
    .operand_count = {0, 0},
    .options = new_options,
    .summary = "write a policy; asks a person for what no option says",
    .examples =
        "  veracruz policy new --out policy.json --name ad-campaign --expires +30d \\\n"
        "    --attestation-url https://127.0.0.1:4000 --attestation-ca attestation/ca.crt \\\n"
        "    --principal advertiser=advertiser.crt --principal shop=shop.crt \\\n"
        "    --program intersect=intersect.wasm --set intersect.memory_mib=128 \\\n"
        "    --right 'advertiser: write /input/viewers.csv' \\\n"
        "    --right 'shop: write /input/sales.csv' --right 'shop: read /output/sum.txt' \\\n"
        "    --right 'shop: write,execute /program/intersect.wasm' \\\n"
        "    --right 'intersect: read,list /input/' --right 'intersect: write /output/' \\\n"
        "    --runs intersect=1 --freeze-inputs --shutdown shop\n"
        "  veracruz policy new … --parties 2=advertiser,shop --consent shop --budget /input/=3 \\\n"
        "    --narrow 'intersect: take,read_once /output/' --narrow 'advertiser: expires' \\\n"
        "    --narrow 'shop: runs,limits intersect' --pipeline nightly=nightly.json \\\n"
        "    --journal bytes=1000000 --observer shop=run,read\n"
        "  veracruz policy new … --platform snp --measurement 5f… --minimum-tcb bootloader=4 \\\n"
        "    --minimum-tcb tee=0 --minimum-tcb snp=22 --minimum-tcb microcode=209 \\\n"
        "    --platform tdx --measurement 91… --register rtmr1=00… --register rtmr2=d8…\n",
    .run = run_new,
};
