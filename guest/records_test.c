/* SPDX-License-Identifier: MIT */

/* Records, however the bytes come: cut at every byte, too long, cut off, lost in the middle. */

#include "veracruz.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

constexpr size_t TEXT_MAX = 256;
constexpr size_t LIMIT = 8; /* content of a record in the tables */

#define BYTES(text) (text), sizeof(text) - 1

struct row {
    const char *name;
    enum vz_framing framing;
    const char *bytes;
    size_t size;
    const char *records; /* each with "|" behind it */
    enum vz_result end;
    int error;
};

static const struct row rows[] = {
    {"nothing, in lines", VZ_LINES, BYTES(""), "", VZ_END, 0},
    {"lines", VZ_LINES, BYTES("a\nbc\ndef\n"), "a|bc|def|", VZ_END, 0},
    {"empty lines", VZ_LINES, BYTES("\n\na\n\n"), "||a||", VZ_END, 0},
    {"longest line", VZ_LINES, BYTES("12345678\na\n"), "12345678|a|", VZ_END, 0},
    {"line too long", VZ_LINES, BYTES("a\n123456789\nb\n"), "a|", VZ_ERROR, EMSGSIZE},
    {"line too long, and no end of it", VZ_LINES, BYTES("a\n123456789"), "a|", VZ_ERROR, EMSGSIZE},
    {"line cut off", VZ_LINES, BYTES("a\nbc"), "a|", VZ_ERROR, EBADMSG},
    {"nothing but the beginning of a line", VZ_LINES, BYTES("b"), "", VZ_ERROR, EBADMSG},
    {"carriage returns stay", VZ_LINES, BYTES("a\r\n"), "a\r|", VZ_END, 0},
    {"nothing, with lengths", VZ_LENGTH, BYTES(""), "", VZ_END, 0},
    {"lengths", VZ_LENGTH, BYTES("\0\0\0\1a\0\0\0\3d\ne"), "a|d\ne|", VZ_END, 0},
    {"empty records", VZ_LENGTH, BYTES("\0\0\0\0\0\0\0\0\0\0\0\1a"), "||a|", VZ_END, 0},
    {"longest record", VZ_LENGTH, BYTES("\0\0\0\010abcdefgh\0\0\0\1x"), "abcdefgh|x|", VZ_END, 0},
    {"record too long", VZ_LENGTH, BYTES("\0\0\0\1a\0\0\0\11"), "a|", VZ_ERROR, EMSGSIZE},
    {"as long as can be said", VZ_LENGTH, BYTES("\377\377\377\377a"), "", VZ_ERROR, EMSGSIZE},
    {"one byte of a prefix", VZ_LENGTH, BYTES("\0\0\0\1a\0"), "a|", VZ_ERROR, EBADMSG},
    {"three bytes of a prefix", VZ_LENGTH, BYTES("\0\0\0"), "", VZ_ERROR, EBADMSG},
    {"a prefix alone", VZ_LENGTH, BYTES("\0\0\0\2"), "", VZ_ERROR, EBADMSG},
    {"record cut off", VZ_LENGTH, BYTES("\0\0\0\2a"), "", VZ_ERROR, EBADMSG},
    {"nothing, in bytes", VZ_BYTES, BYTES(""), "", VZ_END, 0},
};
constexpr size_t ROW_COUNT = sizeof rows / sizeof rows[0];

/* What a reader gave. */
struct heard {
    char text[TEXT_MAX];
    size_t size;
};

static void hear(struct heard *heard, const struct vz_record *record)
{
    assert_true(heard->size + record->size + 1 < TEXT_MAX);
    memcpy(heard->text + heard->size, record->data, record->size);
    heard->size += record->size;
    heard->text[heard->size++] = '|';
    heard->text[heard->size] = '\0';
}

static enum vz_result drain(struct vz_reader *reader, struct heard *heard)
{
    struct vz_record record;
    enum vz_result result = vz_next(reader, &record);

    for (; result == VZ_RECORD; result = vz_next(reader, &record))
        hear(heard, &record);
    return result;
}

