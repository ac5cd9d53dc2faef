"""What the user's own lines exclude of what the build needs: no proof of ours reads as if it were sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import here, make_tree

Files = dict[str, str | bytes | None]
COPY, COPY_DIRECTORY = "FROM scratch\nCOPY missing.txt /x\n", "FROM scratch\nCOPY src /src\n"
FIX = "'!missing.txt' at the end of the ignore file brings it back"
LOST = f"error: Dockerfile:2: COPY missing.txt is not in the context: excluded by .dockerignore:1 '*'; {FIX}"
STAY = "that instructions name"


# Of each tree: what the proof says of what is lost, and of the named paths that stay.
ROWS = [
    pytest.param({"Dockerfile": COPY, ".dockerignore": "*\n"}, [LOST], "", id="the one source"),
    pytest.param(
        {"Dockerfile": f"{COPY}COPY a.txt /\n", ".dockerignore": "*\n!a.txt\n"}, [LOST], "1 path", id="one of two"
    ),
    pytest.param(
        {"Dockerfile": "FROM scratch\nCOPY *.txt /\n", ".dockerignore": "*.txt\n"},
        [
            "error: Dockerfile:2: COPY *.txt is not in the context: excluded by .dockerignore:1 '*.txt'; "
            "'!*.txt' at the end of the ignore file brings it back"
        ],
        "",
        id="all matches of a wildcard",
    ),
    pytest.param(
        {"Dockerfile": COPY_DIRECTORY, ".dockerignore": "src/*\n"},
        [
            "error: Dockerfile:2: COPY src is not in the context: excluded by .dockerignore:1 'src/*'; '!src/*' at the "
            "end of the ignore file brings it back"
        ],
        "",
        id="all in a directory",
    ),
    pytest.param(
        {"Dockerfile": COPY_DIRECTORY, ".dockerignore": "*\n!src/a.js\n"}, [], "1 path", id="a part of a directory"
    ),
    pytest.param(
        {
            "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n", ".dockerignore": "*-lock.json\n",
            "package.json": "{}", "package-lock.json": '{"lockfileVersion": 3, "packages": {}}',
        },
        ["error: Dockerfile:4: npm ci fails without package-lock.json"],
        "",
        id="what a RUN is sure to fail without",
    ),
    pytest.param(
        {
            "Dockerfile": COPY.replace("COPY", "# ctxaudit: ignore=copy-source-ignored made on the way\nCOPY"),
            ".dockerignore": "*\n",
        },
        [], "", id="what a comment silences",
    ),
    pytest.param(
        {"Dockerfile": COPY, ".dockerignore": "# >>> ctxaudit\n*\n# <<< ctxaudit\n"}, [], "1 path",
        id="what only our block excludes, whose line goes",
    ),
    pytest.param({"Dockerfile": COPY, ".dockerignore": "a.txt\n"}, [], "1 path", id="nothing"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", [["--diff"], ["--check", "--fail-on", "never"], ["--write"], ["--rewrite"]])
@pytest.mark.parametrize(("files", "lost", "stay"), ROWS)
def test_the_proof_says_what_the_user_s_own_lines_exclude(
    tmp_path: Path, arguments: list[str], files: Files, lost: list[str], stay: str
) -> None:
    make_tree(tmp_path, {"missing.txt": "x", "a.txt": "y", "src/a.js": "1", "src/b.js": "2", **files})
    answer = here(str(tmp_path), *arguments, columns=400)
    lines = [line.strip().replace(f"{tmp_path}/", "") for line in (answer.stdout + answer.stderr).splitlines()]
    errors = [line for line in lines if line.startswith("error:")]
    assert len(errors) == len(lost), lines
    assert all(line.startswith(start) for line, start in zip(errors, lost, strict=True)), errors
    (dropped,) = (line for line in lines if "dropped" in line)
    assert dropped.endswith(" dropped, beside what the errors name" if lost else " dropped")
    basis = [line.partition(f" {STAY}")[0] for line in lines if STAY in line]
    assert basis == ([stay] if stay else [])
    assert not any("that git tracks" in line for line in lines)  # there is no repository
