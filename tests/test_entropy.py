#!/usr/bin/env python3
"""F3: a container whose machine has no randomness, or only the looks of it, ends before it makes a key, asks for evidence, or has a socket
to listen on. The real runtime, which gets from its launcher nothing but the socket between them."""

import select
import socket
import struct

import broken_random
import harness
from tap import Suite, contains, equal

RUNTIME = harness.BUILD / "src/runtime/veracruz-runtime"
CONTROL_FD = 3  # abi/launcher.h
START, END = 1, 6
HOST, UNTRUSTED = 9, 3  # base/err.h
PATIENCE_MS = 1000 * harness.PATIENCE


class World(harness.Stage):
    def runtime(self, how):
        """The runtime and our end of its only socket."""
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = ["sh", "-c", f'exec "$0" {CONTROL_FD}<&0 0</dev/null', str(RUNTIME)]
            process = broken_random.start(command, how, stdin=theirs)
        return process, mine


suite = Suite(World)


def receive(control):
    """One packet's kind, code and reason; None at the end of the conversation."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    if not poll.poll(PATIENCE_MS):
        raise TimeoutError("the runtime neither spoke nor ended")
    packet = control.recv(65536)
    if not packet:
        return None
    kind, code = struct.unpack_from("=II", packet)
    return kind, code, packet[8:].split(b"\0")[0].decode()


@suite.rows([
    ("it fails", broken_random.ERROR, HOST, "random source: "),
    ("it gives nothing", broken_random.NOTHING, HOST, "random source: it gives nothing"),
    ("it says that it gave all and gave none", broken_random.LIE, UNTRUSTED, "random source: "),
])
def a_container_without_entropy_does_not_start(world, how, code, reason):
    process, control = world.runtime(how)
    with control:
        said = receive(control)
        equal(said[:2], (END, code), f"first and last word {said}")
        contains(said[2], reason, "the reason")
        equal(receive(control), None, "the end")
    equal(process.wait(harness.PATIENCE), 1, "exit code")


@suite.test
def with_entropy_it_waits_for_its_launcher(world):
    """The same start with the kernel's randomness comes as far as reading what the launcher sends."""
    process, control = world.runtime(None)
    with control:
        control.send(struct.pack("=II", START, 0))  # too short
        said = receive(control)
        equal(said[0], END, f"first word {said}")
        contains(said[2], "launcher", "the reason")
    equal(process.wait(harness.PATIENCE), 1, "exit code")


if __name__ == "__main__":
    suite.main()
