"""The same run on other machines: what moves the local engine's arrays about, and never what they mean."""
