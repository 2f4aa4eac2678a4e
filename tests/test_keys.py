#!/usr/bin/env python3
"""Keys that principals give and programs use, and keys that programs keep: by the API, as curl uses it, with real workers and key stores.

HMAC of Python's standard library is the second opinion on what programs compute with keys they never see."""

import concurrent.futures
import hashlib
import hmac
import json
import os
import pathlib
import random
import re

import curl
import harness
from tap import Skip, Suite, check, contains, equal

WASM = harness.GUESTS / "keys.wasm"
MESSAGE = b"message"
DATA, SIGN, FAR = 7, 8, 9  # ids of the policy's keys
OWN = 100  # of a program
ALREADY_EXISTS, INVALID_HANDLE, NOT_PERMITTED = -139, -136, -133
SIDE_BY_SIDE = 40  # runs, of which 16 can be at work
KEY_MAX = 8192


class World(harness.Stage):
    def prepare(self):
        self.bank = self.party("bank")
        self.shop = self.party("shop")
        self.usual = self.container()

    def rules(self, limits=None, **changes):
        """Two programs of the same code, each with its key; both parties write the script and start them."""
        programs = {name: (WASM, {"stdout": f"/output/{name}.txt", "randomness": True, "kept_keys": 2, "limits": {"processes": 16, **(limits or {})}})
                    for name in ("first", "second")}
        rights = []
        for name in programs:
            rights += [f"bank: write,execute /program/{name}.wasm", f"shop: execute /program/{name}.wasm", f"{name}: read /input/",
                       f"{name}: write /output/"]
        rights += ["bank: read,write,delete /input/", "bank: read /output/"]
        keys = {
            "data": {"owner": "bank", "id": DATA, "type": "hmac", "bits": 256, "usage": ["sign-message"],
                     "algorithm": "hmac-sha-256", "programs": ["first"]},
            "sign": {"owner": "bank", "id": SIGN, "type": "p256-pair", "usage": ["sign-message"],
                     "algorithm": "deterministic-ecdsa-sha-256", "programs": ["first"], "wrap": ["shop"]},
            "far": {"owner": "shop", "id": FAR, "type": "hmac", "bits": 65528, "usage": ["sign-message", "cache"],
                    "algorithm": "hmac-sha-256", "programs": ["second"], "export": True},
        }
        return self.policy([self.bank, self.shop], programs, rights, keys=keys, **changes)

    def container(self, **changes):
        container = self.serving(self.rules(**changes))
        for name in ("first", "second"):
            answer = self.ask(container, "PUT", f"/v1/files/program/{name}.wasm", body=WASM.read_bytes())
            equal(answer.status, 201, f"put of {name}")
        return container

    def ask(self, container, method, target, *options, body=None, party=None, sized=True):
        return curl.request(container, party or self.bank, method, target, *options, body=body, sized=sized)

    def put(self, container, name, key, status, party=None):
        answer = self.ask(container, "PUT", f"/v1/keys/{name}", body=key, party=party)
        equal(answer.status, status, f"PUT of key {name}: {answer.body}")
        return answer

    def remove(self, container, name):
        self.ask(container, "DELETE", f"/v1/keys/{name}")

    def run_script(self, container, program, *lines, party=None):
        """The run's report and what it printed: one list of words for each line, or none if nothing was published."""
        self.ask(container, "PUT", "/v1/files/input/script", body="\n".join(lines).encode())
        answer = self.launch(container, program, party)
        run = answer.json()
        if not run["published"]:
            return run, None
        text = self.ask(container, "GET", f"/v1/files/output/{program}.txt").body.decode()
        return run, [line.split() for line in text.splitlines()]

    def launch(self, container, program, party=None):
        answer = self.ask(container, "POST", "/v1/runs", "--header", "prefer: wait=60", body=json.dumps({"program": program}).encode(),
                          party=party)
        check(answer.status in (200, 201), f"start of {program}: {answer.status} {answer.body}")
        return answer

    def works(self, container, program, *lines):
        run, printed = self.run_script(container, program, *lines)
        equal(run["state"], "exited", f"state of {run}")
        equal(run["exit_code"], 0, f"exit code of {run}")
        return printed


suite = Suite(World)


def mac_of(key):
    return hmac.new(key, MESSAGE, hashlib.sha256).hexdigest()


def some_key(size=32):
    return random.randbytes(size)


def listed(world, container, party):
    answer = world.ask(container, "GET", "/v1/keys", party=party)
    equal(answer.status, 200, "GET /v1/keys")
    equal(answer.fields["content-type"], "application/json", "type of GET /v1/keys")
    return {key["name"]: key for key in answer.json()["keys"]}


