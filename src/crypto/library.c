/* SPDX-License-Identifier: MIT */

/* Starting OpenSSL, and turning its errors into ours. */

#include "crypto/library_internal.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

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
