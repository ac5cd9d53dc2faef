"""What is found: the catalogue of kinds, and the rules that are code."""
