/* SPDX-License-Identifier: MIT */

/* Draws progress. */

#include "cli/progress.h"

#include <string.h>

#include "cli/amount.h"
#include "client/line.h"
#include "net/loop.h"

static constexpr uint64_t REDRAW_MS = 100;
static constexpr int BAR_COLUMNS = 16;
static constexpr int WHAT_COLUMNS = 16;
static constexpr size_t BAR_MAX = 64; /* bytes of a bar's text */
static const char WIPE[] = "\r\033[K";

static uint64_t rate(uint64_t done, uint64_t elapsed_ms)
{
    /* In floating point, since done * 1000 may not fit. */
    double per_second = elapsed_ms == 0 ? 0.0 : (double)done * 1000.0 / (double)elapsed_ms;

    return per_second < 1e19 ? (uint64_t)per_second : UINT64_MAX;
}

/* Time left at the rate so far, or "" while it says nothing. */
static void format_left(const uint64_t bytes[2], uint64_t elapsed_ms, char text[VC_AMOUNT_MAX + 8])
{
    char duration[VC_AMOUNT_MAX];

    text[0] = '\0';
    if (bytes[0] == 0 || bytes[1] <= bytes[0] || elapsed_ms < 500)
        return;
    double seconds = (double)(bytes[1] - bytes[0]) * (double)elapsed_ms / (double)bytes[0] / 1000.0;

    if (seconds > 359999.0) /* 99:59:59 */
        return;
    vc_amount_duration((uint64_t)seconds * 1000000, duration);
    (void)snprintf(text, VC_AMOUNT_MAX + 8, "  %s left", seconds < 1.0 ? "1 s" : duration);
}

/* Of what part is done, 0.0 to 1.0. */
static void format_bar(double part, char bar[BAR_MAX])
{
    int full = (int)(part * BAR_COLUMNS);

    (void)snprintf(bar, BAR_MAX, " [%.*s%.*s] %3d%%", full, "################", BAR_COLUMNS - full,
                   "................", (int)(part * 100.0));
}

/* The bar of so many bytes of so many, or "" if nobody knows of how many. */
static void format_bytes_bar(const uint64_t bytes[2], char bar[BAR_MAX])
{
    uint64_t reached = bytes[0] < bytes[1] ? bytes[0] : bytes[1];

    bar[0] = '\0';
    if (bytes[1] > 0)
        format_bar((double)reached / (double)bytes[1], bar);
}

void vc_progress_format_stream(const char *what, const struct vcc_stream_progress *now,
                               uint64_t elapsed_ms, char line[VC_PROGRESS_LINE_MAX])
{
    const uint64_t bytes[] = {now->done, now->total};
    char done[VC_AMOUNT_MAX];
    char bar[BAR_MAX];
    char name[WHAT_COLUMNS + 1];

    if (now->waiting == 0) {
        vc_progress_format(what, bytes, elapsed_ms, line);
        return;
    }
    vc_amount_bytes(now->done, done);
    format_bytes_bar(bytes, bar);
    vc_line_clean(what, name, sizeof(name));
    (void)snprintf(line, VC_PROGRESS_LINE_MAX, "%s%s  %s  waiting for the container", name, bar,
                   done);
}

void vc_progress_format(const char *what, const uint64_t bytes[2], uint64_t elapsed_ms,
                        char line[VC_PROGRESS_LINE_MAX])
{
    char done[VC_AMOUNT_MAX];
    char speed[VC_AMOUNT_MAX];
    char left[VC_AMOUNT_MAX + 8];
    char bar[BAR_MAX];
    char name[WHAT_COLUMNS + 1];

    vc_amount_bytes(bytes[0], done);
    vc_amount_bytes(rate(bytes[0], elapsed_ms), speed);
    format_left(bytes, elapsed_ms, left);
    format_bytes_bar(bytes, bar);
    vc_line_clean(what, name, sizeof(name));
    (void)snprintf(line, VC_PROGRESS_LINE_MAX, "%s%s  %s  %s/s%s", name, bar, done, speed, left);
}

struct vc_progress vc_progress_begin(struct vc_command *command, const char *what)
{
    return (struct vc_progress){
        .err = command->terminal && !command->json ? command->err : nullptr,
        .what = what,
        .started_ms = vc_loop_now_ms(),
    };
}

