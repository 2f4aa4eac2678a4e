"""A principal's receipt, taken by plain HTTP: entries, and the details that it is told."""

import hashlib
import json

import curl
from tap import equal


def told(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Journal:
    """What a party is given: entries by their index, as dictionaries with their details (None: not told)."""

    def __init__(self, container, party, since=None):
        answer = curl.request(container, party, "GET", "/v1/journal" + (f"/{since}" if since is not None else ""))
        equal(answer.status, 200, f"journal for {party.name}: {answer.body[:300]}")
        self.text = answer.body
        self.receipt = answer.json()
        self.size = self.receipt["head"]["size"]
        self.entries = {}
        at = 0
        for shown in self.receipt["entries"]:
            if "leaves" in shown:
                at += shown["leaves"]
                continue
            entry = json.loads(shown["entry"])
            equal(entry["index"], at, "index")
            if "details" in shown:
                equal(told(shown["details"]), entry["details"], f"details of {entry}")
            self.entries[at] = (entry, json.loads(shown["details"]) if "details" in shown else None)
            at += 1
        equal(at, self.size, f"entries for {party.name}")

    def kinds(self, *wanted):
        return [(entry, details) for entry, details in self.entries.values() if entry["kind"] in wanted]
