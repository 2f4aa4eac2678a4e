/* SPDX-License-Identifier: MIT */

/* A stage stands in the column after the last of those that it comes after, in the first row that
 * is free there. */

#include "policy/picture.h"

#include <string.h>

static constexpr unsigned MARGIN = 20;
static constexpr unsigned TITLE = 34; /* height of a pipeline's title */
static constexpr unsigned BOX_WIDTH = 180;
static constexpr unsigned COLUMN = 270; /* from one to the next */
static constexpr unsigned BOX_LINE = 16;
static constexpr unsigned BOX_HEAD = 42; /* name and program */
static constexpr unsigned GAP = 18;      /* below a box */
static constexpr size_t PATH_SHOWN = 20; /* bytes of a path's end */

/* Where a stage stands. */
struct box {
    unsigned column, x, y, height;
};

struct picture {
    struct box boxes[VC_POLICY_STAGES_MAX];
    unsigned heights[VC_POLICY_STAGES_MAX]; /* of columns, so far */
    unsigned columns, height;
};

static size_t file_conditions(const struct vc_policy_stage *stage)
{
    size_t count = 0;

    for (size_t i = 0; i < stage->condition_count; i++)
        count += stage->conditions[i].kind != VC_IF_EXIT;
    return count;
}

static void place_stage(struct picture *picture, const struct vc_policy_stage *stage, size_t index)
{
    struct box *box = &picture->boxes[index];

    for (size_t i = 0; i < stage->after_count; i++) {
        unsigned next = picture->boxes[stage->after[i]].column + 1;

        box->column = next > box->column ? next : box->column;
    }
    box->height = BOX_HEAD + BOX_LINE * (unsigned)file_conditions(stage);
    box->x = MARGIN + COLUMN * box->column;
    box->y = picture->heights[box->column];
    picture->heights[box->column] += box->height + GAP;
    if (picture->heights[box->column] > picture->height)
        picture->height = picture->heights[box->column];
    if (box->column + 1 > picture->columns)
        picture->columns = box->column + 1;
}

static void place(struct picture *picture, const struct vc_policy_pipeline *pipeline)
{
    *picture = (struct picture){};
    for (size_t i = 0; i < pipeline->stage_count; i++)
        place_stage(picture, &pipeline->stages[i], i);
}

/* ---- text ---- */

/* What could end a text of XML, or is no character of it, is written as what it is not. */
static enum vc_code put_text(struct vc_buffer *text, const char *words, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (; code == VC_OK && *words != '\0'; words++) {
        char one[] = {(unsigned char)*words < ' ' || *words == 0x7f ? '?' : *words, '\0'};
        const char *shown = one;

        if (*words == '&')
            shown = "&amp;";
        else if (*words == '<')
            shown = "&lt;";
        else if (*words == '>')
            shown = "&gt;";
        code = vc_buffer_append_text(text, shown, err);
    }
    return code;
}

/* The end of a long path, whole characters of it. */
static const char *end_of(const char *path)
{
    size_t size = strlen(path);

    if (size <= PATH_SHOWN)
        return path;
    path += size - PATH_SHOWN;
    while (((unsigned char)*path & 0xc0) == 0x80)
        path++;
    return path;
}

static enum vc_code put_line(struct vc_buffer *text, const struct box *box, unsigned y,
                             const char *style, struct vc_err *err)
{
    return vc_buffer_printf(text, err, "<text x=\"%u\" y=\"%u\"%s>", box->x + 10, box->y + y,
                            style);
}

static enum vc_code end_line(struct vc_buffer *text, const char *words, struct vc_err *err)
{
    enum vc_code code = put_text(text, words, err);

    return code == VC_OK ? vc_buffer_append_text(text, "</text>\n", err) : code;
}

