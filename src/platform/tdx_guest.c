/* SPDX-License-Identifier: MIT */

#include "platform/tdx_guest.h"

#include <linux/tdx-guest.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/random.h"

const char VC_TDX_GUEST_PATH[] = "/dev/tdx_guest";

/* Intel TDX Module ABI, TDREPORT_STRUCT: REPORTMACSTRUCT (256 bytes, with REPORTDATA at 128),
 * TEE_TCB_INFO (239), 17 reserved, TDINFO (512, with MRTD at 16). */
static constexpr uint8_t REPORT_TYPE_TDX = 0x81;
static constexpr size_t REPORT_DATA_OFFSET = 128;
static constexpr size_t MRTD_OFFSET = 256 + 239 + 17 + 16;

enum vc_code vc_tdx_guest_mrtd(const struct vc_device *device, uint8_t mrtd[VC_TDX_MRTD_SIZE],
                               struct vc_err *err)
{
    struct tdx_report_req request = {};
    uint8_t given[TDX_REPORTDATA_LEN];
    enum vc_code code = vc_random(given, sizeof(given), err);

    static_assert(MRTD_OFFSET + VC_TDX_MRTD_SIZE <= sizeof(request.tdreport));
    if (code != VC_OK)
        return code;
    memcpy(request.reportdata, given, sizeof(given));
    code = vc_device_request(device, VC_TDX_GUEST_PATH, TDX_CMD_GET_REPORT0, &request, err);
    if (code != VC_OK)
        return code;
    if (request.tdreport[0] != REPORT_TYPE_TDX)
        return vc_fail(err, VC_MALFORMED, "%s: report of type 0x%02x, TDX's is 0x%02x",
                       VC_TDX_GUEST_PATH, request.tdreport[0], REPORT_TYPE_TDX);
    if (memcmp(request.tdreport + REPORT_DATA_OFFSET, given, sizeof(given)) != 0)
        return vc_fail(err, VC_MALFORMED, "%s: the report is of other data than was given",
                       VC_TDX_GUEST_PATH);
    memcpy(mrtd, request.tdreport + MRTD_OFFSET, VC_TDX_MRTD_SIZE);
    return VC_OK;
}

enum vc_code vc_tdx_guest_explain(const struct vc_device *device, struct vc_err *err)
{
    uint8_t mrtd[VC_TDX_MRTD_SIZE];
    char hex[2 * VC_TDX_MRTD_SIZE + 1];
    enum vc_code code = vc_tdx_guest_mrtd(device, mrtd, err);

    if (code != VC_OK)
        return code;
    vc_hex_encode(VC_BYTES(mrtd), hex);
    return vc_fail(err, VC_NOT_FOUND,
                   "this is a TDX machine (MRTD %s), and its kernel has no way to a quote that "
                   "others can verify: Linux 6.7 with configfs-tsm is needed, and a quoting "
                   "service on the host",
                   hex);
}
