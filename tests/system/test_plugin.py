"""`docker ctxaudit`, by the docker that is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support import make_tree


def test_docker_lists_the_plugin_and_runs_it(tmp_path: Path) -> None:
    plugins = make_tree(tmp_path / "config/cli-plugins", {})
    script = plugins / "docker-ctxaudit"
    script.write_text(f"#!{sys.executable}\nfrom ctxaudit.plugin import run\nrun()\n")
    script.chmod(0o755)
    app = make_tree(tmp_path / "app", {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1"})
    environment = {**os.environ, "DOCKER_CONFIG": os.fspath(tmp_path / "config")}

    def docker(*arguments: str) -> str:
        command = ["docker", *arguments]
        return subprocess.run(command, cwd=app, env=environment, capture_output=True, text=True, check=True).stdout

    assert "ctxaudit*" in docker("--help")
    assert docker("ctxaudit", "ls") == "a\n"
    assert docker("help", "ctxaudit", "ls").startswith("Usage: ctxaudit ls ")
