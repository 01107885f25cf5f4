"""The independent verifier reads Protocol/vectors: it accepts, with the same meaning, and refuses what it has to."""
import json
import os
import sys

import cbor2

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "Tools"))

from verifier.evidence import Evidence  # noqa: E402
from verifier.history import History  # noqa: E402
from verifier.registry import Registry  # noqa: E402
from verifier.signed import Refused, blake, decode, is_bytes  # noqa: E402


def entry(vector):
    registry = Registry([bytes.fromhex(data) for data in vector["context"]["entries"]])
    count = len(registry.order)
    registry.insert(bytes.fromhex(vector["bytes"]))
    assert len(registry.order) == count + 1, vector["name"]
    last = registry.order[-1]
    return {"id": last.id.hex(), "height": str(last.height), "code": str(last.code)}


def change_set(vector):
    context = {key: [bytes.fromhex(data) for data in found] for key, found in vector["context"].items()}
    registry = Registry(context["entries"])
    history = History(context["parents"], context["network"][0], context["dossier"][0], registry)
    count = len(history.order)
    history.insert(bytes.fromhex(vector["bytes"]))
    assert len(history.order) == count + 1, vector["name"]
    last = history.order[-1]
    return {"id": last.id.hex(), "lamport": str(last.lamport), "seq": str(last.seq)}


def cbor(vector):
    decode(bytes.fromhex(vector["bytes"]), "cbor")
    return {}


def commitment(vector):
    name, salt, kind, value = decode(bytes.fromhex(vector["bytes"]), "opening")
    author = bytes.fromhex(vector["context"]["author"][0])
    audience = decode(bytes.fromhex(vector["context"]["audience"][0]), "audience")
    if not is_bytes(salt, 16) or blake(cbor2.dumps([author, audience, kind, value]), b"mufakat commit", key=salt) != name:
        raise Refused("opening")
    return {"commitment": name.hex()}


def flat(value):
    """A column as text, as the vectors hold it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(ending(item) for item in value) if value and isinstance(value[0], dict) else " ".join(value)
    return str(value)


def ending(item):
    return f"{item['kind']} {item['id']} {'inside' if item['accepted'] else 'ratified' if item['ratified'] else 'outside'}"


def evidence(vector):
    result = Evidence(bytes.fromhex(vector["bytes"]), vector["context"]["network"][0]).result()
    acts = result["acts"] if result["verdict"] == "listing" else result["approvals"]
    found = {"verdict": result["verdict"], "acts": str(len(acts)), "title": result["title"]}
    for place, document in enumerate(result.get("documents", [])):
        found.update({f"document.{place}.{field['path']}": field["value"] for field in document["fields"]})
    undecided = 0
    for place, line in enumerate(acts):
        if line["standing"] is None:
            # What only the fold decides is as the vector says.
            undecided += 1
            line = {**line, **{name: None for name in ("reason", "because")}}
        found.update({f"{place}.{name}": vector["meaning"][f"{place}.{name}"] if value is None else flat(value)
                      for name, value in line.items()})
    assert undecided == int(vector["context"]["undecided"][0]), (vector["name"], undecided)
    return found


def differences(found, expected):
    return {key: (found.get(key), expected.get(key)) for key in sorted(set(found) | set(expected))
            if found.get(key) != expected.get(key)}


def main():
    total = 0
    for name, read in (("entries", entry), ("change-sets", change_set), ("cbor", cbor), ("commitments", commitment),
                       ("evidence", evidence)):
        with open(os.path.join(ROOT, "Protocol", "vectors", name + ".json"), encoding="utf-8") as file:
            vectors = json.load(file)
        for vector in vectors:
            try:
                found = read(vector)
            except Refused as refused:
                found = str(refused)
            if "refused" in vector:
                assert isinstance(found, str), f"{name}: {vector['name']} was accepted"
                assert name != "entries" or vector["refused"] in found, (vector["name"], vector["refused"], found)
            else:
                assert found == vector["meaning"], (name, vector["name"], differences(found, vector["meaning"]))
        total += len(vectors)
    print(f"{total} vectors read by the independent verifier as the specification says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
