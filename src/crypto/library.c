/* SPDX-License-Identifier: MIT */

/* Starting OpenSSL, and turning its errors and values into ours. */

#define OPENSSL_SUPPRESS_DEPRECATED /* RAND_METHOD */

#include "crypto/library_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "crypto/random.h"

static int fill_from_kernel(unsigned char *bytes, int size)
{
    return size >= 0 && vc_random(bytes, (size_t)size, nullptr) == VC_OK;
}

static int always_seeded(void)
{
    return 1;
}

/* Every byte that the library takes for keys, nonces and blinding. Its own generators have state in
 * memory, which a clone of the machine would have, too: both would draw the same bytes from it (and
 * a confined process cannot ask for the time and the process id, as these generators do). The
 * method is deprecated because providers are to have one each; nothing else replaces them all. */
static const RAND_METHOD kernel = {
    .bytes = fill_from_kernel,
    .pseudorand = fill_from_kernel,
    .status = always_seeded,
};

/* Before main: also what libssl draws before it is led through this room. */
[[gnu::constructor]] static void take_randomness_from_kernel(void)
{
    if (RAND_set_rand_method(&kernel) != 1)
        abort();
}

void vc_crypto_start(void)
{
    /* A configuration file could add providers and engines, which nobody measured. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    ERR_clear_error(); /* so that a reason told later is this call's own */
}

enum vc_code vc_crypto_fail(struct vc_err *err, enum vc_code code, const char *what)
{
    unsigned long last = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(last);

    ERR_clear_error();
    if (last != 0 && ERR_GET_REASON(last) == ERR_R_MALLOC_FAILURE)
        return vc_fail_memory(err);
    if (reason == nullptr)
        return vc_fail(err, code, "%s", what);
    return vc_fail(err, code, "%s (%s)", what, reason);
}

/* timegm() does as much, and opens the file of the time zone on the way: a key store may not. */
static int64_t seconds_of(const struct tm *parts)
{
    static const int16_t before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t year = parts->tm_year + 1900;
    int64_t past = year + 399; /* years before it, with one cycle of the calendar more */
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    int64_t days = 365 * past + past / 4 - past / 100 + past / 400 + before_month[parts->tm_mon] +
                   (leap && parts->tm_mon > 1) + parts->tm_mday - 1;

    days -= 146097 + 719162; /* that cycle; from year 1 to 1970 */
    return ((days * 24 + parts->tm_hour) * 60 + parts->tm_min) * 60 + parts->tm_sec;
}

bool vc_asn1_seconds(const ASN1_TIME *time, int64_t *seconds)
{
    struct tm parts = {};

    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1)
        return false;
    *seconds = seconds_of(&parts);
    return true;
}

enum vc_code vc_asn1_common_name(const X509_NAME *name, const char *what, char **text,
                                 struct vc_err *err)
{
    int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    unsigned char *utf8 = nullptr;
    char *copy;
    int size;

    if (index < 0) {
        copy = strdup("");
    } else {
        size =
            ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
        if (size < 0)
            return vc_crypto_fail(err, VC_MALFORMED, what);
        if (memchr(utf8, '\0', (size_t)size) != nullptr) {
            OPENSSL_free(utf8);
            return vc_fail(err, VC_MALFORMED, "%s: NUL in common name", what);
        }
        copy = strndup((char *)utf8, (size_t)size);
        OPENSSL_free(utf8);
    }
    if (copy == nullptr)
        return vc_fail_memory(err);
    *text = copy;
    return VC_OK;
}

bool vc_asn1_same_name(const X509_NAME *a, const X509_NAME *b)
{
    const unsigned char *der[2];
    size_t size[2];

    return X509_NAME_get0_der(a, &der[0], &size[0]) == 1 &&
           X509_NAME_get0_der(b, &der[1], &size[1]) == 1 && size[0] == size[1] &&
           memcmp(der[0], der[1], size[0]) == 0;
}
