#!/usr/bin/env python3
"""docs/policy.schema.json and the parser agree on what a policy says of platforms, of streams, of keys, of narrowing, of the lifecycle, of pipelines, of the journal and of limits: names, sizes, what must be there."""

import copy
import json

import harness
import schema
from tap import Suite, check, equal

SCHEMA = json.loads((harness.PROJECT / "docs/policy.schema.json").read_text())
PLATFORMS = SCHEMA["$defs"]["attestation"]["properties"]["platforms"]["properties"]


def values_for(about):
    """One value for each size that a list of hex may have."""
    about = schema.resolve(SCHEMA, about["$ref"]) if "$ref" in about else about
    return [value for value in ("1a" * size for size in range(1, 65)) if schema.accepts(about, value, SCHEMA)]


def registers(block):
    """All that the schema names: every one, and of numbered ones each number that it takes."""
    about = block["properties"]["registers"]
    names = {name: one["items"] for name, one in about["properties"].items()}
    for pattern, one in about.get("patternProperties", {}).items():
        stems = pattern.removeprefix("^").split("[")[0].split("(")
        stems = stems[1].rstrip(")").split("|") if len(stems) > 1 and stems[1] else [stems[0]]
        names.update({f"{stem}{number}": one["items"] for stem in stems for number in range(40)
                      if schema.accepts({"additionalProperties": False, "patternProperties": {pattern: {}}}, {f"{stem}{number}": 0})})
    return names


def everything(platform):
    """A block in which everything occurs that the schema knows for the platform."""
    block = PLATFORMS[platform]
    made = {"measurements": values_for(block["properties"]["measurements"]["items"]),
            "registers": {name: values_for(items) for name, items in registers(block).items()},
            "machines": values_for(block["properties"]["machines"]["items"])}
    if "minimum_tcb" in block["properties"]:
        made["minimum_tcb"] = {part: 9223372036854775807 for part in block["properties"]["minimum_tcb"]["properties"]}
    if "accepted_tcb" in block["properties"]:
        made["accepted_tcb"] = SCHEMA["$defs"]["statuses"]["items"]["enum"]
    if "vmpl" in block["properties"]:
        made["vmpl"] = 3
    return made


def without(block, *path):
    made = copy.deepcopy(block)
    inner = made
    for word in path[:-1]:
        inner = inner[word]
    del inner[path[-1]]
    return made


def with_(block, value, *path):
    made = copy.deepcopy(block)
    inner = made
    for word in path[:-1]:
        inner = inner[word]
    inner[path[-1]] = value
    return made


def variants(platform):
    """Blocks, good and bad, by what was changed."""
    whole = everything(platform)
    yield "everything", whole
    for key in whole:
        yield f"no {key}", without(whole, key)
        if isinstance(whole[key], list):
            yield f"empty {key}", with_(whole, [], key)
            yield f"{key} twice", with_(whole, whole[key] + whole[key][:1], key)
        if isinstance(whole[key], dict):
            yield f"empty {key}", with_(whole, {}, key)
            for name in whole[key]:
                yield f"no {key}.{name}", without(whole, key, name)
    for name in ("pcr99", "rtmr4", "component16", "Host_data", "pcr", "pcr04"):
        yield f"register {name}", with_(whole, ["1a" * 48], "registers", name)
    for text in ("1A" * 32, "1a" * 65, "1a" * 31, "1a" * 32 + "1", "0x" + "1a" * 31, ""):
        yield f"measurement {text!r}", with_(whole, [text], "measurements")
        yield f"machine {text!r}", with_(whole, [text], "machines")
    for key, value in (("minimum_tcb", {"microcode": -1}), ("minimum_tcb", {"nonsense": 1}), ("accepted_tcb", ["Revoked"]),
                       ("accepted_tcb", ["uptodate"]), ("vmpl", 4), ("vmpl", -1), ("vmpl", "0"), ("debug", True)):
        yield f"{key} {value}", with_(whole, value, key)


