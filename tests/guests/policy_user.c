/* SPDX-License-Identifier: MIT */

/* Does what its script says, line by line, and writes the line and what came of it: errno, and the
 * answer. The script is /input/script or its first argument; "/dev/stdin" is standard input.
 *
 *   ask QUESTION        narrow JSON         narrow-run JSON     only PATH NAME     none PATH
 *   once PATH           from PATH NAME      give PATH           may NAME VERB PATH
 *   open PATH           write PATH          remove PATH         list PATH          cat PATH
 *   keep PATH           kept                progress PERCENT    spin               bad
 *   put PATH TEXT       fill PATH BYTES     copy PATH PATH      rename PATH PATH
 *   hard PATH PATH      soft TEXT PATH      if PATH BYTE LINE (does it if the file begins so)
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <veracruz.h>

__attribute__((import_module("veracruz"), import_name("progress"))) int progress(int percent);

enum { ANSWER_MAX = 65536, LINES_MAX = 256 };

static char answer[ANSWER_MAX];
static int kept = -1;

static void say(const char *line, int error, const char *text)
{
    printf("%s -> %d %s\n", line, error, text);
    fflush(stdout);
}

static int error_of(int result)
{
    return result >= 0 ? 0 : errno;
}

static int ask(const char *question)
{
    size_t size;

    answer[0] = '\0';
    return error_of(vz_query(question, answer, sizeof(answer), &size));
}

/* What is in an open file, whole; its state must tell how much that is. */
static int take_all(int file)
{
    struct stat state;
    size_t used = 0;

    for (ssize_t got;
         (got = pread(file, answer + used, sizeof(answer) - 1 - used, (off_t)used)) > 0;)
        used += (size_t)got;
    answer[used] = '\0';
    return fstat(file, &state) == 0 && (size_t)state.st_size == used && S_ISREG(state.st_mode)
               ? 0
               : EIO;
}

static int look_into(const char *path, int flags)
{
    int file = open(path, flags, 0600);
    int error;

    answer[0] = '\0';
    if (file < 0)
        return errno;
    error = (flags & O_ACCMODE) == O_RDONLY ? take_all(file) : error_of((int)write(file, "x", 1));
    close(file);
    return error;
}

static int list(char *path)
{
    DIR *directory = opendir(path);

    answer[0] = '\0';
    if (directory == NULL)
        return errno;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        strcat(answer, entry->d_name);
        strcat(answer, " ");
    }
    closedir(directory);
    return 0;
}

/* Out of memory, everywhere; and nothing has happened. */
static int bad(void)
{
    size_t end = __builtin_wasm_memory_size(0) * 65536;
    char *beyond = (char *)(end - 3);
    char *far = (char *)UINT32_MAX;
    size_t size = 7;
    const char give[] = "{\"freeze_inputs\":true}";
    int faults = 0;

    faults += vz_query_for(beyond, 4, answer, 100, &size) == EFAULT;
    faults += vz_query_for(far, 1, answer, 100, &size) == EFAULT;
    faults += vz_query_for("self", 4, beyond, 4, &size) == EFAULT;
    faults += vz_query_for("self", 4, far, UINT32_MAX, &size) == EFAULT;
    faults += vz_query_for("self", 4, answer, 100, (size_t *)(void *)beyond) == EFAULT;
    faults += vz_query_for("self", UINT32_MAX, answer, 100, &size) == EFAULT;
    faults += vz_narrow_for(beyond, 4, 0, answer, 100, &size) == EFAULT;
    faults += vz_narrow_for(give, sizeof(give) - 1, 0, beyond, 4, &size) == EFAULT;
    faults += vz_narrow_for(give, sizeof(give) - 1, 0, far, 1, &size) == EFAULT;
    faults +=
        vz_narrow_for(give, sizeof(give) - 1, 0, answer, 100, (size_t *)(void *)beyond) == EFAULT;
    snprintf(answer, sizeof(answer), "%d faults, %zu", faults, size);
    return 0;
}

struct verb {
    const char *name;
    int (*act)(char *words);
};

static int act_ask(char *words)
{
    return ask(words);
}

static int act_narrow(char *words)
{
    return error_of(vz_narrow(words, VZ_CONTAINER, answer, sizeof(answer)));
}

static int act_narrow_run(char *words)
{
    return error_of(vz_narrow(words, VZ_RUN, answer, sizeof(answer)));
}

/* Cuts the words at the first space: what comes after it. */
static char *rest_of(char *words)
{
    char *space = strchr(words, ' ');

    if (space == NULL)
        return words + strlen(words);
    *space = '\0';
    return space + 1;
}

static int act_only(char *words)
{
    char *name = rest_of(words);

    return error_of(vz_take_read_from_all_but(words, name));
}

static int act_none(char *words)
{
    return error_of(vz_take_read_from_all_but(words, NULL));
}

