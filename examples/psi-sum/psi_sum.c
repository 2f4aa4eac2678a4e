/* SPDX-License-Identifier: MIT */

/* Private set intersection with sum: how many customers of the insurer were treated by the
 * hospital, and for how much in all. Tells the two numbers and nothing else; if there are fewer
 * than a minimum (argument 1), not even those.
 *
 * The insurer's table is held sorted; the hospital's passes through. O((n + m) log n) whatever the
 * owners put in, which a hash table would not promise. */

#include "csv.h"

#include <errno.h>
#include <stdckdint.h>
#include <stdlib.h>
#include <string.h>

constexpr size_t ID_SIZE_MAX = 64; /* bytes: holds a SHA-256 in hexadecimal */
constexpr size_t CUSTOMERS_MAX = 1 << 20;
constexpr unsigned long MINIMUM_MAX = 1'000'000;

/* Exit codes: all that a failed run tells. */
enum exit_code : int {
    DONE = 0,
    NO_ACCESS = 1,
    INSURER_MALFORMED = 2,
    HOSPITAL_MALFORMED = 3,
    TOO_MUCH = 4,
    USAGE = 5
};

struct customer {
    char id[ID_SIZE_MAX + 1];
    bool treated;
};

struct customers {
    struct customer *rows;
    size_t count;
    size_t capacity;
};

static const char program[] = "psi-sum";

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "%s: %s\n", program, reason);
    exit(code);
}

[[noreturn]] static void stop_at(struct csv *csv, enum csv_code code, enum exit_code malformed)
{
    csv_report(csv, program);
    exit(code == CSV_MALFORMED ? malformed : NO_ACCESS);
}

/* An id is 1 to ID_SIZE_MAX printable characters without spaces. */
static bool is_id(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    return size > 0 && size <= ID_SIZE_MAX;
}

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct customer *)left)->id, ((const struct customer *)right)->id);
}

static void add_customer(struct customers *customers, const char *id)
{
    if (customers->count == customers->capacity) {
        size_t capacity = customers->capacity > 0 ? customers->capacity * 2 : 1024;
        struct customer *rows = capacity <= CUSTOMERS_MAX
                                    ? realloc(customers->rows, capacity * sizeof rows[0])
                                    : nullptr;
        if (rows == nullptr) {
            stop(TOO_MUCH, "too many customers");
        }
        customers->rows = rows;
        customers->capacity = capacity;
    }
    struct customer *row = &customers->rows[customers->count++];
    *row = (struct customer){};
    strcpy(row->id, id); /* is_id bounds it */
}

/* One who is in the table twice is one customer. */
static void sort_unique(struct customers *customers)
{
    if (customers->count == 0) {
        return;
    }
    qsort(customers->rows, customers->count, sizeof customers->rows[0], compare);
    size_t kept = 1;
    for (size_t i = 1; i < customers->count; i++) {
        if (compare(&customers->rows[kept - 1], &customers->rows[i]) != 0) {
            customers->rows[kept++] = customers->rows[i];
        }
    }
    customers->count = kept;
}

static void load_customers(const char *path, struct customers *customers)
{
    struct csv csv;
    enum csv_code code = csv_open(&csv, path, "customer");
    while (code == CSV_OK && (code = csv_next(&csv)) == CSV_OK) {
        if (!is_id(csv.fields[0])) {
            csv.reason = "not a customer id";
            stop_at(&csv, CSV_MALFORMED, INSURER_MALFORMED);
        }
        add_customer(customers, csv.fields[0]);
    }
    if (code != CSV_END) {
        stop_at(&csv, code, INSURER_MALFORMED);
    }
    csv_close(&csv);
    sort_unique(customers);
}

/* Adds one treatment; returns true if it was the first of a customer. */
static bool add_treatment(struct csv *csv, struct customers *customers, uint64_t *sum)
{
    struct customer key = {};
    uint64_t amount = 0;
    if (!is_id(csv->fields[0]) || !csv_hundredths(csv->fields[1], &amount)) {
        csv->reason = "not a customer id and an amount";
        stop_at(csv, CSV_MALFORMED, HOSPITAL_MALFORMED);
    }
    strcpy(key.id, csv->fields[0]);
    struct customer *found =
        bsearch(&key, customers->rows, customers->count, sizeof customers->rows[0], compare);
    if (found == nullptr) {
        return false;
    }
    if (ckd_add(sum, *sum, amount)) {
        stop(TOO_MUCH, "the sum is too large");
    }
    bool first = !found->treated;
    found->treated = true;
    return first;
}

static uint64_t count_treated(const char *path, struct customers *customers, uint64_t *sum)
{
    struct csv csv;
    uint64_t count = 0;
    enum csv_code code = csv_open(&csv, path, "customer,amount");
    while (code == CSV_OK && (code = csv_next(&csv)) == CSV_OK) {
        count += add_treatment(&csv, customers, sum) ? 1 : 0;
    }
    if (code != CSV_END) {
        stop_at(&csv, code, HOSPITAL_MALFORMED);
    }
    csv_close(&csv);
    return count;
}

static void write_result(const char *path, uint64_t count, uint64_t sum, uint64_t minimum)
{
    FILE *file = fopen(path, "wb");
    if (file == nullptr) {
        stop(NO_ACCESS, "cannot open the result");
    }
    if (count < minimum) {
        fprintf(file, "customers,sum\nfewer than %llu,withheld\n", (unsigned long long)minimum);
    } else {
        fprintf(file, "customers,sum\n%llu,%llu.%02llu\n", (unsigned long long)count,
                (unsigned long long)(sum / 100), (unsigned long long)(sum % 100));
    }
    if (ferror(file) || fclose(file) != 0) {
        stop(NO_ACCESS, "cannot write the result");
    }
}

static uint64_t parse_minimum(int argc, char **argv)
{
    if (argc < 2) {
        return 0;
    }
    char *end = nullptr;
    errno = 0;
    unsigned long minimum = strtoul(argv[1], &end, 10);
    if (argc > 2 || errno != 0 || end == argv[1] || *end != '\0' || minimum > MINIMUM_MAX) {
        stop(USAGE, "usage: psi-sum [MINIMUM]");
    }
    return minimum;
}

int main(int argc, char **argv)
{
    struct customers customers = {};
    uint64_t sum = 0;
    uint64_t minimum = parse_minimum(argc, argv);
    load_customers("/input/insurer.csv", &customers);
    uint64_t count = count_treated("/input/hospital.csv", &customers, &sum);
    write_result("/output/result.csv", count, sum, minimum);
    return DONE;
}
