"""A worker at whose broker a message is given out again after a second: shorter than many a task (H7)."""

from __future__ import annotations

from service.jobs.worker import app

app.conf.broker_transport_options = {
    **app.conf.broker_transport_options,
    "ack_emulation": True,
    "visibility_timeout": 1,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
