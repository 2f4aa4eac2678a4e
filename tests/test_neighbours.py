#!/usr/bin/env python3
"""What one party, within its rights, can do to the others: take no more than its share, and learn no more than its share."""

import json
import os
import pathlib
import resource
import time

import curl
import h2
import harness
from harness import SANITIZED
from tap import Skip, Suite, check, equal

WASM = harness.GUESTS / "misdeeds.wasm"
FILES = 400
DESCRIPTORS = 256  # that the container is started with; it may raise that
RIGHTS = (
    "owner: read,write,list,delete /input/",
    "owner: write,execute /program/copy.wasm",
    "owner: write,execute /program/spin.wasm",
    "owner: write,execute /program/wait.wasm",
    "other: write /drop/",
    "owner: write /drop/",
    "owner: write /apart/secret/",
    "third: execute /program/copy.wasm",
    "copy: read,list /input/",
    "copy: write /output/",
)


class World(harness.Stage):
    def prepare(self):
        self.owner, self.other, self.third = self.party("owner"), self.party("other"), self.party("third")
        entries = {name: (WASM, {"arguments": ["misdeeds", name], "clock": name == "wait", "limits": {"wall_seconds": 60, "cpu_seconds": 60}})
                   for name in ("copy", "spin", "wait")}
        rules = self.policy([self.owner, self.other, self.third], entries, RIGHTS,
                            storage={"files": FILES + 50, "bytes": 1 << 24}, lifecycle={"shutdown": ["third"]}, journal={"bytes": 1 << 26})
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))
        try:
            self.container = self.serving(rules)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        self.put(self.owner, "/input/a.txt", b"text")
        for name in entries:
            self.put(self.owner, f"/program/{name}.wasm", WASM.read_bytes())

    def ask(self, party, method, target, *options, body=None):
        return curl.request(self.container, party, method, target, *options, body=body)

    def put(self, party, path, body):
        equal(self.ask(party, "PUT", "/v1/files" + path, body=body).status // 100, 2, f"put of {path}")

    def runtime(self):
        return self.container.service.children("veracruz-runtime")[0]

    def begin(self, party, name):
        return self.ask(party, "POST", "/v1/runs", body=json.dumps({"program": name}).encode())


suite = Suite(World)
STANDARD = 2 if SANITIZED else 3  # standard descriptors that lead nowhere


def descriptors(pid):
    """Of a worker behind its filter: before, it still loads libraries."""
    while "Seccomp:\t2" not in pathlib.Path(f"/proc/{pid}/status").read_text():
        pass
    return sorted((int(entry.name), os.readlink(entry)) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir())


@suite.test
def a_waiting_worker_holds_its_socket_and_nothing_else(world):
    world.ask(world.owner, "POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"copy"}')
    held = descriptors(world.container.service.await_child("worker"))
    equal([number for number, _ in held], [0, 1, 2, 3], f"descriptors {held}")
    check(all("nowhere" in name for number, name in held if number < STANDARD) and held[3][1].startswith("socket:"), f"descriptors {held}")


@suite.test
def a_running_worker_holds_nothing_of_others(world):
    number = world.begin(world.owner, "spin").json()["id"]
    while world.ask(world.owner, "GET", f"/v1/runs/{number}").json()["state"] != "running":
        pass
    for pid in world.container.service.children("worker"):
        held = descriptors(pid)
        check(all(fd < 3 and ("nowhere" in name or fd >= STANDARD) or fd == 3 and name.startswith("socket:") for fd, name in held), f"descriptors {held}")
    world.ask(world.owner, "DELETE", f"/v1/runs/{number}")


@suite.test
def many_small_files_leave_descriptors_for_others(world):
    with h2.Connection(world.container, world.owner) as connection:
        for index in range(FILES):
            stream = 2 * index + 1
            connection.request(stream, "PUT", f"/v1/files/input/small/{index}", [("content-length", "0")], end=True)
            connection.closing(stream)
    names = world.ask(world.owner, "GET", "/v1/files/input/small").json()["entries"]
    equal(len(names), FILES, "files stored")
    run = world.ask(world.owner, "POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"copy"}').json()
    equal((run["state"], run.get("exit_code")), ("exited", 0), f"run {run}")
    with h2.Connection(world.container, world.owner) as connection:
        for index in range(FILES):
            connection.request(2 * index + 1, "DELETE", f"/v1/files/input/small/{index}", end=True)
            connection.closing(2 * index + 1)


@suite.test
def unfinished_uploads_leave_descriptors_for_others(world):
    connections = [h2.Connection(world.container, world.other) for _ in range(6)]
    for connection in connections:
        for stream in range(1, 121, 2):
            connection.request(stream, "PUT", f"/v1/files/drop/{stream}", [("content-length", "1")])
        connection.settle()
    try:
        equal(world.ask(world.owner, "PUT", "/v1/files/input/b.txt", body=b"b").status // 100, 2, "an upload of another")
        run = world.ask(world.owner, "POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"copy"}').json()
        equal((run["state"], run.get("exit_code")), ("exited", 0), f"run {run}")
    finally:
        for connection in connections:
            connection.socket.close()


@suite.test
def connections_of_one_leave_room_for_others(world):
    held = []
    try:
        for _ in range(300):
            try:
                connection = h2.Connection(world.container, world.other)
                connection.settle()
            except (OSError, h2.Ended):
                continue
            held.append(connection)
        equal(world.ask(world.owner, "GET", "/v1/policy").status, 200, "status for another")
    finally:
        for connection in held:
            connection.socket.close()


@suite.test
def connections_of_all_the_others_leave_room_for_one(world):
    """Each takes as many as it gets, and keeps them."""
    *greedy, last = (world.party(f"p{index}") for index in range(9))
    container = world.serving(world.policy([*greedy, last], lifecycle={"shutdown": ["p0"]}))
    held = []
    try:
        for party in greedy:
            for _ in range(33):
                try:
                    connection = h2.Connection(container, party)
                    connection.settle()
                except (OSError, h2.Ended):
                    continue
                held.append(connection)
        equal(len(held), 8 * (256 // 9), "connections of the others")
        equal(curl.request(container, last, "GET", "/v1/policy").status, 200, "status")
    finally:
        for connection in held:
            connection.socket.close()


@suite.test
def strangers_that_say_nothing_leave_room(world):
    import socket
    host, port = world.container.address.rsplit(":", 1)
    held = [socket.create_connection((host, int(port))) for _ in range(300)]
    try:
        equal(world.ask(world.owner, "GET", "/v1/policy").status, 200, "status for a principal")
    finally:
        for one in held:
            one.close()


@suite.test
def runs_of_one_leave_room_for_others(world):
    answers = [world.begin(world.owner, "wait") for _ in range(65)]
    equal([answer.status for answer in answers], [201] * 64 + [429], "statuses")
    run = world.ask(world.third, "POST", "/v1/runs", "--header", "prefer: wait=30", body=b'{"program":"copy"}').json()
    equal((run["state"], run.get("exit_code")), ("exited", 0), f"run of another: {run}")
    for answer in answers[:64]:
        world.ask(world.owner, "DELETE", f"/v1/runs/{answer.json()['id']}")


@suite.test
def whether_a_directory_is_there_is_not_told(world):
    world.put(world.owner, "/apart/secret/x", b"x")
    for method in ("GET", "HEAD"):
        there, missing = (world.ask(world.other, method, f"/v1/files{path}") for path in ("/apart/secret", "/apart/absent"))
        equal((there.status, missing.status), (403, 403), f"statuses of {method}")
        equal(there.body.replace(b"secret", b"absent"), missing.body, f"words of {method}")


@suite.test
def who_may_only_write_sees_nothing_of_others(world):
    world.put(world.owner, "/drop/of-the-owner", b"12345")
    world.put(world.owner, "/drop/deep/file", b"12345")
    check(b"of-the-owner" not in world.ask(world.other, "GET", "/v1/files/drop/").body, "a file's name is told")
    there, missing = (world.ask(world.other, "GET", f"/v1/files/drop/{name}") for name in ("deep", "none"))
    equal((there.status, there.body.replace(b"deep", b"none")), (missing.status, missing.body), "answer about a directory")


@suite.test
def runs_of_others_are_not_told_from_none(world):
    number = world.begin(world.owner, "spin").json()["id"]
    there, missing = (world.ask(world.third, "GET", f"/v1/runs/{name}") for name in (number, "999999"))
    equal((there.status, there.body), (missing.status, missing.body), "answer about a run")
    world.ask(world.owner, "DELETE", f"/v1/runs/{number}")


@suite.test
def writing_and_deleting_for_long_costs_its_entries_in_the_journal(world):
    """... and nothing more. The path is long, so that memory that is kept for each turn would be seen."""
    name = "/".join(["d" * 200] * 4)
    fields = [("content-length", "0")]

    def turns(count):
        with h2.Connection(world.container, world.owner) as connection:
            for index in range(count):
                for place, method in enumerate(("PUT", "DELETE")):
                    stream = 4 * index + 2 * place + 1
                    connection.request(stream, method, f"/v1/files/input/{name}", fields if method == "PUT" else (), end=True)
                    connection.closing(stream)

    def resident():
        for line in pathlib.Path(f"/proc/{world.runtime()}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])

    def written():
        """Entries that the owner sees, and the KiB that they take: texts, and what is kept of each besides."""
        shown = [one for one in world.ask(world.owner, "GET", "/v1/journal").json()["entries"] if "entry" in one]
        return len(shown), sum(len(one["entry"]) + len(one.get("details", "")) + 512 for one in shown) // 1024

    if SANITIZED:
        raise Skip("a sanitizer keeps what was freed")
    turns(300)
    count, kept = written()
    before = resident()
    turns(1500)
    more = resident() - before
    entries, kept = written()[0] - count, written()[1] - kept
    equal(entries, 3000, "entries")
    check(more < kept + 1500, f"{more} KiB more after 1500 turns, of which the journal has {kept}")


if __name__ == "__main__":
    suite.main()