static enum vc_code draw_condition(struct vc_buffer *text, const struct box *box, unsigned y,
                                   const struct vc_policy_condition *condition, struct vc_err *err)
{
    const char *shown = end_of(condition->path);
    enum vc_code code = put_line(text, box, y, " class=\"s\"", err);

    if (code == VC_OK) {
        code = vc_buffer_printf(text, err, "if %s%s", condition->kind == VC_IF_EXISTS ? "" : "no ",
                                shown != condition->path ? "…" : "");
    }
    return code == VC_OK ? end_line(text, shown, err) : code;
}

static enum vc_code draw_stage(struct vc_buffer *text, const struct vc_policy *policy,
                               const struct vc_policy_stage *stage, const struct box *box,
                               struct vc_err *err)
{
    unsigned y = BOX_HEAD + 8;
    enum vc_code code = vc_buffer_printf(
        text, err, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"6\"/>\n", box->x,
        box->y, BOX_WIDTH, box->height);

    if (code == VC_OK)
        code = put_line(text, box, 18, " class=\"n\"", err);
    if (code == VC_OK)
        code = end_line(text, stage->name, err);
    if (code == VC_OK)
        code = put_line(text, box, 34, " class=\"s\"", err);
    if (code == VC_OK)
        code = end_line(text, policy->programs[stage->program].name, err);
    for (size_t i = 0; code == VC_OK && i < stage->condition_count; i++) {
        if (stage->conditions[i].kind == VC_IF_EXIT)
            continue;
        code = draw_condition(text, box, y, &stage->conditions[i], err);
        y += BOX_LINE;
    }
    return code;
}

/* ---- what comes after what ---- */

static const struct vc_policy_condition *asks_about(const struct vc_policy_stage *stage,
                                                    size_t earlier)
{
    for (size_t i = 0; i < stage->condition_count; i++) {
        if (stage->conditions[i].kind == VC_IF_EXIT && stage->conditions[i].stage == earlier)
            return &stage->conditions[i];
    }
    return nullptr;
}

/* Beside the arrow's head: "1, 2". */
static enum vc_code draw_exits(struct vc_buffer *text, const struct box *to,
                               const struct vc_policy_condition *asked, struct vc_err *err)
{
    enum vc_code code = vc_buffer_printf(text, err, "<text x=\"%u\" y=\"%u\" class=\"s e\">exit ",
                                         to->x - 12, to->y + 10);

    for (size_t i = 0; code == VC_OK && i < asked->exit_count; i++)
        code = vc_buffer_printf(text, err, "%s%u", i > 0 ? ", " : "", asked->exits[i]);
    return code == VC_OK ? vc_buffer_append_text(text, "</text>\n", err) : code;
}

static enum vc_code draw_arrow(struct vc_buffer *text, const struct box *from, const struct box *to,
                               const struct vc_policy_condition *asked, struct vc_err *err)
{
    unsigned x1 = from->x + BOX_WIDTH;
    unsigned y1 = from->y + BOX_HEAD / 2;
    unsigned x2 = to->x - 2;
    unsigned y2 = to->y + BOX_HEAD / 2;
    unsigned bend = (x1 + x2) / 2;
    enum vc_code code = vc_buffer_printf(
        text, err, "<path d=\"M%u %uC%u %u %u %u %u %u\"%s marker-end=\"url(#a)\"/>\n", x1, y1,
        bend, y1, bend, y2, x2, y2, asked != nullptr ? " stroke-dasharray=\"5 4\"" : "");

    return code == VC_OK && asked != nullptr ? draw_exits(text, to, asked, err) : code;
}

static enum vc_code draw_arrows(struct vc_buffer *text, const struct vc_policy_pipeline *pipeline,
                                const struct picture *picture, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < pipeline->stage_count; i++) {
        const struct vc_policy_stage *stage = &pipeline->stages[i];

        for (size_t j = 0; code == VC_OK && j < stage->after_count; j++) {
            code = draw_arrow(text, &picture->boxes[stage->after[j]], &picture->boxes[i],
                              asks_about(stage, stage->after[j]), err);
        }
    }
    return code;
}

/* ---- the whole ---- */

