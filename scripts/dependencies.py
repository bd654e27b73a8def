#!/usr/bin/env python3
"""Checks the crates that the workspace builds against deny.toml: licences, sources, bans.

`cargo tree` names exactly the crates that are compiled for the target, which Cargo.lock and `cargo metadata` overstate.
Prints every violation and exits with 1 when there is one.
"""

import collections
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def built_crates(target):
    """(name, version, licence, source) of each crate; the source of crates.io is the empty string."""
    command = ["cargo", "tree", "--workspace", "--locked", "--edges", "normal,build,dev", "--target", target]
    command += ["--prefix", "none", "--format", "{p}\t{l}"]
    text = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    crates = set()
    for line in filter(None, text.splitlines()):
        package, _, licence = line.removesuffix(" (*)").partition("\t")
        match = re.fullmatch(r"(\S+) v(\S+)((?: \([^)]*\))*)", package)
        if match is None:
            sys.exit(f"cargo tree printed a line that is not a package: {line!r}")
        name, version, notes = match.groups()
        source = next((note for note in re.findall(r"\(([^)]*)\)", notes) if note != "proc-macro"), "")
        crates.add((name, version, licence, source))
    return sorted(crates)


def permitted(expression, allowed):
    """Whether the terms of an SPDX expression can be met with allowed licences; `/` is the old spelling of OR."""
    words = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def alternatives():
        result = conjunction()
        while words and words[0] == "OR":
            words.pop(0)
            result = conjunction() or result
        return result

    def conjunction():
        result = licence()
        while words and words[0] == "AND":
            words.pop(0)
            result = licence() and result
        return result

    def licence():
        word = words.pop(0) if words else ""
        if word == "(":
            result = alternatives()
            if not words or words.pop(0) != ")":
                raise ValueError(expression)
            return result
        if words and words[0] == "WITH":
            words.pop(0)
            word += " WITH " + (words.pop(0) if words else "")
        return word in allowed

    result = alternatives()
    if words:
        raise ValueError(expression)
    return result


def violations(crates, policy):
    """One sentence for each crate that breaks the policy."""
    allowed = set(policy["licenses"]["allow"])
    exceptions = {entry["crate"]: set(entry["allow"]) for entry in policy["licenses"].get("exceptions", [])}
    banned = {entry["crate"] for entry in policy["bans"]["deny"]}
    for name, version, licence, source in crates:
        crate = f"{name} {version}"
        if name in banned:
            yield f"{crate} is banned"
        if source and not source.startswith(str(ROOT)):
            yield f"{crate} does not come from crates.io but from {source}"
        try:
            if not permitted(licence, allowed | exceptions.get(name, set())):
                yield f"{crate} has a licence that is not allowed: {licence or 'none'}"
        except ValueError:
            yield f"{crate} has a licence that cannot be read: {licence}"


def wildcards():
    """One sentence for each dependency of the workspace without a version."""
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    for name, entry in manifest["workspace"]["dependencies"].items():
        version = entry if isinstance(entry, str) else entry.get("version")
        if version in (None, "*") and "path" not in entry:
            yield f"{name} has no version in Cargo.toml"


def self_test():
    """The check must refuse what it is for."""
    allowed = {"MIT", "Apache-2.0", "ISC"}
    assert permitted("MIT/Apache-2.0", allowed) and permitted("GPL-3.0 OR (Apache-2.0 AND ISC)", allowed)
    assert permitted("Apache-2.0 WITH LLVM-exception OR MIT", allowed)
    for refused in ["", "GPL-3.0", "MIT AND GPL-3.0", "GPL-3.0-or-later WITH Classpath-exception-2.0"]:
        assert not permitted(refused, allowed), refused
    policy = {"licenses": {"allow": ["MIT"]}, "bans": {"deny": [{"crate": "openssl"}]}}
    bad = [("openssl", "1.0.0", "MIT", ""), ("a", "1.0.0", "GPL-3.0", ""), ("b", "1.0.0", "MIT", "registry `other`")]
    assert len(list(violations(bad, policy))) == 3
    policy["licenses"]["exceptions"] = [{"crate": "a", "allow": ["GPL-3.0"]}]
    assert len(list(violations(bad, policy))) == 2


def main():
    self_test()
    policy = tomllib.loads((ROOT / "deny.toml").read_text())
    crates = [crate for target in policy["graph"]["targets"] for crate in built_crates(target)]
    found = [*violations(crates, policy), *wildcards()]
    versions = collections.Counter(name for name, *_ in crates)
    several = sorted(name for name, count in versions.items() if count > 1)
    print(f"{len(crates)} crates; in several versions: {len(several)} ({', '.join(several)})")
    for sentence in found:
        print(f"error: {sentence}", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
