#!/usr/bin/env python3
"""Attestation fails closed: machine, measurement, service; and what a client sees when it does not fail."""

import json

import harness
from tap import Suite, check, contains, equal


class World(harness.Stage):
    def prepare(self):
        self.owner = self.party("owner")
        self.rules = self.policy([self.owner], {}, ["owner: read,write,list /input/"])

    def does_not_start(self, rules, code, word):
        container = self.serve(rules)
        equal((container.address, container.service.wait()), (None, code), f"serve: {container.service.log()}")
        contains(container.service.log(), word, "what serve says")


suite = Suite(World)


@suite.test
def endorsed_machine_starts_and_client_is_content(world):
    container = world.serving(world.rules)
    done = container.veracruz(world.owner, "ls", "/input")
    check(done.returncode in (0, 5), f"exit code {done.returncode}: {done.stderr}")


@suite.test
def machine_that_nobody_endorsed(world):
    strict = world.start_attestation(endorse=False)
    rules = world.policy([world.owner], {}, [], attestation=strict)
    world.does_not_start(rules, 3, "endorse")


@suite.test
def machine_endorsed_later_starts(world):
    service = world.start_attestation(endorse=False)
    rules = world.policy([world.owner], {}, [], attestation=service)
    world.does_not_start(rules, 3, "endorse")
    machine = world.path("machine.pem")
    world.must("machine", "show", "--out", machine)
    world.must("attestation", "endorse", machine, "--state", service.state)
    world.serving(rules)


@suite.rows([("zeros", "0" * 64), ("one bit off", None)])
def measurement_that_is_not_in_the_policy(world, measurement):
    if measurement is None:
        true = world.measurement()
        measurement = f"{int(true, 16) ^ 1:064x}"
    world.does_not_start(world.policy([world.owner], {}, [], measurements=[measurement]), 3, "measurement differs")


@suite.test
def refusal_names_the_releases_of_both_sides(world):
    release = json.loads(world.must("measure", "--json"))["release"]
    world.does_not_start(world.policy([world.owner], {}, [], measurements=["0" * 64]), 3,
                         f"the policy accepts {'0' * 16}… (not in any release), this container is {world.measurement()[:16]}… ({release})")


@suite.test
def one_of_several_measurements_is_enough(world):
    world.serving(world.policy([world.owner], {}, [], measurements=["0" * 64, world.measurement()]))


@suite.test
def service_with_another_ca_than_the_policy_names(world):
    imposter = world.start_attestation()
    rules = world.policy([world.owner], {}, [])
    rules.path.write_text(rules.path.read_text().replace(world.attestation.url, imposter.url))
    world.does_not_start(rules, 3, "")


@suite.test
def service_that_is_not_there(world):
    gone = world.start_attestation()
    rules = world.policy([world.owner], {}, [], attestation=gone)
    gone.stop()
    container = world.serve(rules)
    equal(container.address, None, "address")
    check(container.service.wait() in (1, 3), f"exit code of serve: {container.service.log()}")


@suite.test
def client_refuses_a_container_of_another_service(world):
    """The same text but for the service: what a party holds decides, not what the container says."""
    container = world.serving(world.rules)
    other = world.start_attestation()
    mine = json.loads(world.rules.path.read_text())
    mine["attestation"]["ca"] = other.ca.read_text()
    held = harness.Policy(world.file("mine.json", json.dumps(mine)))
    done = container.veracruz(world.owner, "put", world.file("secret", "secret"), "/input/never", policy=held)
    equal(done.returncode, 3, f"exit code: {done.stderr}")


@suite.test
def client_refuses_what_is_no_container(world):
    """The attestation service itself has a certificate of the same CA."""
    done = world.veracruz("ls", "/input", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container",
                          world.attestation.address)
    equal(done.returncode, 3, f"exit code: {done.stdout}{done.stderr}")


@suite.test
def measurement_is_stable_and_lists_what_it_covers(world):
    first, second = (json.loads(world.must("measure", "--json")) for _ in range(2))
    equal(first, second, "two measurements")
    contains(json.dumps(first), "veracruz-runtime", "what is in it")


@suite.test
def ca_key_is_nobody_elses(world):
    for path in world.attestation.state.rglob("*"):
        if path.suffix == ".key":
            equal(path.stat().st_mode & 0o777, 0o600, f"mode of {path.name}")


def look_at_log(world, *rest):
    return world.veracruz("attestation", "log", "--policy", world.rules.path, *rest)


@suite.test
def log_has_every_certificate_and_remembers(world):
    first = look_at_log(world, "--json")
    equal(first.returncode, 0, f"exit code: {first.stderr}")
    world.serving(world.rules)
    second = look_at_log(world, "--json", "--entries")
    equal(second.returncode, 0, f"exit code: {second.stderr}")
    seen = json.loads(second.stdout)
    equal(seen["before"], json.loads(first.stdout)["head"], "the head that was seen before")
    check(seen["head"]["size"] > seen["before"]["size"], f"sizes: {seen}")
    lines = look_at_log(world, "--entries").stdout.splitlines()
    issued = [json.loads(line) for line in lines if json.loads(line)["verdict"] == "issued"]
    check(any(entry["measurement"] == world.measurement() for entry in issued), f"entries: {lines}")


@suite.test
def refusal_of_an_endorsed_machine_is_in_the_log(world):
    rules = world.policy([world.owner], {}, [], measurements=["0" * 64])
    world.does_not_start(rules, 3, "measurement")
    lines = look_at_log(world, "--entries").stdout.splitlines()
    refused = [json.loads(line) for line in lines if json.loads(line)["verdict"] == "refused"]
    check(any(world.measurement() == entry.get("measurement") for entry in refused), f"entries: {lines}")


@suite.test
def service_whose_log_was_shortened_does_not_start(world):
    service = world.start_attestation()
    rules = world.policy([world.owner], {}, [], attestation=service)
    world.serving(rules)
    service.stop()
    entries = service.state / "log" / "entries.jsonl"
    check(entries.stat().st_size > 0, "the log has entries")
    entries.write_bytes(entries.read_bytes()[:-1])
    done = world.veracruz("attestation", "serve", "--state", service.state, "--listen", "127.0.0.1:0")
    check(done.returncode not in (0, None), f"exit code: {done.returncode}")
    contains(done.stderr, "somebody changed the log", "what it says")


@suite.test
def service_that_starts_over_with_the_same_ca_is_found_out(world):
    """Split view: an empty log of the same service is not the one that was seen."""
    service = world.start_attestation()
    rules = world.policy([world.owner], {}, [], attestation=service)
    fresh = [(path, path.read_bytes()) for path in (service.state / "log").iterdir()]
    world.serving(rules)
    seen = world.veracruz("attestation", "log", "--policy", rules.path)
    equal(seen.returncode, 0, f"exit code: {seen.stderr}")
    service.stop()
    for path, content in fresh:
        path.write_bytes(content)
    again = world.start_attestation(state=service.state, listen=service.address)
    world.serving(rules)
    done = world.veracruz("attestation", "log", "--policy", rules.path)
    equal(done.returncode, 3, f"exit code: {done.stdout}{done.stderr}")
    contains(done.stderr, "log", "what it says")
    again.stop()


if __name__ == "__main__":
    suite.main()
