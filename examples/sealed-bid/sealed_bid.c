/* SPDX-License-Identifier: MIT */

/* A sealed-bid auction, the second-highest bid being the price, which only the winner learns.
 *
 *   sealed-bid BIDDER...
 *
 * /input/BIDDER.txt is a bid: a line that is an amount, then anything. Each bidder, whether it has
 * bid or not, gets /output/BIDDER.txt of one size: that it has won, and the price; that it has not
 * won; or that it has no bid. The policy lets all bidders read all of /output/. Before this program
 * looks at any bid it takes each file from all but the one whose it is, and lets that one read it
 * once: what is narrowed, and in which order, cannot depend on the bids. */

#include "csv.h"
#include "veracruz.h"

#include <stdlib.h>

constexpr size_t BIDDERS_MAX = 64;
constexpr size_t NAME_SIZE_MAX = 64;
constexpr size_t PATH_SIZE = NAME_SIZE_MAX + 32;
constexpr int LINE_SIZE = 32;
constexpr int NEWS_SIZE = 48; /* of every file that is written, so that its size says nothing */

/* Exit codes: all that a failed run tells. */
enum exit_code : int { DONE = 0, NO_ACCESS = 1, NOT_KEPT_APART = 2, USAGE = 3 };

struct bid {
    const char *bidder;
    bool there;
    uint64_t amount; /* hundredths */
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "sealed-bid: %s\n", reason);
    exit(code);
}

static const char *path_of(const char *directory, const char *bidder, char path[static PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "/%s/%s.txt", directory, bidder);
    return path;
}

/* Nobody but the bidder may read its file, from before it is there, and the bidder itself once. */
static void keep_apart(const char *bidder)
{
    char path[PATH_SIZE];

    path_of("output", bidder, path);
    if (vz_take_read_from_all_but(path, bidder) != 0 || vz_read_once(path) != 0)
        stop(NOT_KEPT_APART, "the policy in force cannot be narrowed");
}

/* No file: no bid. One that does not begin with a line that is an amount is none either: others
 * shall not suffer from it. */
static void load_bid(struct bid *bid)
{
    char path[PATH_SIZE], line[LINE_SIZE] = "";
    FILE *file = fopen(path_of("input", bid->bidder, path), "rb");
    size_t size;

    if (file == nullptr)
        return;
    if ((fgets(line, sizeof line, file) == nullptr && ferror(file)) || fclose(file) != 0)
        stop(NO_ACCESS, "cannot read a bid");
    size = strcspn(line, "\n");
    if (line[size] != '\n')
        return;
    line[size] = '\0';
    bid->there = csv_hundredths(line, &bid->amount);
}

/* The highest bid wins, of equal ones the first; the price is the second-highest, or the only one.
 */
static const struct bid *find_winner(const struct bid *bids, size_t count, uint64_t *price)
{
    const struct bid *best = nullptr, *second = nullptr;

    for (size_t i = 0; i < count; i++) {
        if (!bids[i].there)
            continue;
        if (best == nullptr || bids[i].amount > best->amount) {
            second = best;
            best = &bids[i];
        } else if (second == nullptr || bids[i].amount > second->amount) {
            second = &bids[i];
        }
    }
    if (best != nullptr)
        *price = second != nullptr ? second->amount : best->amount;
    return best;
}

static void tell(const struct bid *bid, const char *news)
{
    char path[PATH_SIZE], text[NEWS_SIZE + 1];
    FILE *file = fopen(path_of("output", bid->bidder, path), "wb");

    snprintf(text, sizeof text, "%-*s\n", NEWS_SIZE - 1, news);
    if (file == nullptr || fwrite(text, 1, NEWS_SIZE, file) != NEWS_SIZE || fclose(file) != 0)
        stop(NO_ACCESS, "cannot write what is to be told");
}

static void open_bids(const struct bid *bids, size_t count)
{
    char won[NEWS_SIZE];
    uint64_t price = 0;
    const struct bid *winner = find_winner(bids, count, &price);

    snprintf(won, sizeof won, "won, and the price is %llu.%02llu",
             (unsigned long long)(price / 100), (unsigned long long)(price % 100));
    for (size_t i = 0; i < count; i++) {
        if (&bids[i] == winner)
            tell(&bids[i], won);
        else
            tell(&bids[i], bids[i].there ? "not won" : "no bid");
    }
}

int main(int argc, char **argv)
{
    static struct bid bids[BIDDERS_MAX];
    size_t count = (size_t)argc - 1;

    if (argc < 2 || count > BIDDERS_MAX)
        stop(USAGE, "usage: sealed-bid BIDDER...");
    for (size_t i = 0; i < count; i++) {
        bids[i].bidder = argv[i + 1];
        if (strlen(bids[i].bidder) > NAME_SIZE_MAX)
            stop(USAGE, "a name that no bidder can have");
        keep_apart(bids[i].bidder);
    }
    for (size_t i = 0; i < count; i++)
        load_bid(&bids[i]);
    open_bids(bids, count);
    return DONE;
}
