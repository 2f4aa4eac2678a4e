/* SPDX-License-Identifier: MIT */

#include "hostabi/trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hostabi/guest.h"
#include "psa/call.h"

static constexpr size_t STRING_MAX = 64; /* bytes of the program's that one text shows */

/* What an argument is, and how it reads. Letters of the table below:
 *
 *   d  descriptor              u  number                 i  signed number, 64 bits
 *   x  rights                  s  text: pointer, size    v  iovecs to fill: pointer, count
 *   V  iovecs to be written: pointer, count              b  room: pointer, size
 *   p  pointer, of which the result says more            and those that name flags or numbers
 */
struct shape {
    const char *call;
    const char *arguments;
    uint8_t result; /* what lies where the last argument points, on success: 4 or 8 bytes; or 0 */
};

static const struct shape SHAPES[] = {
    {"args_get", "pp", 0},
    {"args_sizes_get", "pp", 0},
    {"clock_res_get", "cp", 8},
    {"clock_time_get", "cup", 8},
    {"environ_get", "pp", 0},
    {"environ_sizes_get", "pp", 0},
    {"fd_advise", "duua", 0},
    {"fd_allocate", "duu", 0},
    {"fd_close", "d", 0},
    {"fd_datasync", "d", 0},
    {"fd_fdstat_get", "dp", 0},
    {"fd_fdstat_set_flags", "df", 0},
    {"fd_fdstat_set_rights", "dxx", 0},
    {"fd_filestat_get", "dp", 0},
    {"fd_filestat_set_size", "du", 0},
    {"fd_filestat_set_times", "duut", 0},
    {"fd_pread", "dvup", 4},
    {"fd_prestat_dir_name", "db", 0},
    {"fd_prestat_get", "dp", 0},
    {"fd_pwrite", "dVup", 4},
    {"fd_read", "dvp", 4},
    {"fd_readdir", "dbup", 4},
    {"fd_renumber", "dd", 0},
    {"fd_seek", "diwp", 8},
    {"fd_sync", "d", 0},
    {"fd_tell", "dp", 8},
    {"fd_write", "dVp", 4},
    {"path_create_directory", "ds", 0},
    {"path_filestat_get", "dlsp", 0},
    {"path_filestat_set_times", "dlsuut", 0},
    {"path_link", "dlsds", 0},
    {"path_open", "dlsoxxfp", 4},
    {"path_readlink", "dsbp", 4},
    {"path_remove_directory", "ds", 0},
    {"path_rename", "dsds", 0},
    {"path_symlink", "sds", 0},
    {"path_unlink_file", "ds", 0},
    {"poll_oneoff", "ppup", 4},
    {"proc_exit", "u", 0},
    {"proc_raise", "g", 0},
    {"random_get", "b", 0},
    {"sched_yield", "", 0},
    {"sock_accept", "dfp", 4},
    {"sock_recv", "dvupp", 0},
    {"sock_send", "dVup", 4},
    {"sock_shutdown", "du", 0},
    {"progress", "u", 0},
    {"query", "sbp", 4},
    {"narrow", "srbp", 4},
};

static const char *const ERRNO_NAMES[] = {
    "SUCCESS",     "2BIG",           "ACCES",       "ADDRINUSE",   "ADDRNOTAVAIL",
    "AFNOSUPPORT", "AGAIN",          "ALREADY",     "BADF",        "BADMSG",
    "BUSY",        "CANCELED",       "CHILD",       "CONNABORTED", "CONNREFUSED",
    "CONNRESET",   "DEADLK",         "DESTADDRREQ", "DOM",         "DQUOT",
    "EXIST",       "FAULT",          "FBIG",        "HOSTUNREACH", "IDRM",
    "ILSEQ",       "INPROGRESS",     "INTR",        "INVAL",       "IO",
    "ISCONN",      "ISDIR",          "LOOP",        "MFILE",       "MLINK",
    "MSGSIZE",     "MULTIHOP",       "NAMETOOLONG", "NETDOWN",     "NETRESET",
    "NETUNREACH",  "NFILE",          "NOBUFS",      "NODEV",       "NOENT",
    "NOEXEC",      "NOLCK",          "NOLINK",      "NOMEM",       "NOMSG",
    "NOPROTOOPT",  "NOSPC",          "NOSYS",       "NOTCONN",     "NOTDIR",
    "NOTEMPTY",    "NOTRECOVERABLE", "NOTSOCK",     "NOTSUP",      "NOTTY",
    "NXIO",        "OVERFLOW",       "OWNERDEAD",   "PERM",        "PIPE",
    "PROTO",       "PROTONOSUPPORT", "PROTOTYPE",   "RANGE",       "ROFS",
    "SPIPE",       "SRCH",           "STALE",       "TIMEDOUT",    "TXTBSY",
    "XDEV",        "NOTCAPABLE",
};
static_assert(VC_COUNT(ERRNO_NAMES) == VC_WASI_ERRNO_COUNT);

