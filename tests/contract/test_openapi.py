"""F1: the OpenAPI document is true: whatever fits it, or does not, is answered as it says, never by a 5xx."""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

from service.accounts import api_keys
from service.accounts.sessions import identity_of
from service.db import SYSTEM, transaction
from tests import factories
from tests.web import app_of

ROLES = ("officer", "clerk")
EXAMPLES = int(os.environ.get("ROLLCALL_TEST_EXAMPLES", "4"))
"""Of each operation and role. `make fuzz` tries more."""


@pytest.fixture(scope="module")
def app(module_database):
    return app_of(module_database)


@pytest.fixture(scope="module")
def document(app):
    with app.app_context():
        loaded = schemathesis.openapi.from_dict(app.spec)
    loaded.app = app
    return loaded


@pytest.fixture(scope="module")
def keys(app, module_database):
    """Role -> a key that may do all that a key of this role may."""
    made = {}
    with transaction(module_database.app_url, SYSTEM) as session:
        for role in ROLES:
            who = identity_of(factories.account(session, role))
            made[role] = api_keys.make(session, who, "contract", api_keys.offered(who), 1)[1]
    return made


@pytest.mark.parametrize("role", ROLES)
def test_f1_every_operation_answers_as_its_document_says(role, document, keys):
    headers = {"Authorization": f"Bearer {keys[role]}"}
    wrong = [said for each in document.get_all_operations() if (said := tried(each.ok(), headers))]
    assert wrong == []


def tried(operation, headers) -> str:
    """What is wrong with an operation, "" for nothing: generated calls, those of its document and others."""

    @given(operation.as_strategy())
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    def called(case):
        # What fits the document may still be refused: by the state of a round, or by who asks.
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    try:
        called()
    except FailureGroup as failures:
        return f"{operation.label}: " + "; ".join(str(each) for each in failures.exceptions)
    return ""
