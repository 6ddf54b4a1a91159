"""Who is whom: tables in, tables out. No input or output, no clock, no database."""

from matchers.model import Model, ModelError, load_model
from matchers.screen import Screening, screen

__all__ = ["Model", "ModelError", "Screening", "load_model", "screen"]
