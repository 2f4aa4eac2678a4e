#!/usr/bin/env python3
"""The crypto interface, from inside a container: what each of its functions does and refuses, with keys of the program and with keys that
it never sees. The programs say what they expect of each call (tests/guests/psa_*.c); vectors are those of the standards."""

import json
import random
import re
import subprocess

import curl
import harness
from tap import Suite, check, contains, equal

# Nothing succeeds with the first: docs/host-abi.md. The others cannot fail, however they are called, or only by a pointer.
NEVER_SUCCEED = {"psa_pake_set_context"}
NEVER_REFUSE = {"psa_crypto_init"}

PROGRAMS = {
    "keys": ("psa_keys", {}),
    "keys-interpreted": ("psa_keys", {"strategy": "interpret"}),
    "mac": ("psa_mac", {}),
    "cipher": ("psa_cipher", {}),
    "aead": ("psa_aead", {}),
    "sign": ("psa_sign", {}),
    "derive": ("psa_derive", {}),
    "pake": ("psa_pake", {}),
    "abuse": ("psa_abuse", {}),
    "abuse-interpreted": ("psa_abuse", {"strategy": "interpret"}),
    "suite": ("psa_suite", {}),
    "still": ("psa_still", {"randomness": False, "arguments": ["still", "/input/rsa.der"]}),
    "none-kept": ("psa_keys", {"kept_keys": 0}),
}


class World(harness.Stage):
    def prepare(self):
        self.owner = self.party("owner")
        self.seed = random.getrandbits(60)
        programs, rights = {}, ["owner: read,write,list,delete /"]
        for name, (guest, changes) in PROGRAMS.items():
            settings = {"randomness": True, "kept_keys": 4, "stdout": f"/output/{name}.txt", "partial_outputs": True,
                        "arguments": [name, str(self.seed), *["sanitized"] * harness.SANITIZED]}
            programs[name] = (harness.GUESTS / (guest + ".wasm"), {**settings, **changes})
            rights += [f"owner: execute /program/{name}.wasm", f"{name}: read /input/", f"{name}: write /output/"]
        self.container = self.serving(self.policy([self.owner], programs, rights))
        for name, (path, _) in programs.items():
            self.put(f"/program/{name}.wasm", path.read_bytes())
        self.put("/input/rsa.der", rsa_key())
        self.used = {}

    def ask(self, method, target, *options, body=None):
        return curl.request(self.container, self.owner, method, target, *options, body=body)

    def put(self, path, body):
        equal(self.ask("PUT", "/v1/files" + path, body=body).status, 201, f"put of {path}")

    def run(self, name):
        """The run's report, and the lines that it printed."""
        answer = self.ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=json.dumps({"program": name}).encode())
        check(answer.status in (200, 201), f"start of {name}: {answer.status} {answer.body}")
        run = answer.json()
        while run["state"] in ("queued", "running"):
            run = self.ask("GET", f"/v1/runs/{run['id']}", "--header", "prefer: wait=60").json()
        return run, self.ask("GET", f"/v1/files/output/{name}.txt").body.decode(errors="replace").splitlines()

    def note(self, lines):
        """What was called, and what came of it, over all programs."""
        for line in lines:
            if line.startswith("used "):
                _, function, successes, refusals = line.split()
                before = self.used.get(function, (0, 0))
                self.used[function] = (before[0] + int(successes), before[1] + int(refusals))


def rsa_key():
    """A private key as psa_import_key has it: PKCS #1, DER."""
    made = subprocess.run(["openssl", "genrsa", "-traditional", "1024"], capture_output=True, check=True).stdout
    return subprocess.run(["openssl", "rsa", "-traditional", "-outform", "DER"], input=made, capture_output=True, check=True).stdout


suite = Suite(World)


def checked(world, name):
    run, lines = world.run(name)
    failures = "\n".join(line for line in lines if line.startswith("not ok"))
    check(lines and lines[-1].startswith("end "), f"it did not come to its end: {run}\n{failures}\n{lines[-3:]}")
    world.note(lines)
    equal(failures, "", f"what it found wrong (seed {world.seed}), of {run}")
    equal((run["state"], run.get("exit_code")), ("exited", 0), f"end of {run}")
    return lines


@suite.rows([
    ("keys", "keys", 560),
    ("keys, interpreted", "keys-interpreted", 560),
    ("hashes, MACs", "mac", 5500),
    ("ciphers", "cipher", 4200),
    ("authenticated encryption", "aead", 2800),
    ("signatures, asymmetric encryption", "sign", 580),
    ("derivation, agreement", "derive", 1600),
    ("J-PAKE", "pake", 350),
    ("as the public conformance suite asks", "suite", 1400),
    ("without randomness", "still", 120),
])
def conforms(world, name, least):
    checks = int(checked(world, name)[-1].split()[1])
    check(checks >= least, f"{checks} checks: the program has lost some")
    print(f"# {checks} checks")


@suite.rows([("compiled", "abuse"), ("interpreted", "abuse-interpreted")])
def abuse_gets_its_status(world, name):
    lines = checked(world, name)
    pointers = next(int(line.split()[1]) for line in lines if line.startswith("pointers "))
    check(pointers > 1700, f"{pointers} pointers: not every function was tried")
    print(f"# {pointers} pointers and sizes out of memory, seed {world.seed}")


@suite.test
def a_program_that_may_keep_no_keys(world):
    """What psa_keys.c expects holds, but for the keys that it would keep; those are refused as the policy says."""
    run, lines = world.run("none-kept")
    equal((run["state"], run.get("exit_code")), ("exited", 1), f"end of {run}")
    wrong = [line for line in lines if line.startswith("not ok")]
    contains(wrong[0] if wrong else "", "psa_import_key: -133, wanted 0", "the first that is refused")
    check(lines[-1].startswith("end "), "it came to its end")


def functions():
    """Of the interface: name -> shape."""
    text = (harness.PROJECT / "abi/psa.h").read_text()
    return {"psa_" + name: shape for name, shape in re.findall(r'^    X\((\w+), "(\w*)"\)', text, re.MULTILINE)}


@suite.test
def every_function_is_documented(world):
    """Call by call, with its arguments as they are."""
    text = (harness.PROJECT / "docs/host-abi.md").read_text()
    rows = dict(re.findall(r"^\| `(psa_\w+)` \| (?:`(\w+)`)?", text, re.MULTILINE))
    equal(rows, functions(), "rows of docs/host-abi.md")


@suite.test
def every_function_has_been_tried(world):
    names = functions().keys() | {"vz_key_wrap"}
    equal(len(names), 79, "functions of the interface")
    equal(sorted(name for name in names - NEVER_SUCCEED if world.used.get(name, (0, 0))[0] == 0), [], "never succeeded")
    equal(sorted(name for name in names - NEVER_REFUSE if world.used.get(name, (0, 0))[1] == 0), [], "never refused")
    equal(sorted(name for name in NEVER_SUCCEED if world.used[name][0] > 0), [], "succeeded, and should not")


if __name__ == "__main__":
    suite.main()
