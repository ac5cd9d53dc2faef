"""The build cache: BuildKit's keys of what a build reads from its contexts, computed without a builder."""