# ---- who may give what


@suite.test
def given_anew_and_taken_back(world):
    container = world.usual
    equal(listed(world, container, world.bank)["data"]["given"], False, "given before")
    world.put(container, "data", some_key(), 201)
    equal(listed(world, container, world.bank)["data"]["given"], True, "given after")
    world.put(container, "data", some_key(), 204)
    equal(world.ask(container, "DELETE", "/v1/keys/data").status, 204, "DELETE")
    equal(listed(world, container, world.bank)["data"]["given"], False, "given after DELETE")
    answer = world.ask(container, "DELETE", "/v1/keys/data")
    equal((answer.status, answer.problem), (404, "not-found"), "DELETE of what was not given")


@suite.test
def the_list_is_of_ones_own_and_has_no_key(world):
    container = world.usual
    key = some_key()
    world.put(container, "data", key, 201)
    equal(list(listed(world, container, world.shop)), ["far"], "keys of the shop")
    mine = listed(world, container, world.bank)
    equal(sorted(mine), ["data", "sign"], "keys of the bank")
    equal(mine["data"], {"name": "data", "given": True, "id": DATA, "type": "hmac", "bits": 256, "usage": ["sign-message"],
                         "algorithm": "hmac-sha-256", "programs": ["first"], "wrap": [], "export": False}, "the entry")
    equal(mine["sign"]["wrap"], ["shop"], "wrap of sign")
    world.remove(container, "data")


REFUSED = [
    ("another's", "far", "bank"),
    ("another's, the other way round", "data", "shop"),
    ("none that the policy has", "nothing", "bank"),
    ("a path below one", "data/x", "bank"),
    ("a name with a dot segment", "x/../far", "bank"),
]


@suite.rows(REFUSED)
def no_such_key_and_anothers_are_refused_alike(world, name, party):
    party = getattr(world, party)
    for method, body in (("PUT", some_key()), ("DELETE", None)):
        answer = world.ask(world.usual, method, f"/v1/keys/{name}", body=body, party=party)
        equal((answer.status, answer.problem), (403, "refused"), f"{method} of {name}")
        asked = name.rsplit("/../", 1)[-1] if "/../" in name else name
        equal(answer.json()["detail"], f"keys: {party.name} owns none that is named {asked}", f"{method} of {name}")


FORMS = [
    ("one byte short", "data", 31, 400, "malformed", "31 bytes, 32 wanted of an HMAC key of 256 bits"),
    ("one byte long", "data", 33, 400, "malformed", "33 bytes, 32 wanted of an HMAC key of 256 bits"),
    ("empty", "data", 0, 400, "malformed", "0 bytes, 32 wanted of an HMAC key of 256 bits"),
    ("as large as none is", "data", KEY_MAX + 1, 413, "limit", "at most 8192 bytes"),
    ("a point where a scalar is wanted", "sign", 65, 400, "malformed", "65 bytes, 32 wanted of a P-256 key pair of 256 bits"),
]


@suite.rows(FORMS)
def what_has_not_the_size_of_the_key_is_refused(world, name, size, status, problem, text):
    answer = world.ask(world.usual, "PUT", f"/v1/keys/{name}", body=some_key(size))
    equal((answer.status, answer.problem), (status, problem), f"answer {answer.body}")
    contains(answer.json()["detail"], text, "the detail")
    equal(listed(world, world.usual, world.bank)[name]["given"], False, "given")


@suite.test
def a_length_must_be_said(world):
    answer = world.ask(world.usual, "PUT", "/v1/keys/data", body=some_key(), sized=False)
    equal((answer.status, answer.problem), (411, "length-required"), "PUT without a length")


@suite.test
def no_key_is_ever_read(world):
    world.put(world.usual, "data", some_key(), 201)
    answer = world.ask(world.usual, "GET", "/v1/keys/data")
    equal((answer.status, answer.problem), (405, "method"), "GET of a key")
    equal(answer.fields["allow"], "PUT, DELETE", "methods of a key")
    world.remove(world.usual, "data")


@suite.test
def frozen_inputs_are_frozen_keys(world):
    container = world.container(lifecycle={"freeze_inputs": True})
    world.put(container, "data", some_key(), 201)
    world.put(container, "data", some_key(), 204)
    world.works(container, "first", "exit 0")
    for method, body in (("PUT", some_key()), ("DELETE", None)):
        answer = world.ask(container, method, "/v1/keys/data", body=body)
        equal((answer.status, answer.problem), (409, "state"), f"{method} when inputs are frozen")
        contains(answer.json()["detail"], "lifecycle.freeze_inputs", "the detail")
    answer = world.ask(container, "PUT", "/v1/keys/far", body=some_key())
    equal((answer.status, answer.problem), (403, "refused"), "PUT of another's when inputs are frozen")
    equal(listed(world, container, world.bank)["data"]["given"], True, "given")


