"""Count what a forge is asked: `python tests/fleet/asked.py` looks at the samples as repositories of GitHub, twice."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from git_server import GitServer, serving

from ctxaudit.fleet import Job, examine
from fleet import generated
from fleet.forge import TOKEN, Forge, add, head_of, made, serving_api

SAMPLES = Path(__file__).parents[2] / "sample_repos"


def main() -> None:
    """Print the requests of each repository, and of all."""
    with tempfile.TemporaryDirectory() as directory, served(Path(directory)) as (api, git):
        first, fetched = list[int](), 0
        etags = {}
        for name in api.heads:
            git.asked.clear()
            found = examine.examined(Job(name, "github", f"{git.url}/{name}.git"))
            etags[name] = found["commit"], found["etag"]
            first.append(found["requests"])
            fetched += bool(git.asked)
            sys.stdout.write(
                f"{found['requests']:4}  {'fetched' if git.asked else '       '}  {found['status']:10}  {name}\n"
            )
        api.asked.clear()
        git.asked.clear()
        for name, (commit, etag) in etags.items():
            examine.examined(Job(name, "github", f"{git.url}/{name}.git", known=commit, etag=etag))
        sys.stdout.write(
            f"{len(first)} repositories: {sum(first)} requests, {statistics.median(first):g} for half of them\n"
        )
        sys.stdout.write(
            f"{fetched} of them fetched; unchanged: {len(api.asked)} requests, {len(git.asked)} of git's\n"
        )


@contextmanager
def served(directory: Path) -> Iterator[tuple[Forge, GitServer]]:
    """Serve each sample and each sound kind of repository."""
    root, heads = directory / "root", dict[str, str]()
    for sample in sorted(filter(Path.is_dir, SAMPLES.iterdir())):
        files = {os.fspath(one.relative_to(sample)): one.read_bytes() for one in sample.rglob("*") if one.is_file()}
        heads[f"samples/{sample.name}"] = add(root, f"samples/{sample.name}", files)
    for kind, make in enumerate(generated.GOOD):
        name = f"made/{make.__name__.strip('_')}"
        heads[name] = head_of(made(root, name, kind))
    with ExitStack() as stack:
        api, git = stack.enter_context(serving_api(root, heads)), stack.enter_context(serving(root))
        known = {"GITHUB_API_URL": api.url, "GITHUB_SERVER_URL": git.url, "GITHUB_TOKEN": TOKEN}
        stack.enter_context(mock.patch.dict(os.environ, {**known, "XDG_CACHE_HOME": os.fspath(directory / "cache")}))
        yield api, git


if __name__ == "__main__":
    main()
