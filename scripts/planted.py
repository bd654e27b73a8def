#!/usr/bin/env python3
"""Plants mistakes in a copy of the source, one at a time, and shows that a test finds each.

    scripts/planted.py              all of them
    scripts/planted.py forget-proof-of-possession
    scripts/planted.py --list

A mistake is a line of a file that is put in the place of another. The copy is a worktree of the last commit under the target
directory, so that nothing is planted where somebody works, and what is built there is built once. A mistake that no test finds, or
whose line is not in the source any more, is a failure.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# name: (file, the line as it is, the line with the mistake, package, test that is to fail)
MISTAKES = {
    "count-duplicate-signers": (
        "primitives/trust/src/seal.rs",
        "if last.is_some_and(|last| last >= place) {",
        "if last.is_some_and(|last| last > place) {",
        "icn-trust",
        "a_seal_counts_each_signer_once_and_against_all_power",
    ),
    "count-duplicate-partials": (
        "primitives/trust/src/seal.rs",
        "if self.partials.contains_key(&place) {",
        "if self.partials.contains_key(&u16::MAX) {",
        "icn-trust",
        "a_gathering_takes_each_signature_once",
    ),
    "quorum-of-those-with-keys": (
        "primitives/trust/src/bundle.rs",
        "power.saturating_mul(3) > u128::from(self.power).saturating_mul(2)",
        "power.saturating_mul(3) > self.list.iter().map(|signer| u128::from(signer.power)).sum::<u128>().saturating_mul(2)",
        "icn-trust",
        "a_seal_counts_each_signer_once_and_against_all_power",
    ),
    "forget-proof-of-possession": (
        "pallets/trust/src/keys.rs",
        "ensure!(key.is_possessed(proof), Error::<T>::NotPossessed);",
        "let _ = proof;",
        "pallet-trust",
        "a_key_is_named_with_the_proof_that_it_is_possessed",
    ),
    "accept-an-unsorted-map": (
        "primitives/dag/src/cbor.rs",
        "Some(std::cmp::Ordering::Greater) => return fault(start, Fault::KeyOrder),",
        "Some(std::cmp::Ordering::Greater) => last = Some(key),",
        "icn-dag",
        "",
    ),
    "spend-the-quota-of-another": (
        "pallets/dag/src/anchoring.rs",
        "let used = quotas.entry((entry.dag.clone(), entry.issuer.clone())).or_default();",
        "let used = quotas.entry((entry.dag.clone(), entry.dag.clone())).or_default();",
        "pallet-dag",
        "",
    ),
    "seal-with-the-next-signers": (
        "pallets/trust/src/epochs.rs",
        "let signers = Signers::<T>::get().seal_with();",
        "let signers = Self::signers_now().seal_with();",
        "pallet-trust",
        "",
    ),
    "seal-another-block": (
        "pallets/trust/src/sealing.rs",
        "|block| block == hash);",
        "|block| block != [0; 32] || block == hash);",
        "pallet-trust",
        "what_is_no_seal_is_refused_with_its_error",
    ),
    "skip-the-consistency-of-logs": (
        "primitives/trust/src/chain.rs",
        "Some(proof) => proof.verify(&trusted.records, &next.records)?,",
        "Some(_) => {}",
        "icn-trust",
        "what_does_not_follow_is_refused_with_its_error",
    ),
    "trust-a-stale-peer": (
        "pallets/federation/src/acceptance.rs",
        "(T::Time::now() <= last.valid_until).then(|| Final::of_bundle(&bundle))",
        "(T::Time::now() <= last.valid_until || true).then(|| Final::of_bundle(&bundle))",
        "pallet-federation",
        "nothing_of_a_stale_peer_is_accepted",
    ),
    "freeze-without-a-seal": (
        "pallets/federation/src/forks.rs",
        "sealed.verify(&before, T::Time::now()).map_err(|error| bundle_error::<T>(&error))?;",
        "let _ = (&before, bundle_error::<T>);",
        "pallet-federation",
        "what_is_no_fork_freezes_nobody",
    ),
    "leave-one-block-too-few": (
        "contracts/covm/src/metering/segments.rs",
        "rev().take(depth as usize)",
        "rev().take((depth as usize).saturating_sub(1))",
        "icn-covm",
        "a_branch_out_of_two_blocks_leaves_out_what_follows_the_inner_one",
    ),
    "move-memory-for-nothing": (
        "contracts/covm/src/metering/body.rs",
        "self.pay_for(number, BYTE_FUEL, 0);",
        "let _ = BYTE_FUEL;",
        "icn-covm",
        "filling_memory_again_and_again_runs_out_of_fuel",
    ),
    "call-the-host-for-nothing": (
        "contracts/covm/src/metering/wrapper.rs",
        "let fuel = i64::try_from(host.fuel).unwrap_or(i64::MAX);",
        "let fuel = i64::try_from(host.fuel).unwrap_or(i64::MAX).min(0);",
        "icn-covm",
        "the_host_costs_its_base_and_what_it_charges",
    ),
    "call-the-host-past-metering": (
        "contracts/covm/src/metering/mod.rs",
        "if index < self.imports {",
        "if index < self.imports && self.defined == 0 {",
        "icn-covm",
        "the_host_costs_its_base_and_what_it_charges",
    ),
    "forget-what-calls-cost": (
        "contracts/covm/src/metering/body.rs",
        "self.put(&[Instruction::GlobalGet(global), Instruction::LocalSet(fuel)]);",
        "let _ = fuel;",
        "icn-covm",
        "calls_cost_what_is_called_and_what_is_passed",
    ),
    "accept-names-of-counters": (
        "contracts/covm/src/check.rs",
        "if export.name.starts_with(RESERVED) {",
        "if export.name == RESERVED {",
        "icn-covm",
        "each_rule_refuses_where_it_is_broken_and_accepts_the_repair",
    ),
    "read-beyond-memory": (
        "contracts/covm/src/engine/link.rs",
        "memory.data(&*self.0).get(start..end).ok_or(OUT_OF_BOUNDS)",
        "Ok(memory.data(&*self.0).get(start..end).unwrap_or(&[]))",
        "icn-covm",
        "pointers_that_the_host_is_given_are_checked",
    ),
    "give-back-fuel-after-a-trap": (
        "contracts/covm/src/engine/instance.rs",
        "Err(Stop::Trap(_)) => self.limits.fuel,",
        "Err(Stop::Trap(_)) => self.limits.fuel.saturating_sub(self.fuel()),",
        "icn-covm",
        "each_trap_has_its_reason_and_costs_the_whole_limit",
    ),
}


def target():
    """The directory that is built into."""
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def worktree():
    """A copy of the last commit."""
    place = target() / "planted" / "source"
    if place.exists():
        subprocess.run(["git", "checkout", "--quiet", "--force", "--detach", head()], cwd=place, check=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=True)
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(place), head()], cwd=ROOT, check=True)
    return place


def head():
    """The last commit."""
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True)
    return said.stdout.strip()


def run(place, package, test):
    """Runs a package's tests, or one of them; whether they were built, and whether they passed."""
    environment = dict(os.environ, CARGO_TARGET_DIR=str(target()))
    build = ["cargo", "test", "--quiet", "--locked", "-p", package, "--no-run"]
    if subprocess.run(build, cwd=place, env=environment, capture_output=True).returncode != 0:
        return False, False
    arguments = ["cargo", "test", "--quiet", "--locked", "-p", package] + ([test] if test else [])
    said = subprocess.run(arguments, cwd=place, env=environment, capture_output=True, text=True)
    return True, said.returncode == 0


def plant(place, name):
    """Plants a mistake, runs the tests, and takes it back; what is wrong, if something is."""
    file, right, wrong, package, test = MISTAKES[name]
    path = place / file
    source = path.read_text()
    if source.count(right) != 1:
        return f"the line is not in {file} once: {right}"
    path.write_text(source.replace(right, wrong))
    try:
        built, passed = run(place, package, test)
    finally:
        path.write_text(source)
    if not built:
        return "it does not compile"
    return "no test finds it" if passed else None


def main(arguments):
    if "--list" in arguments:
        print("\n".join(MISTAKES))
        return 0
    names = arguments or list(MISTAKES)
    unknown = [name for name in names if name not in MISTAKES]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; the mistakes are {', '.join(MISTAKES)}", file=sys.stderr)
        return 2
    place = worktree()
    failures = 0
    for package in sorted({MISTAKES[name][3] for name in names}):
        # A test that fails anyhow finds nothing.
        if run(place, package, "") != (True, True):
            print(f"{package}: its tests do not pass as they are", file=sys.stderr)
            return 1
    for name in names:
        wrong = plant(place, name)
        failures += wrong is not None
        print(f"{name}: {wrong or 'found'}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