# ---- programs use them


@suite.test
def a_program_computes_with_a_given_key(world):
    container = world.usual
    key, other = some_key(), some_key()
    world.put(container, "data", key, 201)
    printed = world.works(container, "first", f"mac {DATA}", f"export {DATA}", f"destroy {DATA}", f"mac {DATA}")
    equal(printed, [["mac", str(DATA), "0", mac_of(key)], ["export", str(DATA), str(NOT_PERMITTED)],
                    ["destroy", str(DATA), str(NOT_PERMITTED)], ["mac", str(DATA), "0", mac_of(key)]], "with the first key")
    world.put(container, "data", other, 204)
    equal(world.works(container, "first", f"mac {DATA}"), [["mac", str(DATA), "0", mac_of(other)]], "with the second key")
    world.remove(container, "data")
    equal(world.works(container, "first", f"mac {DATA}"), [["mac", str(DATA), str(INVALID_HANDLE)]], "with none")


@suite.test
def a_key_is_for_its_programs_alone(world):
    container = world.usual
    key = some_key(8191)
    world.put(container, "far", key, 201, party=world.shop)
    world.put(container, "data", some_key(), 201)
    equal(world.works(container, "second", f"mac {FAR}", f"mac {DATA}"),
          [["mac", str(FAR), "0", mac_of(key)], ["mac", str(DATA), str(INVALID_HANDLE)]], "the second program")
    equal(world.works(container, "first", f"mac {FAR}"), [["mac", str(FAR), str(INVALID_HANDLE)]], "the first program")
    curl.request(container, world.shop, "DELETE", "/v1/keys/far")
    world.remove(container, "data")


@suite.test
def a_key_of_the_wrong_form_fails_the_run_by_its_name(world):
    container = world.container()
    world.put(container, "sign", b"\xff" * 32, 201)  # more than the order of P-256
    run, printed = world.run_script(container, "first", f"sign {SIGN}")
    equal((run["state"], printed), ("failed", None), f"run {run}")
    equal(run["reason"], "key sign: what was given is no key of the type and size that the policy says", "the reason")
    equal(world.works(container, "second", f"make {OWN}", f"destroy {OWN}")[0], ["make", str(OWN), "0"], "who has not this key")
    world.put(container, "sign", b"\0" * 31 + b"\1", 204)
    printed = world.works(container, "first", f"sign {SIGN}")
    equal(printed[0][:3], ["sign", str(SIGN), "0"], "with the number 1")
    equal(len(printed[0][3]), 128, "digits of the signature")


# ---- kept keys


@suite.test
def kept_for_later_runs_of_the_same_program(world):
    container = world.container()
    made = world.works(container, "first", f"make {OWN}", f"mac {OWN}")
    equal(made[0], ["make", str(OWN), "0"], "made")
    equal(world.works(container, "first", f"mac {OWN}"), [made[1]], "the same key in the next run")
    equal(world.works(container, "second", f"mac {OWN}"), [["mac", str(OWN), str(INVALID_HANDLE)]], "another program")
    equal(world.works(container, "first", f"make {OWN}"), [["make", str(OWN), str(ALREADY_EXISTS)]], "made again")
    equal(world.works(container, "second", f"make {OWN}")[0][2], "0", "another program may have a key of this id")
    equal(world.works(container, "first", f"destroy {OWN}")[0][2], "0", "destroyed")
    equal(world.works(container, "first", f"mac {OWN}"), [["mac", str(OWN), str(INVALID_HANDLE)]], "when it is destroyed")
    equal(world.works(container, "second", f"mac {OWN}")[0][2], "0", "the other program's is still there")


@suite.test
def a_run_that_fails_keeps_and_forgets_nothing(world):
    container = world.container()
    made = world.works(container, "first", f"make {OWN}", f"mac {OWN}")[1]
    run, printed = world.run_script(container, "first", f"destroy {OWN}", f"make {OWN + 1}", "exit 3")
    equal((run["state"], run.get("exit_code"), printed), ("exited", 3, None), f"run {run}")
    equal(world.works(container, "first", f"mac {OWN}", f"mac {OWN + 1}"),
          [made, ["mac", str(OWN + 1), str(INVALID_HANDLE)]], "what the program has after")


