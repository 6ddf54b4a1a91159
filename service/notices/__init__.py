"""Notices: the ladder of the law, numbered documents from templates that a bureau can change."""
