#!/usr/bin/env python3
"""Has other programs count random elections, and compares with what `icn-tally` counts.

    python3 -m venv DIR && DIR/bin/pip install --no-deps --require-hashes -r tests/tally/requirements.txt
    DIR/bin/python tests/tally/judge.py                 300 elections of each rule
    DIR/bin/python tests/tally/judge.py 10000           so many
    DIR/bin/python tests/tally/judge.py --blt FILES     real elections by single transferable vote, in OpenSTV's format
    DIR/bin/python tests/tally/judge.py --time          how much faster icn-tally is, on the same elections

Elections follow from --seed. Ties are frequent, because electorates are small, and none is left out: where a rule draws lots,
the judge is given the lot of our sheet, and the draw itself has a judge of its own. Exits with 1 on any difference.
"""

import argparse
import collections
import hashlib
import itertools
import json
import logging
import math
import pathlib
import random
import struct
import subprocess
import sys
import time
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import schulze_condorcet
import votelib.component.rankscore
import votelib.convert
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from pabutools.election import ApprovalBallot, ApprovalProfile, Cardinality_Sat, Cost_Sat, Instance, Project
from pabutools.rules import (
    exhaustion_by_budget_increase,
    greedy_utilitarian_welfare,
    method_of_equal_shares,
    sequential_phragmen,
)
from pabutools.tiebreaking import TieBreakingRule
from stvpoll.base import calculate_stv
from stvpoll.irv import irv_quota
from stvpoll.quotas import droop_quota
from stvpoll.scottish_stv import ScottishSTV, calculate_scottish_stv
from stvpoll.tiebreak_strategies import TiebreakHistory, TiebreakRandom
from stvpoll.transfer_strategies import transfer_serial
from stvpoll.types import CandidateStatus, SelectionMethod

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VOTE = 100_000


# Elections.


def seed_of(rng):
    return "0x" + rng.randbytes(32).hex()


def options_of(rng, most):
    return rng.sample(range(1, max(100, 2 * most)), rng.randint(1, most))


def preferences(rng, options, voters, alike):
    """Ballots, some of which rank nobody. Where many are alike they are of few kinds, so that ties are frequent."""
    kinds = [rng.sample(options, rng.randint(0, len(options))) for _ in range(rng.randint(1, 8) if alike else voters)]
    counts = collections.Counter(rng.randrange(len(kinds)) for _ in range(voters))
    return [{"count": count, "order": kinds[kind]} for kind, count in sorted(counts.items())]


def ranked_election(rng, rule, size):
    options = options_of(rng, 5 * size if rule != "borda" else 5)
    ballots = preferences(rng, options, rng.randint(1, 30 * size**2), alike=size < 5)
    election = {"rule": rule, "options": options, "ballots": ballots}
    if rule == "borda":
        return election | {"seats": len(options)}
    return election | {"seed": seed_of(rng)}


def stv_election(rng, size):
    return ranked_election(rng, "stv", size) | {"seats": rng.randint(1, 4)}


def schulze_election(rng, size):
    options = options_of(rng, 5 * size)
    ballots = []
    for _ in range(rng.randint(1, 7 * size)):
        left = rng.sample(options, rng.randint(0, len(options)))
        ranks = []
        while left:
            width = min(len(left), rng.choice((1, 1, 2)))
            ranks.append([left.pop() for _ in range(width)])
        ballots.append({"count": rng.randint(1, 3 * size), "ranks": ranks})
    return {"rule": "schulze", "options": options, "ballots": ballots, "seed": seed_of(rng)}


def blt_election(path):
    """An election in the BLT format: candidates and seats, one withdrawn candidate a line, ballots, a zero, names."""
    lines = (line.split("#")[0].split() for line in path.read_text(errors="replace").splitlines())
    lines = (line for line in lines if line)
    candidates, seats = map(int, next(lines))
    withdrawn, ballots = set(), []
    for first, *rest in lines:
        if first == "0":
            break
        if first.startswith("-"):
            withdrawn.update(-int(word) for word in (first, *rest))
            continue
        order = [int(word) for word in rest if word not in ("0", "-")]
        ballots.append({"count": int(first), "order": [c for c in order if c not in withdrawn]})
    options = [c for c in range(1, candidates + 1) if c not in withdrawn]
    return {"rule": "stv", "options": options, "ballots": ballots, "seats": seats, "seed": "0x" + "00" * 32}


def approvals(rng, options, voters):
    ballots = []
    for _ in range(voters):
        ballots.append({"count": rng.choice((1, 1, 1, 2)), "options": rng.sample(options, rng.randint(0, min(5, len(options))))})
    return ballots


