/* SPDX-License-Identifier: MIT */

/* Learns from a table what is normal, and then tells of each row of a stream how far from normal it
 * is: the squared Mahalanobis distance, with the covariance a little towards its diagonal so that
 * columns which follow from others do no harm. A row that is farther than all but a few of those
 * that were learnt from is an anomaly.
 *
 *   anomaly TABLE PERMILLE
 *
 * TABLE: a header, then rows of numbers, all normal. PERMILLE: how many in a thousand of them may
 * be farther than the threshold. The stream: rows without header. For each a line out: its number,
 * its distance, and "anomaly" or "normal". Flat memory, however long the stream. */

#include "csv.h"
#include "veracruz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

constexpr size_t COLUMNS_MAX = CSV_FIELDS_MAX;
constexpr size_t ROWS_MAX = 16384; /* of the table */
constexpr size_t LINE_SIZE_MAX = CSV_LINE_MAX;
constexpr double SHRINKAGE = 0.01; /* of the variances, that their covariances do not share */

/* Exit codes: all that a failed run tells. */
enum exit_code : int {
    DONE = 0,
    INPUT_LOST = 1,
    MALFORMED = 2, /* the stream */
    OUTPUT_LOST = 3,
    USAGE = 4,
    TABLE_MALFORMED = 5,
    TABLE_USELESS = 6 /* too few rows or too many, or a column that never changes */
};

struct table {
    size_t columns, rows;
    double (*values)[COLUMNS_MAX];
};

struct model {
    size_t columns;
    double mean[COLUMNS_MAX];
    double factor[COLUMNS_MAX][COLUMNS_MAX]; /* Cholesky's, lower, of the covariance */
    double threshold;
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "anomaly: %s\n", reason);
    exit(code);
}

/* Numbers with commas between; returns how many, or 0 if it is no such row. */
static size_t parse_row(const struct vz_record *record, double row[COLUMNS_MAX])
{
    char text[LINE_SIZE_MAX + 1];
    size_t count = 0;

    memcpy(text, record->data, record->size); /* the reader bounds it */
    text[record->size] = '\0';
    if (strlen(text) != record->size) {
        return 0;
    }
    for (char *rest = text; rest != nullptr; count++) {
        if (count == COLUMNS_MAX || !csv_number(strsep(&rest, ","), &row[count])) {
            return 0;
        }
    }
    return count;
}

static size_t count_columns(const struct vz_record *header)
{
    size_t count = 1;

    for (size_t i = 0; i < header->size; i++) {
        count += header->data[i] == ',' ? 1 : 0;
    }
    return count;
}

static void add_row(struct table *table, const struct vz_record *record)
{
    if (table->rows == ROWS_MAX) {
        stop(TABLE_USELESS, "too many rows");
    }
    if (parse_row(record, table->values[table->rows]) != table->columns) {
        stop(TABLE_MALFORMED, "a row of the table is not as its header says");
    }
    table->rows++;
}

static struct table load_table(const char *path)
{
    struct table table = {.values = malloc(ROWS_MAX * sizeof table.values[0])};
    struct vz_reader reader;
    struct vz_record record;
    int file = open(path, O_RDONLY);

    if (file < 0 || table.values == nullptr ||
        vz_reader_open(&reader, file, VZ_LINES, LINE_SIZE_MAX) != 0) {
        stop(INPUT_LOST, "the table cannot be read");
    }
    while (vz_next(&reader, &record) == VZ_RECORD) {
        if (table.columns == 0) {
            table.columns = count_columns(&record);
        } else {
            add_row(&table, &record);
        }
    }
    if (vz_next(&reader, &record) != VZ_END || table.columns > COLUMNS_MAX) {
        stop(TABLE_MALFORMED, "the table is not one");
    }
    vz_reader_close(&reader);
    close(file);
    if (table.rows <= table.columns) {
        stop(TABLE_USELESS, "too few rows");
    }
    return table;
}

static void learn_mean(const struct table *table, struct model *model)
{
    for (size_t j = 0; j < table->columns; j++) {
        double sum = 0;
        for (size_t i = 0; i < table->rows; i++) {
            sum += table->values[i][j];
        }
        model->mean[j] = sum / (double)table->rows;
    }
}

static double covariance(const struct table *table, const struct model *model, size_t j, size_t k)
{
    double sum = 0;

    for (size_t i = 0; i < table->rows; i++) {
        sum += (table->values[i][j] - model->mean[j]) * (table->values[i][k] - model->mean[k]);
    }
    return sum / (double)(table->rows - 1);
}

