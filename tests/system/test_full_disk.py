"""Writing on a file system that is really full: a small tmpfs in a mount namespace of its own, which needs root."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# The shell stands in the directory below the mount until it enters it again.
SCRIPT = r"""
set -e
mount -t tmpfs -o size=64k none "$PWD"; cd "$PWD"
mkdir node_modules; echo '{}' > node_modules/.package-lock.json
printf 'FROM scratch\nCOPY . /\n' > Dockerfile
head -c 20000 /dev/zero | tr '\0' '#' > .dockerignore
before=$(cksum .dockerignore)
cat /dev/zero > full 2> /dev/null || true
"$1" -m ctxaudit . --write || echo "status=$?"
[ "$before" = "$(cksum .dockerignore)" ] && echo same
ls -A
"""


def test_a_full_file_system_loses_nothing(tmp_path: Path) -> None:
    command = ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", sys.executable]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["status=2", "same", ".dockerignore", "Dockerfile", "full", "node_modules"]
    assert "it cannot be written: no space left on device; it was not changed" in said.stderr
