"""The reports that are kept whole: `python tests/golden.py` makes them and the README's outputs anew.

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

from support import PROJECT, TESTS, ctxaudit

SAMPLES = sorted(path.name for path in (PROJECT / "sample_repos").iterdir() if (path / "Dockerfile").exists())
STYLES = {"80.txt": (80, ()), "44.txt": (44, ()), "json": (80, ("--format", "json"))}
DECLARING = {"bake": ("--bake", "docker-bake.hcl")}  # samples whose builds a file declares, and what names it
PAGES = ("node-app", "secrets")
CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def report(home: Path, sample: str, style: str) -> bytes:
    """What the audit of a sample prints."""
    columns, options = STYLES[style]
    made = home / "sample_repos/.made"
    if sample in DECLARING:
        return ctxaudit(*DECLARING[sample], *options, cwd=made / sample, columns=columns).stdout
    return ctxaudit(sample, *options, cwd=made, columns=columns).stdout


def page(home: Path, sample: str) -> bytes:
    """What the HTML report of a sample shows, without the style and the script that all pages have."""
    whole = ctxaudit(sample, "--format", "html", cwd=home / "sample_repos/.made").stdout
    return whole.partition(b"<main>\n")[2].partition(b"</main>")[0]


def golden(sample: str, style: str) -> Path:
    return TESTS / "golden" / f"{sample}.{style}"


def transcript(home: Path, block: str) -> str:
    """The block with the output that its commands have now."""
    pieces = []
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        program, *arguments = shlex.split(command)
        assert program == "ctxaudit", command
        answer = ctxaudit(*arguments, cwd=home)
        pieces.append(f"$ {command}\n{(answer.stdout + answer.stderr).decode()}")
    return "\n".join(pieces)


def readme(home: Path) -> str:
    """The README with every output as it is now."""
    text = (PROJECT / "README.md").read_text()
    return CONSOLE.sub(lambda match: transcript(home, match[0]), text)


def _renew(home: Path) -> Iterator[str]:
    subprocess.run([sys.executable, PROJECT / "sample_repos/make.py", home / "sample_repos/.made"], check=True)
    for sample in (*SAMPLES, *DECLARING):
        for style in STYLES:
            golden(sample, style).write_bytes(report(home, sample, style))
            yield golden(sample, style).name
    for sample in PAGES:
        golden(sample, "main.html").write_bytes(page(home, sample))
        yield golden(sample, "main.html").name
    (PROJECT / "README.md").write_text(readme(home))
    yield "README.md"


if __name__ == "__main__":
    (TESTS / "golden").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sample_repos").mkdir()
        sys.stdout.write("\n".join(_renew(Path(folder))) + "\n")
