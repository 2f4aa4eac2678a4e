#!/usr/bin/env python3
"""Evidence on the command line: genuine samples of every platform with what is known of them, what must be refused and why, and
evidence of the process platform made here, so that something is looked at where the samples are absent."""

import base64
import datetime
import fcntl
import hashlib
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import termios

import certs
import harness
from tap import Skip, Suite, check, contains, equal

SAMPLES = pathlib.Path(os.environ.get("VERACRUZ_EVIDENCE") or harness.PROJECT.parent / "shared/evidence")
PLATFORMS = ("process", "nitro", "snp", "tdx", "sgx", "psa", "tpm")
# What the process platform says of itself (src/evidence/process.c).
IMPLEMENTATION = ("Veracruz process platform: an emulated root of trust in software, operated by whoever runs this machine; it "
                  "protects nothing from that operator.")
COMPONENT = "veracruz-runtime (emulated process platform)"
PROFILE = "tag:psacertified.org,2023:psa#tfm"
TPM_QUOTE = "tpm/own_swtpm_ovmf"
MEASUREMENT = hashlib.sha256(b"what runs").digest()
BOUND_TO = hashlib.sha512(b"what it is bound to").digest()


# ---------------------------------------------------------------------------------------------------------------- process evidence

def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    size = 1 if value < 1 << 8 else 2 if value < 1 << 16 else 4
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26}[size]]) + value.to_bytes(size, "big")


def cbor(value):
    """Integers, bytes, text, lists, maps in the order given."""
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(member) for key, member in value.items())


class Machine:
    """A launcher's key, and the tokens that it signs."""

    def __init__(self, stage):
        self.stage = stage
        self.private, self.public = stage.path("machine.key"), stage.path("machine.pem")
        certs.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.private)
        certs.openssl("pkey", "-in", self.private, "-pubout", "-out", self.public)
        der = stage.path("machine.der")
        certs.openssl("pkey", "-in", self.private, "-pubout", "-outform", "DER", "-out", der)
        self.spki = der.read_bytes()

    def claims(self):
        """Those of a token that will do, in their order."""
        return {10: BOUND_TO, 256: b"\1" + hashlib.sha256(self.spki[-65:]).digest(), 265: PROFILE, 2394: 1, 2395: 0x3000,
                2396: hashlib.sha256(IMPLEMENTATION.encode()).digest(), 2397: bytes(range(32)),
                2399: [{1: COMPONENT, 2: MEASUREMENT, 5: hashlib.sha256(self.spki).digest()}]}

    def sign(self, claims, header=b"\xa1\x01\x26"):
        payload = cbor(claims)
        message, signature = self.stage.file("message", cbor(["Signature1", header, b"", payload])), self.stage.path("signature")
        certs.openssl("dgst", "-sha256", "-sign", self.private, "-out", signature, message)
        return b"\xd2\x84" + cbor(header) + b"\xa0" + cbor(payload) + cbor(raw_signature(signature.read_bytes()))


def raw_signature(der):
    """r || s of SEQUENCE { INTEGER r, INTEGER s }."""
    first = 4 + der[3]
    r, s = der[4:first], der[first + 2:first + 2 + der[first + 1]]
    return b"".join(int.from_bytes(part, "big").to_bytes(32, "big") for part in (r, s))


# --------------------------------------------------------------------------------------------------------------------------- world

class World(harness.Stage):
    def prepare(self):
        self.machine = Machine(self)
        self.token = self.file("token.cbor", self.machine.sign(self.machine.claims()))

    def verify(self, file, platform, *arguments):
        return self.veracruz("evidence", "verify", file, "--platform", platform, *arguments)

    def judge(self, file, platform, *arguments):
        """Exit code and report."""
        done = self.verify(file, platform, *arguments, "--json")
        return done.returncode, json.loads(done.stdout)

    def process(self, token, *arguments):
        return self.judge(self.file("token", token), "process", "--endorsed-key", self.machine.public, *arguments)


suite = Suite(World)


