"""Many paths in little room: a million of them as strings would take more memory than the whole audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_END = "\0"  # no name holds it


class PathList:
    """Paths in the order added; those that come one after the other from one directory share its name."""

    def __init__(self) -> None:
        self._directories: list[tuple[str, str]] = []
        self._directory = ""
        self._names: list[str] = []
        self._count = 0

    def add(self, path: str) -> None:
        directory, _, name = path.rpartition("/")
        if directory != self._directory:
            self._close()
            self._directory = directory
        self._names.append(name)
        self._count += 1

    def add_files(self, directory: str, names: Sequence[str]) -> None:
        """Add paths of one directory."""
        if directory != self._directory:
            self._close()
            self._directory = directory
        self._names += names
        self._count += len(names)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        """Give each path; more may be added afterwards, not meanwhile."""
        self._close()
        for directory, names in self._directories:
            start = f"{directory}/" if directory else ""
            for name in names.split(_END):
                yield start + name

    def directories(self) -> set[str]:
        """Give the directories that hold a path."""
        self._close()
        return {directory for directory, _ in self._directories}

    def _close(self) -> None:
        if self._names:
            # One string for all names of a directory: an object for each takes 50 bytes more than its letters.
            self._directories.append((self._directory, _END.join(self._names)))
            self._names = []
