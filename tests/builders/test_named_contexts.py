"""Named contexts: how often each is transferred, and which of its sources are lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit import audit
from ctxaudit.model import Audit
from support import make_tree

SIZE = 20_000


def targets(root: Path, dockerfile: str, ignore: str = "") -> list[Audit]:
    """Audit a build with the named context `base`, which holds a, b, c and d/e."""
    make_tree(root / "main", {"Dockerfile": dockerfile, "m": "1"})
    make_tree(root / "base", dict.fromkeys(("a", "b", "c", "d/e"), "x" * SIZE))
    make_tree(root / "base", {".dockerignore": ignore} if ignore else {})
    contexts = {"base": str(root / "base")}
    return list(audit(root / "main", dockerfile=root / "main/Dockerfile", build_contexts=contexts).targets)


@pytest.mark.parametrize(
    ("lines", "transfers"),
    [
        pytest.param(["COPY --from=base a /"], [["a"]], id="one use"),
        pytest.param(
            ["COPY --from=base a /1", "COPY --from=base a /2"], [["a"]], id="the same use again is one transfer"
        ),
        pytest.param(["COPY --from=base a b /x/"], [["a", "b"]], id="one instruction with two sources"),
        pytest.param(
            ["COPY --from=base a /", "COPY --from=base b /", "COPY --from=base c a /x/"],
            [["a"], ["b"], ["a", "c"]],
            id="each distinct use is a transfer of its own",
        ),
        pytest.param(
            ["RUN --mount=from=base,source=a,target=/a --mount=from=base,source=b,target=/b true"],
            [["a"], ["b"]],
            id="so is each mount",
        ),
        pytest.param(
            ["FROM base AS x", "FROM scratch", "COPY --from=x a /", "COPY --from=x b /"],
            [["a", "b"]],
            id="all that is copied from a stage on it is one transfer",
        ),
        pytest.param(
            ["FROM base AS x", "FROM x AS y", "FROM scratch", "COPY --from=x a /", "COPY --from=y b /"],
            [["a", "b"]],
            id="a stage on that stage belongs to it",
        ),
        pytest.param(
            ["FROM base AS x", "FROM base AS y", "FROM scratch", "COPY --from=x a /", "COPY --from=y b /"],
            [["a"], ["b"]],
            id="two stages on it are two transfers",
        ),
        pytest.param(
            ["COPY --from=base . /x", "COPY --from=base a /"], [["a", "b", "c", "d/e"], ["a"]], id="all and a part"
        ),
        pytest.param(
            ["RUN --mount=type=tmpfs,from=base,source=b,target=/t true", "COPY --from=base a /"],
            [["a"]],
            id="a tmpfs mount reads nothing of it",
        ),
    ],
)
def test_each_distinct_use_is_a_transfer(lines: list[str], transfers: list[list[str]], tmp_path: Path) -> None:
    _, base = targets(tmp_path, "\n".join(["FROM scratch", *lines, ""]))
    everything = sorted({path for paths in transfers for path in paths})
    assert (base.sent.files, base.sent.bytes) == (len(everything), SIZE * len(everything))
    apart = 0
    for number, paths in enumerate(transfers):
        dockerfile = f"FROM scratch\nCOPY --from=base {' '.join(paths)} /x/\n"
        if paths == ["a", "b", "c", "d/e"]:
            dockerfile = "FROM scratch\nCOPY --from=base . /x/\n"
        _, alone = targets(tmp_path / str(number), dockerfile)
        apart += alone.sent.transfer_bytes
    assert base.sent.transfer_bytes == apart


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["RUN --mount=type=tmpfs,from=base,target=/t true"], id="of a tmpfs mount, nothing is read"),
        pytest.param(["FROM base AS x", "FROM scratch", "COPY m /"], id="of a stage that nobody copies from"),
        pytest.param(
            ["FROM base AS x", "FROM scratch", "RUN --mount=type=tmpfs,from=x,target=/t true"],
            id="of a stage that is a tmpfs mount's",
        ),
    ],
)
def test_a_named_context_that_the_result_does_not_depend_on_is_not_sent(lines: list[str], tmp_path: Path) -> None:
    assert len(targets(tmp_path, "\n".join(["FROM scratch", *lines, ""]))) == 1


@pytest.mark.parametrize(
    ("lines", "rules"),
    [
        pytest.param(["COPY --from=base nope /"], ["copy-source-missing"], id="a source that is not there"),
        pytest.param(
            ["COPY --from=base b /"], ["copy-source-ignored"], id="a source that its own ignore file leaves out"
        ),
        pytest.param(["COPY --from=base a /"], [], id="a source that is there"),
        pytest.param(["RUN --mount=from=base,source=b,target=/b true"], ["copy-source-ignored"], id="a mount's source"),
        pytest.param(
            ["FROM base AS x", "FROM scratch", "COPY --from=x b /"], ["copy-source-ignored"], id="of a bare stage"
        ),
        pytest.param(
            ["FROM base AS x", "COPY m /nope", "FROM scratch", "COPY --from=x nope /"],
            [],
            id="of a stage that may have made it",
        ),
        pytest.param(["COPY --from=base n* /"], [], id="a wildcard may match nothing"),
    ],
)
def test_a_source_of_a_named_context_that_does_not_arrive(lines: list[str], rules: list[str], tmp_path: Path) -> None:
    _, base = targets(tmp_path, "\n".join(["FROM scratch", *lines, ""]), ignore="b\n")
    assert [finding.rule for finding in base.findings if finding.rule.startswith("copy-source")] == rules
