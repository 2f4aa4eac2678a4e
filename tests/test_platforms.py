#!/usr/bin/env python3
"""Which platform a container gets: the strongest that the policy names and the machine offers, said on the first line; what was
missed is said too. Nothing weaker than the policy names is ever taken."""

import json

import harness
from tap import Skip, Suite, check, contains, equal

ELSEWHERE = {"nitro": {"measurements": ["ab" * 48]}}  # of an enclave: what this machine is not


class World(harness.Stage):
    def prepare(self):
        self.alice = self.party("alice")
        self.here = {"process": {"measurements": [self.measurement()]}}

    def needs_no_enclave(self):
        checks = json.loads(self.must("doctor", "--json"))["checks"]
        if any(each["ok"] for each in checks if each["name"] in ("nitro", "snp guest", "tdx guest")):
            raise Skip("this machine offers more than processes")

    def starting(self, platforms, *options):
        policy = self.policy([self.alice])
        value = json.loads(policy.path.read_text())
        value["attestation"]["platforms"] = platforms
        policy.path.write_text(json.dumps(value))
        return self.start("container", "serve", "--policy", policy.path, "--listen", "127.0.0.1:0", *options)


suite = Suite(World)

PROCESS = "as process (emulated: no protection from the machine's operator)"


@suite.rows([
    ("nothing asked", ()),
    ("automatic", ("--platform", "auto")),
    ("process", ("--platform", "process")),
])
def weak_isolation_is_named_on_the_first_line(world, options):
    service = world.starting(world.here, *options)
    check(service.address is not None, service.log())
    lines = service.log().splitlines()
    equal(lines[0], f"ready on {service.address} {PROCESS}", "first line")
    contains(lines, "measurement  " + world.here["process"]["measurements"][0], "lines")


@suite.test
def a_stronger_platform_that_is_not_here_is_said(world):
    world.needs_no_enclave()
    service = world.starting({**world.here, **ELSEWHERE}, "--json")
    check(service.address is not None, service.log())
    announced = service.announced()
    equal((announced["platform"], announced["isolation"]), ("process", "none"), "platform")
    equal([missed["platform"] for missed in announced["missed"]], ["nitro"], "missed")
    contains(announced["missed"][0]["reason"], "/dev/nsm", "reason")


REFUSALS = [
    ("nothing weaker is taken", ELSEWHERE, (), 4, "the policy accepts nitro; this machine offers process"),
    ("asked for what the policy does not name", ELSEWHERE, ("--platform", "process"), 4, "the policy does not name `process`"),
    ("asked for what is not here", ELSEWHERE, ("--platform", "nitro"), 1, "platform nitro: /dev/nsm: No such file"),
    ("no platform of that name", ELSEWHERE, ("--platform", "Nitro"), 2, "--platform: `Nitro`, auto or one of"),
    ("no platform for containers", {"psa": {"measurements": ["ab" * 32], "registers": {"signer0": ["cd" * 32]}}}, ("--platform", "psa"), 1, "containers have no platform `psa`"),
]


@suite.rows(REFUSALS)
def it_does_not_start(world, platforms, options, exit_code, text):
    world.needs_no_enclave()
    service = world.starting(platforms, *options)
    equal(service.address, None, "address")
    equal(service.wait(), exit_code, f"{service.log()}exit code")
    contains(service.log(), text, "words")


suite.main()