static enum vc_code draw_title(struct vc_buffer *text, const struct vc_policy *policy,
                               const struct vc_policy_pipeline *pipeline, struct vc_err *err)
{
    enum vc_code code =
        vc_buffer_printf(text, err, "<text x=\"%u\" y=\"-14\" class=\"n\">", MARGIN);

    if (code == VC_OK)
        code = put_text(text, pipeline->name, err);
    for (size_t i = 0; code == VC_OK && i < pipeline->principal_count; i++) {
        code = vc_buffer_append_text(text, i > 0 ? ", " : ": started by ", err);
        if (code == VC_OK)
            code = put_text(text, policy->principals[pipeline->principals[i]].name, err);
    }
    return code == VC_OK ? vc_buffer_append_text(text, "</text>\n", err) : code;
}

static enum vc_code draw_pipeline(struct vc_buffer *text, const struct vc_policy *policy,
                                  const struct vc_policy_pipeline *pipeline, unsigned top,
                                  struct vc_err *err)
{
    struct picture picture;
    enum vc_code code =
        vc_buffer_printf(text, err, "<g transform=\"translate(0 %u)\">\n", top + TITLE);

    place(&picture, pipeline);
    if (code == VC_OK)
        code = draw_title(text, policy, pipeline, err);
    if (code == VC_OK)
        code = draw_arrows(text, pipeline, &picture, err);
    for (size_t i = 0; code == VC_OK && i < pipeline->stage_count; i++)
        code = draw_stage(text, policy, &pipeline->stages[i], &picture.boxes[i], err);
    return code == VC_OK ? vc_buffer_append_text(text, "</g>\n", err) : code;
}

static void measure(const struct vc_policy *policy, unsigned *width, unsigned *height)
{
    *width = COLUMN + 2 * MARGIN;
    *height = policy->pipeline_count > 0 ? MARGIN : 2 * MARGIN + TITLE;
    for (size_t i = 0; i < policy->pipeline_count; i++) {
        struct picture picture;

        place(&picture, &policy->pipelines[i]);
        *height += TITLE + picture.height;
        if (picture.columns * COLUMN + 2 * MARGIN > *width)
            *width = picture.columns * COLUMN + 2 * MARGIN;
    }
}

static enum vc_code draw_head(const struct vc_policy *policy, struct vc_buffer *text,
                              struct vc_err *err)
{
    unsigned width;
    unsigned height;
    enum vc_code code;

    measure(policy, &width, &height);
    code = vc_buffer_printf(text, err,
                            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
                            "viewBox=\"0 0 %u %u\" font-family=\"sans-serif\" font-size=\"13\">\n"
                            "<title>pipelines of the policy ",
                            width, height, width, height);
    if (code == VC_OK)
        code = put_text(text, policy->name, err);
    if (code != VC_OK)
        return code;
    return vc_buffer_append_text(
        text,
        "</title>\n<style>rect{fill:#eef3f8;stroke:#345}path{fill:none;stroke:#345}"
        ".n{font-weight:bold}.s{font-size:11px}.e{text-anchor:end}</style>\n"
        "<marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" "
        "markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" style=\"fill:#345\"/>"
        "</marker>\n<rect width=\"100%\" height=\"100%\" style=\"fill:#fff;stroke:none\"/>\n",
        err);
}

enum vc_code vc_policy_picture(const struct vc_policy *policy, struct vc_buffer *text,
                               struct vc_err *err)
{
    unsigned top = MARGIN / 2;
    enum vc_code code = draw_head(policy, text, err);

    if (code == VC_OK && policy->pipeline_count == 0) {
        code = vc_buffer_append_text(
            text, "<text x=\"20\" y=\"40\">The policy has no pipelines.</text>\n", err);
    }
    for (size_t i = 0; code == VC_OK && i < policy->pipeline_count; i++) {
        struct picture picture;

        place(&picture, &policy->pipelines[i]);
        code = draw_pipeline(text, policy, &policy->pipelines[i], top, err);
        top += TITLE + picture.height;
    }
    return code == VC_OK ? vc_buffer_append_text(text, "</svg>\n", err) : code;
}