def sample(name):
    if not (SAMPLES / "MANIFEST.json").is_file():
        raise Skip(f"no samples of evidence here (VERACRUZ_EVIDENCE, {SAMPLES})")
    return SAMPLES / name


def manifest(platform):
    """Entries of one platform; none where the samples are absent."""
    if not (SAMPLES / "MANIFEST.json").is_file():
        return []
    return [entry for entry in json.loads((SAMPLES / "MANIFEST.json").read_text()) if entry["platform"] == platform]


def refused(report, code, word, wanted=3):
    equal((code, report["verdict"]), (wanted, {2: "malformed", 3: "refused"}[wanted]), f"exit code and verdict of {report}")
    contains(report["reason"].lower(), word.lower(), "reason")
    equal((report["error"]["exit_code"], report["error"]["text"]), (code, report["reason"]), "error")


def accepted(report, code, verdict="genuine"):
    equal((code, report["verdict"], report["reason"]), (0, verdict, ""), f"exit code, verdict and reason of {report}")
    check("error" not in report and report["claims"]["verified"] and not report["claims"]["debug"], f"claims of {report}")
    equal([report["steps"][step] for step in ("form", "signatures", "platform")], ["passed"] * 3, "steps")


# ------------------------------------------------------------------------------------------------------------------------- process

@suite.test
def process_evidence_is_accepted(world):
    code, report = world.process(world.token.read_bytes(), "--measurement", MEASUREMENT.hex(), "--report-data", BOUND_TO.hex())
    accepted(report, code, "accepted")
    equal(report["claims"]["measurement"], MEASUREMENT.hex(), "measurement")
    equal((report["isolation"], report["compared"]), ("none", ["report_data", "measurement"]), "isolation and what was compared")


@suite.test
def without_reference_values_it_is_only_genuine(world):
    done = world.verify(world.token, "process", "--endorsed-key", world.machine.public)
    equal(done.returncode, 0, done.stderr)
    contains(done.stdout, "genuine; what runs there was not compared: give --measurement or --policy", "standard output")
    contains(done.stdout, "no protection from the machine's operator", "standard output")


@suite.rows([
    ("hex", lambda token: token.hex()),
    ("hex in lines, upper case, with 0x", lambda token: "0x" + "\n".join(re.findall(".{1,64}", token.hex().upper())) + "\n"),
    ("base 64", lambda token: subprocess.run(["base64"], input=token, capture_output=True, check=True).stdout),
    ("base 64 for URLs, without padding",
     lambda token: subprocess.run(["basenc", "--base64url", "-w0"], input=token, capture_output=True, check=True).stdout.rstrip(b"=")),
])
def evidence_is_read_as(world, write):
    code, report = world.judge(world.file("text", write(world.token.read_bytes())), "process", "--endorsed-key", world.machine.public)
    accepted(report, code)


@suite.test
def evidence_is_read_from_standard_input(world):
    done = subprocess.run([harness.VERACRUZ, "evidence", "verify", "-", "--platform", "process", "--endorsed-key",
                           str(world.machine.public)], input=world.token.read_bytes(), capture_output=True, env=world.environment,
                          timeout=harness.PATIENCE)
    equal(done.returncode, 0, done.stderr)


# A4: nothing of the emulated platform passes for anything else, whatever field is changed; it is signed again each time.
@suite.rows([
    ("another implementation", lambda claims: claims.update({2396: bytes(32)}), "implementation"),
    ("another component", lambda claims: claims[2399][0].update({1: "veracruz-runtime"}), "component"),
    ("life cycle of a debugged root of trust", lambda claims: claims.update({2395: 0x4000}), "life cycle"),
    ("life cycle before it is secured", lambda claims: claims.update({2395: 0x2000}), "life cycle"),
    ("asked by the side that is not secure", lambda claims: claims.update({2394: -1}), "client id"),
    ("another machine's instance id", lambda claims: claims.update({256: b"\1" + bytes(32)}), "instance id"),
    ("another machine's signer id", lambda claims: claims[2399][0].update({5: bytes(32)}), "signer id"),
])
def a4_process_evidence_with(world, change, word):
    claims = world.machine.claims()
    change(claims)
    code, report = world.process(world.machine.sign(claims))
    refused(report, code, word)