@suite.test
def no_more_than_the_policy_lets_be_kept(world):
    container = world.container()
    printed = world.works(container, "first", f"make {OWN}", f"make {OWN + 1}", f"make {OWN + 2}", f"destroy {OWN}", f"make {OWN + 2}")
    equal([words[2] == "0" for words in printed], [True, True, False, True, True], f"statuses {printed}")
    printed = world.works(container, "first", f"mac {OWN}", f"mac {OWN + 1}", f"mac {OWN + 2}", f"make {OWN + 3}")
    equal([words[2] == "0" for words in printed], [False, True, True, False], f"statuses {printed} in the next run")


@suite.test
def an_id_of_the_policy_is_never_kept(world):
    container = world.container()
    run, _ = world.run_script(container, "first", f"make {DATA}")  # the key was not given: nothing is there yet
    equal(run["state"], "failed", f"run {run}")
    equal(run["reason"], "kept keys: an id that the policy gives to a key", "the reason")
    world.put(container, "data", some_key(), 201)
    equal(world.works(container, "first", f"make {DATA}"), [["make", str(DATA), str(ALREADY_EXISTS)]], "when it is given")


# ---- many


@suite.test
def runs_that_wait_for_key_stores_wait_for_no_run(world):
    container = world.usual
    key = some_key()
    world.put(container, "data", key, 201)
    world.ask(container, "PUT", "/v1/files/input/script", body=f"mac {DATA}\n".encode())
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        parties = [world.bank, world.shop]
        runs = list(pool.map(lambda i: world.launch(container, "first", parties[i % 2]).json(), range(SIDE_BY_SIDE)))
    equal([run for run in runs if (run["state"], run.get("exit_code")) != ("exited", 0)], [], "runs that did not end well")
    equal(world.ask(container, "GET", "/v1/files/output/first.txt").body.decode().split(), ["mac", str(DATA), "0", mac_of(key)], "output")
    world.remove(container, "data")


@suite.test
def a_killed_run_takes_its_key_store_with_it(world):
    container = world.usual
    world.put(container, "data", some_key(), 201)
    world.ask(container, "PUT", "/v1/files/input/script", body=f"mac {DATA}\nspin 0\n".encode())
    answer = world.ask(container, "POST", "/v1/runs", body=json.dumps({"program": "first"}).encode())
    number = answer.json()["id"]
    while len(container.service.children("veracruz-worker")) < 3:  # worker, key store, and the spare
        equal(world.ask(container, "GET", f"/v1/runs/{number}").json()["state"] in ("queued", "compiling", "running"), True, "goes on")
    equal(world.ask(container, "DELETE", f"/v1/runs/{number}").status, 204, "killed")
    while len(container.service.children("veracruz-worker")) > 1:
        pass
    world.remove(container, "data")


@suite.test
def the_time_of_the_key_store_is_the_runs(world):
    container = world.container(limits={"cpu_seconds": 2})
    world.put(container, "data", some_key(), 201)
    run, _ = world.run_script(container, "first", f"burn {DATA}")
    equal((run["state"], run.get("reason"), run["limits"]), ("failed", "limits.cpu_seconds: more than 2", ["cpu_seconds"]), f"run {run}")
    if harness.SANITIZED:
        raise Skip("a sanitizer takes time of its own")
    check(1_900_000 <= run["cpu_us"] <= 2_600_000, f"processor time of worker and key store together: {run}")


# ---- what is left in memory


