/* SPDX-License-Identifier: MIT */

/* The verb `evidence show`: every field of evidence with its meaning; nothing is verified. */

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/arena.h"
#include "cli/evidence.h"
#include "cli/verbs.h"
#include "codec/json.h"

static constexpr size_t ROWS_MAX = 1 << 17;
static constexpr size_t NAME_COLUMNS_MAX = 32;
static constexpr size_t VALUE_COLUMNS_MAX = 24; /* beyond this a value does not move the others */
static constexpr size_t INDENT = 2;
static constexpr size_t GAP = 2;
static constexpr size_t HEX_STEP = 16; /* wrapped hex breaks at multiples of this many digits */

struct rows {
    struct vc_arena arena;
    struct vc_field *list;
    size_t count, room;
};

static void rows_done(struct rows *rows)
{
    vc_arena_done(&rows->arena);
    free(rows->list);
}

static const char *keep(struct rows *rows, const char *text)
{
    return vc_arena_text(&rows->arena, text, strlen(text));
}

static enum vc_code put_row(void *user, const struct vc_field *field, struct vc_err *err)
{
    struct rows *rows = user;
    struct vc_field kept;

    if (rows->count == ROWS_MAX)
        return vc_fail(err, VC_LIMIT, "more than %zu fields", ROWS_MAX);
    if (rows->count == rows->room) {
        size_t room = rows->room == 0 ? 64 : 2 * rows->room;
        struct vc_field *list = realloc(rows->list, room * sizeof(*list));

        if (list == nullptr)
            return vc_fail_memory(err);
        rows->list = list;
        rows->room = room;
    }
    kept = (struct vc_field){keep(rows, field->section), keep(rows, field->name),
                             keep(rows, field->value), keep(rows, field->meaning)};
    if (kept.section == nullptr || kept.name == nullptr || kept.value == nullptr ||
        kept.meaning == nullptr)
        return vc_fail_memory(err);
    rows->list[rows->count++] = kept;
    return VC_OK;
}

/* ------------------------------------------------------------------------------------- table */

struct table {
    size_t name, value; /* columns of each */
    size_t line;        /* columns of the terminal; 0: it is none */
    struct vc_buffer *text;
    enum vc_code code;
};

