"""A synthetic county: people, truth, and the files its agencies send."""

from service.demo.county import make_county

__all__ = ["make_county"]
