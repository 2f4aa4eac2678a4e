/* SPDX-License-Identifier: MIT */

/* How long does a decision take, and a narrowing? A policy of 1,000 principals and 10,000 rights,
 * parsed from its text; a force in which thousands of places are narrowed; questions of what is
 * allowed and of what is not. In turns with it: the policy alone, and looking at every right.
 * Processor time counts, medians of the rounds. Ends with one RESULT line. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/explain.h"
#include "policy/force.h"

static constexpr size_t PRINCIPALS = 1000;
static constexpr size_t RIGHTS_OF_ONE = 10; /* and so 10,000 */
static constexpr size_t PLACES = 4000;      /* that are narrowed */
static constexpr size_t QUESTIONS = 4096;
static constexpr size_t ROUNDS = 11;
static constexpr size_t TURNS = 20;     /* over all questions, of one round */
static constexpr size_t NARROWED = 200; /* in one round */

struct question {
    struct vc_subject who;
    enum vc_right what;
    char path[64];
    bool allowed; /* by the policy alone */
};

static struct question questions[QUESTIONS];
static uint64_t dice = 20261123;

static void need(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "bench-policy: %s\n", what);
    exit(1);
}

static size_t roll(size_t sides)
{
    dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (size_t)((dice >> 33) % sides);
}

static double now_s(void)
{
    struct timespec time;

    need(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0, "clock");
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof(*values), compare);
    return values[ROUNDS / 2];
}

/* -------------------------------------------------------------------------------------- policy */

static void put(struct vc_buffer *text, const char *piece)
{
    need(vc_buffer_append_text(text, piece, nullptr) == VC_OK, "memory");
}

static void put_certificate(struct vc_buffer *text, bool ca, size_t number)
{
    static constexpr int64_t from = 1767225600; /* 2026-01-01 */
    static constexpr int64_t until = 1830297600;
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    char name[16];

    (void)snprintf(name, sizeof(name), "p%zu", number);
    need(vc_key_new(&key, nullptr) == VC_OK, "key");
    need((ca ? vc_cert_new_ca(key, "service", from, until, &cert, nullptr)
             : vc_cert_new_identity(key, name, from, until, &cert, nullptr)) == VC_OK,
         "certificate");
    need(vc_cert_encode_pem(cert, &pem, nullptr) == VC_OK, "PEM");
    put(text, "\"");
    for (size_t i = 0; i < pem.size; i++) {
        char piece[3] = {(char)pem.data[i]};

        put(text, pem.data[i] == '\n' ? "\\n" : piece);
    }
    put(text, "\"");
}

static void put_right(struct vc_buffer *text, size_t principal, const char *may, const char *path)
{
    need(vc_buffer_printf(text, nullptr, "{\"principal\":\"p%zu\",\"may\":[%s],\"path\":\"%s\"},\n",
                          principal, may, path) == VC_OK,
         "memory");
}

/* Of each: its own inputs, its own results, what all may read, and some files here and there. */
static void put_rights(struct vc_buffer *text)
{
    char path[64];

    for (size_t i = 0; i < PRINCIPALS; i++) {
        (void)snprintf(path, sizeof(path), "/input/p%zu/", i);
        put_right(text, i, "\"write\",\"delete\",\"list\"", path);
        (void)snprintf(path, sizeof(path), "/result/p%zu/", i);
        put_right(text, i, "\"read\",\"list\"", path);
        put_right(text, i, "\"read\"", "/output/");
        put_right(text, i, "\"list\"", "/public/");
        for (size_t k = 4; k < RIGHTS_OF_ONE; k++) {
            (void)snprintf(path, sizeof(path), "/shared/%zu/%zu/table-%zu", i % 10, k, i / 10);
            put_right(text, i, "\"read\"", path);
        }
    }
}

