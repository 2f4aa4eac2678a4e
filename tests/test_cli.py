#!/usr/bin/env python3
"""The command: exit codes, --json on every verb, help with examples, and a policy made by flags."""

import json
import os
import subprocess

import harness
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "misdeeds.wasm"
RIGHTS = ("owner: read,write,append,list,delete /input/", "owner: write,execute /program/copy.wasm",
          "owner: write,execute /program/half.wasm", "owner: write,execute /program/spin.wasm", "owner: read,list /output/",
          "copy: read /input/", "copy: write /output/", "half: read /input/", "half: write /output/")
VERBS = ("identity", "policy", "attestation", "evidence", "machine", "measure", "serve", "put", "get", "ls", "rm", "append", "stream", "run", "status", "kill",
         "shutdown", "doctor")


class World(harness.Stage):
    def prepare(self):
        self.owner, self.other = self.party("owner"), self.party("other")
        limits = {"output_bytes": 65536}
        programs = {name: (WASM, {"arguments": ["misdeeds", name], "limits": limits}) for name in ("copy", "half", "spin")}
        lifecycle = {"shutdown": ["owner"], "runs": [{"program": "half", "at_most": 2}]}
        self.rules = self.policy([self.owner, self.other], programs, RIGHTS, lifecycle=lifecycle, storage={"bytes": 1 << 20})
        self.container = self.serving(self.rules)

    def use(self, *arguments, party=None):
        return self.container.veracruz(party or self.owner, *arguments)

    def put_all(self):
        code(self.use("put", self.file("a.txt", "text\n"), "/input/a.txt"), 0)
        for name in ("copy", "half", "spin"):
            code(self.use("put", WASM, f"/program/{name}.wasm"), 0)


suite = Suite(World)


def code(done, wanted):
    equal(done.returncode, wanted, f"exit code\n{done.stdout}{done.stderr}")
    return done


@suite.rows([(verb, verb) for verb in VERBS])
def help_has_an_example_for(world, verb):
    done = code(world.veracruz(verb, "--help"), 0)
    contains(done.stdout, f"veracruz {verb}", "help")
    contains(done.stdout.lower(), "example", "help")


@suite.test
def help_of_the_command_names_every_verb(world):
    text = code(world.veracruz("--help"), 0).stdout
    for verb in VERBS:
        contains(text, verb, "help")


@suite.rows([
    ("no verb", ()), ("an unknown verb", ("dance",)), ("an unknown option", ("measure", "--loudly")),
    ("too few arguments", ("put",)), ("too many arguments", ("measure", "a", "b")),
    ("a policy that is no JSON", ("policy", "check", __file__)), ("no container named", ("ls",)),
])
def exit_code_2_for(world, arguments):
    done = code(world.veracruz(*arguments), 2)
    check(done.stderr.strip() and not done.stdout.strip(), "says why, on standard error")


@suite.test
def files_go_in_and_out(world):
    local = world.file("here.txt", "one\n")
    code(world.use("put", local, "/input/f.txt"), 0)
    code(world.use("append", world.file("more.txt", "two\n"), "/input/f.txt"), 0)
    out = world.path("out.txt")
    code(world.use("get", "/input/f.txt", out), 0)
    equal(out.read_text(), "one\ntwo\n", "content")
    contains(code(world.use("ls", "/input"), 0).stdout, "f.txt", "listing")
    code(world.use("rm", "/input/f.txt"), 0)
    code(world.use("get", "/input/f.txt", out), 5)
    equal(out.read_text(), "one\ntwo\n", "what the failed get left alone")


@suite.test
def get_to_standard_output(world):
    world.put_all()
    equal(code(world.use("get", "/input/a.txt", "-"), 0).stdout, "text\n", "output")


@suite.rows([
    ("1: a local file that is not there", 1, ("put", "/nowhere/at/all", "/input/x"), "owner"),
    ("4: no right to read", 4, ("get", "/input/a.txt", "-"), "other"),
    ("4: no right to run", 4, ("run", "copy"), "other"),
    ("4: no right to end the container", 4, ("shutdown",), "other"),
    ("5: no such file", 5, ("get", "/input/none", "-"), "owner"),
    ("5: no such run", 5, ("status", "99999"), "owner"),
    ("7: another program", 7, ("put", __file__, "/program/copy.wasm"), "owner"),
    ("8: a run that fails", 8, ("run", "half"), "owner"),
])
def exit_code(world, wanted, arguments, party):
    world.put_all()
    done = code(world.use(*arguments, party=getattr(world, party)), wanted)
    check(done.stderr.strip(), "says why on standard error")