/* True if it is time to draw again. */
static bool due(struct vc_progress *progress, uint64_t now_ms)
{
    if (progress->err == nullptr || now_ms - progress->shown_ms < REDRAW_MS)
        return false;
    progress->shown_ms = now_ms;
    return true;
}

void vc_progress_bytes(void *user, uint64_t done, uint64_t total)
{
    struct vc_progress *progress = user;
    char line[VC_PROGRESS_LINE_MAX];

    progress->done = done;
    if (progress->err == nullptr)
        return;
    uint64_t now_ms = vc_loop_now_ms();

    if (!due(progress, now_ms))
        return;
    vc_progress_format(progress->what, (const uint64_t[]){done, total},
                       now_ms - progress->started_ms, line);
    (void)fprintf(progress->err, "%s%s", WIPE, line);
    (void)fflush(progress->err);
}

void vc_progress_stream(struct vc_progress *progress, const struct vcc_stream_progress *now)
{
    uint64_t now_ms = vc_loop_now_ms();
    char line[VC_PROGRESS_LINE_MAX];

    progress->done = now->done;
    if (!due(progress, now_ms))
        return;
    vc_progress_format_stream(progress->what, now, now_ms - progress->started_ms, line);
    (void)fprintf(progress->err, "%s%s", WIPE, line);
    (void)fflush(progress->err);
}

void vc_progress_spin(struct vc_progress *progress, const char *state)
{
    static const char turns[] = "|/-\\";
    char elapsed[VC_AMOUNT_MAX];

    if (progress->err == nullptr)
        return;
    vc_amount_duration((vc_loop_now_ms() - progress->started_ms) * 1000, elapsed);
    (void)fprintf(progress->err, "%s%c %.*s  %s  %s", WIPE,
                  turns[progress->turn++ % (sizeof(turns) - 1)], WHAT_COLUMNS, progress->what,
                  state, elapsed);
    (void)fflush(progress->err);
}

void vc_progress_format_run(const struct vcc_run *run, char line[VC_PROGRESS_LINE_MAX])
{
    char wall[VC_AMOUNT_MAX];
    char cpu[VC_AMOUNT_MAX];
    char memory[VC_AMOUNT_MAX];
    char output[VC_AMOUNT_MAX];
    char bar[BAR_MAX] = "";

    vc_amount_duration(run->wall_us, wall);
    vc_amount_duration(run->cpu_us, cpu);
    vc_amount_bytes(run->memory_bytes, memory);
    vc_amount_bytes(run->output_bytes, output);
    if (run->percent >= 0) {
        format_bar(run->percent / 100.0, bar);
    } else {
        (void)snprintf(bar, sizeof(bar), "  %.15s", run->state);
    }
    (void)snprintf(line, VC_PROGRESS_LINE_MAX, "%.8s%.24s  %.15s, cpu %.15s, mem %.15s, out %.15s",
                   run->program, bar, wall, cpu, memory, output);
}

void vc_progress_run(struct vc_progress *progress, const struct vcc_run *run)
{
    char line[VC_PROGRESS_LINE_MAX];

    if (progress->err == nullptr)
        return;
    vc_progress_format_run(run, line);
    (void)fprintf(progress->err, "%s%s", WIPE, line);
    (void)fflush(progress->err);
}

void vc_progress_clear(struct vc_progress *progress)
{
    if (progress->err == nullptr)
        return;
    (void)fputs(WIPE, progress->err);
    (void)fflush(progress->err);
}

void vc_progress_end(struct vc_progress *progress, uint64_t bytes)
{
    char amount[VC_AMOUNT_MAX];
    char elapsed[VC_AMOUNT_MAX];
    char speed[VC_AMOUNT_MAX];

    if (progress->err == nullptr)
        return;
    uint64_t elapsed_ms = vc_loop_now_ms() - progress->started_ms;

    vc_progress_clear(progress);
    vc_amount_bytes(bytes, amount);
    vc_amount_duration(elapsed_ms * 1000, elapsed);
    vc_amount_bytes(rate(bytes, elapsed_ms), speed);
    (void)fprintf(progress->err, "%s: %s in %s, %s/s\n", progress->what, amount, elapsed, speed);
}
