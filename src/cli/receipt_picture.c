/* SPDX-License-Identifier: MIT */

#include "cli/receipt_picture.h"

#include <inttypes.h>
#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "cli/entry_line.h"
#include "policy/decide.h"

static constexpr unsigned MARGIN = 16;
static constexpr unsigned HEAD = 96;        /* above the first entry */
static constexpr unsigned TIME_WIDTH = 190; /* number and time */
static constexpr unsigned LANE = 92;        /* from one line to the next */
static constexpr unsigned ROW = 24;
static constexpr unsigned LETTER = 7; /* about as wide as one is */
static constexpr unsigned BAR = 10;
static constexpr size_t LANES_MAX = VC_SUBJECTS_MAX + 1;

/* In the order of the policy, the container first: only who does something has a line. */
struct picture {
    const struct vc_receipt_item *item;
    struct vc_buffer *text;
    bool acts[LANES_MAX];
    unsigned x[LANES_MAX];
    unsigned began[LANES_MAX]; /* y of the oldest run of a program that goes on; 0: none */
    unsigned runs[LANES_MAX];  /* that go on */
    unsigned rows, labels;     /* x where sentences begin */
    size_t longest;            /* bytes of a sentence */
};

/* ---- text ---- */

static enum vc_code put_escaped(struct vc_buffer *text, struct vc_bytes words, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < words.size; i++) {
        uint8_t byte = words.data[i];
        const char *instead = byte == '&'   ? "&amp;"
                              : byte == '<' ? "&lt;"
                              : byte == '>' ? "&gt;"
                                            : nullptr;

        code = instead != nullptr ? vc_buffer_append_text(text, instead, err)
                                  : vc_buffer_append(text, (struct vc_bytes){&byte, 1}, err);
    }
    return code;
}

static enum vc_code put_words(struct picture *picture, unsigned x, unsigned y,
                              struct vc_bytes words, struct vc_err *err)
{
    enum vc_code code = vc_buffer_printf(picture->text, err, "<text x=\"%u\" y=\"%u\">", x, y + 4);

    if (code == VC_OK)
        code = put_escaped(picture->text, words, err);
    return code == VC_OK ? vc_buffer_append_text(picture->text, "</text>\n", err) : code;
}

/* ---- lines ---- */

static size_t lane_of(const struct picture *picture, const struct vc_entry_seen *entry)
{
    return entry->by_container ? 0 : 1 + vc_subject_number(picture->item->policy, entry->by);
}

/* The program that a run is of. False: the entry is of no run. */
static bool lane_of_run(const struct picture *picture, const struct vc_entry_seen *entry,
                        const struct vc_json_place *fields, size_t *lane)
{
    const struct vc_policy *policy = picture->item->policy;
    struct vc_json_place member;
    const char *name;
    struct vc_subject program = {.kind = VC_SUBJECT_PROGRAM};

    if ((entry->kind != VC_ENTRY_RUN && entry->kind != VC_ENTRY_RUN_OVER) ||
        vc_json_member(fields, "program", &member, nullptr) != VC_OK ||
        vc_json_string(&member, &name, nullptr) != VC_OK ||
        !vc_policy_find_program(policy, name, &program.index))
        return false;
    *lane = 1 + vc_subject_number(policy, program);
    return true;
}

static enum vc_code measure(void *user, const struct vc_entry_seen *entry,
                            const struct vc_json_place *fields, const struct vc_json_place *details,
                            struct vc_err *err)
{
    struct picture *picture = user;
    vc_cleanup(vc_buffer_done) struct vc_buffer what = {};
    struct vc_entry_texts texts = {.fields = fields, .details = details};
    size_t lane;

    picture->acts[lane_of(picture, entry)] = true;
    if (lane_of_run(picture, entry, fields, &lane))
        picture->acts[lane] = true;
    picture->rows++;
    enum vc_code code = vc_entry_line_what(picture->item->policy, entry, texts, &what, err);

    picture->longest = what.size > picture->longest ? what.size : picture->longest;
    return code;
}

static void place(struct picture *picture)
{
    unsigned x = MARGIN + TIME_WIDTH + LANE / 2;

    for (size_t i = 0; i < LANES_MAX; i++) {
        picture->x[i] = x;
        x += picture->acts[i] ? LANE : 0;
    }
    picture->labels = x - LANE / 2 + MARGIN;
}

static enum vc_code draw_lane(struct picture *picture, size_t lane, struct vc_err *err)
{
    const struct vc_policy *policy = picture->item->policy;
    const char *name =
        lane == 0 ? "container" : vc_policy_subject_name(policy, vc_subject_at(policy, lane - 1));
    unsigned x = picture->x[lane];
    enum vc_code code = vc_buffer_printf(
        picture->text, err,
        "<path class=\"l\" d=\"M%u %uV%u\"/>\n<text class=\"n\" transform=\"translate(%u %u) "
        "rotate(-30)\">",
        x, HEAD - 12, HEAD + ROW * picture->rows, x, HEAD - 18);

