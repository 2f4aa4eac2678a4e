#!/usr/bin/env python3
"""Keys of a policy by the command: made, given from files, pipes and PEM, listed, used by a program in a real container, wrapped, unwrapped, taken back.

What programs compute with them is compared with what Python and the openssl command make of the same keys. No output ever has a key in it."""

import hashlib
import hmac
import json
import os
import pty
import random
import select
import stat
import subprocess

import harness
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "key_user.wasm"
MESSAGE = b"message"
SECRET_TEXT = b"what only the owner of the key and the program can read"
INVALID_HANDLE, NOT_PERMITTED = "-136", "-133"
NOWHERE = "127.0.0.1:1"  # who connects there fails with exit code 1


def openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(map(str, arguments))}: {done.stderr.decode()}")
    return done.stdout


class World(harness.Stage):
    def prepare(self):
        self.alice, self.bob = self.party("alice"), self.party("bob")
        self.mac, self.cipher = random.randbytes(20), random.randbytes(32)
        self.curve = openssl("genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.rsa = openssl("genrsa", "-traditional", "2048")
        self.rules = self.policy(
            [self.alice, self.bob], {"user": (WASM, {"stdout": "/output/said.txt", "randomness": True})},
            ["alice: write,execute /program/user.wasm", "alice: write /input/sealed", "alice: read /output/", "bob: read /output/",
             "user: read /input/", "user: write /output/"], keys={
                "mac": self.key("alice", 1, "hmac", ["sign-message"], "hmac-sha-256", bits=160),
                "cipher": self.key("alice", 2, "aes", ["decrypt"], "cbc-pkcs7", bits=256, wrap=["bob"]),
                "curve": self.key("alice", 3, "p256-pair", ["sign-message"], "deterministic-ecdsa-sha-256"),
                "rsa": self.key("bob", 4, "rsa-pair", ["sign-message"], "rsa-pkcs1v15-sign-sha-256", bits=2048),
                "verify": self.key("alice", 5, "p256-public", ["verify-message"], "ecdsa-sha-256"),
            })
        self.container = self.serving(self.rules)
        iv = random.randbytes(16)
        self.sealed = self.file("sealed", iv + openssl("enc", "-aes-256-cbc", "-K", self.cipher.hex(), "-iv", iv.hex(), data=SECRET_TEXT))
        self.good(self.alice, "put", WASM, "/program/user.wasm")
        self.good(self.alice, "put", self.sealed, "/input/sealed")

    def key(self, owner, number, kind, usage, algorithm, **more):
        return {"owner": owner, "id": number, "type": kind, "usage": usage, "algorithm": algorithm, "programs": ["user"], **more}

    def secrets(self):
        """Each key, as it would show."""
        der = openssl("rsa", "-traditional", "-outform", "DER", data=self.rsa)
        scalar = openssl("pkey", "-outform", "DER", data=self.curve)[36:68]
        return [form for key in (self.mac, self.cipher, scalar, der[100:200]) for form in (key, key.hex().encode())]

    def command(self, party, *arguments, data=None, container=None):
        """As harness.Container.veracruz, with bytes in and out."""
        done = subprocess.run([harness.VERACRUZ, *map(str, arguments), "--policy", self.rules.path, "--identity", party.prefix, "--container",
                               container or self.container.address], input=data if data is not None else b"", capture_output=True,
                              env=self.environment, timeout=harness.PATIENCE)
        for secret in self.secrets():
            check(secret not in done.stdout + done.stderr, f"{arguments} says no key")
        return done

    def good(self, party, *arguments, data=None):
        done = self.command(party, *arguments, data=data)
        equal(done.returncode, 0, f"exit code of {arguments}: {done.stderr.decode()}")
        return done.stdout.decode()

    def bad(self, party, code, says, *arguments, data=None, container=None):
        done = self.command(party, *arguments, data=data, container=container)
        equal(done.returncode, code, f"exit code of {arguments}: {done.stderr.decode()}")
        contains(done.stderr.decode(), says, f"{arguments} says")

    def given(self, party):
        return {key["name"]: key["given"] for key in json.loads(self.good(party, "key", "ls", "--json"))["keys"]}

    def said(self, code=0):
        """What the program says of each key: status, and bytes."""
        run = self.command(self.alice, "run", "user")
        equal(run.returncode, code, f"run: {run.stderr.decode()}")
        return lines(self.good(self.alice, "get", "/output/said.txt", "-"))

    def give_all(self):
        self.good(self.alice, "key", "put", "mac", self.file("mac", self.mac))
        self.good(self.alice, "key", "put", "cipher", "-", data=self.cipher)
        self.good(self.alice, "key", "put", "curve", self.file("curve.pem", self.curve), "--pem")
        self.good(self.bob, "key", "put", "rsa", "-", "--pem", data=self.rsa)

    def take_all(self):
        for party in (self.alice, self.bob):
            for name, given in self.given(party).items():
                if given:
                    self.good(party, "key", "rm", name)


def lines(text):
    rows = [line.rsplit(" ", 2) for line in text.splitlines()]
    return {what: (status, bytes.fromhex(out)) for what, status, out in rows}


suite = Suite(World)


# ---- making keys

SIZES = [("aes", 32, []), ("aes, 128 bits", 16, ["--bits", "128"]), ("aria", 32, []), ("camellia, 192 bits", 24, ["--bits", "192"]),
         ("chacha20", 32, []), ("hmac", 32, []), ("hmac, 1024 bits", 128, ["--bits", "1024"]), ("derive", 32, []), ("raw, 8 bits", 1, ["--bits", "8"]),
         ("p256-pair", 32, []), ("p384-pair", 48, []), ("p521-pair", 66, []), ("x25519-pair", 32, [])]


@suite.rows([(about, about.split(",")[0], size, options) for about, size, options in SIZES])
def a_new_key_has_its_size(world, kind, size, options):
    path = world.path("new.key")
    told = json.loads(world.must("key", "new", kind, path, "--json", *options))
    key = path.read_bytes()
    equal(len(key), size, "bytes")
    equal(stat.S_IMODE(path.stat().st_mode), 0o600, "mode")
    equal((told["key"], told["type"]), (str(path), kind), "what is told")
    again = world.path("again.key")
    world.must("key", "new", kind, again, *options)
    check(size < 8 or again.read_bytes() != key, "another time, another key")


@suite.rows([("P-256", "p256-pair", "sha256"), ("P-521", "p521-pair", "sha512"), ("RSA", "rsa-pair", "sha256")])
def the_public_half_is_written_for_openssl(world, kind, digest):
    path, public = world.path("pair.key"), world.path("pair.pem")
    world.must("key", "new", kind, path, "--public", public, *(["--bits", "1024"] if kind == "rsa-pair" else []))
    text = openssl("pkey", "-pubin", "-in", public, "-noout", "-text").decode()
    contains(text, {"p256-pair": "P-256", "p521-pair": "P-521", "rsa-pair": "1024 bit"}[kind], digest)
    if kind == "rsa-pair":
        derived = openssl("rsa", "-inform", "DER", "-in", path, "-pubout")
        equal(derived, public.read_bytes(), "the public half of what was written")


@suite.rows([
    ("no such type", ["des"], "a type of keys wanted"), ("a public half alone", ["p256-public"], "make the pair"),
    ("a password", ["password"], "people make those"), ("too few bits", ["aes", "--bits", "64"], "--bits: 64, but an AES key has 128 to 256"),
    ("odd bits", ["hmac", "--bits", "100"], "in steps of 8"), ("bits of a curve", ["p256-pair", "--bits", "384"], "--bits: 384, but a P-256 key pair has 256\n"),
    ("no number", ["aes", "--bits", "many"], "--bits"), ("public half of a secret", ["aes", "--public", "x.pem"], "has no public half"),
])
def no_key_is_made(world, arguments, says):
    path = world.path("none.key")
    done = world.veracruz("key", "new", arguments[0], path, *arguments[1:])
    equal(done.returncode, 2, "exit code")
    contains(done.stderr, says, "says")
    check(not path.exists(), "no file")


@suite.test
def a_key_is_never_overwritten(world):
    path = world.file("precious.key", b"x")
    done = world.veracruz("key", "new", "aes", path)
    equal(done.returncode, 1, "exit code")
    contains(done.stderr, "exists already, and is not overwritten", "says")
    equal(path.read_bytes(), b"x", "what was there")


# ---- what is never sent: there is no container at that address


@suite.rows([
    ("too short", "mac", lambda w: w.mac[:-1], [], "19 bytes, 20 wanted"),
    ("too long", "cipher", lambda w: w.cipher + b"\n", [], "33 bytes, 32 wanted"),
    ("empty", "mac", lambda w: b"", [], "0 bytes, 20 wanted"),
    ("much too long", "mac", lambda w: bytes(40000), [], "more than 32768 bytes"),
    ("PEM, and not said so", "curve", lambda w: w.curve, [], "this is PEM; say --pem"),
    ("no PEM, and said so", "curve", lambda w: bytes(32), ["--pem"], "not exactly one PEM block"),
    ("PEM of a secret", "cipher", lambda w: w.curve, ["--pem"], "an AES key has no form in PEM"),
    ("PEM of another kind", "curve", lambda w: w.rsa, ["--pem"], "an RSA key pair of 2048 bits in PEM, a P-256 key pair of 256 bits wanted"),
    ("PEM of another curve", "curve", lambda w: openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"), ["--pem"],
     "a P-384 key pair of 384 bits in PEM"),
    ("PEM of another size", "rsa", lambda w: openssl("genrsa", "1024"), ["--pem"], "an RSA key pair of 1024 bits in PEM"),
    ("PEM of the public half", "curve", lambda w: openssl("pkey", "-pubout", data=w.curve), ["--pem"], "a P-256 public key of 256 bits in PEM"),
    ("PEM with the private half", "verify", lambda w: w.curve, ["--pem"], "a P-256 key pair of 256 bits in PEM, a P-256 public key"),
    ("encrypted PEM", "curve", lambda w: openssl("pkcs8", "-topk8", "-passout", "pass:x", data=w.curve), ["--pem"], "that is not encrypted"),
    ("an Ed25519 key", "curve", lambda w: openssl("genpkey", "-algorithm", "ED25519"), ["--pem"], "neither an RSA key nor"),
    ("no key of the policy", "other", lambda w: w.mac, [], "other: the policy has no such key"),
])
def a_key_of_another_form_is_not_sent(world, name, make, options, says):
    content = make(world)
    for source, data in ((world.file("key", content), None), ("-", content)):
        world.bad(world.alice, 2, says, "key", "put", name, source, *options, data=data, container=NOWHERE)


@suite.test
def only_a_good_one_needs_a_container(world):
    world.bad(world.alice, 1, NOWHERE, "key", "put", "mac", "-", data=world.mac, container=NOWHERE)
    world.bad(world.alice, 1, "nothing-here", "key", "put", "mac", "nothing-here", container=NOWHERE)


def through_terminal(world, *arguments, **streams):
    """The command with a terminal for the streams that are named, and a pipe for the rest: exit code, and what the terminal shows."""
    outside, inside = pty.openpty()
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **dict.fromkeys(streams, inside)}
    with subprocess.Popen([harness.VERACRUZ, *map(str, arguments)], env=world.environment, **pipes) as process:
        os.close(inside)
        _, errors = process.communicate(timeout=harness.PATIENCE)
    shown = b""
    while select.select([outside], [], [], 0)[0]:
        try:
            piece = os.read(outside, 4096)
        except OSError:  # nobody has the other end
            break
        if not piece:
            break
        shown += piece
    os.close(outside)
    return process.returncode, shown, errors.decode()


