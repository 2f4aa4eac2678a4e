/* SPDX-License-Identifier: MIT */

/* Ordinary least squares over the rows of two hospitals: how the progression of diabetes depends on
 * ten measurements. Tells the coefficients and nothing else.
 *
 * Columns are standardised in a first pass; a second pass turns each row into a triangular matrix
 * with Givens rotations (QR without ever holding the rows, so memory is flat and the condition of
 * the columns is not squared, as it would be in the normal equations). */

#include "csv.h"

#include <math.h>
#include <stdlib.h>

constexpr size_t TERMS = 10;          /* measurements */
constexpr size_t COLUMNS = TERMS + 1; /* and the progression, last */
constexpr uint64_t ROWS_MIN = 50;     /* fewer would tell too much about each patient */
constexpr uint64_t ROWS_MAX = 1 << 24;
constexpr double RANK_MIN = 1e-9; /* of a standardised column's part that no other explains */

/* Exit codes: all that a failed run tells. */
enum exit_code : int {
    DONE = 0,
    NO_ACCESS = 1,
    MALFORMED = 2,
    TOO_FEW = 3,
    TOO_MANY = 4,
    DEPENDENT = 5
};

static const char program[] = "linear-regression";
static const char header[] = "age,sex,bmi,bp,s1,s2,s3,s4,s5,s6,progression";
static const char *const terms[TERMS] = {"age", "sex", "bmi", "bp", "s1",
                                         "s2",  "s3",  "s4",  "s5", "s6"};
static const char *const inputs[] = {"/input/hospital-a.csv", "/input/hospital-b.csv"};

struct scale { /* of each column */
    uint64_t row_count;
    double mean[COLUMNS];
    double deviation[COLUMNS]; /* sum of squares while passing, then the standard deviation */
};

struct fit {
    const struct scale *scale;
    double r[COLUMNS][COLUMNS]; /* upper triangle */
};

typedef void visit_row(void *user, const double row[COLUMNS]);

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "%s: %s\n", program, reason);
    exit(code);
}

static void parse_row(struct csv *csv, double row[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (!csv_number(csv->fields[i], &row[i])) {
            csv->reason = "not a number";
            csv_report(csv, program);
            exit(MALFORMED);
        }
    }
}

static void for_each_row(const char *path, visit_row *visit, void *user)
{
    struct csv csv;
    double row[COLUMNS];
    enum csv_code code = csv_open(&csv, path, header);
    while (code == CSV_OK && (code = csv_next(&csv)) == CSV_OK) {
        parse_row(&csv, row);
        visit(user, row);
    }
    if (code != CSV_END) {
        csv_report(&csv, program);
        exit(code == CSV_MALFORMED ? MALFORMED : NO_ACCESS);
    }
    csv_close(&csv);
}

static void for_all_rows(visit_row *visit, void *user)
{
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        for_each_row(inputs[i], visit, user);
    }
}

/* Welford's update: means and sums of squares without cancellation. */
static void measure_row(void *user, const double row[COLUMNS])
{
    struct scale *scale = user;
    if (++scale->row_count > ROWS_MAX) {
        stop(TOO_MANY, "too many rows");
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        double before = row[i] - scale->mean[i];
        scale->mean[i] += before / (double)scale->row_count;
        scale->deviation[i] += before * (row[i] - scale->mean[i]);
    }
}

static void finish_scale(struct scale *scale)
{
    if (scale->row_count < ROWS_MIN) {
        stop(TOO_FEW, "too few rows");
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        scale->deviation[i] = sqrt(scale->deviation[i] / (double)(scale->row_count - 1));
        if (!isfinite(scale->deviation[i]) || scale->deviation[i] <= 0) {
            stop(DEPENDENT, "a column is constant or out of range");
        }
    }
}

/* Rotates the row into the triangle until nothing of it is left. */
static void fit_row(void *user, const double row[COLUMNS])
{
    struct fit *fit = user;
    double rest[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        rest[i] = (row[i] - fit->scale->mean[i]) / fit->scale->deviation[i];
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        double length = hypot(fit->r[i][i], rest[i]);
        if (length == 0) {
            continue;
        }
        double cosine = fit->r[i][i] / length;
        double sine = rest[i] / length;
        for (size_t j = i; j < COLUMNS; j++) {
            double upper = fit->r[i][j];
            fit->r[i][j] = cosine * upper + sine * rest[j];
            rest[j] = cosine * rest[j] - sine * upper;
        }
    }
}

/* Back substitution; coefficients in the units of the table, the intercept last. */
static void solve(const struct fit *fit, double coefficients[COLUMNS])
{
    const struct scale *scale = fit->scale;
    double standard[TERMS];
    coefficients[TERMS] = scale->mean[TERMS];
    for (size_t i = TERMS; i-- > 0;) {
        if (fabs(fit->r[i][i]) < RANK_MIN * sqrt((double)scale->row_count)) {
            stop(DEPENDENT, "a column follows from the others");
        }
        double sum = fit->r[i][TERMS];
        for (size_t j = i + 1; j < TERMS; j++) {
            sum -= fit->r[i][j] * standard[j];
        }
        standard[i] = sum / fit->r[i][i];
        coefficients[i] = standard[i] * scale->deviation[TERMS] / scale->deviation[i];
        coefficients[TERMS] -= coefficients[i] * scale->mean[i];
    }
}

static void write_result(const char *path, const double coefficients[COLUMNS])
{
    FILE *file = fopen(path, "wb");
    if (file == nullptr) {
        stop(NO_ACCESS, "cannot open the result");
    }
    fprintf(file, "term,coefficient\nintercept,%.17g\n", coefficients[TERMS]);
    for (size_t i = 0; i < TERMS; i++) {
        fprintf(file, "%s,%.17g\n", terms[i], coefficients[i]);
    }
    if (ferror(file) || fclose(file) != 0) {
        stop(NO_ACCESS, "cannot write the result");
    }
}

int main(void)
{
    struct scale scale = {};
    struct fit fit = {.scale = &scale};
    double coefficients[COLUMNS];
    for_all_rows(measure_row, &scale);
    finish_scale(&scale);
    for_all_rows(fit_row, &fit);
    solve(&fit, coefficients);
    write_result("/output/coefficients.csv", coefficients);
    return DONE;
}