/* What is left of one element of the matrix after the columns of its factor before the k-th. */
static double reduce(double matrix[COLUMNS_MAX][COLUMNS_MAX], size_t j, size_t k)
{
    double sum = matrix[j][k];

    for (size_t i = 0; i < k; i++) {
        sum -= matrix[j][i] * matrix[k][i];
    }
    return sum;
}

/* Square root of a positive definite matrix, row by row, in place of its lower half. */
static bool factorise(double matrix[COLUMNS_MAX][COLUMNS_MAX], size_t size)
{
    for (size_t j = 0; j < size; j++) {
        for (size_t k = 0; k < j; k++) {
            matrix[j][k] = reduce(matrix, j, k) / matrix[k][k];
        }
        double rest = reduce(matrix, j, j);
        if (!(rest > 0)) {
            return false;
        }
        matrix[j][j] = __builtin_sqrt(rest);
    }
    return true;
}

static double measure(const struct model *model, const double row[COLUMNS_MAX])
{
    double solved[COLUMNS_MAX];
    double distance = 0;

    for (size_t j = 0; j < model->columns; j++) {
        double sum = row[j] - model->mean[j];
        for (size_t i = 0; i < j; i++) {
            sum -= model->factor[j][i] * solved[i];
        }
        solved[j] = sum / model->factor[j][j];
        distance += solved[j] * solved[j];
    }
    return distance;
}

static int compare(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* The distance that as many of the rows as allowed are farther than. */
static double find_threshold(const struct table *table, const struct model *model,
                             unsigned long permille)
{
    double *distances = malloc(table->rows * sizeof distances[0]);
    size_t beyond = table->rows * permille / 1000;

    if (distances == nullptr) {
        stop(INPUT_LOST, "not enough memory");
    }
    for (size_t i = 0; i < table->rows; i++) {
        distances[i] = measure(model, table->values[i]);
    }
    qsort(distances, table->rows, sizeof distances[0], compare);
    double threshold = distances[table->rows - 1 - beyond];

    free(distances);
    return threshold;
}

static void learn(const char *path, unsigned long permille, struct model *model)
{
    struct table table = load_table(path);

    model->columns = table.columns;
    learn_mean(&table, model);
    for (size_t j = 0; j < table.columns; j++) {
        for (size_t k = 0; k <= j; k++) {
            model->factor[j][k] = covariance(&table, model, j, k) * (j == k ? 1 + SHRINKAGE : 1);
        }
    }
    if (!factorise(model->factor, table.columns)) {
        stop(TABLE_USELESS, "a column never changes");
    }
    model->threshold = find_threshold(&table, model, permille);
    free(table.values);
}

static void judge(const struct model *model, uint64_t number, const struct vz_record *record,
                  struct vz_writer *writer)
{
    double row[COLUMNS_MAX];
    char text[96];

    if (parse_row(record, row) != model->columns) {
        stop(MALFORMED, "a row that is not as the table's");
    }
    double distance = measure(model, row);
    int size = snprintf(text, sizeof text, "%llu,%.17g,%s", (unsigned long long)number, distance,
                        distance > model->threshold ? "anomaly" : "normal");

    if (vz_emit(writer, text, (size_t)size) != 0) {
        stop(OUTPUT_LOST, "nobody takes the result");
    }
}

static void watch(const struct model *model)
{
    struct vz_reader reader;
    struct vz_writer writer;
    struct vz_record record;
    enum vz_result result;

    if (vz_reader_open(&reader, STDIN_FILENO, VZ_LINES, LINE_SIZE_MAX) != 0 ||
        vz_writer_open(&writer, STDOUT_FILENO, VZ_LINES, 0) != 0) {
        stop(OUTPUT_LOST, "not enough memory");
    }
    vz_reader_tie(&reader, &writer);
    while ((result = vz_next(&reader, &record)) == VZ_RECORD) {
        judge(model, reader.count, &record, &writer);
    }
    if (result != VZ_END) {
        stop(errno == EMSGSIZE || errno == EBADMSG ? MALFORMED : INPUT_LOST,
             "the rows have no end that is proven");
    }
    if (vz_writer_close(&writer) != 0) {
        stop(OUTPUT_LOST, "nobody takes the result");
    }
    vz_reader_close(&reader);
}

static unsigned long parse_permille(const char *text)
{
    char *end = nullptr;
    errno = 0;
    unsigned long permille = strtoul(text, &end, 10);

    if (errno != 0 || end == text || *end != '\0' || permille >= 1000) {
        stop(USAGE, "usage: anomaly TABLE PERMILLE");
    }
    return permille;
}

int main(int argc, char **argv)
{
    static struct model model;

    if (argc != 3) {
        stop(USAGE, "usage: anomaly TABLE PERMILLE");
    }
    learn(argv[1], parse_permille(argv[2]), &model);
    watch(&model);
    return DONE;
}