/* psa_status_t, from -132 downwards. */
static constexpr int32_t STATUS_FIRST = -132;
static const char *const STATUS_NAMES[] = {
    "GENERIC_ERROR",       "NOT_PERMITTED",         "NOT_SUPPORTED",
    "INVALID_ARGUMENT",    "INVALID_HANDLE",        "BAD_STATE",
    "BUFFER_TOO_SMALL",    "ALREADY_EXISTS",        "DOES_NOT_EXIST",
    "INSUFFICIENT_MEMORY", "INSUFFICIENT_STORAGE",  "INSUFFICIENT_DATA",
    "SERVICE_FAILURE",     "COMMUNICATION_FAILURE", "STORAGE_FAILURE",
    "HARDWARE_FAILURE",    "INSUFFICIENT_ENTROPY",  "INVALID_SIGNATURE",
    "INVALID_PADDING",     "CORRUPTION_DETECTED",   "DATA_CORRUPT",
    "DATA_INVALID",
};

static const char *const SIGNAL_NAMES[] = {
    "NONE", "HUP",  "INT",  "QUIT",   "ILL",  "TRAP",  "ABRT", "BUS",  "FPE",  "KILL", "USR1",
    "SEGV", "USR2", "PIPE", "ALRM",   "TERM", "CHLD",  "CONT", "STOP", "TSTP", "TTIN", "TTOU",
    "URG",  "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "POLL", "PWR",  "SYS",
};
static const char *const CLOCK_NAMES[] = {"REALTIME", "MONOTONIC", "PROCESS_CPUTIME",
                                          "THREAD_CPUTIME"};
static const char *const WHENCE_NAMES[] = {"SET", "CUR", "END"};
static const char *const ADVICE_NAMES[] = {"NORMAL",   "SEQUENTIAL", "RANDOM",
                                           "WILLNEED", "DONTNEED",   "NOREUSE"};
static const char *const LOOKUP_NAMES[] = {"FOLLOW"};
static const char *const OPEN_NAMES[] = {"CREAT", "DIRECTORY", "EXCL", "TRUNC"};
static const char *const FLAG_NAMES[] = {"APPEND", "DSYNC", "NONBLOCK", "RSYNC", "SYNC"};
static const char *const LIFE_NAMES[] = {"RUN"};
static const char *const TIME_NAMES[] = {"ATIM", "ATIM_NOW", "MTIM", "MTIM_NOW"};

/* Numbers that have names, or whose bits have. */
static const struct {
    char letter;
    bool bits;
    const char *const *names;
    size_t count;
} NAMED[] = {
    {'a', false, ADVICE_NAMES, VC_COUNT(ADVICE_NAMES)},
    {'c', false, CLOCK_NAMES, VC_COUNT(CLOCK_NAMES)},
    {'g', false, SIGNAL_NAMES, VC_COUNT(SIGNAL_NAMES)},
    {'w', false, WHENCE_NAMES, VC_COUNT(WHENCE_NAMES)},
    {'f', true, FLAG_NAMES, VC_COUNT(FLAG_NAMES)},
    {'l', true, LOOKUP_NAMES, VC_COUNT(LOOKUP_NAMES)},
    {'o', true, OPEN_NAMES, VC_COUNT(OPEN_NAMES)},
    {'r', true, LIFE_NAMES, VC_COUNT(LIFE_NAMES)},
    {'t', true, TIME_NAMES, VC_COUNT(TIME_NAMES)},
};

