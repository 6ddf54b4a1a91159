"""A real PostgreSQL and a real Valkey from their wheels, and the supervisor that keeps them company.

For trying out, for one county on one machine, and for the tests. Where ``DATABASE_URL`` and ``BROKER_URL``
are set, nothing of this is started.
"""


class EmbeddedError(Exception):
    """An embedded server or a supervised process cannot go on. The text says what to do, in Chinese."""
