"""From rows of raw features to what callers receive, whatever the wire looked like."""