STREAM = SCHEMA["$defs"]["stream"]["properties"]
FRAMED = {"producer": {"principal": "owner"}, "consumers": [{"program": "one"}, {"principal": "guest"}], "records": "lines", "record_bytes": 512,
          "window_bytes": 65536, "partial": True, "padded": True, "digest": "sha-256", "uses": 2, "resume_seconds": 0}
PLAIN = {"producer": {"program": "one"}, "consumers": [{"program": "two"}]}


def stream_variants():
    """Streams, good and bad, by what was changed: every key, every word, every limit and one past it."""
    equal(set(FRAMED), set(STREAM), "every key of the schema occurs")
    for about, whole in (("framed", FRAMED), ("plain", PLAIN)):
        yield about, whole
        for key in STREAM:
            for value in (None, [], {}, "", "Owner", True, False, -1, 0, 1, 1.5, "1"):
                yield f"{about}: {key} {value!r}", with_(whole, value, key)
            if key in whole:
                yield f"{about}: no {key}", without(whole, key)
            for value in STREAM[key].get("enum", []):
                yield f"{about}: {key} {value}", with_(without(whole, "record_bytes") if "record_bytes" in whole and key == "records" else whole, value, key)
            if key in ("uses", "resume_seconds"):
                for value in (STREAM[key]["minimum"] - 1, STREAM[key]["minimum"], STREAM[key]["maximum"], STREAM[key]["maximum"] + 1):
                    yield f"{about}: {key} {value}", with_(whole, value, key)
        for value in (65535, 65537, 98304, 32768, 33554432):
            yield f"{about}: window {value}", with_(whole, value, "window_bytes")
    for value in (0, 1, 1048576, 1048577):
        yield f"record {value}", with_(with_(FRAMED, 16777216, "window_bytes"), value, "record_bytes")
    for end in ({"principal": "owner", "program": "one"}, {}, {"node": "owner"}, {"principal": "Owner"}, "owner"):
        yield f"producer {end}", with_(FRAMED, end, "producer")
        yield f"consumer {end}", with_(FRAMED, [end], "consumers")
    yield "a consumer twice", with_(FRAMED, [{"program": "one"}, {"program": "one"}], "consumers")
    yield "another key", with_(FRAMED, 1, "window")


KEY = SCHEMA["$defs"]["key"]["properties"]
LEDGER = {"owner": "owner", "id": 7, "type": "aes", "bits": 256, "usage": ["encrypt", "copy"], "algorithm": "gcm", "programs": ["one", "two"],
          "export": False, "wrap": ["guest"]}
PAIR = {"owner": "guest", "id": 1, "type": "p256-pair", "usage": ["sign-hash"], "algorithm": "ecdsa-sha-256", "programs": ["one"]}

# Good names of whom there is none: that is the parser's matter.
NOBODY = [("owner", "1"), ("programs", ["owner"])]
KINDS = ("aes", "chacha20", "hmac", "derive", "password", "raw", "rsa-pair", "rsa-public", "p256-pair", "p256-public", "x25519-pair", "x25519-public")
ALGORITHMS = ("gcm", "cmac", "chacha20-poly1305", "hmac-sha-256", "hkdf-sha-256", "pbkdf2-hmac-sha-256", "ecdsa-sha-256", "ecdsa-any",
              "rsa-pss-sha-256", "rsa-oaep-sha-256", "ecdh", "jpake-sha-256")


