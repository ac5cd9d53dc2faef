"""A context in which nothing has to go is told by what the audit found: the answer is the one of the whole inquiry."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ctxaudit import audit
from ctxaudit.builds.request import request
from ctxaudit.model import BuilderName, Filters, Proof, Proposal, Totals
from ctxaudit.proposals.change import change_on
from ctxaudit.survey import Session
from support import git, make_tree

FILES = {
    "README.md": "text\n",
    "docs/a.md": "text\n",
    "docs/b/c.txt": "text\n",
    "tests/test_a.py": "text\n",
    ".github/workflows/ci.yml": "on: push\n",
    "src/main.go": "package main\n",
    "node_modules/a/index.js": "1\n",
    "app.log": "text\n",
    ".env": "TOKEN=abc\n",
    ".dockerignore": "docs\n",
    ".gitignore": "node_modules/\n",
    "package.json": "{}\n",
    "compose.yaml": "services: {web: {build: .}}\n",
    "Dockerfile.dev": "FROM scratch\nCOPY docs /\n",
}
LINES = ("COPY . /", "COPY src /src", "COPY docs /docs", "COPY none* /", "RUN make", "ADD README.md /")


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.sampled_from(sorted(FILES)), max_size=4),
    st.lists(st.sampled_from(LINES), max_size=3),
    st.sampled_from(("buildkit", "classic", "podman")),
    st.sampled_from(("", "always-ignore", "for-cache", "git", "no-lines")),
)
@example({"docs/a.md"}, ["COPY . /"], "buildkit", "")
@example({"docs/a.md"}, ["COPY . /", "RUN make"], "buildkit", "")
@example({"docs/a.md"}, ["COPY . /", "RUN make"], "buildkit", "for-cache")
@example({"README.md"}, ["COPY . /"], "classic", "always-ignore")
@example({".gitignore", "package.json"}, ["COPY . /"], "buildkit", "git")
@example({"node_modules/a/index.js"}, ["COPY . /"], "buildkit", "")
@example({".dockerignore"}, ["COPY . /"], "podman", "")
@example({".gitignore"}, ["COPY . /"], "gcloud", "")
@example({"README.md"}, ["COPY . /"], "buildkit", "no-lines")
def test_it_is_what_a_whole_inquiry_says(files: set[str], lines: list[str], builder: BuilderName, setting: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = make_tree(Path(folder) / "project", {name: FILES[name] for name in files})
        (root / "Dockerfile").write_text("\n".join(["FROM scratch", *lines, ""]))
        if setting == "no-lines":
            (root / ".dockerignore").write_text("# nothing yet\n")
        if setting == "git":
            git(Path(folder), "init", "-q")
        build = request(root, builder=builder)
        always = ("*.log",) if setting == "always-ignore" else ()
        builds = [replace(build, filters=Filters(always_ignore=always, for_cache=setting == "for-cache"))]
        with Session() as session:
            found, whole = change_on(session, builds), change_on(session, builds, prune=True)
        # Only the paths that are named count the other builds that a whole inquiry meets.
        proof = replace(found.proposal.proof, names=whole.proposal.proof.names)
        assert replace(found, proposal=replace(found.proposal, proof=proof), prune=True) == whole


@pytest.mark.parametrize("propose", [True, False])
def test_the_proof_of_no_change_counts_for_every_builder(tmp_path: Path, propose: bool) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "12345", "b": "1", "README.md": "12\n"})
    (target,) = audit(tmp_path, propose=propose).audits
    sent: dict[BuilderName, Totals] = {"buildkit": Totals(1, 5, 33), "classic": Totals(4, 31, 5120)}
    proof = Proof(needed=1, dropped=0, idle=0, builds=1, before=sent, after=sent, names=("a",), in_git=False)
    assert target.proposal == (Proposal((), (), proof) if propose else None)