static void make_pipe(int ends[2])
{
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
}

static void put(int descriptor, const char *bytes, size_t size)
{
    assert_int_equal(write(descriptor, bytes, size), size);
}

static void expect_end(struct vz_reader *reader, struct heard *heard, const struct row *row)
{
    for (unsigned i = 0; i < 3; i++) { /* it stays */
        errno = 0;
        assert_int_equal(drain(reader, heard), row->end);
        assert_int_equal(errno, row->error);
    }
    assert_string_equal(heard->text, row->records);
}

/* Bytes come in two pieces; what is whole of the first is there before the second comes. */
static void read_cut(const struct row *row, size_t cut)
{
    struct vz_reader reader;
    struct heard heard = {};
    int ends[2];

    make_pipe(ends);
    assert_int_equal(vz_reader_open(&reader, ends[0], row->framing, LIMIT), 0);
    if (cut > 0)
        put(ends[1], row->bytes, cut);
    enum vz_result result = drain(&reader, &heard);

    if (result == VZ_ERROR)
        assert_true(row->end == VZ_ERROR && errno == row->error && errno == EMSGSIZE);
    else
        assert_int_equal(result, VZ_WAIT);
    if (cut < row->size)
        put(ends[1], row->bytes + cut, row->size - cut);
    close(ends[1]);
    expect_end(&reader, &heard, row);
    vz_reader_close(&reader);
    close(ends[0]);
}

static void cut_at_every_byte(void **)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        print_message("# %s\n", rows[i].name);
        for (size_t cut = 0; cut <= rows[i].size; cut++)
            read_cut(&rows[i], cut);
    }
}

static void byte_by_byte(void **)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct vz_reader reader;
        struct heard heard = {};
        int ends[2];

        make_pipe(ends);
        assert_int_equal(vz_reader_open(&reader, ends[0], rows[i].framing, LIMIT), 0);
        for (size_t at = 0; at < rows[i].size; at++) {
            put(ends[1], rows[i].bytes + at, 1);
            (void)drain(&reader, &heard);
        }
        close(ends[1]);
        expect_end(&reader, &heard, &rows[i]);
        vz_reader_close(&reader);
        close(ends[0]);
    }
}

/* The other side goes without an end, after `cut` bytes: a socket that is closed with something
 * unread says ECONNRESET, as a lost stream does. */
static void lose_after(const struct row *row, size_t cut)
{
    struct vz_reader reader;
    struct heard heard = {};
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    put(ends[0], "x", 1);
    if (cut > 0)
        put(ends[1], row->bytes, cut);
    close(ends[1]);
    assert_int_equal(vz_reader_open(&reader, ends[0], row->framing, LIMIT), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(drain(&reader, &heard), VZ_ERROR);
        assert_true(errno == ECONNRESET || (errno == EMSGSIZE && row->error == EMSGSIZE));
    }
    assert_memory_equal(heard.text, row->records, heard.size);
    vz_reader_close(&reader);
    close(ends[0]);
}

static void lost_after_every_byte(void **)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        for (size_t cut = 0; cut <= rows[i].size; cut++)
            lose_after(&rows[i], cut);
}

static void bytes_come_as_they_are(void **)
{
    struct vz_reader reader;
    struct heard heard = {};
    int ends[2];

    make_pipe(ends);
    assert_int_equal(vz_reader_open(&reader, ends[0], VZ_BYTES, LIMIT), 0);
    put(ends[1], "abc\n", 4);
    assert_int_equal(drain(&reader, &heard), VZ_WAIT);
    put(ends[1], "0123456789", 10);
    close(ends[1]);
    assert_int_equal(drain(&reader, &heard), VZ_END);
    assert_string_equal(heard.text, "abc\n|01234567|89|");
    assert_int_equal(reader.count, 3);
    assert_int_equal(reader.position, 14);
    vz_reader_close(&reader);
    close(ends[0]);
}