/* The line under construction; it is cut where the room ends. */
struct line {
    char *text;
    size_t used;
    const struct vc_engine_memory *memory;
};

static vc_printf(2, 3) void put(struct line *line, const char *format, ...)
{
    size_t room = VC_TRACE_TEXT_MAX - line->used;
    va_list list;

    va_start(list, format);
    int size = vsnprintf(line->text + line->used, room, format, list);
    va_end(list);
    if (size > 0)
        line->used += (size_t)size < room ? (size_t)size : room - 1;
}

static void put_name(struct line *line, const char *const *names, size_t count, uint64_t value)
{
    if (value < count) {
        put(line, "%s", names[value]);
    } else {
        put(line, "%" PRIu64, value);
    }
}

static void put_bits(struct line *line, const char *const *names, size_t count, uint64_t value)
{
    const char *between = "";

    for (size_t i = 0; i < count; i++) {
        if ((value >> i & 1) == 0)
            continue;
        put(line, "%s%s", between, names[i]);
        between = "|";
    }
    if (value == 0 || value >> count != 0)
        put(line, "%s0x%" PRIx64, between, value >> count << count);
}

static void put_string(struct line *line, uint64_t at, uint64_t size)
{
    uint8_t *bytes;
    size_t shown = size < STRING_MAX ? (size_t)size : STRING_MAX;

    if (vc_guest_range(line->memory, at, size, &bytes) != VC_WASI_SUCCESS) {
        put(line, "0x%" PRIx64 ", %" PRIu64, at, size);
        return;
    }
    put(line, "\"");
    for (size_t i = 0; i < shown; i++) {
        if (bytes[i] == '"' || bytes[i] == '\\') {
            put(line, "\\%c", bytes[i]);
        } else if (bytes[i] >= ' ' && bytes[i] <= '~') {
            put(line, "%c", bytes[i]);
        } else {
            put(line, bytes[i] == '\n' ? "\\n" : "\\x%02x", bytes[i]);
        }
    }
    put(line, shown < size ? "\"..." : "\"");
}

/* The first text of those that are written, and how many there are. */
static void put_iovecs(struct line *line, uint64_t at, uint64_t count, bool written)
{
    uint8_t *first;

    if (vc_guest_range(line->memory, at, count * VC_WASI_IOVEC_SIZE, &first) != VC_WASI_SUCCESS) {
        put(line, "0x%" PRIx64 ", %" PRIu64, at, count);
        return;
    }
    put(line, "[");
    if (count > 0 && written)
        put_string(line, vc_guest_get_u32(first), vc_guest_get_u32(first + 4));
    if (count > 0 && !written)
        put(line, "%" PRIu32 " bytes", vc_guest_get_u32(first + 4));
    if (count > 1)
        put(line, ", ...");
    put(line, "], %" PRIu64, count);
}

/* Returns how many arguments it has shown. */
static size_t put_argument(struct line *line, char letter, const uint64_t *arguments)
{
    switch (letter) {
    case 'd':
        put(line, "%" PRId32, (int32_t)arguments[0]);
        return 1;
    case 'i':
        put(line, "%" PRId64, (int64_t)arguments[0]);
        return 1;
    case 'u':
        put(line, "%" PRIu64, arguments[0]);
        return 1;
    case 'p':
    case 'x':
        put(line, "0x%" PRIx64, arguments[0]);
        return 1;
    case 'b':
        put(line, "0x%" PRIx64 ", %" PRIu64, arguments[0], arguments[1]);
        return 2;
    case 's':
        put_string(line, arguments[0], arguments[1]);
        return 2;
    case 'v':
    case 'V':
        put_iovecs(line, arguments[0], arguments[1], letter == 'V');
        return 2;
    default:
        break;
    }
    for (size_t i = 0; i < VC_COUNT(NAMED); i++) {
        if (NAMED[i].letter == letter)
            (NAMED[i].bits ? put_bits : put_name)(line, NAMED[i].names, NAMED[i].count,
                                                  arguments[0]);
    }
    return 1;
}

