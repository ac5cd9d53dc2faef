"""The ignore file: which one applies, its patterns, and both verdicts of the builders. Pure."""
