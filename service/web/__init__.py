"""What all pages share: templates, macros, style, scripts, translations. Pages stand in the feature folders."""