def key_variants():
    """Keys, good and bad: every key of the schema, every pair of type and algorithm, of those that differ with every usage, every number of bits near a limit."""
    equal(set(LEDGER), set(KEY), "every key of the schema occurs")
    for about, whole in (("ledger", LEDGER), ("pair", PAIR)):
        yield about, whole
        for key in KEY:
            for value in (None, {}, "", "Owner", True, -1, 0, 1, 1.5, "1", ["owner"], ["one", "one"]):
                if (key, value) not in NOBODY:
                    yield f"{about}: {key} {value!r}", with_(whole, value, key)
            if key in whole:
                yield f"{about}: no {key}", without(whole, key)
    for kind in KEY["type"]["enum"]:
        for bits in (7, 8, 12, 127, 128, 192, 255, 256, 257, 384, 521, 528, 1016, 1024, 1028, 2048, 4096, 4104, 65528, 65536):
            yield f"{kind} {bits}", {**LEDGER, "type": kind, "bits": bits, "usage": [], "export": True, "algorithm": "gcm"}
            plain = without({**LEDGER, "type": kind, "bits": bits, "usage": ["cache"], "export": True}, "algorithm")
            yield f"{kind} {bits} without algorithm", plain
        for algorithm in KEY["algorithm"]["enum"]:
            for usage in KEY["usage"]["items"]["enum"] if kind in KINDS and algorithm in ALGORITHMS else ["copy"]:
                yield f"{kind} {algorithm} {usage}", {**with_bits(kind), "algorithm": algorithm, "usage": [usage], "export": True}
    for usage in KEY["usage"]["items"]["enum"]:
        yield f"{usage} without algorithm", without({**LEDGER, "usage": [usage], "export": True}, "algorithm")
    for value in (1073741823, 1073741824):
        yield f"id {value}", with_(LEDGER, value, "id")
    for key in ("programs", "wrap"):
        yield f"{key} twice", with_(LEDGER, LEDGER[key] + LEDGER[key][:1], key)
        yield f"no {key}", with_(LEDGER, [], key)
    yield "another key", with_(LEDGER, 1, "lifetime")


# Values of which one is mostly of the wrong form.
ODD = (None, {}, [], "", "Owner", True, -1, 0, 1, 1.5, "1", ["Owner"], [1], ["owner", "owner"])

TAKING = {"program": "one", "may": ["take", "read_once"], "path": "/output/"}
HOLDING = {"principal": "owner", "may": ["take_stream", "take_key", "runs", "expires"], "streams": ["ticks"], "keys": ["ledger"], "programs": ["one", "two"]}


def narrower_variants():
    """Rules, good and bad: every key with every sort of value, every kind with and without what goes with it."""
    about = SCHEMA["$defs"]["narrower"]["properties"]
    equal(set(TAKING) | set(HOLDING), set(about), "every key of the schema occurs")
    for name, whole in (("taking", TAKING), ("holding", HOLDING)):
        yield name, whole
        for key in about:
            for value in ODD:
                if (key, value) not in (("principal", "1"), ("program", "1"), ("path", "Owner"), ("path", "1")):
                    yield f"{name}: {key} {value!r}", with_(whole, value, key)
            if key in whole:
                yield f"{name}: no {key}", without(whole, key)
    for kind in about["may"]["items"]["enum"]:
        for key, value in (("path", "/output/"), ("streams", ["ticks"]), ("keys", ["ledger"]), ("programs", ["two"])):
            yield f"{kind} with {key}", {"principal": "owner", "may": [kind], key: value}
        yield f"{kind} alone", {"principal": "owner", "may": [kind]}
        yield f"{kind} twice", {"principal": "owner", "may": [kind, kind], "path": "/output/"}
    for path in ("/stream/ticks", "/veracruz", "/veracruz/policy.json", "/", "output", "/output/x"):
        yield f"path {path}", with_(TAKING, path, "path")


LIFECYCLE = {"runs": [{"program": "one", "at_most": 1}], "freeze_inputs": True, "shutdown": ["owner"], "shutdown_when_read": ["/output/x"],
             "deadline_seconds": 3600, "parties": {"at_least": 1, "of": ["owner", "guest"]}, "consent": ["guest"],
             "budgets": [{"path": "/input/", "runs": 1}]}