@suite.rows([
    ("a nonce of 32 bytes", lambda claims: claims.update({10: bytes(32)})),
    ("another profile", lambda claims: claims.update({265: "http://arm.com/psa/2.0.0"})),
    ("two components", lambda claims: claims[2399].append(claims[2399][0])),
    ("a claim of other platforms", lambda claims: claims.update({2400: "www.example.org"})),
    ("an unknown claim", lambda claims: claims.update({3000: 1})),
    ("no component", lambda claims: claims.pop(2399)),
])
def a9_process_evidence_with(world, change):
    claims = world.machine.claims()
    change(claims)
    code, report = world.process(world.machine.sign(claims))
    refused(report, code, "", wanted=2)


@suite.rows([(platform, platform) for platform in PLATFORMS if platform != "process"])
def a4_process_evidence_is_none_of(world, platform):
    key = ("--endorsed-key", world.machine.public) if platform in ("psa", "tpm") else ()
    code, report = world.judge(world.token, platform, *key)
    if platform == "psa":  # its form is a PSA token's: what it says of itself stands in it for whoever compares
        equal(report["isolation"], "device", "isolation")
        code, report = world.judge(world.token, platform, *key, "--register", "implementation_id=" + "aa" * 32)
        refused(report, code, "implementation_id differs")
    else:
        equal(code, 2, f"exit code: {report}")


@suite.test
def evidence_of_another_form_is_named(world):
    for platform in ("snp", "tdx", "nitro"):
        code, report = world.judge(world.token, platform)
        refused(report, code, "it has the form of --platform process", wanted=2)


@suite.test
def a_folder_is_a_tpms(world):
    folder = world.path("folder")
    folder.mkdir()
    (folder / "quote.bin").write_bytes(b"\0" * 64)
    done = world.veracruz("evidence", "verify", folder, "--platform", "tdx")
    equal(done.returncode, 2, done.stderr)
    contains(done.stderr, "as the loose files of a TPM's quote", "reason")


@suite.test
def a4_policy_of_hardware_does_not_take_it(world):
    owner, service = world.party("owner"), world.attestation
    platforms = {"snp": {"measurements": ["11" * 48], "minimum_tcb": {"bootloader": 4, "tee": 0, "snp": 22, "microcode": 209}}}
    rules = world.policy([owner], attestation=service)
    text = json.loads(rules.path.read_text())
    text["attestation"]["platforms"] = platforms
    path = world.file("snp.json", json.dumps(text))
    done = world.verify(world.token, "process", "--endorsed-key", world.machine.public, "--policy", path)
    equal(done.returncode, 3, done.stderr)
    contains(done.stderr, "the policy does not name `process`", "reason")


@suite.rows([
    ("another key", "another"), ("no key", None),
])
def process_evidence_needs_its_key(world, which):
    key = ("--endorsed-key", Machine(world).public) if which else ()
    code, report = world.judge(world.token, "process", *key)
    refused(report, code, "instance id" if which else "not endorsed")
    equal("--endorsed-key" in report["reason"], not which, f"advice in {report['reason']}")


@suite.rows([
    ("report data", ("--report-data", "00" * 64), "report data differs"),
    ("report data cut short", ("--report-data", BOUND_TO[:32].hex()), "report data differs"),
    ("measurement", ("--measurement", "00" * 32), "measurement differs: the policy accepts 0000000000000000"),
    ("register", ("--register", "signer_id=" + "00" * 32), "register signer_id differs"),
    ("machine", ("--machine", "01" + "00" * 32), "is none of the policy's 1"),
])
def wrong(world, arguments, word):
    code, report = world.process(world.token.read_bytes(), *arguments)
    refused(report, code, word)
    done = world.verify(world.token, "process", "--endorsed-key", world.machine.public, *arguments)
    equal(done.returncode, 3, "exit code")
    contains(done.stdout, "refused: ", "standard output")
    contains(done.stderr, word, "standard error")