def approval_election(rng, size):
    options = options_of(rng, 5 * size)
    ballots = approvals(rng, options, rng.randint(1, 12 * size))
    return {"rule": "approval", "options": options, "ballots": ballots, "seats": len(options), "threshold": [rng.randint(0, 2), 4]}


def budget_election(rng, by, size):
    """Costs of few sizes, so that ties are frequent."""
    raised = isinstance(by, dict) and by["equal_shares"]["raise"]
    ids = options_of(rng, 4 if raised else 8 * size)
    projects = [{"id": id, "cost": rng.randint(1, 8) * rng.choice((1, 1, 3)), "category": None} for id in ids]
    ballots = approvals(rng, ids, rng.randint(1, 6 if raised else 12 * size**2))
    budget = rng.randint(1, 12 if raised else 40 * size)
    return {"rule": "budget", "budget": budget, "projects": projects, "categories": [], "ballots": ballots, "by": by}


def sortition_election(rng, size):
    names = rng.sample(range(1000), rng.randint(1, 40 * size))
    eligible = [{"name": f"did:icn:{name}", "class": rng.randrange(4)} for name in names]
    seats = rng.randint(1, 12 * size)
    return {"rule": "sortition", "eligible": eligible, "seats": seats, "stratified": rng.random() < 0.5, "seed": seed_of(rng)}


# Judges. Each takes an election and our answer, and returns pairs of what must be equal: the judge's and ours.


def truncated(value):
    """Five decimals, the remainder ignored. The judge divides with 28 digits: 18 of them are exact to this size."""
    near = value.quantize(Decimal("1e-18"), ROUND_HALF_EVEN)
    return near.quantize(Decimal("0.00001"), ROUND_DOWN)


class Order(ScottishSTV):
    """stvpoll's count with the stages of SSI 2007/42.

    stvpoll by itself rounds where rule 48 truncates, transfers all surpluses of a stage at once and hands papers to who is
    elected already; the Order transfers one surplus a stage, the largest, to continuing candidates only (rules 48 and 49).
    """

    round = staticmethod(truncated)

    def __init__(self, seats, candidates, lot):
        # The lot in stvpoll's own form: the first in it is preferred.
        # stvpoll takes no more seats than candidates; the quota is that of all seats.
        fillable = min(seats, len(candidates))
        quota = lambda ballots, _: droop_quota(ballots, seats)
        super().__init__(fillable, candidates, quota, random_in_tiebreaks=False, pedantic_order=True)
        self.tiebreakers.append(TiebreakRandom(tuple(lot), shuffle=False))
        self.waiting, self.stages = [], []

    def initial_votes(self):
        super().initial_votes()
        for ballot in self.ballots:
            ballot.holder = ballot[0]

    def calculate_round(self):
        self.stages.append(dict(self.current_votes))
        self.result.select((), dict(self.current_votes), SelectionMethod.Direct, CandidateStatus.Elected)
        reached = tuple(c for c in self.standing_candidates if self.current_votes[c] >= self.quota)
        if reached:
            self.elect(reached, SelectionMethod.Direct)
            self.waiting += [c for c in reached if self.current_votes[c] > self.quota]
        if self.seats_to_fill and len(self.standing_candidates) <= self.seats_to_fill:
            self.elect(self.standing_candidates, SelectionMethod.NoCompetition)
        elif self.seats_to_fill and self.waiting:
            largest, _ = self.get_candidate(sample=tuple(self.waiting))
            self.waiting.remove(largest)
            votes = self.current_votes[largest]
            self.hand_on(largest, (votes - self.quota) / votes, Decimal(self.quota))
        elif self.seats_to_fill:
            lowest, method = self.get_candidate(most_votes=False)
            self.exclude(lowest, method)
            self.hand_on(lowest, Decimal(1), Decimal(0))

    def hand_on(self, candidate, factor, left):
        votes = dict(self.current_votes)
        standing = self.standing_candidates
        for ballot in self.ballots:
            if ballot.holder == candidate:
                ballot.decrease_value(factor)
                ballot.holder = ballot.get_next_preference(standing)
                if ballot.holder is not None:
                    votes[ballot.holder] += ballot.value
        votes[candidate] = left
        self.current_votes = votes