    if (code == VC_OK)
        code =
            put_escaped(picture->text, (struct vc_bytes){(const uint8_t *)name, strlen(name)}, err);
    return code == VC_OK ? vc_buffer_append_text(picture->text, "</text>\n", err) : code;
}

/* ---- entries ---- */

/* A program's bar reaches from its first run to when no run of it goes on. */
static enum vc_code draw_run(struct picture *picture, const struct vc_entry_seen *entry,
                             size_t lane, unsigned y, struct vc_err *err)
{
    unsigned from = picture->x[lane_of(picture, entry)];

    if (entry->kind == VC_ENTRY_RUN) {
        picture->began[lane] = picture->runs[lane]++ == 0 ? y : picture->began[lane];
        return vc_buffer_printf(picture->text, err, "<path class=\"a\" d=\"M%u %uH%u\"/>\n", from,
                                y, picture->x[lane]);
    }
    if (picture->runs[lane] == 0) /* it began before the receipt does */
        return VC_OK;
    picture->runs[lane]--;
    if (picture->runs[lane] > 0)
        return VC_OK;
    return vc_buffer_printf(
        picture->text, err, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>\n",
        picture->x[lane] - BAR / 2, picture->began[lane], BAR, y - picture->began[lane]);
}

static enum vc_code draw_entry(void *user, const struct vc_entry_seen *entry,
                               const struct vc_json_place *fields,
                               const struct vc_json_place *details, struct vc_err *err)
{
    struct picture *picture = user;
    vc_cleanup(vc_buffer_done) struct vc_buffer what = {};
    struct vc_entry_texts texts = {.fields = fields, .details = details};
    unsigned y = HEAD + ROW * picture->rows++ + ROW / 2;
    char time[VC_INSTANT_TEXT_MAX];
    size_t lane;
    enum vc_code code = VC_OK;

    vc_instant_format(entry->time, time);
    if (lane_of_run(picture, entry, fields, &lane))
        code = draw_run(picture, entry, lane, y, err);
    if (code == VC_OK) {
        code = vc_buffer_printf(picture->text, err,
                                "<text x=\"%u\" y=\"%u\">%" PRIu64 "  %s</text>\n"
                                "<circle cx=\"%u\" cy=\"%u\" r=\"4\"/>\n",
                                MARGIN, y + 4, entry->index, time,
                                picture->x[lane_of(picture, entry)], y);
    }
    if (code == VC_OK)
        code = vc_entry_line_what(picture->item->policy, entry, texts, &what, err);
    return code == VC_OK ? put_words(picture, picture->labels, y, vc_buffer_bytes(&what), err)
                         : code;
}

/* ---- the whole ---- */

static enum vc_code draw_head(struct picture *picture, struct vc_err *err)
{
    const struct vc_receipt_head *head = vc_receipt_head(picture->item->receipt);
    enum vc_platform_kind platform = vc_receipt_attested(picture->item->receipt)->platform;
    unsigned width = picture->labels + LETTER * (unsigned)picture->longest + MARGIN;
    unsigned height = HEAD + ROW * picture->rows + MARGIN;
    char container[2 * VC_JOURNAL_ID_SIZE + 1];

    vc_hex_encode(VC_BYTES(head->container), container);
    return vc_buffer_printf(
        picture->text, err,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u "
        "%u\">\n<style>svg{background:#fff}text{font:12px sans-serif;fill:#222;white-space:pre}.n"
        "{font-weight:bold}.l{stroke:#bbb}.a{stroke:#36c;stroke-width:2}rect{fill:#9bd}circle{fill:"
        "#36c}</style>\n<text class=\"n\" x=\"%u\" y=\"22\">container %s, %s</text>\n",
        width, height, width, height, MARGIN, container, vc_platform_label(platform));
}

enum vc_code vc_receipt_picture(const struct vc_receipt_item *item, struct vc_buffer *text,
                                struct vc_err *err)
{
    struct picture picture = {.item = item, .text = text};
    enum vc_code code = vc_receipt_each(item->receipt, measure, &picture, err);

    place(&picture);
    if (code == VC_OK)
        code = draw_head(&picture, err);
    for (size_t i = 0; code == VC_OK && i < LANES_MAX; i++) {
        if (picture.acts[i])
            code = draw_lane(&picture, i, err);
    }
    picture.rows = 0;
    if (code == VC_OK)
        code = vc_receipt_each(item->receipt, draw_entry, &picture, err);
    return code == VC_OK ? vc_buffer_append_text(text, "</svg>\n", err) : code;
}
