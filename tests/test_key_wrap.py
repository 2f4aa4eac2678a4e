#!/usr/bin/env python3
"""Keys that a program encrypts for principals, and never sees: who gets which, and that `veracruz key unwrap` and `openssl cms` open them.

Every key is proven by what it computes: the program tells a MAC or a public key, and that is what the unwrapped bytes give here.
"""

import hashlib
import hmac
import random
import subprocess

import certs
import curl
import harness
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "wraps.wasm"
POLICY_KEY = 7
ROOM = 32768
SUCCESS, NOT_PERMITTED, NOT_SUPPORTED, INVALID_HANDLE, TOO_SMALL, DOES_NOT_EXIST = 0, -133, -134, -136, -138, -140
KINDS = {"p384": ("ec", "ec_paramgen_curve:P-384"), "rsa": ("rsa", "rsa_keygen_bits:3072"), "ed25519": ("ed25519", None)}
SECRET = b"known to the program, imported.."
MESSAGE = b"message"


class World(harness.Stage):
    def prepare(self):
        self.people = {name: self.party(name) for name in ("owner", "auditor")}
        for name, (algorithm, option) in KINDS.items():
            self.people[name] = self.certified(name, algorithm, option)
        self.secret = random.randbytes(32)
        self.container = self.serving(self.rules())
        self.ask("PUT", "/v1/files/program/wraps.wasm", WASM.read_bytes())
        self.ask("PUT", "/v1/files/program/plain.wasm", WASM.read_bytes())
        self.ask("PUT", "/v1/keys/ledger", self.secret)

    def certified(self, name, algorithm, option):
        if option:
            return certs.new(self, name, kind=(algorithm, option))
        party = harness.Party(name, self.path("party"))
        certs.openssl("req", "-x509", "-newkey", algorithm, "-noenc", "-subj", f"/CN={name}", "-out", party.certificate, "-keyout", party.key,
                      "-days", "2", "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature")
        return party

    def rules(self):
        settings = {"stdin": "/input/script", "stdout": "/output/wrapped", "stderr": "/output/problems", "kept_keys": 1}
        programs = {"wraps": (WASM, {**settings, "randomness": True}), "plain": (WASM, {**settings, "kept_keys": 0})}
        rights = ["owner: read,write,list /"]
        for name in programs:
            rights += [f"owner: execute /program/{name}.wasm", f"{name}: read /input/", f"{name}: write /output/"]
        keys = {"ledger": {"owner": "owner", "id": POLICY_KEY, "type": "hmac", "bits": 256, "usage": ["sign-message", "copy"],
                           "algorithm": "hmac-sha-256", "programs": ["wraps", "plain"], "wrap": ["auditor", "rsa"]}}
        return self.policy(list(self.people.values()), programs, rights, keys=keys)

    def ask(self, method, target, body=None):
        answer = curl.request(self.container, self.people["owner"], method, target, body=body)
        check(answer.status in (200, 201, 204), f"{method} {target}: {answer.status} {answer.body}")
        return answer.body

    def wrapped(self, *lines, program="wraps"):
        """Of each line "MAKER RECEIVER [ROOM]": status, envelope and witness."""
        self.ask("PUT", "/v1/files/input/script", "\n".join(line if line[-1].isdigit() and line.count(" ") == 2 else f"{line} {ROOM}"
                                                             for line in lines).encode())
        run = self.container.run(self.people["owner"], program)
        if (run["state"], run.get("exit_code")) != ("exited", 0):
            raise RuntimeError(f"{run}")
        found = [line.split() for line in self.ask("GET", "/v1/files/output/wrapped").decode().splitlines()]
        equal(len(found), len(lines), "lines")
        return [(int(status), hexed(envelope), hexed(witness)) for status, envelope, witness in found]

    def opened_by_openssl(self, name, envelope):
        """What the openssl command finds, or null."""
        party = self.people[name]
        done = subprocess.run(["openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", self.file("envelope", envelope), "-recip",
                               party.certificate, "-inkey", party.key], capture_output=True, timeout=harness.PATIENCE)
        return done.stdout if done.returncode == 0 else None

    def unwrapped(self, name, envelope, code=0):
        """What `veracruz key unwrap` finds; with another exit code, what it complains of."""
        out = self.path("key")
        done = self.veracruz("key", "unwrap", self.file("envelope", envelope), "--identity", self.people[name].prefix, "--out", out)
        equal(done.returncode, code, f"exit code of key unwrap: {done.stderr}")
        if code != 0:
            check(not out.exists(), "a file was made")
            return done.stderr
        equal(out.stat().st_mode & 0o777, 0o600, "mode of the key")
        return out.read_bytes()


suite = Suite(World)