def judge_stv(election, ours):
    poll = Order(election["seats"], election["options"], ours["sheet"]["lot"])
    for ballot in election["ballots"]:
        poll.add_ballot(ballot["order"], ballot["count"])
    if not poll.ballot_count:
        return [([], ours["outcome"]), ([], ours["sheet"]["stages"])]
    poll.calculate()
    stages = [{credit["option"]: credit["votes"] for credit in stage["votes"]} for stage in ours["sheet"]["stages"]]
    theirs = [{c: int(votes * VOTE) for c, votes in stage.items()} for stage in poll.stages]
    return [(list(poll.result), ours["outcome"]), (poll.quota, ours["sheet"]["quota"]), (theirs, stages)]


def as_stvpoll_elects(election, ours):
    """Whether stvpoll by itself elects the same."""
    ballots = [(ballot["order"], ballot["count"]) for ballot in election["ballots"]]
    seats, lot = min(election["seats"], len(election["options"])), tuple(ours["sheet"]["lot"])
    if not any(order for order, _ in ballots):
        return True
    ties = (TiebreakHistory(), TiebreakRandom(lot, shuffle=False))
    result = calculate_scottish_stv(lot, ballots, seats, tiebreak_strategies=ties)
    return set(result) == set(ours["outcome"])


def judge_runoff(election, ours):
    lot = tuple(ours["sheet"]["lot"])
    ballots = [(tuple(ballot["order"]), ballot["count"]) for ballot in election["ballots"]]
    rounds = ours["sheet"]["rounds"]
    if not any(order for order, _ in ballots):
        return [(None, ours["outcome"]), ([], rounds)]
    ties = (TiebreakHistory(), TiebreakRandom(lot, shuffle=False))
    result = calculate_stv(lot, ballots, 1, tiebreak_strategies=ties, transfer_strategy=transfer_serial, quota_method=irv_quota)
    # The judge goes on until one has half of all ballots or is alone; ours ends with half of those that are left.
    theirs = [({c: int(v) for c, v in r.votes.items()}, r.selected[0]) for r in result.rounds][: len(rounds)]
    votes = [{credit["option"]: credit["votes"] for credit in r["votes"]} for r in rounds]
    return [
        (list(result), [ours["outcome"]]),
        ([v for v, _ in theirs], votes),
        ([c for _, c in theirs[: len(rounds) - 1]], [r["eliminated"] for r in rounds[:-1]]),
    ]


def judge_schulze(election, ours):
    options = sorted(election["options"])
    votes = []
    for ballot in election["ballots"]:
        ranked = set(itertools.chain.from_iterable(ballot["ranks"]))
        last = [o for o in options if o not in ranked]
        ranks = ballot["ranks"] + ([last] if last else [])
        votes += [">".join("=".join(map(str, rank)) for rank in ranks)] * ballot["count"]
    names = [str(option) for option in options]
    pairs = schulze_condorcet.pairwise_preference(votes, names)
    first = schulze_condorcet.schulze_evaluate(votes, names).split(">")[0]
    unbeaten = sorted(int(name) for name in first.split("="))
    outcome = ours["outcome"]
    return [
        ([[pairs[a, b] for b in names] for a in names], ours["sheet"]["pairs"]),
        (unbeaten, outcome["unbeaten"]),
        (True, outcome["order"][0] in unbeaten and sorted(outcome["order"]) == options),
    ]


def judge_borda(election, ours):
    """What a ballot does not rank, it ranks in every order with equal parts of a vote: that is the equal split."""
    votes = collections.defaultdict(Fraction)
    for ballot in election["ballots"]:
        rest = [option for option in election["options"] if option not in ballot["order"]]
        for order in itertools.permutations(rest):
            votes[tuple(ballot["order"]) + order] += Fraction(ballot["count"], math.factorial(len(rest)))
    scorer = votelib.component.rankscore.Borda(base=0)
    totals = votelib.convert.RankedToPositionalVotes(scorer).convert(votes)
    ranked = sorted(election["options"], key=lambda option: (-totals[option], option))
    standings = [(standing["option"], Fraction(standing["total"], 2)) for standing in ours["sheet"]["standings"]]
    return [([(option, totals[option]) for option in ranked], standings)]


def judge_approval(election, ours):
    votes = collections.Counter()
    for ballot in election["ballots"]:
        votes[frozenset(ballot["options"])] += ballot["count"]
    totals = votelib.convert.ApprovalToSimpleVotes().convert(votes)
    ranked = sorted(election["options"], key=lambda option: (-totals.get(option, 0), option))
    num, den = election["threshold"]
    won = [o for o in ranked if totals.get(o, 0) > 0 and totals[o] * den >= num * sum(votes.values())]
    standings = [(standing["option"], standing["total"]) for standing in ours["sheet"]["standings"]]
    return [([(o, totals.get(o, 0)) for o in ranked], standings), (won, ours["outcome"])]


