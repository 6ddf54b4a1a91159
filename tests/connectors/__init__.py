"""Tests of connectors: files are made in the test, none is committed."""
