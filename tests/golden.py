"""The reports that are kept whole: `python tests/golden.py` makes them and what the README and the guides show anew.

Read the difference before you keep it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from comments import CASES, comment, golden_comment, sample_comment
from guides import PAGES, made

from ctxaudit.report import received
from support import PROJECT, TESTS, ctxaudit

SAMPLES = sorted(path.name for path in (PROJECT / "sample_repos").iterdir() if (path / "Dockerfile").exists())
# Samples whose builds a file declares, and what names it.
DECLARING = {
    "bake": ("--bake", "docker-bake.hcl"),
    "compose": ("--compose", "compose.yaml"),
    "podman-files": (".", "--builders", "podman,buildkit"),
    "cdk-app": ("--all",),
    "cloud-build": ("--all",),
}
COLUMNS = {"80.txt": 80, "44.txt": 44}
FORMATS = {
    "json": "json",
    "md": "markdown",
    "main.html": "html",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
}
# Two samples, one build and several, are kept in every format; the others in those that say all there is.
WHOLE = ("bind-mounts", "compose")
KEPT = [
    (sample, style)
    for sample in (*SAMPLES, *DECLARING)
    for style in (*COLUMNS, *FORMATS)
    if sample in WHOLE or style in (*COLUMNS, "json")
]
ELSEWHERE = re.compile(r"\(cd (?P<directory>\S+) && (?P<command>.*)\)")
CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def reports(home: Path, sample: str) -> dict[str, bytes]:
    """What the audit of a sample prints and writes, by style."""
    made = home / "sample_repos/.made"
    arguments, cwd = (DECLARING[sample], made / sample) if sample in DECLARING else ((sample,), made)
    with tempfile.TemporaryDirectory() as folder:
        options = [f"--output={name}={folder}/{style}" for style, name in FORMATS.items()]
        wide, narrow = (
            ctxaudit(*arguments, *more, cwd=cwd, columns=columns).stdout
            for more, columns in zip((options, ()), COLUMNS.values(), strict=True)
        )
        files = {style: (Path(folder) / style).read_bytes() for style in FORMATS}
    # The style and the script are those of all pages.
    main = files["main.html"].partition(b"<main>\n")[2].partition(b"</main>")[0]
    return {**dict(zip(COLUMNS, (wide, narrow), strict=True)), **files, "main.html": main}


def golden(sample: str, style: str) -> Path:
    return TESTS / "golden" / f"{sample}.{style}"


def comments(home: Path) -> dict[str, str]:
    """The comments: of each case, of two samples as their golden reports have them, and of forty builds at once."""
    of_samples = {f"sample-{sample}": sample_comment(sample) for sample in WHOLE}
    of_cases = {case: comment(report) for case, report in CASES.items()}
    return {**of_cases, **of_samples, "sample-forty": comment_of_all(home, "forty")}


def comment_of_all(home: Path, sample: str) -> str:
    """The comment about all builds of a sample, whose report is too long to be kept."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/report.json"
        ctxaudit("--all", f"--output=json={file}", cwd=home / "sample_repos/.made" / sample)
        return comment(received.read(file))


def transcript(home: Path, block: str) -> str:
    """The block with the output that its commands have now."""
    pieces = []
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        elsewhere = ELSEWHERE.fullmatch(command)
        program, *arguments = shlex.split(elsewhere["command"] if elsewhere else command)
        assert program == "ctxaudit", command
        answer = ctxaudit(*arguments, cwd=home / elsewhere["directory"] if elsewhere else home)
        pieces.append(f"$ {command}\n{(answer.stdout + answer.stderr).decode()}")
    return "\n".join(pieces)


def renewed(home: Path, page: Path) -> str:
    """A page with every output and every table as it is now."""
    return CONSOLE.sub(lambda match: transcript(home, match[0]), made(page.read_text()))


def _renew(home: Path) -> Iterator[str]:
    subprocess.run([sys.executable, PROJECT / "sample_repos/make.py", home / "sample_repos/.made"], check=True)
    for sample in (*SAMPLES, *DECLARING):
        for style, report in reports(home, sample).items():
            if (sample, style) in KEPT:
                golden(sample, style).write_bytes(report)
                yield golden(sample, style).name
    for case, text in comments(home).items():
        golden_comment(case).write_text(text)
        yield golden_comment(case).name
    for page in PAGES:
        page.write_text(renewed(home, page))
        yield page.name


if __name__ == "__main__":
    (TESTS / "golden/comments").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sample_repos").mkdir()
        sys.stdout.write("\n".join(_renew(Path(folder))) + "\n")