CHEAPEST = TieBreakingRule(lambda instance, profile, project: (project.cost, int(project.name)))


def judge_budget(election, ours):
    """Projects that nobody approves or that cost more than there is are not in the judge's instance: pabutools funds the
    first, and raised endowments would buy the second."""
    supported = set(itertools.chain.from_iterable(ballot["options"] for ballot in election["ballots"]))
    fits = [p for p in election["projects"] if p["id"] in supported and p["cost"] <= election["budget"]]
    projects = {p["id"]: Project(str(p["id"]), p["cost"]) for p in fits}
    instance = Instance(projects.values(), budget_limit=election["budget"])
    ballots = []
    for ballot in election["ballots"]:
        marks = [projects[id] for id in ballot["options"] if id in projects]
        ballots += [ApprovalBallot(marks) for _ in range(ballot["count"])]
    profile = ApprovalProfile(ballots, instance=instance)
    result = [int(project.name) for project in funded(instance, profile, election["by"])]
    if election["by"] == "phragmen":
        return [(sorted(result), sorted(ours["outcome"]))]
    return [(result, ours["outcome"])]


def funded(instance, profile, by):
    if by == "phragmen":
        return sequential_phragmen(instance, profile, tie_breaking=CHEAPEST)
    if by == "greedy_votes":
        return greedy_utilitarian_welfare(instance, profile, sat_class=Cost_Sat, tie_breaking=CHEAPEST)
    if by == "greedy_cost":
        return greedy_utilitarian_welfare(instance, profile, sat_class=Cardinality_Sat, tie_breaking=CHEAPEST)
    completion = by["equal_shares"]
    chosen = {"sat_class": Cost_Sat, "tie_breaking": CHEAPEST}
    if completion["raise"]:
        voters = profile.num_ballots()
        bound = instance.budget_limit + voters * (sum(project.cost for project in instance) + 1)
        step = voters * completion["raise"]
        bought = exhaustion_by_budget_increase(
            instance, profile, method_of_equal_shares, chosen, exhaustive_stop=False, budget_step=step, budget_bound=bound
        )
    else:
        bought = method_of_equal_shares(instance, profile, **chosen)
    if completion["greedy"]:
        bought = greedy_utilitarian_welfare(
            instance, profile, sat_class=Cost_Sat, tie_breaking=CHEAPEST, initial_budget_allocation=bought
        )
    return bought


def drawer(seed):
    stream = Cipher(algorithms.ChaCha20(bytes.fromhex(seed[2:]), bytes(16)), None).encryptor()

    def below(bound):
        while bound > 1:
            (word,) = struct.unpack("<Q", stream.update(bytes(8)))
            if word < 2**64 // bound * bound:
                return word % bound
        return 0

    return below


def judge_sortition(election, ours):
    below = drawer(election["seed"])
    listed = sorted(election["eligible"], key=lambda one: one["name"].encode())
    digest = hashlib.sha256()
    for one in listed:
        name = one["name"].encode()
        digest.update(len(name).to_bytes(4, "big") + name + one["class"].to_bytes(8, "big"))
    seats = min(election["seats"], len(listed))
    strata = [([one["name"] for one in listed], seats)]
    if election["stratified"]:
        sizes = collections.Counter(one["class"] for one in listed)
        shares = {c: Fraction(size * seats, len(listed)) for c, size in sizes.items()}
        given = {c: math.floor(share) for c, share in shares.items()}
        by_remainder = sorted(shares, key=lambda c: (given[c] - shares[c], c))
        for c in by_remainder[: seats - sum(given.values())]:
            given[c] += 1
        strata = [([one["name"] for one in listed if one["class"] == c], given[c]) for c in sorted(sizes)]
    drawn = []
    for names, count in strata:
        for place in range(count):
            other = place + below(len(names) - place)
            names[place], names[other] = names[other], names[place]
        drawn += names[:count]
    return [(drawn, ours["outcome"]), ("0x" + digest.hexdigest(), ours["sheet"]["list"])]


def shares(raise_by, greedy):
    return {"equal_shares": {"raise": raise_by, "greedy": greedy}}


def of_budget(by):
    return lambda rng, size: budget_election(rng, by, size), judge_budget


def of_ranks(rule, judge):
    return lambda rng, size: ranked_election(rng, rule, size), judge


