"""The child of a case as the signed-in person sees it, at the head of the pages of plans and notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.case import STATES, TIERS, outcomes
from schemas.masking import Sight
from service.accounts.guard import audit, audit_apart, db, identity, settings
from service.audit.chain import Act
from service.cases.children import Person, Vault, child_of
from service.cases.models import Case
from service.cases.rules import FROZEN, case_of, number_of
from service.errors import TooManyError
from service.privacy.rules import see
from service.rounds.models import Round
from service.runs import seen
from service.runs.shown import GRADES

STATE_TONES = {
    "open": "neutral", "assigned": "info", "verifying": "info", "submitted": "warn", "persuading": "bad",
    "watching": "absent", "searching": "bad", "closed": "good", "carried": "neutral",
}  # fmt: skip
TIER_TONES = {"high": "bad", "middle": "warn", "low": "neutral"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A case with its child.

    Attributes:
        person: in clear; ``sight`` says what of it may be shown. frozen: its round is signed.
    """

    case: Case
    round: Round
    person: Person
    sight: Sight

    @property
    def frozen(self) -> bool:
        """Whether nothing of it changes any more."""
        return self.round.state in FROZEN

    def head(self) -> dict[str, Any]:
        """What stands at the head of each page about the child."""
        case, show = self.case, self.sight.show
        birth = self.person.birth_date.isoformat() if self.person.birth_date else ""
        return {
            "id": case.id,
            "number": number_of(self.round, case),
            "name": show("name", self.person.name),
            "sex": self.person.sex,
            "birth_date": show("birth_date", birth),
            "id_number": show("id_number", self.person.id_number),
            "guardian": show("guardian_name", self.person.guardian),
            "place": f"{case.township} {show('village', case.village)}".strip(),
            "school": case.school_now or case.school,
            "grade": GRADES[case.expected_grade],
            "state": STATES[case.state],
            "state_tone": STATE_TONES[case.state],
            "tier": TIERS[case.tier],
            "tier_tone": TIER_TONES[case.tier],
            "tier_by_hand": case.tier_by is not None,
            "outcome": f"{case.outcome} {outcomes()[case.outcome].name}" if case.outcome else "",
            "out_since": case.out_since,
            "version": case.version,
        }


def look_at(case_id: int, *, entered: bool = True) -> Subject:
    """A case of which the person opens a page: entered in the audit, counted against the views of a day.

    Args:
        entered: False where the caller enters what is done with the child, so that one act is one entry.

    Raises:
        NotFoundError: there is none for this person. TooManyError: enough for today.
    """
    case, who = case_of(db(), case_id), identity()
    about = f"case/{case.id}"
    try:
        seen.check_quota(db(), who, about, settings().views_per_day)
    except TooManyError:
        audit_apart(Act("child.view", "child", about, result="refused", detail={"reason": "quota"}))
        raise
    sight = see(db(), who, ("child", about), audit)
    if entered:
        audit("child.view", "child", about, unmasked=sorted(sight.unmasked))
    person = Vault.of(settings()).person(child_of(db(), case.child_id))
    return Subject(case, db().get_one(Round, case.round_id), person, sight)