def lifecycle_variants():
    about = SCHEMA["properties"]["lifecycle"]["properties"]
    equal(set(LIFECYCLE), set(about), "every key of the schema occurs")
    yield "everything", LIFECYCLE
    for key in about:
        yield f"no {key}", without(LIFECYCLE, key)
        for value in ODD:
            yield f"{key} {value!r}", with_(LIFECYCLE, value, key)
    for seconds in (0, 1, 31622400, 31622401):
        yield f"{seconds} s", with_(LIFECYCLE, seconds, "deadline_seconds")
    for value in ODD:
        yield f"at least {value!r}", with_(LIFECYCLE, value, "parties", "at_least")
        yield f"of {value!r}", with_(LIFECYCLE, value, "parties", "of")
        yield f"path {value!r}", with_(LIFECYCLE, [{"path": value if value not in ("Owner", "1") else "/input/x", "runs": 1}], "budgets")
        yield f"runs {value!r}", with_(LIFECYCLE, [{"path": "/input/", "runs": value}], "budgets")
    for value in ({"at_least": 1}, {"of": ["owner"]}, {"at_least": 1, "of": ["owner"], "k": 1}):
        yield f"parties {value}", with_(LIFECYCLE, value, "parties")
    for path in ("/stream/ticks", "/veracruz/", "/input", "input/x"):
        yield f"budget of {path}", with_(LIFECYCLE, [{"path": path, "runs": 1000000}], "budgets")
    yield "too many", with_(LIFECYCLE, [{"path": "/input/", "runs": 1000001}], "budgets")


PIPELINE = {"principals": ["owner"], "stages": [
    {"name": "make", "program": "one"},
    {"name": "next", "program": "two", "after": ["make"], "if": [{"exists": "/input/x"}, {"stage": "make", "exit": [0, 4294967295]}],
     "rights": [{"may": ["read", "list"], "path": "/input/"}], "arguments": ["two", ""]},
    {"name": "last", "program": "one", "after": [], "if": [{"missing": "/input/x"}], "rights": []}]}


def pipeline_variants():
    equal(set(PIPELINE["stages"][1]), set(SCHEMA["$defs"]["stage"]["properties"]), "every key of the schema occurs")
    yield "everything", PIPELINE
    for key in ("principals", "stages"):
        yield f"no {key}", without(PIPELINE, key)
        for value in ODD:
            yield f"{key} {value!r}", with_(PIPELINE, value, key)
    for key in SCHEMA["$defs"]["stage"]["properties"]:
        if key in ("name", "program"):
            yield f"no {key}", without(PIPELINE, "stages", 2, key)
        for value in ODD:
            if (key, value) not in (("program", "1"), ("after", ["owner", "owner"])):
                yield f"{key} {value!r}", with_(PIPELINE, value, "stages", 2, key)
    for value in ODD:
        for key in ("exists", "missing"):
            yield f"{key} {value!r}", with_(PIPELINE, [{key: value}], "stages", 1, "if")
        yield f"exit {value!r}", with_(PIPELINE, [{"stage": "make", "exit": value}], "stages", 1, "if")
        yield f"exit [{value!r}]", with_(PIPELINE, [{"stage": "make", "exit": [value]}], "stages", 1, "if")
        yield f"may {value!r}", with_(PIPELINE, [{"may": value, "path": "/input/"}], "stages", 1, "rights")
    for value in ({}, {"exit": [1]}, {"stage": "make"}, {"exists": "/a", "missing": "/b"}, {"exists": "/a", "exit": [1]}, {"exists": "/stream/s"},
                  {"missing": "/veracruz/policy.json"}, {"exists": "/a/"}, {"stage": "make", "exit": [4294967296]}, {"stage": "make", "exit": [1, 1]}):
        yield f"if {value}", with_(PIPELINE, [value], "stages", 1, "if")
    for right in ("read", "list", "execute", "Read"):
        yield f"a right to {right}", with_(PIPELINE, [{"may": [right], "path": "/input/"}], "stages", 1, "rights")
    yield "another key", with_(PIPELINE, 1, "stages", 0, "when")


JOURNAL = {"bytes": 65536, "contents": False, "observers": [{"principal": "owner"}, {"principal": "guest", "kinds": ["run", "read"]}]}


def journal_variants():
    about = SCHEMA["properties"]["journal"]["properties"]
    equal(set(JOURNAL), set(about), "every key of the schema occurs")
    yield "everything", JOURNAL
    for key in about:
        yield f"no {key}", without(JOURNAL, key)
        for value in ODD:
            yield f"{key} {value!r}", with_(JOURNAL, value, key)
    for size in (65535, 65536, 67108864, 67108865):
        yield f"{size} bytes", with_(JOURNAL, size, "bytes")
    for value in ODD:
        if value != "1":
            yield f"principal {value!r}", with_(JOURNAL, [{"principal": value}], "observers")
        yield f"kinds {value!r}", with_(JOURNAL, [{"principal": "owner", "kinds": value}], "observers")
    for kind in about["observers"]["items"]["properties"]["kinds"]["items"]["enum"]:
        yield f"kind {kind}", with_(JOURNAL, [{"principal": "owner", "kinds": [kind]}], "observers")
    yield "a kind twice", with_(JOURNAL, [{"principal": "owner", "kinds": ["run", "run"]}], "observers")
    yield "another key", with_(JOURNAL, 1, "size")