# Rule, what makes an election, who judges it.
RULES = {
    "approval (votelib)": (approval_election, judge_approval),
    "borda (votelib)": of_ranks("borda", judge_borda),
    "instant runoff (stvpoll)": of_ranks("runoff", judge_runoff),
    "single transferable vote (stvpoll)": (stv_election, judge_stv),
    "schulze (schulze-condorcet)": (schulze_election, judge_schulze),
    "sortition (cryptography)": (sortition_election, judge_sortition),
    "greedy by votes (pabutools)": of_budget("greedy_votes"),
    "greedy by cost (pabutools)": of_budget("greedy_cost"),
    "phragmen (pabutools)": of_budget("phragmen"),
    "equal shares (pabutools)": of_budget(shares(None, False)),
    "equal shares, greedy (pabutools)": of_budget(shares(None, True)),
    "equal shares, add1 (pabutools)": of_budget(shares(1, False)),
    "equal shares, add1u (pabutools)": of_budget(shares(1, True)),
}


def run(program, elections, *arguments):
    """The program's lines for these elections."""
    text = "".join(json.dumps(election) + "\n" for election in elections)
    ran = subprocess.run([*program, *arguments], input=text, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    if ran.returncode:
        sys.exit(f"the program failed with {ran.returncode}")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def has_tie(value):
    """Whether a sheet tells of a tie."""
    if isinstance(value, list):
        return any(map(has_tie, value))
    if not isinstance(value, dict):
        return False
    told = value.get("tied") or value.get("tie") or value.get("ties") or len(value.get("unbeaten", ())) > 1
    return bool(told) or any(map(has_tie, value.values()))


def compare(program, rule, elections):
    """How many of these elections of a rule differ."""
    judge = RULES[rule][1]
    answers = run(program, elections)
    different, tied, alone = 0, 0, 0
    for number, (election, ours) in enumerate(zip(elections, answers, strict=True)):
        tied += has_tie(ours)
        if judge is judge_stv:
            alone += as_stvpoll_elects(election, ours)
        pairs = [pair for pair in judge(election, ours) if pair[0] != pair[1]]
        different += bool(pairs)
        if pairs and different <= 3:
            print(f"{rule}, election {number}: {json.dumps(election)}")
            for theirs, own in pairs:
                print(f"  judge: {theirs}\n  icn-tally: {own}")
    note = f"; stvpoll by itself elects the same in {alone}" if judge is judge_stv else ""
    print(f"{rule}: {len(elections)} elections, {tied} with ties, {different} different{note}", flush=True)
    return different


def made(rule, count, seed, size):
    """Random elections; without a size one in 20 is of 2, and the others of 1."""
    make = RULES[rule][0]
    return [make(random.Random(f"{seed}/{rule}/{number}"), size or 1 + number % 20 // 19) for number in range(count)]


def race(program, rule, seed, count, size, times=50):
    """Prints how much faster ours is."""
    judge, elections = RULES[rule][1], made(rule, count, seed, size)
    answers = run(program, elections)
    start = time.perf_counter_ns()
    for election, ours in zip(elections, answers, strict=True):
        judge(election, ours)
    theirs = time.perf_counter_ns() - start
    (own,) = run(program, elections, "--time", str(times))
    print(f"{rule}: {theirs / count / 1000:.0f} µs and {own / count / times / 1000:.2f} µs, {theirs * times / own:.0f} : 1", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=300, help="elections of each rule")
    parser.add_argument("--seed", default="1", help="what the elections follow from")
    parser.add_argument("--rule", help="only rules whose name begins with this")
    parser.add_argument("--blt", nargs="+", type=pathlib.Path, help="files of real elections, counted instead")
    parser.add_argument("--time", action="store_true", help="compare times")
    parser.add_argument("--size", type=int, help="how large elections are; 5 where times are compared")
    parser.add_argument("--program", help="a built example `judge`; else cargo builds it")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    profile = ["--release"] if arguments.time else []
    cargo = ["cargo", "run", "--quiet", "--locked", "--package", "icn-tally", "--example", "judge", *profile, "--"]
    program = [arguments.program] if arguments.program else cargo
    chosen = [rule for rule in RULES if rule.startswith(arguments.rule or "")]
    if arguments.time:
        for rule in chosen:
            race(program, rule, arguments.seed, arguments.count // 15, arguments.size or 5)
        return
    if arguments.blt:
        elections = [blt_election(path) for path in arguments.blt]
        sys.exit(1 if compare(program, "single transferable vote (stvpoll)", elections) else 0)
    different = sum(compare(program, rule, made(rule, arguments.count, arguments.seed, arguments.size)) for rule in chosen)
    print(f"{len(chosen)} rules, {arguments.count} elections of each, {different} different")
    sys.exit(1 if different or not chosen else 0)


if __name__ == "__main__":
    main()