/* The place of a result is not shown: what is there is. */
static void put_arguments(struct line *line, const struct shape *shape, const uint64_t *arguments)
{
    size_t next = 0;

    for (const char *letter = shape->arguments; *letter != '\0'; letter++) {
        if (shape->result != 0 && letter[1] == '\0')
            break;
        if (letter != shape->arguments)
            put(line, ", ");
        next += put_argument(line, *letter, arguments + next);
    }
}

static void put_result(struct line *line, const struct vc_engine_import *import, uint8_t size,
                       const uint64_t *arguments, uint32_t result)
{
    uint8_t *bytes;

    if (result != VC_WASI_SUCCESS) {
        const char *name = vc_trace_errno_name(result);

        put(line, " = %" PRIu32 " %s", result, name == nullptr ? "?" : name);
        return;
    }
    put(line, " = 0");
    if (size == 0)
        return;
    uint64_t at = arguments[strlen(import->parameters) - 1];

    if (vc_guest_range(line->memory, at, (uint64_t)size, &bytes) == VC_WASI_SUCCESS)
        put(line, " [%" PRIu64 "]", size == 4 ? vc_guest_get_u32(bytes) : vc_guest_get_u64(bytes));
}

/* What is no call of WASI is one of the crypto ABI, or has no arguments that anybody knows. */
static const char *find_crypto_shape(const char *call)
{
    for (size_t i = 0; i < VC_PSA_FUNCTION_COUNT; i++) {
        if (strcmp(vc_psa_name((enum vc_psa_function)i), call) == 0)
            return vc_psa_shape((enum vc_psa_function)i);
    }
    return "";
}

/* Sizes are small, or said to be sizes; algorithms, ids of keys and addresses are read as hex. */
static void put_crypto_number(struct line *line, char letter, uint64_t value)
{
    bool is_decimal = letter == 's' || letter == 'I' || (letter == 'v' && value <= UINT16_MAX);

    if (is_decimal) {
        put(line, "%" PRIu64, value);
    } else {
        put(line, "0x%" PRIx64, value);
    }
}

/* Numbers as they are, since what they point at may be secret. */
static void put_crypto(struct line *line, const char *shape, const uint64_t *arguments,
                       uint32_t result)
{
    int32_t status = (int32_t)result;

    for (size_t i = 0; shape[i] != '\0'; i++) {
        put(line, "%s", i > 0 ? ", " : "");
        put_crypto_number(line, shape[i], arguments[i]);
    }
    put(line, ") = %" PRId32, status);
    if (status <= STATUS_FIRST && status > STATUS_FIRST - (int32_t)VC_COUNT(STATUS_NAMES))
        put(line, " %s", STATUS_NAMES[STATUS_FIRST - status]);
}

static const struct shape *find_shape(const char *call)
{
    for (size_t i = 0; i < VC_COUNT(SHAPES); i++) {
        if (strcmp(SHAPES[i].call, call) == 0)
            return &SHAPES[i];
    }
    return nullptr;
}

const char *vc_trace_errno_name(uint32_t number)
{
    return number < VC_COUNT(ERRNO_NAMES) ? ERRNO_NAMES[number] : nullptr;
}

void vc_trace_format(const struct vc_engine_import *import, const struct vc_engine_frame *frame,
                     uint32_t result, char text[VC_TRACE_TEXT_MAX])
{
    struct line line = {.text = text, .memory = &frame->memory};
    const struct shape *shape = find_shape(import->name);

    text[0] = '\0';
    put(&line, "%s(", import->name);
    if (shape == nullptr) {
        put_crypto(&line, find_crypto_shape(import->name), frame->arguments, result);
        return;
    }
    put_arguments(&line, shape, frame->arguments);
    put(&line, ")");
    if (import->returns)
        put_result(&line, import, shape->result, frame->arguments, result);
}
