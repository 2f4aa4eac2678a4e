/* SPDX-License-Identifier: MIT */

/* The verb that lists a container's streams: stream ls. */

#include <string.h>

#include "cli/amount.h"
#include "cli/listing.h"
#include "cli/verbs.h"
#include "client/line.h"

static constexpr size_t CELL_MAX = 512; /* bytes of a name or reason, cleaned */

/* "bank", "macd (program)", with a '*' if it is there now. */
static enum vc_code format_party(const struct vc_json_place *party, struct vc_buffer *out,
                                 struct vc_err *err)
{
    char name[CELL_MAX];

    vc_line_clean(vc_listing_text(party, "name"), name, sizeof(name));
    return vc_buffer_printf(out, err, "%s%s%s", name,
                            strcmp(vc_listing_text(party, "kind"), "program") == 0 ? " (program)"
                                                                                   : "",
                            vc_listing_flag(party, "held") ? "*" : "");
}

/* One that has the whole has left, too. */
static const char *what_has(const struct vc_json_place *stream,
                            const struct vc_json_place *consumer, char amount[VC_AMOUNT_MAX])
{
    int64_t position = vc_listing_number(consumer, "position");

    if (strcmp(vc_listing_text(stream, "state"), "ended") == 0 &&
        position == vc_listing_number(stream, "position"))
        return "all";
    if (vc_listing_flag(consumer, "left"))
        return "left";
    vc_amount_bytes((uint64_t)position, amount);
    return amount;
}

static enum vc_code format_consumers(const struct vc_json_place *stream,
                                     const struct vc_json_place *consumers, struct vc_buffer *out,
                                     struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < vc_json_count(consumers); i++) {
        struct vc_json_place consumer = vc_json_element(consumers, i);
        char amount[VC_AMOUNT_MAX];

        if (i > 0)
            code = vc_buffer_append_text(out, ", ", err);
        if (code == VC_OK)
            code = format_party(&consumer, out, err);
        if (code == VC_OK)
            code = vc_buffer_printf(out, err, " %s", what_has(stream, &consumer, amount));
    }
    return code;
}

static enum vc_code format_stream(const struct vc_json_place *stream, struct vc_buffer *out,
                                  struct vc_err *err)
{
    struct vc_json_place producer;
    struct vc_json_place consumers;
    char name[CELL_MAX];
    char state[CELL_MAX];
    char reason[CELL_MAX];
    char amount[VC_AMOUNT_MAX];
    enum vc_code code = vc_json_member(stream, "producer", &producer, err);

    if (code == VC_OK)
        code = vc_json_member(stream, "consumers", &consumers, err);
    if (code != VC_OK)
        return code;
    vc_line_clean(vc_listing_text(stream, "name"), name, sizeof(name));
    vc_line_clean(vc_listing_text(stream, "state"), state, sizeof(state));
    vc_line_clean(vc_listing_text(stream, "reason"), reason, sizeof(reason));
    vc_amount_bytes((uint64_t)vc_listing_number(stream, "position"), amount);
    code = vc_buffer_printf(out, err, "%-16s %-6s %3lld  %10s  ", name, state,
                            (long long)vc_listing_number(stream, "use"), amount);
    if (code == VC_OK)
        code = format_party(&producer, out, err);
    if (code == VC_OK)
        code = vc_buffer_append_text(out, " -> ", err);
    if (code == VC_OK)
        code = format_consumers(stream, &consumers, out, err);
    return code == VC_OK
               ? vc_buffer_printf(out, err, "%s%s\n", reason[0] != '\0' ? "  lost: " : "", reason)
               : code;
}

static int run_ls(struct vc_command *command)
{
    static const struct vc_listing listing = {
        .member = "streams",
        .header = "STREAM           STATE  USE    PRODUCED  PRODUCER -> CONSUMERS, AND WHAT THEY "
                  "HAVE (*: there)",
        .fetch = vcc_streams,
        .put = format_stream,
    };

    return vc_listing_run(command, &listing);
}

const struct vc_verb vc_verb_stream_ls = {
    .name = "stream ls",
    .operands = "",
    .operand_count = {0, 0},
    .container = true,
    .summary = "list the streams that you have to do with: state, positions, reasons",
    .examples = "  veracruz stream ls\n"
                "  veracruz stream ls --json | jq -r '.streams[] | .name + \" \" + .state'\n",
    .run = run_ls,
};
