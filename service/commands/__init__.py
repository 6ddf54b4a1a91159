"""One file a command; each declares a click command named ``command``."""
