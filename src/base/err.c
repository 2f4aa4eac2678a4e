/* SPDX-License-Identifier: MIT */

#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

vc_printf(3, 0) static void fill(struct vc_err *err, enum vc_code code, const char *format,
                                 va_list args)
{
    if (err == nullptr)
        return;
    *err = (struct vc_err){.code = code};
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
}

enum vc_code vc_fail(struct vc_err *err, enum vc_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(err, code, format, args);
    va_end(args);
    return code;
}

enum vc_code vc_fail_host(struct vc_err *err, const char *format, ...)
{
    int saved = errno;
    va_list args;

    va_start(args, format);
    fill(err, VC_HOST, format, args);
    va_end(args);
    if (err != nullptr) {
        size_t used = strlen(err->text);
        char meaning[96];

        err->host_errno = saved;
        (void)snprintf(err->text + used, sizeof(err->text) - used, ": %s",
                       strerror_r(saved, meaning, sizeof(meaning)));
    }
    errno = saved;
    return VC_HOST;
}

enum vc_code vc_fail_memory(struct vc_err *err)
{
    return vc_fail(err, VC_MEMORY, "out of memory");
}

enum vc_code vc_fail_in(struct vc_err *err, enum vc_code code, const char *format, ...)
{
    char inner[VC_ERR_TEXT_MAX];
    va_list args;
    size_t used;

    if (err == nullptr)
        return code;
    memcpy(inner, err->text, sizeof(inner));
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    used = strlen(err->text);
    (void)snprintf(err->text + used, sizeof(err->text) - used, ": %s", inner);
    err->code = code;
    return code;
}

const char *vc_code_name(enum vc_code code)
{
    switch (code) {
    case VC_OK:
        return "ok";
    case VC_MALFORMED:
        return "malformed";
    case VC_REFUSED:
        return "refused";
    case VC_UNTRUSTED:
        return "untrusted";
    case VC_LIMIT:
        return "limit";
    case VC_NOT_FOUND:
        return "not-found";
    case VC_STATE:
        return "state";
    case VC_CLOSED:
        return "closed";
    case VC_MEMORY:
        return "memory";
    case VC_HOST:
        return "host";
    }
    return "unknown";
}