@suite.test
def no_key_is_typed_at_a_terminal(world):
    code, shown, errors = through_terminal(world, "key", "put", "mac", "-", "--policy", world.rules.path, "--identity", world.alice.prefix,
                                           "--container", NOWHERE, stdin=True)
    equal(code, 2, "exit code")
    contains(errors, "standard input is a terminal", "says")


# ---- in a container


@suite.test
def keys_are_given_used_and_taken_back(world):
    equal(world.given(world.alice), {"mac": False, "cipher": False, "curve": False, "verify": False}, "before")
    equal(world.given(world.bob), {"rsa": False}, "bob's, before")
    world.give_all()
    equal(world.given(world.alice), {"mac": True, "cipher": True, "curve": True, "verify": False}, "after")
    said = world.said()
    equal(said["mac"], ("0", hmac.new(world.mac, MESSAGE, hashlib.sha256).digest()), "the program's MAC, and Python's")
    equal(said["decrypt"], ("0", SECRET_TEXT), "what the program decrypts")
    equal(said["export"][0], NOT_PERMITTED, "it cannot have the key itself")
    equal(said["rsa"], ("0", openssl("dgst", "-sha256", "-sign", world.file("rsa.pem", world.rsa), data=MESSAGE)), "the program's signature, and openssl's")
    check_signature(world, said["curve"])
    world.good(world.alice, "key", "rm", "mac")
    equal(world.given(world.alice)["mac"], False, "after it was taken back")
    said = world.said()
    equal((said["mac"][0], said["decrypt"][0]), (INVALID_HANDLE, "0"), "the next run has all but that one")
    world.bad(world.alice, 5, "mac", "key", "rm", "mac")
    world.take_all()