def with_bits(kind):
    """A key of this type whose bits are right, said where they must be."""
    base = without(LEDGER, "bits")
    bits = 128 if kind in ("aes", "aria", "camellia", "hmac", "derive", "password", "raw") else 2048 if kind.startswith("rsa") else None
    return {**base, "type": kind, **({} if bits is None else {"bits": bits})}


class World(harness.Stage):
    def prepare(self):
        rules = self.policy([self.party("owner"), self.party("guest")], measurements=["1a" * 32])
        self.value = json.loads(rules.path.read_text())
        check(schema.accepts(SCHEMA, self.value), "the schema takes a usual policy")

    def check(self, value):
        path = self.file("policy.json", json.dumps(value))
        done = self.veracruz("policy", "check", path)
        path.unlink()
        return done


suite = Suite(World)


@suite.rows([(platform, platform) for platform in PLATFORMS])
def schema_and_parser_agree_on(world, platform):
    counts = {True: 0, False: 0}
    for about, block in variants(platform):
        value = copy.deepcopy(world.value)
        value["attestation"]["platforms"] = {platform: block}
        good = schema.accepts(SCHEMA, value)
        done = world.check(value)
        equal((done.returncode == 0), good, f"{about}: the parser's verdict, and the schema's, on {json.dumps(block)[:300]}\n{done.stderr}")
        counts[good] += 1
    check(counts[True] > 2 and counts[False] > 10, f"both kinds are among them: {counts}")


def both(world, about, value):
    """The schema's verdict, after the parser's is known to be the same."""
    good = schema.accepts(SCHEMA, value)
    done = world.check(value)
    equal(done.returncode == 0, good, f"{about}: the parser's verdict, and the schema's\n{done.stderr}")
    return good


def with_programs(world):
    value = copy.deepcopy(world.value)
    value["programs"] = {name: {"path": f"/program/{name}.wasm", "sha256": "1a" * 32} for name in ("one", "two")}
    return value


@suite.test
def schema_and_parser_agree_on_streams(world):
    counts = {True: 0, False: 0}
    for about, stream in stream_variants():
        value = with_programs(world)
        value["streams"] = {"ticks": stream}
        counts[both(world, about, value)] += 1
    check(counts[True] > 30 and counts[False] > 100, f"both kinds are among them: {counts}")


@suite.test
def schema_and_parser_agree_on_how_many_streams(world):
    for count in (0, 256, 257):
        value = with_programs(world)
        value["streams"] = {f"s{number}": PLAIN for number in range(count)}
        equal(both(world, f"{count} streams", value), count <= 256, f"{count} streams")
    value = with_programs(world)
    for name in ("", "S", "a/b", "..", "-a", "a" * 65):
        value["streams"] = {name: PLAIN}
        check(not both(world, f"named {name!r}", value), f"a stream named {name!r}")


@suite.rows([(path, path) for path in ("/stream", "/stream/", "/stream/x", "stream/x", "//stream/x", "/streams", "/streams/x", "/a/stream/x")])
def schema_and_parser_agree_on_the_place_of_streams(world, path):
    value = with_programs(world)
    value["rights"] = [{"principal": "owner", "may": ["read"], "path": path}]
    both(world, "a right", value)
    for about, change in (("a program", lambda it: it["programs"]["one"].update(path=path)), ("a pinned file", lambda it: it.update(pins={path: "1a" * 32})),
                          ("a file to be read", lambda it: it["lifecycle"].update(shutdown_when_read=[path]))):
        value = with_programs(world)
        value["lifecycle"] = {}
        value["rights"] = [{"principal": "owner", "may": ["read"], "path": "/"}]
        change(value)
        both(world, about, value)


