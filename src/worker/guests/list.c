/* SPDX-License-Identifier: MIT */

/* Lists a directory with sizes. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
    DIR *directory = opendir(argc > 1 ? argv[1] : "/");

    if (directory == NULL) {
        printf("errno %d\n", errno);
        return 1;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[512];
        struct stat state;

        snprintf(path, sizeof(path), "%s/%s", argc > 1 ? argv[1] : "", entry->d_name);
        if (stat(path, &state) != 0)
            printf("%s errno %d\n", entry->d_name, errno);
        else
            printf("%s %s %lld\n", entry->d_name, S_ISDIR(state.st_mode) ? "d" : "f",
                   (long long)state.st_size);
    }
    return closedir(directory);
}
