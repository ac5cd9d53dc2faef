"""Comments that suppress findings where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit import audit
from ctxaudit.model import Audit, Withheld
from support import make_tree

KEY = "-----BEGIN RSA PRIVATE KEY-----\nx\n"
SECRET = "secret-private-key"


def audited(root: Path, dockerfile: str, ignore: str = "") -> Audit:
    make_tree(root, {"Dockerfile": dockerfile, ".dockerignore": ignore, "a.key": KEY, "gen/x": "1"})
    return audit(root, dockerfile=root / "Dockerfile").targets[0]


def rules(target: Audit) -> set[str]:
    return {finding.rule for finding in target.findings if finding.severity != "note"}


def idle(target: Audit) -> list[tuple[int, str]]:
    return [
        (finding.location.line, finding.message)
        for finding in target.findings
        if finding.rule == "suppression-idle" and finding.location
    ]


@pytest.mark.parametrize(
    ("above", "suppressed"),
    [
        pytest.param(f"# ctxaudit: ignore={SECRET} a key of the tests", True, id="by its rule"),
        pytest.param("# ctxaudit: ignore=secret-* a key of the tests", True, id="by a glob"),
        pytest.param(f"# ctxaudit: ignore=log-file,{SECRET} two names", True, id="one of two names"),
        pytest.param(f"# ctxaudit: ignore=log-file , {SECRET} two names", True, id="blanks around the comma"),
        pytest.param(f"#ctxaudit:ignore={SECRET} no blanks", True, id="without blanks"),
        pytest.param(f"# ctxaudit: ignore={SECRET} first\n\n# why\n", True, id="with lines between"),
        pytest.param(f"# ctxaudit: ignore={SECRET}", False, id="without a reason"),
        pytest.param("# ctxaudit: ignore= a reason", False, id="without a rule"),
        pytest.param("# ctxaudit: ignore=log-file a reason", False, id="another rule"),
        pytest.param(f"# ignore={SECRET} a reason", False, id="not addressed to us"),
        pytest.param(f"# ctxaudit: ignore={SECRET} a reason\nENV a=b", False, id="above another instruction"),
        pytest.param(
            f"RUN true \\\n# ctxaudit: ignore={SECRET} a reason\n  && true", False, id="inside an instruction"
        ),
        pytest.param(f"RUN <<E\n# ctxaudit: ignore={SECRET} a reason\nE", False, id="inside a document"),
    ],
)
def test_a_comment_above_an_instruction(tmp_path: Path, above: str, suppressed: bool) -> None:
    found = audited(tmp_path, f"FROM scratch\n{above}\nCOPY . /\n")
    assert (SECRET in rules(found)) is not suppressed
    assert found.withheld == Withheld(suppressed=int(suppressed), secrets=int(suppressed))


def test_a_comment_below_or_far_above_says_nothing_about_another_line(tmp_path: Path) -> None:
    found = audited(tmp_path, f"FROM scratch\nCOPY . /\n# ctxaudit: ignore={SECRET} too late\n")
    assert SECRET in rules(found)
    assert idle(found) == [(3, f"ignore={SECRET} stands above nothing")]


def test_a_comment_in_the_ignore_file(tmp_path: Path) -> None:
    text = "COPY . /\n"
    assert "pattern-breaks-transfer" in rules(audited(tmp_path, f"FROM scratch\n{text}", "x\x01y\n"))
    quiet = "# ctxaudit: ignore=pattern-breaks-transfer BuildKit is not used here\nx\x01y\n"
    found = audited(tmp_path, f"FROM scratch\n{text}", quiet)
    assert "pattern-breaks-transfer" not in rules(found)
    assert found.withheld == Withheld(suppressed=1)


def test_a_pattern_with_a_blank_before_it_is_no_comment(tmp_path: Path) -> None:
    found = audited(tmp_path, "FROM scratch\nCOPY . /\n", " # ctxaudit: ignore=x y\nz\n")
    assert idle(found) == []


@pytest.mark.parametrize(
    ("dockerfile", "ignore", "said"),
    [
        pytest.param(
            "FROM scratch\n# ctxaudit: ignore=log-file none here\nCOPY . /\n",
            "a.key\n",
            [(2, "ignore=log-file suppresses nothing at line 3")],
            id="nothing of that rule there",
        ),
        pytest.param(
            f"FROM scratch\n# ctxaudit: ignore={SECRET}\nCOPY . /\n",
            "a.key\n",
            [(2, f"ignore={SECRET} counts for nothing without a reason behind it")],
            id="no reason",
        ),
        pytest.param(
            "FROM scratch AS other\n# ctxaudit: ignore=log-file elsewhere\nCOPY gen /\nFROM scratch\nCOPY gen /\n",
            "a.key\n",
            [],
            id="a stage that this build does not reach",
        ),
        pytest.param(
            "FROM scratch\nCOPY . /\n",
            "# ctxaudit: ignore=log-file none here\na.key\n",
            [(1, "ignore=log-file suppresses nothing at line 2")],
            id="in the ignore file",
        ),
    ],
)
def test_one_that_suppresses_nothing_is_a_finding(
    tmp_path: Path, dockerfile: str, ignore: str, said: list[tuple[int, str]]
) -> None:
    assert idle(audited(tmp_path, dockerfile, ignore)) == said


TOKEN = "AKIAIOSFODNN7EXAMPLX"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param("# ctxaudit: ignore=log-file x\nENV a=b\n", {"": [3]}, id="above an instruction of no context"),
        pytest.param(f"# ctxaudit: ignore=secret-in-dockerfile x\nENV a={TOKEN}\n", {}, id="which silences something"),
        pytest.param("# ctxaudit: ignore=log-file x\nCOPY a.key /\n", {"": [3]}, id="above one of the main context"),
        pytest.param(
            "# ctxaudit: ignore=log-file x\nCOPY --from=lib a /b\n", {"lib": [3]}, id="above one of a named one"
        ),
        pytest.param("# ctxaudit: ignore=log-file\nENV a=b\n", {"": [3]}, id="without a reason"),
        pytest.param("# ctxaudit: ignore=log-file x\n", {"": [3]}, id="above nothing"),
    ],
)
def test_it_is_said_of_the_context_that_it_is_about(lines: str, expected: dict[str, list[int]], tmp_path: Path) -> None:
    dockerfile = f"FROM scratch\nCOPY --from=lib a /\n{lines}"
    make_tree(tmp_path, {"Dockerfile": dockerfile, "a.key": KEY, "lib/a": "1"})
    targets = audit(tmp_path, build_contexts={"lib": str(tmp_path / "lib")}).audits
    rows = {target.name.partition(", context ")[2]: [line for line, _ in idle(target)] for target in targets}
    assert {name: each for name, each in rows.items() if each} == expected


@pytest.mark.parametrize(
    ("ignores", "expected"),
    [
        pytest.param({".dockerignore": "*.log\n", ".containerignore": "x\n"}, [0, 0], id="for one builder"),
        pytest.param({".dockerignore": "*.log\n", ".containerignore": "*.log\nx\n"}, [1, 1], id="for none"),
    ],
)
def test_one_that_silences_something_for_another_builder_is_not_idle(
    ignores: dict[str, str | bytes | None], expected: list[int], tmp_path: Path
) -> None:
    dockerfile = "FROM scratch\n# ctxaudit: ignore=log-file x\nCOPY . /\n"
    make_tree(tmp_path, {"Dockerfile": dockerfile, "a.log": "1", **ignores})
    assert [len(idle(target)) for target in audit(tmp_path, builder="buildkit,podman").audits] == expected
