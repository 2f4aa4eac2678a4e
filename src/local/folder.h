/* SPDX-License-Identifier: MIT */

/* A folder of this machine and the part of a tree that stands for it: read before a run, written
 * back after it. */

#ifndef VC_LOCAL_FOLDER_H
#define VC_LOCAL_FOLDER_H

#include "vfs/tree.h"

struct vc_folder;

/* Opens the folder `host`; its files are to stand below canonical `base` ("/": the whole tree).
 * VC_NOT_FOUND, VC_HOST, VC_MEMORY. */
enum vc_code vc_folder_open(const char *host, const char *base, struct vc_folder **folder,
                            struct vc_err *err);
void vc_folder_free(struct vc_folder *folder); /* null is allowed */
VC_DEFINE_CLEANUP(struct vc_folder, vc_folder_free);

/* Who says what is read and what may stand there. Null functions: all, anything,
 * and no link is kept. */
struct vc_folder_guard {
    /* Is this canonical path of interest, or, for a directory, something below it? What is not is
     * left alone: neither read nor written. */
    bool (*wanted)(void *user, const char *path, bool directory);
    enum vc_code (*check)(void *user, const char *path, struct vc_blob *content,
                          struct vc_err *err);
    /* Does a symbolic link here become a link of the tree? Else the file behind it does: then
     * nobody may have made the link who may not read that file. */
    bool (*keeps_link)(void *user, const char *path);
    void *user;
};

/* Brings regular files, directories and symbolic links, or the files behind them, into the tree.
 * Nothing outside of the folder is ever opened. VC_REFUSED: a link that leads out of the folder,
 * or, unless it is kept, to no file; something that is neither file nor directory; or what
 * `check` says. VC_LIMIT: the tree's quota. VC_MALFORMED: a name that no path of a tree can have.
 * Errors name the file. */
enum vc_code vc_folder_load(struct vc_folder *folder, const struct vc_folder_guard *guard,
                            struct vc_tree *tree, struct vc_err *err);

/* May the program change what stands at this path: remove it, or else write it? */
typedef bool vc_folder_may(void *user, const char *path, bool remove);

/* Makes the folder what the tree has become since vc_folder_load, where `may` says yes: files that
 * changed are replaced at once by renaming, what is gone is removed. VC_REFUSED: a new link could
 * lead out of the folder, and nothing was written. VC_HOST: somebody else changes the folder, or
 * the machine fails, and part of it may have been written. */
enum vc_code vc_folder_store(struct vc_folder *folder, const struct vc_tree *tree,
                             vc_folder_may *may, void *user, struct vc_err *err);

#endif
