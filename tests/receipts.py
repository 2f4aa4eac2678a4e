"""Another verifier of receipts, written after docs/journal.md: SHA-256 of the standard library, signatures by openssl, and nothing of ours.
It leaves out what is beside the journal: the certificate's extension, the service's log, and the replay of narrowings."""

import base64
import calendar
import hashlib
import json
import subprocess
import time


class Wrong(Exception):
    pass


def need(good, what):
    if not good:
        raise Wrong(what)


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def number(value):
    return value.to_bytes(8, "big")


def leaf(text):
    return hashlib.sha256(b"\0" + text.encode()).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Fold:
    """Subtrees from left to right."""

    def __init__(self):
        self.peaks = []  # (leaves, hash)
        self.size = 0

    def add(self, leaves, value):
        need(leaves & (leaves - 1) == 0 and leaves > 0 and self.size % leaves == 0, "no subtree of so many begins here")
        self.size += leaves
        while self.peaks and self.peaks[-1][0] == leaves:
            value = node(self.peaks.pop()[1], value)
            leaves *= 2
        self.peaks.append((leaves, value))

    def root(self):
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        value = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            value = node(left, value)
        return value


class Receipt:
    def __init__(self, text):
        self.json = json.loads(text)
        self.head = self.json["head"]
        self.since = self.json["since"]
        self.entries = {}  # index: (text, details or None)
        self.roots = {0: Fold().root()}  # of the first so many
        self.hidden = 0
        self.fold()

    def fold(self):
        fold = Fold()
        last = None
        for element in self.json["entries"]:
            at = fold.size
            if "entry" in element:
                need(at >= self.since, "shown before since")
                self.take(at, element)
                fold.add(1, leaf(element["entry"]))
                last = None
            else:
                leaves = element["leaves"]
                need(at >= self.since or at + leaves <= self.since, "hidden over since")
                need(last != (at - leaves, leaves) or (at // leaves) % 2 == 0 or at == self.since, "cut smaller than it has to be")
                fold.add(leaves, bytes.fromhex(element["hash"]))
                self.hidden += leaves
                last = (at, leaves)
            self.roots[fold.size] = fold.root()
        need(fold.size == self.head["size"], "size")
        need(fold.root().hex() == self.head["root"], "root")

    def take(self, at, element):
        entry = json.loads(element["entry"])
        need(entry["index"] == at, "index")
        details = element.get("details")
        if details is not None:
            need(hashlib.sha256(details.encode()).hexdigest() == entry["details"], "details")
        self.entries[at] = (element["entry"], details)

    def message(self):
        head = self.head
        name = head["node"].encode()
        return b"".join([b"veracruz-receipt-1\0", bytes.fromhex(self.json["policy"]), bytes.fromhex(head["container"]), number(len(name)),
                         name, number(head["incarnation"]), number(head["size"]), bytes.fromhex(head["root"]),
                         bytes.fromhex(head["in_force"]), number(seconds(head["time"]))])

    def verify(self, stage, policy):
        """Against the policy's file; raises Wrong."""
        content = policy.path.read_bytes()
        need(hashlib.sha256(content).hexdigest() == self.json["policy"], "policy")
        certificate = stage.file("certificate.der", base64.b64decode(self.json["certificate"], validate=True))
        authority = stage.file("ca.pem", json.loads(content)["attestation"]["ca"])
        pem = stage.file("certificate.pem", openssl("x509", "-inform", "DER", "-in", certificate))
        openssl("verify", "-partial_chain", "-trusted", authority, "-attime", seconds(self.head["time"]), pem)
        key = stage.file("key.pem", openssl("x509", "-in", pem, "-noout", "-pubkey"))
        signature = stage.file("signature", encode(base64.b64decode(self.head["signature"], validate=True)))
        openssl("dgst", "-sha256", "-verify", key, "-signature", signature, stage.file("message", self.message()))
        times = [json.loads(text)["time"] for text, _ in self.entries.values()]
        need(times == sorted(times) and all(moment <= self.head["time"] for moment in times), "times")
        if self.since == 0:
            first = json.loads(self.entries[0][0])
            need(first["kind"] == "began" and first["container"] == self.head["container"], "the beginning")


def encode(signature):
    """r and s, 32 bytes each, as the DER that openssl wants."""
    need(len(signature) == 64, "signature")
    parts = b""
    for half in (signature[:32], signature[32:]):
        value = half.lstrip(b"\0") or b"\0"
        if value[0] >= 0x80:
            value = b"\0" + value
        parts += b"\x02" + bytes([len(value)]) + value
    return b"\x30" + bytes([len(parts)]) + parts


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=60)
    need(done.returncode == 0, f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}")
    return done.stdout