static int act_once(char *words)
{
    return error_of(vz_read_once(words));
}

static int act_from(char *words)
{
    char *name = rest_of(words);

    return error_of(vz_take_from(words, VZ_READ | VZ_WRITE, name));
}

static int act_give(char *words)
{
    return error_of(vz_give_up(words, VZ_READ));
}

static int act_may(char *words)
{
    char *verb = rest_of(words);
    char *path = rest_of(verb);
    int may = vz_may(words, verb, path);

    snprintf(answer, sizeof(answer), "%d", may);
    return error_of(may);
}

static int act_open(char *words)
{
    int error = look_into(words, O_RDONLY);

    answer[0] = '\0';
    return error;
}

static int act_cat(char *words)
{
    return look_into(words, O_RDONLY);
}

static int act_write(char *words)
{
    return look_into(words, O_WRONLY | O_CREAT | O_TRUNC);
}

static int act_remove(char *words)
{
    return error_of(unlink(words));
}

static int act_keep(char *words)
{
    kept = open(words, O_RDONLY);
    return error_of(kept);
}

static int act_kept(char *words)
{
    (void)words;
    return take_all(kept);
}

static int act_progress(char *words)
{
    return progress(atoi(words));
}

static int act_spin(char *words)
{
    (void)words;
    for (volatile int i = 0;; i++)
        continue;
}

static int act_bad(char *words)
{
    (void)words;
    return bad();
}

static int put_all(const char *path, const char *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int error = 0;

    if (file < 0)
        return errno;
    while (size > 0 && error == 0) {
        ssize_t put = write(file, bytes, size);

        error = error_of((int)put);
        bytes += put > 0 ? put : 0;
        size -= put > 0 ? (size_t)put : 0;
    }
    close(file);
    return error;
}

static int act_put(char *words)
{
    const char *text = rest_of(words);

    return put_all(words, text, strlen(text));
}

static int act_fill(char *words)
{
    size_t size = strtoul(rest_of(words), NULL, 10);
    char *bytes = calloc(1, size + 1);
    int error = bytes == NULL ? ENOMEM : put_all(words, bytes, size);

    free(bytes);
    return error;
}

static int act_copy(char *words)
{
    const char *to = rest_of(words);
    int error = look_into(words, O_RDONLY);

    if (error == 0)
        error = put_all(to, answer, strlen(answer));
    answer[0] = '\0';
    return error;
}

static int act_rename(char *words)
{
    const char *to = rest_of(words);

    return error_of(rename(words, to));
}

static int act_hard(char *words)
{
    const char *to = rest_of(words);

    return error_of(link(words, to));
}

static int act_soft(char *words)
{
    const char *to = rest_of(words);

    return error_of(symlink(words, to));
}

static int act(char *line);

static int act_if(char *words)
{
    char *byte = rest_of(words);
    char *line = rest_of(byte);
    int error = look_into(words, O_RDONLY);
    bool wanted = answer[0] == byte[0];

    answer[0] = '\0';
    return error != 0 || !wanted ? error : act(line);
}

static const struct verb VERBS[] = {
    {"ask", act_ask},   {"narrow", act_narrow}, {"narrow-run", act_narrow_run},
    {"only", act_only}, {"none", act_none},     {"once", act_once},
    {"from", act_from}, {"give", act_give},     {"may", act_may},
    {"open", act_open}, {"write", act_write},   {"remove", act_remove},
    {"list", list},     {"cat", act_cat},       {"keep", act_keep},
    {"kept", act_kept}, {"spin", act_spin},     {"progress", act_progress},
    {"bad", act_bad},   {"put", act_put},       {"fill", act_fill},
    {"copy", act_copy}, {"rename", act_rename}, {"hard", act_hard},
    {"soft", act_soft}, {"if", act_if},
};

static int act(char *line)
{
    char *words = rest_of(line);

    answer[0] = '\0';
    for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]); i++) {
        if (strcmp(VERBS[i].name, line) == 0)
            return VERBS[i].act(words);
    }
    return ENOSYS;
}

int main(int argc, char **argv)
{
    static char script[ANSWER_MAX], line[4096], shown[4096];
    const char *path = argc > 1 ? argv[1] : "/input/script";
    FILE *file = strcmp(path, "/dev/stdin") == 0 ? stdin : fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(script, 1, sizeof(script) - 1, file);

    if (size == 0)
        return 1;
    fclose(file);
    for (char *at = script; *at != '\0';) {
        size_t length = strcspn(at, "\n");

        if (length >= sizeof(line))
            return 2;
        memcpy(line, at, length);
        line[length] = '\0';
        strcpy(shown, line);
        int error = act(line);

        say(shown, error, answer);
        at += length + (at[length] == '\n');
    }
    return 0;
}
