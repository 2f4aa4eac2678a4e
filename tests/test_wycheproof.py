#!/usr/bin/env python3
"""Project Wycheproof's vectors, tried by a program inside a container on the crypto ABI: what is valid passes, what is invalid does not.

Of large files some vectors are taken, by the seed; with VERACRUZ_WYCHEPROOF=all all of them, which takes minutes. What a container does not
do is named in wycheproof.gap(), and counted; whatever else is not supported is a failure.
"""

import collections
import random

import curl
import harness
import wycheproof
from tap import Suite, check, equal

WASM = harness.GUESTS / "wycheproof.wasm"
PATIENCE = 1200  # seconds for one run of everything, on a machine with much else to do
ALTERED = 400
KEPT_SHARE = 12  # one of so many vectors is tried again with its key in the key store

RUNS = {  # program: the kinds of lines that it gets, and the least number of vectors that must have been judged
    "aead": (("aead",), 2600),
    "cbc": (("cbc",), 640),
    "mac": (("mac",), 1860),
    "hkdf": (("hkdf",), 330),
    "agreement": (("ecdh",), 2050),
    "signature": (("ecdsa", "eddsa"), 2380),
    "rsa": (("rsa", "decrypt"), 1540),
}


class World(harness.Stage):
    def prepare(self):
        if wycheproof.folder() is None:
            raise RuntimeError(f"no vectors: {wycheproof.FOLDERS}")
        self.owner = self.party("owner")
        names = [*RUNS, "kept", "altered"]
        programs = {name: (WASM, settings(name)) for name in names}
        rights = ["owner: read,write,list /"]
        for name in names:
            rights += [f"owner: execute /program/{name}.wasm", f"{name}: read /input/", f"{name}: write /output/"]
        limits = {"files": 100, "bytes": 128 << 20, "file_bytes": 48 << 20, "depth": 4}
        self.container = self.serving(self.policy([self.owner], programs, rights, storage=limits))
        for name in names:
            self.put(f"/program/{name}.wasm", WASM.read_bytes())
        self.vectors, self.outside = wycheproof.load(suite.seed)

    def put(self, path, body):
        answer = curl.request(self.container, self.owner, "PUT", "/v1/files" + path, body=body)
        if answer.status not in (201, 204):
            raise RuntimeError(f"put of {path}: {answer.status} {answer.body}")

    def tried(self, name, vectors):
        """What the program says of each vector."""
        text = "".join(f"{index} {vector.line}\n" for index, vector in enumerate(vectors))
        self.put(f"/input/{name}", text.encode())
        done = self.container.run(self.owner, name, timeout=PATIENCE)
        equal((done["state"], done.get("exit_code")), ("exited", 0), f"run of {name}")
        lines = curl.request(self.container, self.owner, "GET", f"/v1/files/output/{name}").body.decode().splitlines()
        equal(lines[-1], "end", "last line")
        said = [line.split(" ", 1) for line in lines[:-1]]
        equal([int(index) for index, _ in said], list(range(len(vectors))), "numbers of vectors")
        return [text for _, text in said]


def settings(name):
    return {"arguments": ["wycheproof", name], "stdin": f"/input/{name}", "stdout": f"/output/{name}", "randomness": True, "kept_keys": 1,
            "limits": {"memory_mib": 64, "cpu_seconds": PATIENCE, "wall_seconds": PATIENCE, "output_bytes": 8 << 20}}


suite = Suite(World)


def fault(vector, said):
    """What is wrong, or null."""
    verdict = said.split()[0]
    if verdict == "differs":
        return said
    if wycheproof.gap(vector.line):
        return "accepted, though it is said not to be supported" if verdict == "accepted" else None
    if verdict == "unsupported":
        return said
    if (vector.wanted, verdict) in (("valid", "refused"), ("invalid", "accepted")):
        return said
    return None


def column(vector, said):
    """Under what it is counted."""
    if wycheproof.gap(vector.line):
        return "not supported"
    return {"acceptable": f"acceptable, {said.split()[0]}"}.get(vector.wanted, vector.wanted)


def judge(vectors, said):
    """Prints the counts of each family; returns how many were judged."""
    counts = collections.defaultdict(collections.Counter)
    faults = []
    for vector, text in zip(vectors, said, strict=True):
        counts[vector.family][column(vector, text)] += 1
        if reason := fault(vector, text):
            faults.append(f"{vector.file} {vector.number} ({vector.wanted}: {vector.about}): {reason}")
    for family, count in counts.items():
        print(f"# {family}: " + ", ".join(f"{number} {name}" for name, number in sorted(count.items(), reverse=True)))
    equal(faults[:20], [], f"{len(faults)} faults")
    return sum(number for count in counts.values() for name, number in count.items() if name != "not supported")


@suite.rows([(name, *row) for name, row in RUNS.items()])
def vectors(world, kinds, least):
    name = next(name for name, row in RUNS.items() if row[0] == kinds)
    chosen = [vector for vector in world.vectors if vector.line.split()[0] in kinds]
    judged = judge(chosen, world.tried(name, chosen))
    print(f"# {name}: {judged} of {len(chosen)} vectors judged")
    check(judged >= least, f"{judged} vectors judged, at least {least}")


@suite.test
def keys_in_the_key_store(world):
    chosen, _ = wycheproof.load(suite.seed + 1, KEPT_SHARE)
    judged = judge(chosen, world.tried("kept", chosen))
    check(judged >= 900, f"{judged} vectors judged, at least 900")


@suite.test
def altered_vectors(world):
    """The judge notices: of valid vectors with one other bit at their end none passes. Not the last: of ECDSA n - s is as good as s, and may
    differ in that alone."""
    valid = [vector for vector in world.vectors if vector.wanted == "valid" and vector.line[-1] != "-" and not wycheproof.gap(vector.line)]
    altered = [vector._replace(line=vector.line[:-1] + f"{int(vector.line[-1], 16) ^ 2:x}") for vector in random.sample(valid, ALTERED)]
    said = world.tried("altered", altered)
    equal([f"{vector.file} {vector.number}" for vector, text in zip(altered, said, strict=True) if text == "accepted"], [], "accepted")


@suite.test
def what_has_no_form(world):
    """A vector without a line is never a valid one, but for masks that PSA has no names for."""
    counts = collections.Counter((vector.family, vector.wanted) for vector in world.outside)
    for (family, wanted), number in sorted(counts.items()):
        print(f"# {family}: {number} {wanted} without a form")
        check(wanted != "valid" or family in ("rsa-oaep", "rsa-pss"), f"{number} valid vectors of {family} have no form")


if __name__ == "__main__":
    suite.main()
