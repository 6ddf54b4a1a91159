"""The engine on Spark: Spark joins, counts and moves; what is compared and decided stands in ``matchers``."""