@suite.test
def schema_and_parser_agree_on_keys(world):
    counts = {True: 0, False: 0}
    value = with_programs(world)
    value["keys"] = {}
    for about, key in key_variants():
        value["keys"]["ledger"] = key
        counts[both(world, about, value)] += 1
    check(counts[True] > 200 and counts[False] > 1500, f"both kinds are among them: {counts}")


@suite.test
def schema_and_parser_agree_on_how_many_keys(world):
    value = with_programs(world)
    for count in (0, 256, 257):
        value["keys"] = {f"k{number}": {**PAIR, "id": number + 1} for number in range(count)}
        equal(both(world, f"{count} keys", value), count <= 256, f"{count} keys")
    value["keys"] = {}
    for count in (-1, 0, 256, 257, "1"):
        value["programs"]["one"]["kept_keys"] = count
        equal(both(world, f"{count} kept", value), count in (0, 256), f"{count} kept")


@suite.test
def schema_and_parser_agree_on_how_long_a_run_lasts(world):
    for key in ("wall_seconds", "cpu_seconds"):
        for seconds in (0, 1, 86401, 31622400, 31622401):
            value = with_programs(world)
            value["programs"]["one"]["limits"] = {key: seconds}
            equal(both(world, f"{key} {seconds}", value), 0 < seconds <= 31622400, f"{key} {seconds}")


def eventful(world):
    """A policy in which there is something to be narrowed, waited for, and counted."""
    value = with_programs(world)
    value["streams"] = {"ticks": PLAIN}
    value["keys"] = {"ledger": LEDGER}
    value["lifecycle"] = {}
    value["rights"] = [{"principal": who, "may": ["read", "write"], "path": "/"} for who in ("owner", "guest")]
    value["rights"] += [{"program": which, "may": ["read", "list"], "path": "/input/"} for which in ("one", "two")]
    return value


@suite.rows([(name, (name, variants, wrap, least)) for name, variants, wrap, least in (
    ("lifecycle", lifecycle_variants, lambda block: block, (20, 150)), ("narrowing", narrower_variants, lambda block: [block], (20, 200)),
    ("pipelines", pipeline_variants, lambda block: {"nightly": block}, (15, 100)), ("journal", journal_variants, lambda block: block, (24, 50)))])
def schema_and_parser_agree_on_the_block(world, row):
    name, made, wrap, least = row
    counts = {True: 0, False: 0}
    for about, block in made():
        value = eventful(world)
        value[name] = wrap(block)
        counts[both(world, about, value)] += 1
    check(counts[True] >= least[0] and counts[False] >= least[1], f"both kinds are among them: {counts}")


@suite.rows([(path, path) for path in ("/veracruz", "/veracruz/", "/veracruz/policy.json", "veracruz/x", "/veracruzs", "/a/veracruz/x")])
def schema_and_parser_agree_on_the_place_of_the_policy_in_force(world, path):
    for about, change in (("a right", lambda it: it["rights"].append({"principal": "owner", "may": ["read"], "path": path})),
                          ("a program", lambda it: it["programs"]["one"].update(path=path)), ("a pinned file", lambda it: it.update(pins={path: "1a" * 32})),
                          ("a file to be read", lambda it: it["lifecycle"].update(shutdown_when_read=[path])),
                          ("a preopen", lambda it: it["programs"]["one"].update(preopens=[path])),
                          ("standard input", lambda it: (it["programs"]["one"].update(stdin=path), it["rights"].append({"program": "one", "may": ["read"], "path": "/"})))):
        value = eventful(world)
        change(value)
        both(world, about, value)


@suite.test
def schema_knows_every_platform(world):
    done = world.veracruz("policy", "new", "--help")
    for platform in PLATFORMS:
        check(platform in done.stdout, f"{platform} is in the help")
    value = copy.deepcopy(world.value)
    value["attestation"]["platforms"] = {}
    check(not schema.accepts(SCHEMA, value) and world.check(value).returncode == 2, "no platform")


if __name__ == "__main__":
    suite.main()