static struct vc_policy *policy_new(double *parse_ms)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};
    double start;

    put(&text, "{\"version\": 1, \"name\": \"bench\", \"expires\": \"2027-06-30T00:00:00Z\",\n"
               "\"attestation\": {\"url\": \"https://127.0.0.1:4000\", \"ca\": ");
    put_certificate(&text, true, 0);
    put(&text, ", \"platforms\": {\"process\": {\"measurements\": ["
               "\"1111111111111111111111111111111111111111111111111111111111111111\"]}}},\n"
               "\"principals\": {\n");
    for (size_t i = 0; i < PRINCIPALS; i++) {
        need(vc_buffer_printf(&text, nullptr, "%s\"p%zu\": {\"certificate\": ", i > 0 ? ",\n" : "",
                              i) == VC_OK,
             "memory");
        put_certificate(&text, false, i);
        put(&text, "}");
    }
    put(&text, "},\n\"programs\": {\"split\": {\"path\": \"/program/split.wasm\", \"sha256\": "
               "\"3333333333333333333333333333333333333333333333333333333333333333\"}},\n"
               "\"narrowing\": [{\"program\": \"split\", \"may\": [\"take\"], "
               "\"path\": \"/output/\"}],\n\"rights\": [\n");
    put_rights(&text);
    put(&text, "{\"program\": \"split\", \"may\": [\"read\"], \"path\": \"/input/\"},\n"
               "{\"program\": \"split\", \"may\": [\"write\"], \"path\": \"/output/\"}]}");
    start = now_s();
    need(vc_policy_parse(vc_buffer_bytes(&text), &policy, &err) == VC_OK, err.text);
    *parse_ms = (now_s() - start) * 1e3;
    return policy;
}

/* ----------------------------------------------------------------------------------- questions */

static void ask_path(struct question *question, size_t who)
{
    size_t other = roll(4) == 0 ? roll(PRINCIPALS) : who;
    char *path = question->path;
    size_t size = sizeof(question->path);

    switch (roll(4)) {
    case 0:
        question->what = VC_RIGHT_WRITE;
        (void)snprintf(path, size, "/input/p%zu/data/%zu.csv", other, roll(100));
        break;
    case 1:
        question->what = VC_RIGHT_READ;
        (void)snprintf(path, size, "/shared/%zu/%zu/table-%zu", other % 10, 4 + roll(6),
                       other / 10);
        break;
    case 2:
        question->what = VC_RIGHT_READ;
        (void)snprintf(path, size, "/result/p%zu/a/b/c", other);
        break;
    default:
        question->what = VC_RIGHT_READ;
        (void)snprintf(path, size, "/output/%zu", roll(PLACES * 2));
    }
}

static void make_questions(const struct vc_policy *policy)
{
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct question *question = &questions[i];

        question->who = (struct vc_subject){VC_SUBJECT_PRINCIPAL, roll(PRINCIPALS)};
        ask_path(question, question->who.index);
        question->allowed = vc_policy_decide(policy, question->who, question->what, question->path,
                                             nullptr) == VC_OK;
    }
}

/* As one would without an index. */
static bool scan(const struct vc_policy *policy, const struct question *question)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if (right->who.kind == question->who.kind && right->who.index == question->who.index &&
            (right->may & question->what) != 0 &&
            (right->tree ? vc_path_within(question->path, right->path)
                         : strcmp(question->path, right->path) == 0))
            return true;
    }
    return false;
}

static double time_force(const struct vc_force *force, size_t turns, size_t *allowed)
{
    double start = now_s();

    *allowed = 0;
    for (size_t turn = 0; turn < turns; turn++) {
        for (size_t i = 0; i < QUESTIONS; i++) {
            *allowed += vc_force_decide(force, questions[i].who, questions[i].what,
                                        questions[i].path, nullptr) == VC_OK;
        }
    }
    return (now_s() - start) * 1e9 / (double)(turns * QUESTIONS);
}

static double time_policy(const struct vc_policy *policy, size_t turns)
{
    double start = now_s();

    for (size_t turn = 0; turn < turns; turn++) {
        for (size_t i = 0; i < QUESTIONS; i++) {
            need((vc_policy_decide(policy, questions[i].who, questions[i].what, questions[i].path,
                                   nullptr) == VC_OK) == questions[i].allowed,
                 "another answer");
        }
    }
    return (now_s() - start) * 1e9 / (double)(turns * QUESTIONS);
}

static double time_scan(const struct vc_policy *policy)
{
    double start = now_s();

    for (size_t i = 0; i < QUESTIONS; i++)
        need(scan(policy, &questions[i]) == questions[i].allowed, "another answer of the scan");
    return (now_s() - start) * 1e9 / (double)QUESTIONS;
}

/* ---------------------------------------------------------------------------------- narrowings */

/* A share for one party: nobody else may read it. As a program asks for it, from its text. */
static void narrow(struct vc_force *force, const char *folder, size_t place)
{
    const struct vc_policy *policy = vc_force_policy(force);
    const struct vc_subject split = {VC_SUBJECT_PROGRAM, 0};
    struct vc_narrowing narrowing;
    struct vc_err err = {};
    bool changed = false;
    char text[160];
    int size = snprintf(text, sizeof(text),
                        "{\"take\":{\"may\":[\"read\"],\"path\":\"/output/%s%zu\","
                        "\"from_all_but\":[{\"principal\":\"p%zu\"}]}}",
                        folder, place, place % PRINCIPALS);

    need(vc_narrowing_parse(policy, (struct vc_bytes){(const uint8_t *)text, (size_t)size},
                            &narrowing, &err) == VC_OK,
         err.text);
    need(vc_policy_decide_narrow(policy, split, &narrowing, &err) == VC_OK, err.text);
    need(vc_force_narrow(force, &narrowing, &changed, &err) == VC_OK && changed, err.text);
}

