"""Findings along a walk: one for a directory that is waste, and no note that hides a secret."""

from __future__ import annotations

from pathlib import Path

from ctxaudit import audit
from support import make_tree

KEY = "-----BEGIN PRIVATE KEY-----\nNOT-A-KEY\n-----END PRIVATE KEY-----\n"


def found(root: Path) -> list[tuple[str, str, int, int]]:
    """Kind, path, files and bytes of the catalogue's findings."""
    (target,) = audit(root).targets
    return [
        (finding.kind, finding.path, finding.files, finding.bytes)
        for finding in target.findings
        if finding.kind not in ("", "docker-dockerfile", "docker-ignore-file")
    ]


def test_a_directory_that_is_waste_is_one_finding_with_its_total(tmp_path: Path) -> None:
    make_tree(tmp_path, {"package.json": "{}", **{f"node_modules/p{n}/.env": "A=1" for n in range(50)}})
    make_tree(tmp_path, {"node_modules/.package-lock.json": "{}", "node_modules/a/node_modules/b/x": "1"})
    assert found(tmp_path) == [("node-modules", "node_modules", 52, 153)]


def test_what_the_ignore_file_leaves_out_is_not_counted(tmp_path: Path) -> None:
    make_tree(tmp_path, {"package.json": "{}", "node_modules/.package-lock.json": "{}", "node_modules/a.map": "12345"})
    make_tree(tmp_path, {".dockerignore": "**/*.map\n"})
    assert found(tmp_path) == [("node-modules", "node_modules", 1, 2)]


def test_a_secret_below_a_note_is_found_and_counted_once(tmp_path: Path) -> None:
    make_tree(tmp_path, {".idea/workspace.xml": "<x/>", ".idea/deploy/server.key": KEY, ".idea/z.xml": "12"})
    assert found(tmp_path) == [
        ("secret-private-key", ".idea/deploy/server.key", 1, len(KEY)),
        ("ide-jetbrains", ".idea", 2, 6),
    ]


def test_a_note_of_a_megabyte_is_a_warning(tmp_path: Path) -> None:
    make_tree(tmp_path, {".idea/index": b"x" * 1_000_000})
    assert [(finding.kind, finding.severity) for finding in audit(tmp_path).targets[0].findings if finding.kind] == [
        ("ide-jetbrains", "warning")
    ]
