"""From what persons said to what holds: of one pair of records, and of a child with its candidates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

PAIR_STATES = ("open", "second", "disputed", "unsure", "same", "different")


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person said of a pair; ``final`` where a leader said it of two who disagreed."""

    account_id: int
    verdict: str
    final: bool = False


def pair_state(votes: Sequence[Vote], persons: int) -> str:
    """What the standing votes on a pair, oldest first, come to: one of ``PAIR_STATES``.

    Who cannot say neither confirms nor contradicts. Two who contradict each other leave it to a leader,
    whose word is the last. So many ``persons`` must say the same, and nobody counts twice.

    >>> pair_state([Vote(1, "same")], 2), pair_state([Vote(1, "same"), Vote(2, "different")], 1)
    ('second', 'disputed')
    """
    last = [vote.verdict for vote in votes if vote.final]
    if last:
        return last[-1]
    said = {vote.account_id: vote.verdict for vote in votes if vote.verdict != "unsure"}
    if len(set(said.values())) > 1:
        return "disputed"
    if len(said) >= persons:
        return next(iter(said.values()))
    if said:
        return "second"
    return "unsure" if votes else "open"


def child_state(pairs: Collection[str]) -> str:
    """What the states of all pairs of a child come to: one of ``schemas.review.STATES``.

    One confirmed pupil enrols; only where every candidate is refused is the child on no roll.

    >>> child_state(["different", "open"]), child_state(["different", "same"]), child_state(["different"])
    ('open', 'enrolled', 'not_enrolled')
    """
    if "same" in pairs:
        return "enrolled"
    for state in ("disputed", "second", "open"):
        if state in pairs:
            return state
    return "unsure" if "unsure" in pairs or not pairs else "not_enrolled"


def may_vote(state: str, voted: bool, leader: bool) -> bool:
    """Whether a person may say something of a pair in this state: never twice, and of disagreement a leader.

    >>> may_vote("second", True, True), may_vote("disputed", False, False), may_vote("unsure", False, False)
    (False, False, True)
    """
    if voted or state in ("same", "different"):
        return False
    return leader if state == "disputed" else True


def agreement(pairs: Iterable[Sequence[Vote]]) -> tuple[int, int]:
    """Of the pairs of which two persons said same or different: in how many they agreed, of how many."""
    agreed = both = 0
    for votes in pairs:
        said = {
            vote.account_id: vote.verdict for vote in votes if not vote.final and vote.verdict != "unsure"
        }
        if len(said) > 1:
            both += 1
            agreed += len(set(said.values())) == 1
    return agreed, both