/* A file of records of all sizes up to `largest`, with a content that tells their place. */
static int make_file(enum vz_framing framing, size_t largest, size_t step, size_t *count)
{
    struct vz_writer writer;
    char *content = malloc(largest + 1);
    FILE *file = tmpfile();

    assert_true(content != nullptr && file != nullptr);
    assert_int_equal(vz_writer_open(&writer, fileno(file), framing, largest), 0);
    *count = 0;
    for (size_t size = 0; size <= largest; size += step, (*count)++) {
        memset(content, 'a' + (int)(size % 23), size);
        assert_int_equal(vz_emit(&writer, content, size), 0);
    }
    assert_int_equal(writer.count, *count);
    assert_int_equal(vz_writer_close(&writer), 0);
    free(content);
    int copy = dup(fileno(file));

    assert_true(copy >= 0 && lseek(copy, 0, SEEK_SET) == 0);
    fclose(file);
    return copy;
}

static void round_trip(enum vz_framing framing, size_t largest, size_t step)
{
    struct vz_reader reader;
    struct vz_record record;
    size_t count = 0, size = 0;
    int file = make_file(framing, largest, step, &count);

    assert_int_equal(vz_reader_open(&reader, file, framing, largest), 0);
    for (; vz_next(&reader, &record) == VZ_RECORD; size += step) {
        assert_int_equal(record.size, size);
        for (size_t i = 0; i < size; i++)
            if (record.data[i] != 'a' + (char)(size % 23))
                fail_msg("record of %zu bytes: byte %zu is another", size, i);
    }
    assert_int_equal(vz_next(&reader, &record), VZ_END);
    assert_int_equal(reader.count, count);
    vz_reader_close(&reader);
    close(file);
}

static void what_is_emitted_is_read(void **)
{
    round_trip(VZ_LINES, 3000, 1);
    round_trip(VZ_LENGTH, 3000, 1);
    round_trip(VZ_LINES, VZ_RECORD_BYTES_MAX, 32769);
    round_trip(VZ_LENGTH, VZ_RECORD_BYTES_MAX, 32767);
}

static void what_writers_refuse(void **)
{
    static char content[LIMIT + 1] = "12345678";
    struct vz_record pieces[VZ_PIECES_MAX + 1] = {{"1234", 4}, {"5678", 4}, {"9", 1}};
    struct vz_writer writer;
    char text[TEXT_MAX] = {};
    int ends[2];

    make_pipe(ends);
    assert_int_equal(vz_writer_open(&writer, ends[1], VZ_LINES, LIMIT), 0);
    assert_true(vz_emit(&writer, content, LIMIT + 1) < 0 && errno == EMSGSIZE);
    assert_true(vz_emit(&writer, "a\nb", 3) < 0 && errno == EINVAL);
    assert_true(vz_emit_pieces(&writer, pieces, 3) < 0 && errno == EMSGSIZE);
    assert_true(vz_emit_pieces(&writer, pieces, 0) < 0 && errno == EINVAL);
    assert_true(vz_emit_pieces(&writer, pieces, VZ_PIECES_MAX + 1) < 0 && errno == EINVAL);
    assert_int_equal(vz_emit_pieces(&writer, pieces, 2), 0); /* it goes on */
    assert_int_equal(read(ends[0], text, sizeof text), -1);  /* and keeps it */
    assert_int_equal(vz_flush(&writer), 0);
    assert_int_equal(read(ends[0], text, sizeof text), 9);
    assert_string_equal(text, "12345678\n");
    assert_true(writer.count == 1 && writer.position == 9);
    close(ends[0]);
    assert_int_equal(vz_emit(&writer, "a", 1), 0);
    for (unsigned i = 0; i < 2; i++)
        assert_true(vz_flush(&writer) < 0 && errno == EPIPE);
    assert_true(vz_emit(&writer, "a", 1) < 0 && errno == EPIPE);
    assert_true(vz_writer_close(&writer) < 0 && errno == EPIPE);
    close(ends[1]);
}