static size_t greatest(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Columns that hold all but the longest. */
static void measure_columns(const struct rows *rows, struct table *table)
{
    for (size_t i = 0; i < rows->count; i++) {
        size_t name = strlen(rows->list[i].name);
        size_t value = strlen(rows->list[i].value);

        if (name <= NAME_COLUMNS_MAX)
            table->name = greatest(table->name, name);
        if (value <= VALUE_COLUMNS_MAX)
            table->value = greatest(table->value, value);
    }
}

static void add(struct table *table, const char *text, size_t size)
{
    if (table->code == VC_OK) {
        table->code =
            vc_buffer_append(table->text, (struct vc_bytes){(const uint8_t *)text, size}, nullptr);
    }
}

static void add_spaces(struct table *table, size_t count)
{
    while (count-- > 0)
        add(table, " ", 1);
}

/* How much of the text goes into a line of so many columns: hex by whole groups, words by words. */
static size_t piece_of(const char *text, size_t columns)
{
    size_t length = strlen(text);
    bool hex = strspn(text, "0123456789abcdef") == length;
    size_t cut = columns;

    if (length <= columns)
        return length;
    if (hex)
        return columns >= HEX_STEP ? columns - columns % HEX_STEP : columns;
    while (cut > 0 && text[cut] != ' ')
        cut--;
    return cut > 0 ? cut : columns;
}

/* Writes the text from this column on, and goes on below it where the line ends. */
static void add_wrapped(struct table *table, const char *text, size_t column)
{
    size_t columns = table->line > column + HEX_STEP ? table->line - column : HEX_STEP;

    while (text[0] != '\0') {
        size_t size = piece_of(text, columns);

        add(table, text, size);
        text += size;
        text += strspn(text, " ");
        if (text[0] != '\0') {
            add(table, "\n", 1);
            add_spaces(table, column);
        }
    }
}

static void add_row(struct table *table, const struct vc_field *row)
{
    size_t name = strlen(row->name);
    size_t value = strlen(row->value);
    size_t start = INDENT + greatest(name, table->name) + GAP;
    size_t column = INDENT + table->name + GAP;
    size_t whole = start + greatest(value, table->value) + GAP + strlen(row->meaning);

    add_spaces(table, INDENT);
    add(table, row->name, name);
    add_spaces(table, start - INDENT - name);
    if (table->line == 0 || whole <= table->line) {
        add(table, row->value, value);
        add_spaces(table, greatest(value, table->value) - value + GAP);
        add(table, row->meaning, strlen(row->meaning));
    } else if (value <= table->value) {
        add(table, row->value, value);
        add_spaces(table, table->value - value + GAP);
        add_wrapped(table, row->meaning, start + table->value + GAP);
    } else {
        add_wrapped(table, row->value, start);
        add(table, "\n", 1);
        add_spaces(table, column);
        add_wrapped(table, row->meaning, column);
    }
    add(table, "\n", 1);
}

static enum vc_code write_table(const struct rows *rows, size_t columns, struct vc_buffer *text)
{
    struct table table = {.line = columns, .text = text};
    const char *section = "";

    measure_columns(rows, &table);
    for (size_t i = 0; i < rows->count; i++) {
        const struct vc_field *row = &rows->list[i];

        if (i == 0 || strcmp(section, row->section) != 0) {
            section = row->section;
            add(&table, "\n", i > 0);
            add(&table, section, strlen(section));
            add(&table, "\n", 1);
        }
        add_row(&table, row);
    }
    return table.code;
}

static enum vc_code write_json(const struct rows *rows, struct vc_buffer *text, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(text);

    vc_json_open_array(&writer, nullptr);
    for (size_t i = 0; i < rows->count; i++) {
        vc_json_open_object(&writer, nullptr);
        vc_json_put_string(&writer, "section", rows->list[i].section);
        vc_json_put_string(&writer, "name", rows->list[i].name);
        vc_json_put_string(&writer, "value", rows->list[i].value);
        vc_json_put_string(&writer, "meaning", rows->list[i].meaning);
        vc_json_close_object(&writer);
    }
    vc_json_close_array(&writer);
    return vc_json_write_end(&writer, err);
}

/* Columns of the terminal that standard output is; 0: it is none. */
static size_t terminal_columns(FILE *out)
{
    struct winsize size = {};
    int fd = fileno(out);

    if (fd < 0 || !isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

/* ----------------------------------------------------------------------------------- command */

static int print_rows(struct vc_command *command, const struct vc_evidence *evidence,
                      const struct rows *rows)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};
    enum vc_code code;

    if (command->json)
        return vc_command_print_json(command, write_json(rows, &text, &err), &text, &err);
    code = vc_buffer_printf(&text, &err, "%s, not verified\n\n",
                            vc_platform_label(evidence->platform));
    if (code == VC_OK)
        code = write_table(rows, terminal_columns(command->out), &text);
    return code == VC_OK ? vc_command_print(command, vc_buffer_bytes(&text))
                         : vc_command_fail_in(command, &err);
}

static int run_show(struct vc_command *command)
{
    vc_cleanup(vc_evidence_file_done) struct vc_evidence_file file = {};
    vc_cleanup(rows_done) struct rows rows = {};
    const struct vc_field_sink sink = {put_row, &rows};
    struct vc_err err = {};
    enum vc_code code = vc_evidence_file_load(&command->arguments, &file, &err);
    int exit_code;

    if (code != VC_OK)
        return vc_command_fail_input(command, &err);
    code = vc_evidence_show(&file.evidence, &sink, &err);
    if (code == VC_OK)
        return print_rows(command, &file.evidence, &rows);
    if (!command->json && rows.count > 0) { /* what came before the fault helps to find it */
        exit_code = print_rows(command, &file.evidence, &rows);
        if (exit_code != VCC_OK)
            return exit_code;
    }
    return vc_command_fail_input(command, &err);
}

static const struct vc_option show_options[] = {
    {.name = "platform",
     .value = "NAME",
     .help = "process, nitro, snp, tdx, sgx, psa or tpm; guessed if not given"},
    {.name = "event-log", .value = "FILE", .help = "the boot's events, shown too (tdx, tpm)"},
    {},
};

const struct vc_verb vc_verb_evidence_show = {
    .name = "evidence show",
    .operands = "FILE",
    .operand_count = {1, 1},
    .options = show_options,
    .summary = "every field of evidence with its meaning; verifies nothing",
    .examples = "  veracruz evidence show report.bin\n"
                "  veracruz evidence show quote.hex --platform tdx --event-log ccel.bin\n"
                "  curl -s https://host/report | veracruz evidence show - --json\n",
    .run = run_show,
};