@suite.test
def exit_code_6_for_a_quota(world):
    code(world.use("put", world.file("large", "x" * (2 << 20)), "/input/large"), 6)
    world.put_all()
    codes = [world.use("run", "half").returncode for _ in range(3)]
    equal(codes[-1], 6, f"the last of {codes}")


@suite.test
def exit_code_3_for_what_is_no_container(world):
    done = world.veracruz("ls", "/input", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container",
                          world.attestation.address)
    code(done, 3)


@suite.test
def exit_code_1_when_nobody_listens(world):
    gone = world.start_attestation(endorse=False)
    gone.stop()
    code(world.veracruz("ls", "/", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container", gone.address), 1)


@suite.test
def variables_stand_for_options(world):
    world.put_all()
    world.environment.update({"VERACRUZ_POLICY": str(world.rules.path), "VERACRUZ_IDENTITY": str(world.owner.prefix),
                              "VERACRUZ_CONTAINER": world.container.address})
    try:
        code(world.veracruz("ls", "/input"), 0)
    finally:
        for name in ("VERACRUZ_POLICY", "VERACRUZ_IDENTITY", "VERACRUZ_CONTAINER"):
            del world.environment[name]


def local_verbs(world):
    identity = str(world.owner.certificate)
    rules = str(world.rules.path)
    return [("identity", "new", "fresh", "--out", str(world.path("fresh"))), ("identity", "show", identity), ("policy", "check", rules),
            ("policy", "show", rules), ("policy", "hash", rules), ("policy", "explain", rules), ("machine", "show"), ("measure",),
            ("doctor",)]


REMOTE_VERBS = [("ls", "/input"), ("run", "copy"), ("status",), ("run", "spin", "--no-wait")]


@suite.test
def json_of_verbs_that_stay_here(world):
    for arguments in local_verbs(world):
        done = world.veracruz(*arguments, "--json")
        check(done.returncode == 0 or arguments == ("doctor",), f"{arguments}: exit code {done.returncode} {done.stderr}")
        one_document(arguments, done.stdout)


@suite.test
def json_of_verbs_that_talk_to_a_container(world):
    world.put_all()
    local = world.file("j.txt", "x")
    for arguments in [("put", local, "/input/j.txt"), ("append", local, "/input/j.txt"), ("get", "/input/j.txt", world.path("j")),
                      *REMOTE_VERBS, ("rm", "/input/j.txt")]:
        one_document(arguments, code(world.use(*arguments, "--json"), 0).stdout)
    number = json.loads(code(world.use("run", "spin", "--no-wait", "--json"), 0).stdout)["id"]
    one_document("status", code(world.use("status", number, "--json"), 0).stdout)
    one_document("kill", code(world.use("kill", number, "--json"), 0).stdout)


def one_document(arguments, text):
    try:
        json.loads(text)
    except ValueError as error:
        raise AssertionError(f"{arguments}: {error}: {text!r}") from error


@suite.test
def policy_made_by_flags_is_the_one_that_was_meant(world):
    out = world.path("made.json")
    service = world.attestation
    code(world.veracruz("policy", "new", "--name", "made", "--expires", harness.in_days(1), "--attestation-url", service.url,
                        "--attestation-ca", service.ca, "--principal", f"owner={world.owner.certificate}",
                        "--program", f"copy={WASM}", "--set", "copy.memory_mib=128", "--set", "copy.argument=misdeeds",
                        "--set", "copy.argument=copy", "--right", "owner: read,write /input/", "--right", "copy: read /input/",
                        "--storage", "bytes=134217728", "--runs", "copy=3", "--freeze-inputs", "--shutdown", "owner",
                        "--shutdown-when-read", "/input/a", "--out", out), 0)
    made = json.loads(out.read_text())
    equal(made["programs"]["copy"]["arguments"], ["misdeeds", "copy"], "arguments")
    equal(made["programs"]["copy"]["limits"]["memory_mib"], 128, "memory")
    equal(made["programs"]["copy"]["sha256"], harness.program("copy", WASM)["sha256"], "digest")
    equal(made["attestation"]["platforms"]["process"]["measurements"], [world.measurement()], "measurement")
    equal(made["lifecycle"], {"runs": [{"program": "copy", "at_most": 3}], "freeze_inputs": True, "shutdown": ["owner"],
                              "shutdown_when_read": ["/input/a"]}, "lifecycle")
    code(world.veracruz("policy", "check", out), 0)


def made_by(world, *words):
    """A policy by flags, with what each needs and these."""
    out = world.path("life.json")
    base = ("policy", "new", "--name", "life", "--expires", harness.in_days(1), "--attestation-url", world.attestation.url, "--attestation-ca",
            world.attestation.ca, "--principal", f"owner={world.owner.certificate}", "--program", f"copy={WASM}", "--right", "owner: read,write /data/",
            "--right", "copy: read,write /data/", "--stream", "ticks: owner > copy", "--key", "ledger: owner > copy aes-256 gcm decrypt", "--out", out)
    return out, world.veracruz(*base, *words)


@suite.test
def policy_made_by_flags_says_how_its_container_lives(world):
    stages = world.file("nightly.json", json.dumps({"principals": ["owner"], "stages": [{"name": "one", "program": "copy"}]}))
    out, done = made_by(world, "--deadline", "60", "--parties", "1=owner", "--consent", "owner", "--budget", "/data/=2", "--budget", "/data/x=1",
                        "--narrow", "copy: take,read_once  /data/", "--narrow", "owner:expires", "--narrow", "owner: take_stream ticks",
                        "--narrow", "owner: take_key ledger", "--narrow", "owner: withdraw, runs copy", "--pipeline", f"nightly={stages}",
                        "--journal", "bytes=65536", "--journal", "contents=false", "--observer", "owner=run,run_over")
    code(done, 2)
    contains(done.stderr, 'narrowing[4].programs[0]: no program "runs"', "a blank among kinds")
    out, done = made_by(world, "--deadline", "60", "--parties", "1=owner", "--consent", "owner", "--budget", "/data/=2", "--budget", "/data/x=1",
                        "--narrow", "copy: take,read_once  /data/", "--narrow", "owner:expires", "--narrow", "owner: take_stream ticks",
                        "--narrow", "owner: take_key ledger", "--narrow", "owner: withdraw,runs copy", "--pipeline", f"nightly={stages}",
                        "--journal", "bytes=65536", "--journal", "contents=false", "--observer", "owner=run,run_over")
    code(done, 0)
    made = json.loads(out.read_text())
    life = made["lifecycle"]
    equal((life["deadline_seconds"], life["parties"], life["consent"]), (60, {"at_least": 1, "of": ["owner"]}, ["owner"]), "lifecycle")
    equal(life["budgets"], [{"path": "/data/", "runs": 2}, {"path": "/data/x", "runs": 1}], "budgets")
    equal(made["narrowing"], [{"program": "copy", "may": ["take", "read_once"], "path": "/data/"}, {"principal": "owner", "may": ["expires"]},
                              {"principal": "owner", "may": ["take_stream"], "streams": ["ticks"]},
                              {"principal": "owner", "may": ["take_key"], "keys": ["ledger"]},
                              {"principal": "owner", "may": ["withdraw", "runs"], "programs": ["copy"]}], "narrowing")
    equal(made["pipelines"], {"nightly": json.loads(stages.read_text())}, "pipelines")
    equal(made["journal"], {"bytes": 65536, "contents": False, "observers": [{"principal": "owner", "kinds": ["run", "run_over"]}]}, "journal")
    text = code(world.veracruz("policy", "explain", out), 0).stdout
    for sentence in ("start the pipeline nightly", "The program copy may take from anybody rights to everything under /data/",
                     "No program starts before the owner has consented to its SHA-256.", "entries of the kinds run and run_over"):
        contains(text, sentence, "explanation")


@suite.rows([(" ".join(words), (words, said)) for words, said in (
    (("--deadline", "0"), "lifecycle.deadline_seconds: 0, at least 1"), (("--deadline", "1h"), "lifecycle.deadline_seconds: a whole number"),
    (("--parties", "owner"), "--parties N=NAME,NAME"), (("--parties", "2=owner"), "lifecycle.parties.at_least: 2, at most 1"),
    (("--parties", "1="), "lifecycle.parties.of: no elements"), (("--consent", "nobody"), 'lifecycle.consent[0]: no principal "nobody"'),
    (("--budget", "/data/"), "--budget PATH=N"), (("--budget", "/data/=x"), "lifecycle.budgets.runs: a whole number"),
    (("--narrow", "owner expires"), "--narrow 'WHO"), (("--narrow", "owner:"), "nothing behind the colon"),
    (("--narrow", "nobody: expires"), "neither a principal nor a program"), (("--narrow", "owner: take"), 'narrowing[0]: no "path"'),
    (("--narrow", "owner: fly"), "narrowing[0].may[0]: one of take"), (("--narrow", "owner: expires copy"), "names are for take_stream"),
    (("--pipeline", "nightly"), "--pipeline NAME=FILE.json"), (("--pipeline", "nightly=/nowhere/x"), "/nowhere/x"),
    (("--pipeline", "nightly=/dev/null"), "no JSON text"), (("--journal", "bytes"), "--journal KEY=VALUE"),
    (("--journal", "size=1"), 'journal: no setting "size"'), (("--observer", "owner="), "nothing behind the ="),
    (("--observer", "owner=runs"), "journal.observers[0].kinds[0]: one of began"))])
def policy_new_refuses(world, row):
    words, said = row
    out, done = made_by(world, *words)
    check(done.returncode in (1, 2) and said in done.stderr, f"{words}: {done.returncode}: {done.stderr}")
    check(not out.exists(), "nothing is written")


@suite.test
def policy_new_asks_a_person_again(world):
    out, owner = world.path("asked.json"), world.owner.certificate
    answers = ("Not A Name", "asked", "some day", "+2d", "http://x", world.attestation.url, "/nowhere", world.attestation.ca,
               owner, "owner=/nowhere", f"owner={owner}", f"owner={owner}", "",
               f"copy={owner}", f"copy={WASM}", "", "owner: fly /a", "nobody: read /a", "owner: read /a", "", out)
    person, terminal = os.openpty()
    os.write(person, "".join(f"{answer}\n" for answer in answers).encode())
    done = subprocess.run([harness.VERACRUZ, "policy", "new"], stdin=terminal, capture_output=True, text=True,
                          env=world.environment, timeout=harness.PATIENCE)
    os.close(terminal)
    os.close(person)
    code(done, 0)
    equal(done.stderr.count("once more, please"), 10, f"answers refused\n{done.stderr}")
    made = json.loads(out.read_text())
    equal((made["name"], list(made["principals"]), list(made["programs"])), ("asked", ["owner"], ["copy"]), "policy")
    equal(made["rights"], [{"principal": "owner", "may": ["read"], "path": "/a"}], "rights")


@suite.test
def policy_hash_is_that_of_the_bytes(world):
    contains(code(world.veracruz("policy", "hash", world.rules.path), 0).stdout, world.rules.hash.hex(), "hash")
    told = json.loads(code(world.veracruz("policy", "hash", "--json", world.rules.path), 0).stdout)
    equal(told, {"hash": world.rules.hash.hex(), "container_name": world.rules.host}, "hash and name")


@suite.test
def explain_speaks_of_parties_and_paths(world):
    text = code(world.veracruz("policy", "explain", world.rules.path), 0).stdout
    for word in ("owner", "copy", "/input", "/output"):
        contains(text, word, "explanation")


@suite.test
def identity_key_is_nobody_elses(world):
    equal(world.owner.key.stat().st_mode & 0o777, 0o600, "mode")


@suite.test
def shutdown_ends_the_container(world):
    code(world.use("shutdown"), 0)
    equal(world.container.service.wait(), 0, "exit code of serve")


if __name__ == "__main__":
    suite.main()