/* Reading 1 byte of a full pipe at a time makes the writer write in pieces of any size. */
static void a_slow_consumer_gets_every_byte(void **)
{
    constexpr size_t size = 300'000;
    struct vz_writer writer;
    int ends[2];
    char *content = malloc(size);

    assert_true(content != nullptr && pipe2(ends, O_CLOEXEC) == 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 0);
    assert_true(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    for (size_t i = 0; i < size; i++)
        content[i] = (char)(i * 31 % 251);
    pid_t child = fork();

    if (child == 0) {
        close(ends[0]);
        bool good = vz_writer_open(&writer, ends[1], VZ_LENGTH, size) == 0 &&
                    vz_emit(&writer, content, 10) == 0 && vz_emit(&writer, content, size) == 0 &&
                    vz_emit(&writer, content, 20) == 0 && vz_writer_close(&writer) == 0;
        _exit(good ? 0 : 1);
    }
    close(ends[1]);
    static const size_t sizes[] = {10, size, 20};
    struct vz_reader reader;
    struct vz_record record;

    assert_int_equal(vz_reader_open(&reader, ends[0], VZ_LENGTH, size), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(vz_next(&reader, &record), VZ_RECORD);
        assert_int_equal(record.size, sizes[i]);
        assert_memory_equal(record.data, content, sizes[i]);
    }
    assert_int_equal(vz_next(&reader, &record), VZ_END);
    vz_reader_close(&reader);
    close(ends[0]);
    free(content);
}

static void a_tied_writer_is_flushed_before_waiting(void **)
{
    struct vz_reader reader;
    struct vz_writer writer;
    struct vz_record record;
    int in[2], out[2];
    char text[TEXT_MAX] = {};

    make_pipe(in);
    make_pipe(out);
    assert_int_equal(vz_reader_open(&reader, in[0], VZ_LINES, 0), 0);
    assert_int_equal(vz_writer_open(&writer, out[1], VZ_LINES, 0), 0);
    vz_reader_tie(&reader, &writer);
    put(in[1], "a\nb\n", 4);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(vz_next(&reader, &record), VZ_RECORD);
        assert_int_equal(vz_emit(&writer, record.data, record.size), 0);
        assert_int_equal(read(out[0], text, sizeof text), -1); /* more input was there */
    }
    assert_int_equal(vz_next(&reader, &record), VZ_WAIT);
    assert_int_equal(read(out[0], text, sizeof text), 4);
    assert_string_equal(text, "a\nb\n");
    assert_int_equal(vz_emit(&writer, "c", 1), 0);
    close(out[0]);
    assert_true(vz_next(&reader, &record) == VZ_ERROR && errno == EPIPE);
    vz_reader_close(&reader);
    assert_int_equal(vz_writer_close(&writer), -1);
    close(in[0]);
    close(in[1]);
    close(out[1]);
}

static void what_cannot_be_opened(void **)
{
    struct vz_reader reader = {};
    struct vz_writer writer = {};
    struct vz_record record;

    assert_true(vz_reader_open(&reader, 0, (enum vz_framing)7, 0) < 0 && errno == EINVAL);
    assert_true(vz_writer_open(&writer, 1, VZ_LINES, VZ_RECORD_BYTES_MAX + 1) < 0);
    assert_int_equal(errno, EINVAL);
    vz_reader_close(&reader);
    assert_int_equal(vz_writer_close(&writer), 0);
    assert_true(vz_next(&reader, &record) == VZ_ERROR && errno == EBADF);
    assert_true(vz_emit(&writer, "a", 1) < 0 && errno == EBADF);
    assert_int_equal(vz_progress(100), 0);
    assert_true(vz_progress(101) < 0 && errno == EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(lost_after_every_byte),
        cmocka_unit_test(bytes_come_as_they_are),
        cmocka_unit_test(what_is_emitted_is_read),
        cmocka_unit_test(what_writers_refuse),
        cmocka_unit_test(a_slow_consumer_gets_every_byte),
        cmocka_unit_test(a_tied_writer_is_flushed_before_waiting),
        cmocka_unit_test(what_cannot_be_opened),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