def hexed(text):
    return b"" if text == "-" else bytes.fromhex(text)


def mac(key):
    return hmac.new(key, MESSAGE, hashlib.sha256).digest()


def hkdf(secret):
    """RFC 5869, without salt; one block."""
    return hmac.new(hmac.new(bytes(32), secret, hashlib.sha256).digest(), MESSAGE + b"\x01", hashlib.sha256).digest()


def public_half(stage, material, rsa):
    """What openssl says is public of a private key in PSA's form."""
    der = material
    if not rsa:  # RFC 5915, without the public half
        der = bytes.fromhex("30310201010420") + material + bytes.fromhex("a00a06082a8648ce3d030107")
    source, out = stage.file("pair.der", der), stage.path("public.der")
    certs.openssl("pkey", "-inform", "DER", "-in", source, "-pubout", "-outform", "DER", "-out", out)
    return out.read_bytes()


@suite.rows([(f"{maker} for {who}", maker, who) for maker in ("imported", "generated", "derived", "policy", "copied")
             for who in ("auditor", "rsa", "p384") if (maker, who) not in (("policy", "p384"), ("copied", "p384"))])
def keys_reach_their_receivers(world, maker, who):
    (status, envelope, witness), = world.wrapped(f"{maker} {who}")
    equal(status, SUCCESS, "status")
    key = world.opened_by_openssl(who, envelope)
    check(key is not None, "openssl does not open it")
    known = {"imported": SECRET, "derived": hkdf(SECRET), "policy": world.secret, "copied": world.secret}
    equal(key, known.get(maker, key), "the key")
    equal(mac(key), witness, "its MAC")
    check(key not in envelope, "the key is in the envelope")
    for name in world.people:
        if name != who:
            equal(world.opened_by_openssl(name, envelope), None, f"what {name} finds")
    if who == "auditor":
        equal(world.unwrapped(who, envelope), key, "what key unwrap finds")
        contains(world.unwrapped("owner", envelope, code=3), "somebody else", "what the owner reads")


@suite.rows([("P-256", "pair", False), ("RSA", "rsa-pair", True)])
def private_keys(world, maker, rsa):
    (status, envelope, witness), = world.wrapped(f"{maker} auditor")
    equal(status, SUCCESS, "status")
    contains(public_half(world, world.unwrapped("auditor", envelope), rsa), witness, "public half")


@suite.rows([
    ("a policy's key, for another", "policy owner", NOT_PERMITTED),
    ("a policy's key, for another kind", "policy p384", NOT_PERMITTED),
    ("a policy's key, for one that cannot have any", "policy ed25519", NOT_PERMITTED),
    ("its copy", "copied owner", NOT_PERMITTED),
    ("Ed25519", "generated ed25519", NOT_SUPPORTED),
    ("a stranger", "generated mallory", DOES_NOT_EXIST),
    ("a program", "generated wraps", DOES_NOT_EXIST),
    ("nobody", "generated -", DOES_NOT_EXIST),
    ("a name with more behind it", "generated auditor2", DOES_NOT_EXIST),
    ("a key that is no more", "destroyed auditor", INVALID_HANDLE),
    ("no room", "generated auditor 0", TOO_SMALL),
    ("too little room", "generated auditor 200", TOO_SMALL),
])
def refused(world, line, status):
    (found, envelope, witness), = world.wrapped(line)
    equal((found, envelope), (status, b""), "status, envelope")


@suite.test
def without_randomness(world):
    equal([status for status, _, _ in world.wrapped("imported auditor", "policy auditor", program="plain")], [NOT_PERMITTED] * 2, "statuses")


@suite.test
def kept_keys_go_to_anybody_later(world):
    (status, first, witness), = world.wrapped("kept owner")
    equal(status, SUCCESS, "status of the first run")
    key = world.unwrapped("owner", first)
    equal(mac(key), witness, "its MAC")
    (status, second, again), = world.wrapped("kept-before auditor")
    equal((status, again), (SUCCESS, witness), "status and MAC of the second run")
    equal(world.unwrapped("auditor", second), key, "the key")
    check(first != second, "the same envelope twice")


@suite.test
def altered_envelopes(world):
    """One bit at a place drawn for each; none opens."""
    (_, envelope, _), = world.wrapped("generated auditor")
    for place in random.sample(range(len(envelope)), 20):
        other = bytearray(envelope)
        other[place] ^= 1 << random.randrange(8)
        check(world.veracruz("key", "unwrap", world.file("altered", bytes(other)), "--identity", world.people["auditor"].prefix, "--out",
                             world.path("key")).returncode != 0, f"opened, though byte {place} was altered")


if __name__ == "__main__":
    suite.main()
