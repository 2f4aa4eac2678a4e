"""curl as a client of containers: it knows nothing of attestation, and pins the policy by the name in the certificate."""

import json
import subprocess

import harness


class Answer:
    def __init__(self, status, fields, body):
        self.status = status
        self.fields = fields
        self.body = body

    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        """The last word of a problem document's type; None if it is none."""
        if self.fields.get("content-type") != "application/problem+json":
            return None
        return self.json()["type"].removeprefix("urn:veracruz:problem:")


class NoAnswer(Exception):
    """curl ended without a response; .code is its exit code."""

    def __init__(self, code, text):
        super().__init__(f"curl: exit code {code}: {text}")
        self.code = code


def command(container, party, target, policy=None, ca=None):
    """The beginning of every call. The name pins the policy, --connect-to says where it really is."""
    identity = ["--cert", str(party.certificate), "--key", str(party.key)] if party else []
    return ["curl", "--silent", "--show-error", "--path-as-is", "--http2", "--tlsv1.3", "--max-time", str(harness.PATIENCE),
            "--connect-to", f"::{container.address}", "--cacert", str(ca or container.stage.attestation.ca), *identity,
            f"https://{(policy or container.policy).host}{target}"]


def request(container, party, method, target, *options, body=None, sized=True, policy=None, ca=None):
    """One request; the body is bytes, and its length is said unless `sized` is false."""
    head = container.stage.path("head")
    content = container.stage.path("body")
    content.write_bytes(b"")
    wanted = ["--head"] if method == "HEAD" else ["--request", method]
    if body is not None:
        wanted += ["--data-binary", "@-"] if sized else ["--upload-file", "-"]
        wanted += ["--header", "content-type: application/octet-stream"]
    done = subprocess.run([*command(container, party, target, policy, ca), *wanted, "--dump-header", str(head), "--output", str(content),
                           "--write-out", "%{http_code} %{http_version}", *options], input=body or b"", capture_output=True,
                          timeout=2 * harness.PATIENCE)
    if done.returncode != 0:
        raise NoAnswer(done.returncode, done.stderr.decode(errors="replace").strip())
    status, version = done.stdout.decode().split()
    if version != "2":
        raise NoAnswer(0, f"HTTP/{version}")
    return Answer(int(status), parse_fields(head.read_text()), b"" if method == "HEAD" else content.read_bytes())


def parse_fields(text):
    """Header fields of the last response in curl's dump."""
    fields = {}
    for line in text.splitlines():
        if line.startswith("HTTP/"):
            fields = {}
        elif ":" in line:
            name, value = line.split(":", 1)
            fields[name.lower()] = value.strip()
    return fields
