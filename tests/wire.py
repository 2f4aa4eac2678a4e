"""Several exchanges on one HTTP/2 connection, each with its flow control in the test's hands: nothing moves that a test did not grant,
and everything that is waited for is a frame."""

import json
import struct

import h2

WINDOW_UPDATE = 8
WINDOW = 65535  # RFC 9113 §6.9.2, of a connection and of each of its streams
FRAME = 16384
INITIAL_WINDOW_SIZE = 4


class Exchange:
    def __init__(self, line, number):
        self.line, self.number = line, number
        self.window = line.initial  # that we may still send
        self.granted = self.window  # that we were ever given
        self.sent = 0
        self.over = False  # our side has ended
        self.body = bytearray()  # of the answer
        self.blocks = []  # of header fields: the answer's, then its trailers
        self.end = None  # "whole" or "broken"

    def send(self, content, end=False):
        """Sends all of it, waiting for the server's grants."""
        while True:
            content = self.push(content, end)
            if not content:
                return
            self.line.until(lambda: min(self.window, self.line.window) > 0 or self.end)
            if self.end:
                raise h2.Ended(f"exchange {self.number} is {self.end}")

    def push(self, content, end=False):
        """Sends what may be sent now, and returns the rest; the end goes with the last byte, once."""
        while not self.over:
            size = min(len(content), self.window, self.line.window, FRAME)
            last = end and size == len(content)
            if size or last:
                self.line.data(self.number, content[:size], last)
            self.over = last
            self.window -= size
            self.line.window -= size
            self.sent += size
            content = content[size:]
            if not content or not size:
                break
        return content

    def trail(self, fields):
        """Ends the body with trailers."""
        block = b"".join(b"\x10" + h2.literal(name) + h2.literal(value) for name, value in fields)
        self.line.send(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, self.number, block)

    def grant(self, size):
        """Lets the server send more of the answer."""
        self.line.send(WINDOW_UPDATE, 0, self.number, struct.pack(">I", size))

    def await_bytes(self, count):
        """Waits until the answer has so many bytes; fails if it ends before."""
        self.line.until(lambda: len(self.body) >= count or self.end)
        if len(self.body) < count:
            raise h2.Ended(f"exchange {self.number} is {self.end} after {len(self.body)} of {count} bytes")
        return bytes(self.body[:count])

    def await_head(self):
        self.line.until(lambda: self.blocks or self.end)
        return self

    def await_end(self):
        """Waits for the end; returns "whole" or "broken"."""
        self.line.until(lambda: self.end)
        return self.end

    def stop(self):
        self.line.cancel(self.number)
        self.end = self.end or "broken"

    @property
    def problem(self):
        """Type and detail of a problem document."""
        document = json.loads(self.body)
        return document["type"].removeprefix("urn:veracruz:problem:"), document["detail"]


class Line(h2.Connection):
    """`initial`: the window of each answer until more is granted; the connection's own never counts."""

    def __init__(self, container, party, initial=WINDOW):
        self.initial = WINDOW
        self.window = WINDOW
        self.exchanges = {}
        self.next = 1
        super().__init__(container, party)
        self.send(h2.SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, initial))
        self.send(WINDOW_UPDATE, 0, 0, struct.pack(">I", (1 << 31) - 1 - WINDOW))
        self.settle()

    def ask(self, method, target, fields=(), end=True):
        exchange = Exchange(self, self.next)
        self.exchanges[self.next] = exchange
        self.next += 2
        self.request(exchange.number, method, target, fields, end)
        return exchange

    def put(self, name, *fields):
        return self.ask("PUT", f"/v1/streams/{name}", fields, end=False)

    def get(self, name, *fields):
        return self.ask("GET", f"/v1/streams/{name}", fields)

    def delete(self, name, *fields):
        exchange = self.ask("DELETE", f"/v1/streams/{name}", fields)
        exchange.await_end()
        return exchange

    def state(self, name):
        """The stream's object."""
        exchange = self.ask("GET", "/v1/streams")
        exchange.await_end()
        return next(stream for stream in json.loads(exchange.body)["streams"] if stream["name"] == name)

    def until(self, done):
        while not done():
            self.take(*self.receive())

    def settle(self):
        for frame in super().settle():
            self.take(*frame)

    def take(self, kind, flags, number, content):
        exchange = self.exchanges.get(number)
        if kind == WINDOW_UPDATE:
            self.widen(exchange, struct.unpack(">I", content)[0])
        elif kind == h2.SETTINGS and not flags & h2.ACK:
            for at in range(0, len(content), 6):
                name, value = struct.unpack(">HI", content[at:at + 6])
                self.initial = value if name == INITIAL_WINDOW_SIZE else self.initial
        elif kind == h2.GOAWAY:
            self.gone = True
        elif exchange:
            exchange.body += content if kind == h2.DATA else b""
            exchange.blocks += [content] if kind == h2.HEADERS else []
            if kind == h2.RST_STREAM and struct.unpack(">I", content)[0] != 0:
                exchange.end = exchange.end or "broken"
            elif kind in (h2.DATA, h2.HEADERS) and flags & h2.END_STREAM:
                exchange.end = "whole"

    def widen(self, exchange, size):
        if exchange:
            exchange.window += size
            exchange.granted += size
        else:
            self.window += size
