"""`ctxaudit plugin`: the link in docker's folder, and the entry in docker's configuration."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from support import ctxaudit

PROGRAM = Path(sys.prefix) / "bin/docker-ctxaudit"
HOOKS = "build,buildx build,image build,builder build"
OWN = (
    '{\n\t"auths": {"registry.example": {"auth": "b2xkOnNlY3JldA=="}},\n\t"plugins": {"debug": {"hooks": "exec"}}\n}\n'
)


def run(home: Path, *arguments: str) -> tuple[int, str, str]:
    done = ctxaudit("plugin", *arguments, cwd=home, DOCKER_CONFIG=os.fspath(home / "docker"))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_install_links_the_program_and_uninstall_removes_it(tmp_path: Path) -> None:
    link = tmp_path / "docker/cli-plugins/docker-ctxaudit"
    assert run(tmp_path, "status") == (1, "docker ctxaudit: not installed\n", "")
    assert run(tmp_path, "install") == (0, f"{link} -> {PROGRAM}\ndocker ctxaudit: installed\n", "")
    assert os.readlink(link) == os.fspath(PROGRAM)
    assert run(tmp_path, "install")[0] == 0
    assert run(tmp_path, "status") == (0, f"{link} -> {PROGRAM}\nafter a build: no hint\n", "")
    assert run(tmp_path, "uninstall") == (0, f"{link}: removed\n", "")
    assert list((tmp_path / "docker/cli-plugins").iterdir()) == []
    assert run(tmp_path, "uninstall") == (0, "docker ctxaudit: not installed\n", "")


def test_the_hooks_are_added_to_what_docker_s_configuration_has_and_taken_out_again(tmp_path: Path) -> None:
    configuration = tmp_path / "docker/config.json"
    configuration.parent.mkdir()
    configuration.write_text(OWN)
    configuration.chmod(0o600)
    assert run(tmp_path, "install", "--hooks")[0] == 0
    assert configuration.read_text() == (
        '{\n\t"auths": {\n\t\t"registry.example": {\n\t\t\t"auth": "b2xkOnNlY3JldA=="\n\t\t}\n\t},\n'
        '\t"plugins": {\n\t\t"debug": {\n\t\t\t"hooks": "exec"\n\t\t},\n'
        f'\t\t"ctxaudit": {{\n\t\t\t"hooks": "{HOOKS}",\n\t\t\t"features-hooks": "added"\n\t\t}}\n\t}},\n'
        '\t"features": {\n\t\t"hooks": "true"\n\t}\n}\n'
    )
    assert stat.S_IMODE(configuration.stat().st_mode) == 0o600
    assert run(tmp_path, "status")[1].splitlines()[-1] == f"after a build: {HOOKS.replace(',', ', ')}"
    assert run(tmp_path, "uninstall")[0] == 0
    assert '"ctxaudit"' not in configuration.read_text()
    assert '"debug"' in configuration.read_text()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("{}", {}, id="what ctxaudit turned on is turned off"),
        pytest.param(
            '{"features": {"buildkit": "true"}}', {"features": {"buildkit": "true"}}, id="other features stay"
        ),
        pytest.param('{"features": {"hooks": "true"}}', {"features": {"hooks": "true"}}, id="what was on stays on"),
        pytest.param(
            '{"plugins": {"debug": {"hooks": "exec"}}}',
            {"plugins": {"debug": {"hooks": "exec"}}, "features": {"hooks": "true"}},
            id="another plugin has hooks",
        ),
    ],
)
def test_uninstalling_leaves_docker_as_it_was(tmp_path: Path, before: str, after: dict[str, object]) -> None:
    configuration = tmp_path / "docker/config.json"
    configuration.parent.mkdir()
    configuration.write_text(before)
    assert run(tmp_path, "install", "--hooks")[0] == 0
    assert run(tmp_path, "install", "--hooks")[0] == 0
    assert run(tmp_path, "uninstall")[0] == 0
    assert json.loads(configuration.read_text()) == after


def test_hooks_that_the_user_has_turned_off_stay_off(tmp_path: Path) -> None:
    configuration = tmp_path / "docker/config.json"
    configuration.parent.mkdir()
    configuration.write_text('{"features": {"hooks": "false"}}')
    status, said, _ = run(tmp_path, "install", "--hooks")
    assert (status, f"{configuration}: features.hooks is off" in said) == (0, True)
    assert '"hooks": "false"' in configuration.read_text()
    assert run(tmp_path, "status")[0] == 1


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param("{", "it is not JSON", id="not JSON"),
        pytest.param("[" * 100_000, "it is not JSON", id="nested without end"),
        pytest.param('{"a": 1e999}', "it is not JSON", id="a number without end"),
        pytest.param('{"a": NaN}', "it is not JSON", id="no number"),
        pytest.param('{"a": 1.00000000000000000001}', "it is not JSON", id="a number that would be cut"),
        pytest.param("[]", "it is not a configuration of docker", id="a list"),
        pytest.param('{"plugins": []}', "it is not a configuration of docker", id="plugins that are a list"),
        pytest.param('{"plugins": {"ctxaudit": 5}}', "it is not a configuration of docker", id="an entry as a number"),
        pytest.param('{"features": []}', "it is not a configuration of docker", id="features that are a list"),
    ],
)
def test_a_configuration_that_cannot_be_read_stays_as_it_is(tmp_path: Path, content: str, what: str) -> None:
    configuration = tmp_path / "docker/config.json"
    configuration.parent.mkdir()
    configuration.write_text(content)
    status, _, error = run(tmp_path, "install", "--hooks")
    assert (status, what in error) == (2, True)
    assert configuration.read_text() == content
    assert not (tmp_path / "docker/cli-plugins").exists()


def test_half_of_a_surrogate_pair_stays_in_the_configuration(tmp_path: Path) -> None:
    configuration = tmp_path / "docker/config.json"
    configuration.parent.mkdir()
    configuration.write_text('{"a": "\\ud800", "b": "\\udc80é", "c": 1.5}')
    assert run(tmp_path, "install", "--hooks")[0] == 0
    read = json.loads(configuration.read_bytes())
    assert [read[name] for name in "abc"] == ["\ud800", "\udc80é", 1.5]


def test_the_status_of_hostile_files_is_text(tmp_path: Path) -> None:
    link = tmp_path / "docker/cli-plugins/docker-ctxaudit"
    link.parent.mkdir(parents=True)
    link.symlink_to("/x\x1b[31m\n::error::y")
    assert run(tmp_path, "status")[1].splitlines()[0] == f'{link} -> "/x\\x1b[31m\\n::error::y"'
    link.unlink()
    link.symlink_to(PROGRAM)
    hooks = {"plugins": {"ctxaudit": {"hooks": "\x1b[31m\n##[error]"}}, "features": {"hooks": "true"}}
    (tmp_path / "docker/config.json").write_text(json.dumps(hooks))
    assert run(tmp_path, "status")[1].splitlines()[-1] == 'after a build: "\\x1b[31m\\n##\\x5berror]"'


def test_a_file_in_the_link_s_place_is_not_replaced(tmp_path: Path) -> None:
    link = tmp_path / "docker/cli-plugins/docker-ctxaudit"
    link.parent.mkdir(parents=True)
    link.write_text("mine")
    for command in ("install", "uninstall"):
        status, _, error = run(tmp_path, command)
        assert (status, "it is a file that ctxaudit did not make" in error) == (2, True)
    assert link.read_text() == "mine"


def test_a_link_to_a_program_that_is_gone_is_not_installed(tmp_path: Path) -> None:
    link = tmp_path / "docker/cli-plugins/docker-ctxaudit"
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "gone")
    assert run(tmp_path, "status")[0] == 1
    assert run(tmp_path, "install")[0] == 0
    assert os.readlink(link) == os.fspath(PROGRAM)
