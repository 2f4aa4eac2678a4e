/* SPDX-License-Identifier: MIT */

/* The entry of a certificate, made of nothing but the certificate. */

#include "attest/attested.h"
#include "attest/transparency.h"
#include "base/hex.h"
#include "base/instant.h"

static void put_hex(struct vc_json_writer *writer, const char *key, struct vc_bytes bytes)
{
    struct vc_octets octets = vc_octets_of(bytes);
    char hex[VC_OCTETS_HEX_MAX];

    vc_octets_hex(&octets, hex);
    vc_json_put_string(writer, key, hex);
}

enum vc_code vc_log_entry_of(const struct vc_cert *cert, struct vc_buffer *entry,
                             struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(entry);
    struct vc_attested attested;
    uint8_t digest[VC_SHA256_SIZE];
    char time[VC_INSTANT_TEXT_MAX];
    struct vc_bytes extension;
    enum vc_code code = vc_cert_extension(cert, VC_ATTESTED_OID, &extension, err);

    if (code == VC_OK)
        code = vc_attested_parse(extension, &attested, err);
    if (code != VC_OK)
        return code;
    vc_sha256(vc_cert_der(cert), digest);
    vc_instant_format(attested.verified_at, time);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "verdict", "issued");
    vc_json_put_string(&writer, "time", time);
    put_hex(&writer, "certificate", VC_BYTES(digest));
    vc_json_put_string(&writer, "platform", vc_platform_name(attested.platform));
    put_hex(&writer, "measurement", vc_octets_bytes(&attested.measurement));
    put_hex(&writer, "policy", VC_BYTES(attested.policy_hash));
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}