@suite.test
def one_of_several_will_do(world):
    code, report = world.process(world.token.read_bytes(), "--measurement", "00" * 32, "--measurement", MEASUREMENT.hex())
    accepted(report, code, "accepted")


# A7: measurements that are not written as one.
@suite.rows([
    ("upper case", MEASUREMENT.hex().upper()), ("odd length", MEASUREMENT.hex()[:-1]), ("truncated", MEASUREMENT.hex()[:-2]),
    ("too long", MEASUREMENT.hex() + "00"), ("with 0x", "0x" + MEASUREMENT.hex()), ("with a space", MEASUREMENT.hex()[:-1] + " "),
    ("empty", ""), ("no hex", "g" * 64), ("of another hash", "11" * 48),
])
def a7_measurement(world, text):
    done = world.verify(world.token, "process", "--endorsed-key", world.machine.public, "--measurement", text)
    equal((done.returncode, done.stdout), (2, ""), f"exit code and output\n{done.stderr}")
    contains(done.stderr, "--measurement", "reason")


@suite.rows([
    ("an unknown platform", ("--platform", "sev"), "--platform sev"),
    ("no platform", (), "--platform process"),
    ("an unknown register", ("--platform", "process", "--register", "pcr4=" + "00" * 32), "no register pcr4"),
    ("a register without value", ("--platform", "process", "--register", "signer_id"), "NAME=VALUE wanted"),
    ("versions, where there are none", ("--platform", "process", "--minimum-tcb", "snp=1"), "no part snp"),
    ("statuses, where there are none", ("--platform", "process", "--accept-tcb", "OutOfDate"), "nobody publishes statuses"),
    ("a revoked machine", ("--platform", "tdx", "--accept-tcb", "Revoked"), ""),
    ("a privilege level", ("--platform", "process", "--vmpl", "0"), "only snp"),
    ("a time that is none", ("--platform", "process", "--at", "yesterday"), "--at"),
    ("an anchor", ("--platform", "process", "--anchor", __file__), "--anchor"),
    ("a key that is none", ("--platform", "process", "--endorsed-key", __file__), "--endorsed-key"),
    ("collateral that is none", ("--platform", "process", "--collateral", __file__), "--collateral"),
    ("values beside a policy", ("--platform", "process", "--policy", "x", "--measurement", "00" * 32), "beside --policy"),
])
def arguments_refused(world, arguments, word):
    done = world.veracruz("evidence", "verify", world.token, *arguments)
    equal(done.returncode, 2, f"exit code\n{done.stderr}")
    contains(done.stderr, word, "reason")


@suite.rows([
    ("of a platform that it is not", "snp", "--endorsed-key"),
])
def endorsed_key(world, platform, word):
    done = world.verify(world.token, platform, "--endorsed-key", world.machine.public)
    equal(done.returncode, 2, "exit code")
    contains(done.stderr, word, "reason")


@suite.test
def reference_values_of_a_policy(world):
    owner = world.party("owner")
    for measurement, wanted in ((MEASUREMENT.hex(), 0), ("00" * 32, 3)):
        rules = world.policy([owner], measurements=[measurement])
        done = world.verify(world.token, "process", "--endorsed-key", world.machine.public, "--policy", rules.path)
        equal(done.returncode, wanted, f"exit code\n{done.stdout}{done.stderr}")


# ------------------------------------------------------------------------------------------------------------------------- releases

