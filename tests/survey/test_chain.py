"""How far a path gets through the stages of a build, and by which instructions."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit import audit
from support import make_tree

TOKEN_FILE = "app/.env"


def reach_of(tmp_path: Path, dockerfile: str) -> str:
    """Return how far the secret of `app/.env` gets."""
    (tmp_path / "app/dist").mkdir(parents=True)
    (tmp_path / TOKEN_FILE).write_text("DB_PASSWORD=Kestrel" + "4821!\n")
    (tmp_path / "app/dist/main.js").write_text("main()\n")
    (tmp_path / "Dockerfile").write_text(dockerfile)
    findings = audit(tmp_path).targets[0].findings
    return next(finding.reach for finding in findings if finding.path == TOKEN_FILE)


BUILD = "FROM scratch AS build\nCOPY . /src\n"


@pytest.mark.parametrize(
    ("dockerfile", "reach"),
    [
        pytest.param(f"{BUILD}FROM scratch\nCOPY --from=build /src /app\n", "final", id="a directory above it"),
        pytest.param(
            f"{BUILD}FROM scratch\nCOPY --from=build /src/app/dist /app\n", "intermediate", id="one beside it"
        ),
        pytest.param(f"{BUILD}FROM scratch\nCOPY --from=build /src/app/.env /\n", "final", id="the file itself"),
        pytest.param(f"{BUILD}FROM scratch\nCOPY --from=build / /\n", "final", id="everything"),
        pytest.param(f"{BUILD}FROM scratch\nCOPY --from=build /src/*/.env /e/\n", "final", id="a wildcard"),
        pytest.param(f"{BUILD}FROM scratch\nCOPY --from=0 /src/ap? /app/\n", "final", id="a wildcard above it"),
        pytest.param(
            f"{BUILD}FROM scratch AS mid\nCOPY --from=build /src/app /m\nFROM scratch\nCOPY --from=mid /m /app\n",
            "final",
            id="two hops",
        ),
        pytest.param(
            f"{BUILD}FROM scratch AS mid\nCOPY --from=build /src/app /m\nFROM scratch\nCOPY --from=mid /other /app\n",
            "intermediate",
            id="two hops, the second beside it",
        ),
        pytest.param(f"{BUILD}FROM build AS next\nFROM next\n", "final", id="a stage built on it"),
        pytest.param(
            "FROM scratch AS build\nWORKDIR /srv\nCOPY . .\nFROM scratch\nCOPY --from=build /srv/app ./\n",
            "final",
            id="a working directory",
        ),
        pytest.param(
            "# syntax=docker/dockerfile:1-labs\n"
            "FROM scratch AS build\nCOPY --parents app /p/\nFROM scratch\nCOPY --from=build /p/app /x\n",
            "final",
            id="a copy with its parents",
        ),
        pytest.param(
            f"{BUILD}FROM scratch\nCOPY --from=build --exclude=app/.env /src /app\n", "intermediate", id="one excluded"
        ),
        pytest.param(
            f"{BUILD}RUN rm -rf /src/app/.env\nFROM scratch\nCOPY --from=build /src /app\n",
            "intermediate",
            id="removed before it is copied on",
        ),
        pytest.param(
            "FROM scratch AS build\nCOPY app/.env app/dist/main.js /\nRUN rm /.env\n"
            "FROM scratch\nCOPY --from=build / /app/\n",
            "intermediate",
            id="removed from the root before it is copied on",
        ),
        pytest.param("FROM scratch\nCOPY . /src\nRUN rm -f /src/app/.env\n", "final", id="removed in a later layer"),
        pytest.param(
            "FROM scratch AS build\nRUN --mount=type=bind,target=/m cp /m/app/.env /kept\n"
            "FROM scratch\nCOPY --from=build /kept /kept\n",
            "final",
            id="copied out of a mount",
        ),
        pytest.param("FROM scratch\nRUN --mount=type=bind,target=/m cat /m/app/.env\n", "sent", id="read in a mount"),
    ],
)
def test_a_secret_gets_as_far_as_the_instructions_take_it(tmp_path: Path, dockerfile: str, reach: str) -> None:
    assert reach_of(tmp_path, dockerfile) == reach


def test_a_directory_does_not_reach_the_image_by_a_copy_of_what_a_stage_made_in_it(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {
            "Dockerfile": f"{BUILD}RUN cargo build\nFROM scratch\nCOPY --from=build /src/target/release/app /\n",
            "Cargo.toml": '[package]\nname = "app"\n',
            "target/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n",
            "target/release/app": "x" * 100,
        },
    )
    findings = {one.path: one.reach for one in audit(tmp_path).targets[0].findings}
    assert findings["target"] == "intermediate"