def check_signature(world, said):
    status, signature = said
    equal(status, "0", "status of the signature")
    check_verified(world, signature, world.file("curve.pub", openssl("pkey", "-pubout", data=world.curve)))


def check_verified(world, signature, public):
    """r || s, as the crypto interface has it, is made what the openssl command wants."""
    r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
    numbers = world.file("numbers", f"asn1=SEQUENCE:s\n[s]\nr=INTEGER:{r}\ns=INTEGER:{s}\n")
    der = world.path("signature")
    openssl("asn1parse", "-genconf", numbers, "-noout", "-out", der)
    contains(openssl("dgst", "-sha256", "-verify", public, "-signature", der, data=MESSAGE).decode(), "Verified OK", "openssl says of the signature")


@suite.test
def given_anew_is_another_key(world):
    other = random.randbytes(20)
    for key in (world.mac, other):
        equal(json.loads(world.good(world.alice, "key", "put", "mac", "-", "--json", data=key)), {"given": "mac"}, "what is told")
        equal(world.said()["mac"], ("0", hmac.new(key, MESSAGE, hashlib.sha256).digest()), "the program's MAC")
    equal(json.loads(world.good(world.alice, "key", "rm", "mac", "--json")), {"removed": "mac"}, "what is told")


@suite.test
def nobody_gives_what_is_another_s(world):
    world.bad(world.bob, 4, "bob owns none that is named mac", "key", "put", "mac", "-", data=world.mac)
    world.bad(world.bob, 4, "bob owns none that is named mac", "key", "rm", "mac")
    equal(world.given(world.alice)["mac"], False, "nothing was given")