@suite.test
def refusals_name_releases(world):
    here = world.measurement()
    release = json.loads(world.must("measure", "--json"))["release"]
    check(release.startswith("veracruz "), f"release {release!r}")
    contains(world.must("measure"), release, "measure")
    done = world.verify(world.token, "process", "--endorsed-key", world.machine.public, "--measurement", here)
    equal(done.returncode, 3, "exit code")
    contains(done.stderr, f"the policy accepts {here[:16]}… ({release}), this container is {MEASUREMENT.hex()[:16]}… (not in any release)",
             "reason")
    folder = pathlib.Path(world.environment["XDG_DATA_HOME"]) / "veracruz/releases.d"
    folder.mkdir(parents=True)
    (folder / "mine").write_text(f"process {MEASUREMENT.hex()} mine 1.2\n")
    done = world.verify(world.token, "process", "--endorsed-key", world.machine.public, "--measurement", here)
    contains(done.stderr, f"this container is {MEASUREMENT.hex()[:16]}… (mine 1.2)", "reason")
    rules = world.policy([world.party("owner")], measurements=[here, MEASUREMENT.hex(), "00" * 32])
    told = world.must("policy", "explain", rules.path)
    for words in (f"{here}, which is {release}", f"{MEASUREMENT.hex()}, which is mine 1.2", f"{'00' * 32}, of no release known here"):
        contains(told, words, "explanation")
    (folder / "broken").write_text("nonsense\n")
    done = world.veracruz("measure")
    equal(done.returncode, 0, "exit code")
    contains(done.stderr, "broken: line 1: ", "standard error")
    for path in list(folder.iterdir()):
        path.unlink()


# --------------------------------------------------------------------------------------------------------------------- hostile files

def hostile(world):
    token = world.token.read_bytes()
    return [("empty", b""), ("truncated", token[:-1]), ("one byte too many", token + b"\0"), ("one byte", b"\xd2"), ("zeros", bytes(5000)),
            ("huge", bytes(4 << 20)), ("beyond the limit", random.randbytes(98305)), ("text", b"no evidence at all\n"),
            ("JSON", b'{"quote": 1}'), ("JSON of depth", b'{"a":' * 3000), ("nested CBOR", b"\x9f" * 5000)] + [
                (f"random {size}", random.randbytes(size)) for size in (16, 584, 1184, 5000)]


@suite.rows([(platform, platform) for platform in PLATFORMS])
def hostile_files_as(world, platform):
    for name, content in hostile(world):
        path = world.file(name.replace(" ", "-"), content)
        done = world.verify(path, platform, "--json")
        told = json.loads(done.stdout)["error"]
        # One byte in front can already say "a MAC", which is refused for what it is.
        check(told["status"] == "malformed" or "COSE_Mac0" in told["text"], f"{name}: {told}")
        check(done.returncode == told["exit_code"] and done.stderr.strip(), f"{name}: exit code {done.returncode} {done.stderr}")
        done = world.veracruz("evidence", "show", path, "--platform", platform, "--json")  # it also shows what nobody would accept
        check(done.returncode == 2 and done.stderr.strip() or done.returncode == 0, f"show {name}: exit code {done.returncode}")
        json.loads(done.stdout)
        done = world.veracruz("evidence", "show", path)
        equal(done.returncode, 2, f"exit code of show, of {name} as nothing in particular\n{done.stdout}")
        path.unlink()


@suite.rows([(platform, platform) for platform in PLATFORMS])
def folder_as(world, platform):
    folder = world.path("folder")
    folder.mkdir()
    done = world.verify(folder, platform)
    check(done.returncode in (1, 2) and done.stderr.strip(), f"exit code {done.returncode} {done.stderr}")


@suite.test
def file_that_is_not_there(world):
    done = world.verify("/nowhere/at/all", "snp")
    equal((done.returncode, done.stdout), (1, ""), "exit code")
    contains(done.stderr, "no such file", "reason")


# ----------------------------------------------------------------------------------------------------------------------------- show

@suite.test
def show_process(world):
    rows = json.loads(world.must("evidence", "show", world.token, "--json"))
    check(rows and all(set(row) == {"section", "name", "value", "meaning"} and row["meaning"] and row["name"] for row in rows), rows)
    check(MEASUREMENT.hex() in [row["value"] for row in rows], "the measurement is among the values")
    text = world.must("evidence", "show", world.token)
    for row in rows:
        line = next((line for line in text.splitlines() if row["value"] in line and row["meaning"] in line), None)
        check(line is not None, f"a line with {row}")
    check("\x1b" not in text, "no control characters")


