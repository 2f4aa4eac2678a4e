/* SPDX-License-Identifier: MIT */

#include "worker/store_line.h"

#include <unistd.h>

#include "base/file.h"
#include "worker/key_window.h"

/* What was in the window of a call that has not come back goes with it. */
static void break_off(struct vc_store_line *line)
{
    if (line->state == VC_STORE_LINE_OPEN)
        (void)close(line->socket);
    vc_key_window_unmap(&line->window);
    line->state = VC_STORE_LINE_BROKEN;
}

static enum vc_code connect_to_store(struct vc_store_line *line)
{
    vc_cleanup(vc_fd_closep) int socket = -1;
    vc_cleanup(vc_fd_closep) int window = -1;
    enum vc_code code = vc_control_keystore(line->control, &socket, &window, nullptr);

    if (code == VC_OK)
        code = vc_key_window_map(window, &line->window, nullptr);
    if (code != VC_OK)
        return code;
    line->socket = vc_take_fd(socket);
    line->state = VC_STORE_LINE_OPEN;
    return VC_OK;
}

static vc_psa_status exchange(struct vc_store_line *line, struct vc_psa_call *call)
{
    struct vc_psa_frame frame;
    vc_psa_status status = vc_psa_frame_ask(call, line->window, &frame);

    if (status != VC_PSA_SUCCESS)
        return status; /* nothing was asked */
    if (vc_key_window_send(line->socket, &frame, nullptr) != VC_OK ||
        vc_key_window_receive(line->socket, &frame, nullptr) != VC_OK) {
        break_off(line);
        return VC_PSA_ERROR_COMMUNICATION_FAILURE;
    }
    status = vc_psa_frame_take(&frame, line->window, call);
    if (status == VC_PSA_ERROR_COMMUNICATION_FAILURE)
        break_off(line);
    return status;
}

vc_psa_status vc_store_line_ask(void *user, struct vc_psa_call *call)
{
    struct vc_store_line *line = user;

    if (line->state == VC_STORE_LINE_UNUSED && connect_to_store(line) != VC_OK)
        break_off(line);
    if (line->state == VC_STORE_LINE_BROKEN)
        return VC_PSA_ERROR_COMMUNICATION_FAILURE;
    return exchange(line, call);
}
