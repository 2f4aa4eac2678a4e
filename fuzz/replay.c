/* SPDX-License-Identifier: MIT */

/* Runs a fuzz target once over each file of its corpus, as a plain test. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr size_t INPUT_MAX = 1 << 22; /* bytes */

static bool replay(const char *directory, const char *name)
{
    char path[4096];
    struct vc_buffer input = {};
    struct vc_err err = {};

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (vc_file_load(path, INPUT_MAX, &input, &err) != VC_OK) {
        (void)printf("# %s\n", err.text);
        return false;
    }
    /* An exact copy on the heap: a sanitizer then sees a read past the end. */
    uint8_t *copy = malloc(input.size > 0 ? input.size : 1);

    for (size_t i = 0; i < input.size; i++)
        copy[i] = input.data[i];
    (void)LLVMFuzzerTestOneInput(copy, input.size);
    free(copy);
    vc_buffer_done(&input);
    return true;
}

int main(int argc, char **argv)
{
    DIR *directory = argc == 2 ? opendir(argv[1]) : nullptr;
    unsigned count = 0;
    bool good = directory != nullptr;

    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    while (good) {
        const struct dirent *entry = readdir(directory);

        if (entry == nullptr)
            break;
        if (entry->d_name[0] == '.')
            continue;
        good = replay(argv[1], entry->d_name);
        count++;
    }
    if (directory != nullptr)
        (void)closedir(directory);
    (void)printf("1..1\n%s 1 - %u inputs of the corpus\n", good && count > 0 ? "ok" : "not ok",
                 count);
    return good && count > 0 ? 0 : 1;
}
