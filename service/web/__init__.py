"""What all pages share: layouts, macros, style, script, translations. Pages stand in the feature folders."""