static double time_narrow(struct vc_force *force, size_t round)
{
    double start = now_s();

    for (size_t i = 0; i < NARROWED; i++)
        narrow(force, "timed/", round * NARROWED + i);
    return (now_s() - start) * 1e6 / (double)NARROWED;
}

static double time_digest(const struct vc_force *force)
{
    uint8_t digest[VC_SHA256_SIZE];
    double start = now_s();

    need(vc_force_digest(force, digest, nullptr) == VC_OK, "digest");
    return (now_s() - start) * 1e6;
}

/* The most that one narrowing can do. */
static double time_all(const struct vc_policy *policy)
{
    static const char text[] = "{\"take\":{\"may\":[\"read\",\"write\",\"append\",\"execute\","
                               "\"list\",\"delete\"],\"path\":\"/\",\"from_all_but\":[]}}";
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr;
    struct vc_narrowing narrowing;
    bool changed = false;
    double start = now_s();

    need(vc_force_new(policy, &force, nullptr) == VC_OK, "memory");
    need(vc_narrowing_parse(policy, (struct vc_bytes){(const uint8_t *)text, sizeof(text) - 1},
                            &narrowing, nullptr) == VC_OK,
         "take all");
    need(vc_force_narrow(force, &narrowing, &changed, nullptr) == VC_OK && changed, "take all");
    return (now_s() - start) * 1e3;
}

static double time_explain(const struct vc_policy *policy)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer prose = {};
    struct vc_err err = {};
    double start = now_s();

    need(vc_policy_explain(policy, nullptr, &prose, &err) == VC_OK, err.text);
    return (now_s() - start) * 1e3;
}

struct times {
    double force[ROUNDS], policy[ROUNDS], scan[ROUNDS], narrow[ROUNDS], digest[ROUNDS];
};

static void report(struct times *times, const struct vc_policy *policy_asked, double parse_ms)
{
    double all_ms = time_all(policy_asked);
    double explain_ms = time_explain(policy_asked);
    double force = median(times->force);
    double policy = median(times->policy);
    double scan_ns = median(times->scan);
    double narrow_us = median(times->narrow);
    double digest_us = median(times->digest);

    printf(
        "%zu principals, %zu rights, %zu narrowed places; medians of %zu rounds, processor time\n",
        PRINCIPALS, PRINCIPALS * RIGHTS_OF_ONE + 2, PLACES, ROUNDS);
    printf("  a decision in force           %8.0f ns\n", force);
    printf("  the same by the policy alone  %8.0f ns\n", policy);
    printf("  looking at every right        %8.0f ns\n", scan_ns);
    printf("  a narrowing, from its text    %8.1f us\n", narrow_us);
    printf("  taking everything from all    %8.1f ms\n", all_ms);
    printf("  the digest of all narrowings  %8.1f us\n", digest_us);
    printf("  parsing the policy            %8.1f ms\n", parse_ms);
    printf("  explaining it                 %8.1f ms\n", explain_ms);
    printf("RESULT policy decide_ns=%.0f policy_ns=%.0f scan_ns=%.0f narrow_us=%.1f digest_us=%.1f "
           "all_ms=%.1f parse_ms=%.1f explain_ms=%.1f\n",
           force, policy, scan_ns, narrow_us, digest_us, all_ms, parse_ms, explain_ms);
}

int main(void)
{
    static struct times times;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr;
    size_t before = 0;
    size_t after = 0;
    double parse_ms = 0;

    policy = policy_new(&parse_ms);
    make_questions(policy);
    need(vc_force_new(policy, &force, nullptr) == VC_OK, "memory");
    (void)time_force(force, 1, &before);
    for (size_t i = 0; i < PLACES; i++)
        narrow(force, "", i);
    (void)time_force(force, 1, &after);
    need(after < before && after > QUESTIONS / 4, "no sensible share of questions is allowed");
    for (size_t i = 0; i < ROUNDS; i++) {
        times.force[i] = time_force(force, TURNS, &after);
        times.policy[i] = time_policy(policy, TURNS);
        times.scan[i] = time_scan(policy);
        times.narrow[i] = time_narrow(force, i);
        times.digest[i] = time_digest(force);
    }
    report(&times, policy, parse_ms);
    return 0;
}
