"""Who is whom: tables in, tables out. No input or output, no clock, no database."""

from matchers.model import Model, ModelError, load_model
from matchers.screen import screen
from matchers.screening import Screening

__all__ = ["Model", "ModelError", "Screening", "load_model", "screen"]