@suite.test
def a_curve_key_made_here_fits_its_public_half(world):
    path, public = world.path("made.key"), world.path("made.pem")
    world.must("key", "new", "p256-pair", path, "--public", public)
    world.good(world.alice, "key", "put", "curve", path)
    world.good(world.alice, "key", "put", "verify", public, "--pem")
    status, signature = world.said()["curve"]
    equal(status, "0", "status")
    check_verified(world, signature, public)
    world.take_all()


@suite.test
def the_list_is_for_people_too(world):
    world.good(world.alice, "key", "put", "cipher", "-", data=world.cipher)
    table = world.good(world.alice, "key", "ls")
    rows = {line.split()[0]: line for line in table.splitlines()}
    equal(set(rows), {"KEY", "mac", "cipher", "curve", "verify"}, "rows")
    contains(rows["cipher"], "yes", "given")
    contains(rows["cipher"], "aes 256, cbc-pkcs7 to decrypt, by user, wrapped for bob", "what it is for")
    contains(rows["mac"], "no ", "not given")
    world.take_all()


# ---- wrapped


@suite.test
def a_wrapped_key_is_for_its_receiver_alone(world):
    world.give_all()
    said = world.said()
    equal((said["wrap"][0], said["wrap for the owner"][0]), ("0", NOT_PERMITTED), "for whom the policy lets it be wrapped")
    wrapped, out = world.path("wrapped.cms"), world.path("cipher.key")
    world.good(world.bob, "get", "/output/wrapped.cms", wrapped)
    told = json.loads(world.must("key", "unwrap", wrapped, "--identity", world.bob.prefix, "--out", out, "--json"))
    equal(told, {"key": str(out), "bytes": 32}, "what is told")
    equal(out.read_bytes(), world.cipher, "the key")
    equal(stat.S_IMODE(out.stat().st_mode), 0o600, "mode")
    piped = subprocess.run([harness.VERACRUZ, "key", "unwrap", wrapped, "--identity", world.bob.prefix], capture_output=True, env=world.environment)
    equal((piped.returncode, piped.stdout), (0, world.cipher), "to a pipe")
    equal(openssl("cms", "-decrypt", "-binary", "-inform", "DER", "-in", wrapped, "-recip", world.bob.certificate, "-inkey", world.bob.key),
          world.cipher, "what openssl finds in it")
    world.take_all()
    refuse_unwrap(world, wrapped, out)