def memory_of(pid):
    """Whatever the process can read, piece by piece."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for match in re.finditer(r"^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+ *(.*)$", maps, re.MULTILINE):
            begin, end = int(match[1], 16), int(match[2], 16)
            if match[3] in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
                continue
            try:
                yield match[3], os.pread(memory.fileno(), end - begin, begin)
            except OSError:
                continue  # memory of a device, or beyond the end of a file


def pieces_of(secret):
    """Pieces of 16 bytes, one of which is enough to be found: all that begin at a multiple of 16, of a long one some 70."""
    step = max(16, len(secret) // 64 // 16 * 16)
    return [secret[at:at + 16] for at in range(0, len(secret) - 15, step)]


def places_in(memory, secrets):
    pieces = [piece for secret in secrets for piece in pieces_of(secret)]
    return [(name, piece.hex()) for name, content in memory for piece in pieces if piece in content]


def places_of(pid, secrets):
    return places_in(memory_of(pid), secrets)


def is_there(pid, key):
    """Whole: so what looks for keys finds them."""
    equal({piece for _, piece in places_of(pid, [key])}, {piece.hex() for piece in pieces_of(key)}, "pieces of a key that is there")


def runtime_of(container):
    if harness.SANITIZED:
        raise Skip("a sanitizer keeps freed memory")
    pid = container.service.children("veracruz-runtime")[0]
    try:
        next(iter(memory_of(pid)))
    except PermissionError as error:
        raise Skip(f"the runtime's memory is not for this user: {error}") from error
    return pid


@suite.test
def no_byte_of_a_key_is_in_the_runtime_when_it_was_taken_back(world):
    container = world.container()
    pid = runtime_of(container)
    key, large = some_key(), some_key(8191)
    world.put(container, "data", key, 201)
    world.put(container, "far", large, 201, party=world.shop)
    is_there(pid, key)
    is_there(pid, large)
    equal(world.works(container, "first", f"mac {DATA}")[0][3], mac_of(key), "used")
    equal(world.works(container, "second", f"mac {FAR}", f"export {FAR}")[0][3], mac_of(large), "used")
    equal(world.ask(container, "DELETE", "/v1/keys/data").status, 204, "DELETE")
    equal(curl.request(container, world.shop, "DELETE", "/v1/keys/far").status, 204, "DELETE")
    equal(places_of(pid, [key, large]), [], "pieces of the keys when they were taken back")


@suite.test
def no_byte_of_a_key_is_there_when_another_replaced_it(world):
    container = world.container()
    pid = runtime_of(container)
    first, second = some_key(), some_key()
    world.put(container, "data", first, 201)
    world.put(container, "data", second, 204)
    equal(places_of(pid, [first]), [], "pieces of the first")
    is_there(pid, second)


@suite.test
def no_byte_of_a_refused_key_is_there(world):
    container = world.container(lifecycle={"freeze_inputs": True})
    pid = runtime_of(container)
    anothers, long, late = some_key(), some_key(KEY_MAX + 1), some_key()
    equal(world.ask(container, "PUT", "/v1/keys/far", body=anothers).status, 403, "another's")
    equal(world.ask(container, "PUT", "/v1/keys/data", body=long).status, 413, "too long")
    world.works(container, "first", "exit 0")
    equal(world.ask(container, "PUT", "/v1/keys/data", body=late).status, 409, "too late")
    equal(places_of(pid, [anothers, long, late]), [], "pieces of what was refused")


@suite.rows([
    ("a path that is mistyped", "PUT", "/v1/key/far", 404),
    ("no name", "PUT", "/v1/keys", 405),
    ("another method", "POST", "/v1/keys/far", 405),
    ("a path that is none", "PUT", "/v1/keys/%zz", 400),
    ("a query", "PUT", "/v1/keys/far?x", 400),
])
def no_byte_of_a_key_is_there_that_was_sent_to_the_wrong_place(world, method, target, status):
    """Nobody could take it back."""
    pid = runtime_of(world.usual)
    key = some_key(8191)
    equal(world.ask(world.usual, method, target, body=key, party=world.shop).status, status, "status")
    equal(places_of(pid, [key]), [], "pieces of the key")


@suite.test
def no_byte_of_a_kept_key_is_there_when_it_was_forgotten(world):
    """The program may export the key that it keeps, so that the test knows it."""
    container = world.container()
    pid = runtime_of(container)
    printed = world.works(container, "first", f"exportable {OWN}", f"export {OWN}")
    key = bytes.fromhex(printed[1][3])
    is_there(pid, key)
    world.works(container, "first", f"destroy {OWN}")
    # what the program wrote is a file of the container, in hex: not what is looked for
    equal(places_of(pid, [key]), [], "pieces of the forgotten key")


@suite.test
def no_byte_of_a_key_is_there_that_a_run_made_and_forgot(world):
    """Looked at before anything else is asked of the runtime, which could cover it by chance."""
    container = world.container()
    pid = runtime_of(container)
    world.ask(container, "PUT", "/v1/files/input/script", body=f"exportable {OWN}\nexport {OWN}\ndestroy {OWN}\n".encode())
    equal(world.launch(container, "first").json()["published"], True, "published")
    memory = list(memory_of(pid))
    text = world.ask(container, "GET", "/v1/files/output/first.txt").body.decode()
    key = bytes.fromhex(text.splitlines()[1].split()[3])
    equal(len(key), 1024, "size of the key")
    equal(places_in(memory, [key]), [], "pieces of the key")


@suite.test
def nothing_said_of_keys_has_their_bytes(world):
    """What leaves the container besides answers is the log of who serves it."""
    container = world.container()
    key = some_key()
    world.put(container, "data", key, 201)
    world.ask(container, "PUT", "/v1/keys/data", body=key + b"x")
    world.works(container, "first", f"mac {DATA}")
    log = container.service.log().encode()
    for form in (key, key.hex().encode(), key[:8].hex().encode()):
        check(form not in log, "the key is in the log")


if __name__ == "__main__":
    suite.main()
