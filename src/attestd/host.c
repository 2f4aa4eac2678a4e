/* SPDX-License-Identifier: MIT */

#include "attestd/host.h"

#include <arpa/inet.h>
#include <string.h>

static constexpr size_t LABEL_MAX = 63;
static const char RESERVED[] = "veracruz";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter_or_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool is_label(const char *label, size_t size)
{
    if (size == 0 || size > LABEL_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        bool inner = i > 0 && i + 1 < size;

        if (!is_letter_or_digit(label[i]) && !(inner && label[i] == '-'))
            return false;
    }
    return true;
}

static bool is_all_digits(const char *label)
{
    return label[strspn(label, "0123456789")] == '\0';
}

/* Walks the labels; *last is the last one. */
static bool is_name(const char *name, const char **last)
{
    for (;;) {
        size_t size = strcspn(name, ".");

        if (!is_label(name, size))
            return false;
        *last = name;
        if (name[size] == '\0')
            return !is_all_digits(name);
        name += size + 1;
    }
}

static bool copy_lower(const char *text, char name[VC_HOST_MAX])
{
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
    size_t size = strlen(text);

    if (size >= VC_HOST_MAX)
        return false;
    for (size_t i = 0; i <= size; i++) {
        name[i] = text[i];
        if (text[i] >= 'A' && text[i] <= 'Z')
            name[i] = lower[text[i] - 'A'];
    }
    return true;
}

enum vc_code vc_host_parse(const char *text, struct vc_host *host, struct vc_err *err)
{
    struct vc_host parsed = {};
    const char *last = "";

    if (inet_pton(AF_INET, text, parsed.address) == 1) {
        parsed.address_size = 4;
    } else if (inet_pton(AF_INET6, text, parsed.address) == 1) {
        parsed.address_size = 16;
    } else if (!copy_lower(text, parsed.name) || !is_name(parsed.name, &last)) {
        return vc_fail(err, VC_MALFORMED, "host: neither a DNS name nor an IP address");
    }
    if (strcmp(last, RESERVED) == 0) {
        return vc_fail(err, VC_REFUSED, "host: names under .%s are given by policies alone",
                       RESERVED);
    }
    *host = parsed;
    return VC_OK;
}