@suite.rows([("80", 80), ("132", 132), ("narrow", 40)])
def show_at_a_terminal_of(world, columns):
    near, far = os.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    child = subprocess.Popen([harness.VERACRUZ, "evidence", "show", str(world.token)], stdin=subprocess.DEVNULL, stdout=far,
                             stderr=subprocess.PIPE, env=world.environment)
    os.close(far)
    text = b""
    while piece := read_terminal(near):
        text += piece
    os.close(near)
    equal(child.wait(harness.PATIENCE), 0, child.stderr.read())
    lines = text.decode().replace("\r", "").splitlines()
    widest = max(len(line) for line in lines[1:])
    check(widest <= max(columns, 64), f"a line of {widest} columns in {lines}")
    joined = "".join("".join(line.split()) for line in lines)
    check(MEASUREMENT.hex() in joined, "the measurement can be read across lines")


def read_terminal(near):
    """What came; nothing once the other end is closed."""
    try:
        return os.read(near, 65536)
    except OSError:
        return b""


SHOWN = [("snp", "sev-snp/ms_milan_report.bin", "MEASUREMENT"), ("snp", "sev-snp/virtee_milan_report.hex", "POLICY"),
         ("tdx", "tdx/phala_tdx_quote", "RTMR1"), ("tdx", "tdx/automata_quotev4.hex", "MRTD"), ("sgx", "sgx/phala_sgx_quote", "MRENCLAVE"),
         ("nitro", "nitro/anjuna_prod_doc.bin", "PCR0"), ("psa", "psa/veraison_tfm/psa-2_0_0_sign1.bin", "nonce"),
         ("tpm", TPM_QUOTE, "pcrDigest")]


@suite.rows([(f"{platform}: {name}", platform, name, field) for platform, name, field in SHOWN])
def show(world, platform, name, field):
    path = sample(name)
    named = json.loads(world.must("evidence", "show", path, "--platform", platform, "--json"))
    check(field.lower() in [row["name"].lower() for row in named], f"{field} is not among {[row['name'] for row in named]}")
    check(all(row["meaning"] for row in named), "every field has a meaning")
    equal(json.loads(world.must("evidence", "show", path, "--json")), named, "what is shown if the platform is guessed")


# -------------------------------------------------------------------------------------------------------------------------- samples

