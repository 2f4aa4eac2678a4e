/* SPDX-License-Identifier: MIT */

#include "net/origin.h"

#include <netinet/in.h>
#include <string.h>

static constexpr size_t IPV4_AT = 12; /* in an IPv6 address that holds one (RFC 4291 §2.5.5.2) */

/* In the place where no network has addresses: ::/64 holds nothing but this machine. */
static struct vc_origin of_ipv4(const uint8_t address[4])
{
    struct vc_origin origin = {.known = true, .bytes = {0, 0, 0xff, 0xff}};

    memcpy(origin.bytes + 4, address, 4);
    return origin;
}

static struct vc_origin of_ipv6(const struct in6_addr *address)
{
    struct vc_origin origin = {.known = true};

    if (IN6_IS_ADDR_V4MAPPED(address))
        return of_ipv4(address->s6_addr + IPV4_AT);
    memcpy(origin.bytes, address->s6_addr, sizeof(origin.bytes));
    return origin;
}

struct vc_origin vc_origin_of(const struct sockaddr_storage *address)
{
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    uint8_t bytes[4];

    if (address->ss_family == AF_INET6) {
        memcpy(&six, address, sizeof(six));
        return of_ipv6(&six.sin6_addr);
    }
    if (address->ss_family != AF_INET)
        return (struct vc_origin){};
    memcpy(&four, address, sizeof(four));
    memcpy(bytes, &four.sin_addr.s_addr, sizeof(bytes));
    return of_ipv4(bytes);
}

bool vc_origin_equal(const struct vc_origin *a, const struct vc_origin *b)
{
    return a->known && b->known && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
