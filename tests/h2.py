"""A small HTTP/2 client that does what a decent one never would: stops in the middle, lies about lengths, and still says
exactly when the server has seen what was sent (by PING)."""

import ssl
import struct

import harness

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
CANCEL = 8


class Ended(Exception):
    """The server ended the connection."""


def literal(text):
    """A string of HPACK (RFC 7541 §5.2), at most 16,510 bytes long."""
    data = text.encode()
    if len(data) < 127:
        return bytes([len(data)]) + data
    rest = len(data) - 127
    return bytes([127, rest & 127 | 128, rest >> 7]) + data


class Connection:
    def __init__(self, container, party, policy=None):
        context = ssl.create_default_context(cafile=container.stage.attestation.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if party:
            context.load_cert_chain(party.certificate, party.key)
        host, port = container.address.rsplit(":", 1)
        self.host = (policy or container.policy).host
        self.socket = harness.connect(context, host, port, self.host)
        self.socket.sendall(PREFACE)
        self.send(SETTINGS, 0, 0, b"")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, flags, stream, content):
        self.socket.sendall(struct.pack(">I", len(content))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + content)

    def receive(self):
        head = self.read(9)
        size = int.from_bytes(head[:3], "big")
        if head[3] == SETTINGS and not head[4] & ACK:
            self.send(SETTINGS, ACK, 0, b"")
        return head[3], head[4], int.from_bytes(head[5:9], "big") & 0x7FFFFFFF, self.read(size)

    def read(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise Ended
            data += piece
        return data

    def request(self, stream, method, target, fields=(), end=False):
        """Sends the header fields of a request; nothing is compressed, nothing is checked."""
        pseudo = ((":method", method), (":scheme", "https"), (":authority", self.host), (":path", target))
        block = b"".join(b"\x10" + literal(name) + literal(value) for name, value in (*pseudo, *fields))
        self.send(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, block)

    def data(self, stream, content, end=False):
        """At most 16,384 bytes: the window and the frame size that every server begins with."""
        self.send(DATA, END_STREAM if end else 0, stream, content)

    def cancel(self, stream):
        self.send(RST_STREAM, 0, stream, struct.pack(">I", CANCEL))

    def settle(self):
        """Returns when the server has read everything sent so far: the frames that came until then."""
        self.send(PING, 0, 0, b"settled?")
        frames = []
        while True:
            kind, flags, stream, content = self.receive()
            if kind == PING and flags & ACK:
                return frames
            frames.append((kind, flags, stream, content))

    def closing(self, stream):
        """Waits for the end of a stream; returns the kind of frame that ended it."""
        while True:
            kind, flags, number, _ = self.receive()
            if kind == GOAWAY or number == stream and (kind == RST_STREAM or kind in (DATA, HEADERS) and flags & END_STREAM):
                return kind