def day_after(validity):
    start = datetime.datetime.strptime(validity.split("..")[0], "%Y-%m-%d %H:%M:%S")
    return (start + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


@suite.test
def samples_are_there(world):
    sample("MANIFEST.json")
    for platform in ("sev-snp", "tdx", "sgx", "nitro", "psa", "tpm"):
        check(manifest(platform), f"{platform} has no samples")


@suite.rows([(entry["name"], entry) for entry in manifest("sev-snp")])
def snp_sample(world, entry):
    arguments = ("--collateral", sample(entry["leaf"]), "--at", day_after(entry["leaf_validity"]))
    code, report = world.judge(sample(entry["evidence"]), "snp", *arguments)
    if entry["verdict"] != "accept":  # a broken certificate that is not this chip's either is not even considered
        refused(report, code, entry["verdict"].split(":")[1] if entry["chip_match"] else "no VCEK")
        return
    accepted(report, code)
    claims = report["claims"]
    equal((claims["vmpl"], claims["measurement"]), (entry["vmpl"], entry["claims"]["measurement"]), "privilege level and measurement")
    named_registers(world, entry["evidence"], "snp", claims, arguments)
    for minimum, wanted in ((0, 0), (255, 3)):
        done = world.verify(sample(entry["evidence"]), "snp", *arguments, "--minimum-tcb", f"microcode={minimum}")
        equal(done.returncode, wanted, f"microcode of at least {minimum}\n{done.stderr}")
    done = world.verify(sample(entry["evidence"]), "snp", *arguments, "--vmpl", (entry["vmpl"] + 1) % 4)
    equal(done.returncode, 3, "another privilege level")


def named_registers(world, evidence, platform, claims, arguments):
    """Whatever evidence states can be asked for by its name."""
    wanted = [f"{name}={value}" for name, value in claims["registers"].items()]
    words = [word for pair in wanted for word in ("--register", pair)]
    words += [word for svn in claims["tcb"] for word in ("--minimum-tcb", f"{svn['part']}=0")]
    words += ["--measurement", claims["measurement"], "--report-data", claims["report_data"]] if claims["report_data"] else []
    words += ["--machine", claims["machine"]] if claims["machine"].strip("0") else []
    code, report = world.judge(sample(evidence), platform, *arguments, *words)
    equal(code, 0, f"exit code with all that it claims\n{report}")


PHALA_TDX = ("tdx/phala_tdx_quote_collateral.json", "2025-06-19T12:00:00Z")
PHALA_NEW = ("tdx/phala_tdx_quote_outdated_collateral.json", "2026-02-18T12:00:00Z")
PHALA_SGX = ("sgx/phala_sgx_quote_collateral.json", "2025-06-19T12:00:00Z")


@suite.rows([
    ("up to date", "tdx", "tdx/phala_tdx_quote", PHALA_TDX, "UpToDate"),
    ("version 5, up to date", "tdx", "tdx/gotdx_quote_v5_sample.dat", PHALA_NEW, "UpToDate"),
    ("out of date", "tdx", "tdx/automata_alibaba_quote_5.dat", PHALA_NEW, "OutOfDate"),
    ("sgx", "sgx", "sgx/phala_sgx_quote", PHALA_SGX, "ConfigurationAndSWHardeningNeeded"),
])
def quote_with_collateral(world, platform, name, collateral, status):
    arguments = ("--collateral", sample(collateral[0]), "--at", collateral[1])
    code, report = world.judge(sample(name), platform, *arguments)
    if status == "UpToDate":
        accepted(report, code)
    else:
        refused(report, code, f"TCB status {status}")
        arguments += ("--accept-tcb", status)
        code, report = world.judge(sample(name), platform, *arguments)
        accepted(report, code)
    equal(report["claims"]["tcb_status"], status, "status")
    named_registers(world, name, platform, report["claims"], arguments)


@suite.rows([
    ("no level of the TCB", "tdx", "tdx/phala_tdx_quote_outdated", PHALA_NEW, "matches no level"),
    ("no level of the TCB (2)", "tdx", "tdx/phala_quote-from-tappd.hex", PHALA_TDX, "matches no level"),
    ("no level of the TCB (3)", "tdx", "tdx/automata_tdx_quote_5.dat", PHALA_NEW, "matches no level"),
    ("debug", "tdx", "tdx/trustee_tdx_quote_4.dat", PHALA_TDX, "debug"),
    ("debug", "sgx", "sgx/automata_quote_sgx.bin", PHALA_SGX, "debug"),
    ("collateral of another time", "tdx", "tdx/phala_tdx_quote", (PHALA_TDX[0], "2026-06-19T12:00:00Z"), ""),
    ("collateral of another platform", "tdx", "tdx/phala_tdx_quote", PHALA_SGX, ""),
    ("an enclave as a machine", "tdx", "sgx/phala_sgx_quote", PHALA_SGX, ""),
    ("a machine as an enclave", "sgx", "tdx/phala_tdx_quote", PHALA_TDX, ""),
])
def quote_refused(world, platform, name, collateral, word):
    code, report = world.judge(sample(name), platform, "--collateral", sample(collateral[0]), "--at", collateral[1])
    check(code in (2, 3) and report["verdict"] in ("refused", "malformed"), f"exit code {code} of {report}")
    contains(report["reason"].lower(), word, "reason")


@suite.test
def quote_without_collateral(world):
    code, report = world.judge(sample("tdx/phala_tdx_quote"), "tdx", "--at", PHALA_TDX[1])
    refused(report, code, "")
    equal(report["steps"]["reference_values"], "not-reached", "steps")


@suite.rows([(entry["name"], entry) for entry in manifest("nitro")])
def nitro_sample(world, entry):
    at = entry["verify_time"].split(".")[0].replace(" ", "T") + "Z"
    code, report = world.judge(sample(entry["evidence"]), "nitro", "--at", at)
    if entry["verdict"].startswith("reject"):
        refused(report, code, entry["verdict"].split(":")[1])
        return
    accepted(report, code)
    equal(report["claims"]["measurement"], entry["pcrs"]["0"], "measurement")
    named_registers(world, entry["evidence"], "nitro", report["claims"], ("--at", at))
    after = entry["leaf_validity"].split("..")[1][:10]
    code, report = world.judge(sample(entry["evidence"]), "nitro", "--at", f"{int(after[:4]) + 1}{after[4:]}T00:00:00Z")
    refused(report, code, "")


@suite.rows([
    ("profile 2", "psa/veraison_tfm/psa-2_0_0_sign1.bin", None), ("profile 1", "psa/veraison_tfm/psa-iot-1_sign1.bin", None),
    ("a MAC", "psa/veraison_tfm/psa-2_0_0_mac0.bin", ""), ("an empty protected header", "psa/tfm_iat/iat.cbor", ""),
])
def psa_sample(world, name, word):
    key = ("--endorsed-key", sample("psa/veraison_tfm/public.pem"))
    code, report = world.judge(sample(name), "psa", *key)
    if word is None:
        accepted(report, code)
        named_registers(world, name, "psa", report["claims"], key)
    else:
        check(code in (2, 3) and report["reason"], f"exit code {code} of {report}")


@suite.test
def tpm_sample_of_loose_files(world):
    folder = sample(TPM_QUOTE)
    arguments = ("--endorsed-key", folder / "ak.pub", "--report-data", (folder / "nonce").read_text().strip())
    code, report = world.judge(folder, "tpm", *arguments)
    accepted(report, code)
    named_registers(world, TPM_QUOTE, "tpm", report["claims"], arguments[:2])
    code, report = world.judge(folder, "tpm", *arguments[:2], "--register", "pcr4=" + "00" * 32)
    refused(report, code, "register pcr4 differs")
    code, report = world.judge(folder, "tpm")
    refused(report, code, "not endorsed")
    contains(report["reason"], "--endorsed-key", "advice")
    code, report = world.judge(folder / "q.msg", "tpm")
    refused(report, code, "name the folder", wanted=2)


@suite.test
def tpm_sample_in_json(world):
    path = sample("tpm/trustee_tpm_evidence.json")
    key = world.file("ak.der", base64.b64decode(json.loads(path.read_text())["ak_public"]))
    code, report = world.judge(path, "tpm", "--endorsed-key", key)
    accepted(report, code)


@suite.test
def tpm_sample_with_a_weak_hash(world):
    code, report = world.judge(sample("tpm/goattest_windows_gcp_shielded_vm.json"), "tpm")
    refused(report, code, "SHA-1")


CUT = [("snp", "sev-snp/ms_milan_report.bin"), ("tdx", "tdx/phala_tdx_quote"), ("sgx", "sgx/phala_sgx_quote"),
       ("nitro", "nitro/anjuna_prod_doc.bin"), ("psa", "psa/veraison_tfm/psa-2_0_0_sign1.bin")]


@suite.rows([(name, platform, name) for platform, name in CUT])
def truncated_sample(world, platform, name):
    content = sample(name).read_bytes()
    for size in [1, len(content) - 1] + random.sample(range(2, len(content) - 1), 6):
        path = world.file("cut", content[:size])
        code, report = world.judge(path, platform)
        check(code in (2, 3) and report["reason"], f"{size} of {len(content)} bytes: exit code {code}")
        path.unlink()


if __name__ == "__main__":
    suite.main()
