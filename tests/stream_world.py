"""A container with streams of every kind between principals, and what its tests do with them."""

import base64
import concurrent.futures
import hashlib
import json
import subprocess

import curl
import h2
import harness
import wire
from tap import check, equal

WINDOW = 65536  # bytes; the least there is
TEXT = b"one line\nanother\n\nthe last\n"
MANY = 256
CELL = 4 + 100

PLAIN = {"partial": True, "window_bytes": WINDOW}
STREAMS = {
    **{f"plain{i}": PLAIN for i in range(32)},
    "hashed": {**PLAIN, "digest": "sha-256"},
    "usual": {"partial": True},
    "held": {"window_bytes": WINDOW},
    "held2": {"window_bytes": WINDOW},
    "held3": {"window_bytes": WINDOW, "uses": 100},
    "held4": {"window_bytes": WINDOW, "uses": 100, "records": "lines", "record_bytes": 100},
    "held5": {"window_bytes": WINDOW, "uses": 100, "records": "lines", "record_bytes": 100, "padded": True},
    "twice": {**PLAIN, "uses": 2},
    "twice2": {**PLAIN, "uses": 2},
    "often": {**PLAIN, "uses": 1000},
    "often2": {**PLAIN, "uses": 1000},
    "often3": {**PLAIN, "uses": 1000, "resume_seconds": 0},
    "lines": {**PLAIN, "uses": 100, "records": "lines", "record_bytes": 100},
    "length": {**PLAIN, "uses": 100, "records": "length", "record_bytes": 100},
    "cells": {**PLAIN, "uses": 100, "records": "lines", "record_bytes": 100, "padded": True},
    "cells2": {**PLAIN, "uses": 100, "records": "length", "record_bytes": 100, "padded": True},
    "both": {**PLAIN, "uses": 100, "consumers": [{"principal": "taker"}, {"principal": "second"}]},
    "theirs": {**PLAIN, "producer": {"principal": "taker"}, "consumers": [{"principal": "second"}]},
}


def ends(terms):
    return {"producer": {"principal": "maker"}, "consumers": [{"principal": "taker"}], **terms}


class World(harness.Stage):
    def prepare(self):
        self.maker, self.taker, self.second, self.stranger = (self.party(name) for name in ("maker", "taker", "second", "stranger"))
        self.parties = [self.maker, self.taker, self.second, self.stranger]
        self.container = self.serving(self.rules(STREAMS))
        self.plain = iter(range(32))

    def rules(self, streams):
        return self.policy(self.parties, streams={name: ends(terms) for name, terms in streams.items()},
                           lifecycle={"shutdown": ["stranger"]})

    def fresh(self):
        """A stream that no test has used, bytes, one use."""
        return f"plain{next(self.plain)}"

    def line(self, party, **settings):
        return wire.Line(self.container, party, **settings)

    def ask(self, party, method, target, *options, **rest):
        return curl.request(self.container, party, method, target, *options, **rest)


def streaming(container, party, name, *options, **rest):
    """curl for as long as it takes: --max-time would make an end of a producer's silence."""
    command = [word for word in curl.command(container, party, f"/v1/streams/{name}") if word not in ("--max-time", str(harness.PATIENCE))]
    return subprocess.Popen([*command, "--no-buffer", *options], **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, **rest})


def feed(process, data):
    """Writes from another thread, since it may have to wait."""
    def write():
        try:
            process.stdin.write(data)
            process.stdin.close()
        except BrokenPipeError:
            pass
    return concurrent.futures.ThreadPoolExecutor(1).submit(write)


def part(line, name, content, *fields):
    """A part of a stream that is taken whole, and not its end."""
    exchange = line.put(name, ("upload-complete", "?0"), *fields)
    exchange.send(content, end=True)
    equal(exchange.await_end(), "whole", f"part of {name}")
    state = json.loads(exchange.body)
    check("position" in state, f"answer {state}")
    return state


def put(line, name, content, *fields, trailers=None):
    """All the rest of a stream; returns the exchange after its answer."""
    exchange = line.put(name, *fields)
    try:
        exchange.send(content, end=trailers is None)
        if trailers is not None:
            exchange.trail(trailers)
    except h2.Ended:
        pass
    exchange.await_end()
    return exchange


def sha256_field(content):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def gmac_field(container, name, use, content):
    """As docs/http-api.md says it, by somebody else's implementation."""
    key = hashlib.sha256(b"veracruz stream 1\0" + container.policy.hash + name.encode() + b"\0" + use.to_bytes(8, "big")).digest()[:16]
    done = subprocess.run(["openssl", "mac", "-cipher", "AES-128-GCM", "-macopt", f"hexkey:{key.hex()}", "-macopt", "hexiv:" + "00" * 12,
                           "-in", "-", "-binary", "GMAC"], input=content, capture_output=True, timeout=harness.PATIENCE)
    equal(done.returncode, 0, done.stderr)
    return f"veracruz-gmac=:{base64.b64encode(done.stdout).decode()}:"


def fill(line, exchange, content):
    """Sends until the window is full; returns the rest. Grants come behind the answer to a PING."""
    rest = exchange.push(content)
    line.until(lambda: exchange.granted >= WINDOW)
    rest = exchange.push(rest)
    for _ in range(3):
        line.settle()
    return rest


def cells_of(lines):
    return b"".join(len(line).to_bytes(4, "big") + line.ljust(100, b"\0") for line in lines)