def refuse_unwrap(world, wrapped, out):
    content = wrapped.read_bytes()
    altered = world.file("altered.cms", content[:-1] + bytes([content[-1] ^ 1]))
    cut = world.file("cut.cms", content[:-1])
    missing = world.path("missing")
    for about, arguments, code, says in (
            ("for somebody else", [wrapped, "--identity", world.alice.prefix, "--out", missing], 3, "somebody else"),
            ("altered", [altered, "--identity", world.bob.prefix, "--out", missing], 3, "altered"),
            ("cut", [cut, "--identity", world.bob.prefix, "--out", missing], 2, ""),
            ("over a file", [wrapped, "--identity", world.bob.prefix, "--out", out], 1, "not overwritten"),
            ("no identity", [wrapped, "--out", missing], 2, "no identity"),
            ("JSON beside it", [wrapped, "--identity", world.bob.prefix, "--json"], 2, "cannot share standard output"),
            ("no file", [missing, "--identity", world.bob.prefix, "--out", missing], 1, "missing")):
        done = world.veracruz("key", "unwrap", *arguments)
        equal(done.returncode, code, f"{about}: exit code: {done.stderr}")
        contains(done.stderr, says, about)
        check(not missing.exists(), f"{about}: nothing is written")
    code, shown, errors = through_terminal(world, "key", "unwrap", wrapped, "--identity", world.bob.prefix, stdout=True)
    equal((code, shown), (2, b""), "to a terminal")
    contains(errors, "standard output is a terminal", "says")


# ---- with no container


class Local:
    """A folder like the container's files, and what a run of it says."""

    def __init__(self, world):
        self.world = world
        self.folder = world.path("folder")
        for name, content in (("program/user.wasm", WASM.read_bytes()), ("input/sealed", world.sealed.read_bytes())):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(content)
        (self.folder / "output").mkdir()

    def run(self, *options):
        return self.world.veracruz("local", "run", "--policy", self.world.rules.path, "--folder", self.folder, *options)


@suite.test
def a_local_run_gets_keys_from_files(world):
    local = Local(world)
    done = local.run()
    equal(done.returncode, 0, f"without any: {done.stderr}")
    equal({status for status, _ in lines((local.folder / "output/said.txt").read_text()).values()}, {INVALID_HANDLE}, "statuses")
    done = local.run("--key", f"mac={world.file('mac', world.mac)}", "--key", f"cipher={world.file('cipher', world.cipher)}",
                     "--key", f"curve={world.file('curve', world.curve)}", "--key", f"rsa={world.file('rsa', world.rsa)}")
    equal(done.returncode, 0, done.stderr)
    said = lines((local.folder / "output/said.txt").read_text())
    equal(said["mac"], ("0", hmac.new(world.mac, MESSAGE, hashlib.sha256).digest()), "the program's MAC, and Python's")
    equal(said["decrypt"], ("0", SECRET_TEXT), "what the program decrypts")
    check_signature(world, said["curve"])
    equal(said["rsa"][0], "0", "RSA")
    out = world.path("local.key")
    world.must("key", "unwrap", local.folder / "output/wrapped.cms", "--identity", world.bob.prefix, "--out", out)
    equal(out.read_bytes(), world.cipher, "wrapped in a local run")


@suite.rows([
    ("no such key", lambda w: ["other=x"], 2, "--key other=x: NAME=FILE wanted, of a key of the program"),
    ("no file named", lambda w: ["mac"], 2, "--key mac: NAME=FILE wanted"),
    ("no file", lambda w: ["mac=/nothing/here"], 5, "/nothing/here"),
    ("another size", lambda w: [f"mac={w.file('short', w.mac[1:])}"], 2, "19 bytes, 20 wanted"),
    ("another PEM", lambda w: [f"rsa={w.file('curve', w.curve)}"], 2, "a P-256 key pair of 256 bits in PEM"),
    ("twice", lambda w: [f"mac={w.file('mac', w.mac)}"] * 2, 2, "--key mac: given twice"),
])
def a_local_run_does_not_begin(world, make, code, says):
    done = Local(world).run(*(word for value in make(world) for word in ("--key", value)))
    equal(done.returncode, code, f"exit code: {done.stderr}")
    contains(done.stderr, says, "says")


@suite.test
def a_local_run_without_a_policy_takes_no_key(world):
    done = world.veracruz("local", "run", "--key", "mac=x", WASM)
    equal(done.returncode, 2, "exit code")
    contains(done.stderr, "--key: only with --policy", "says")


if __name__ == "__main__":
    suite.main()
