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


def test_docker_prints_why_a_copy_failed_after_the_build(tmp_path: Path) -> None:
    """No engine is needed: a build that cannot reach one fails, too, and docker asks the plugin."""
    app = make_tree(tmp_path / "app", {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1", ".dockerignore": "a\n"})
    environment = {
        **os.environ,
        "DOCKER_CONFIG": os.fspath(tmp_path / "config"),
        "DOCKER_HOST": f"unix://{tmp_path}/no.sock",
        "CTXAUDIT_HOOK_SECONDS": "60",
    }
    ctxaudit = [sys.executable, "-m", "ctxaudit", "plugin"]
    subprocess.run([*ctxaudit, "install", "--hooks"], env=environment, check=True, capture_output=True)
    # Docker prints hints on a terminal alone; `script` gives it one.
    command = ["script", "-qec", "docker build -t x .", os.devnull]
    done = subprocess.run(command, cwd=app, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "What's next:" in done.stdout
    assert "COPY a is not in the context: excluded by .dockerignore:1 'a'" in done.stdout
    subprocess.run([*ctxaudit, "uninstall"], env=environment, check=True, capture_output=True)
    done = subprocess.run(command, cwd=app, env=environment, capture_output=True, text=True, check=False)
    assert "What's next:" not in done.stdout
