"""What always holds of the verdict about a path, over random Dockerfiles."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import needs
from ctxaudit.model import EntryType
from ctxaudit.needed.image import Image
from ctxaudit.needed.origin import Goes, Origin, Question, Stays
from ctxaudit.needed.project import Project

_FILES = {
    "package.json": '{"name": "x", "scripts": {"build": "tsc", "start": "node dist/server.js"}}',
    "package-lock.json": "{}",
    "tsconfig.json": '{"compilerOptions": {"outDir": "dist"}}',
    "pyproject.toml": "[project]\nname = 'x'\nversion = '1'\n",
    "src/server.ts": "export {}\n",
    "scripts/build.sh": "#!/bin/sh\nnpx tsc\n",
    "Makefile": "all:\n\tnpx tsc\n",
}
_MAKERS = {
    "dist": ["npm run build", "npx tsc", "./scripts/build.sh", "make", "sh -c 'npm run build'", "yarn build"],
    "node_modules": ["npm ci", "npm install", "yarn install", "pnpm install", "npm ci --omit=dev && npm cache clean"],
    ".venv": ["uv sync", "python -m venv .venv", "uv venv"],
    "out/report.txt": ["mkdir -p out && echo x > out/report.txt", "cp package.json out/report.txt"],
}
_USE = {"node_modules": Question("node_modules", "presence", ("node", "bun", "deno"))}
_NAMERS = {
    "dist": ['CMD ["node", "dist/server.js"]', "RUN cp -r dist /srv", "ENV STATIC=/app/dist", "CMD npm start",
             'ENTRYPOINT ["/app/dist/run"]', "HEALTHCHECK CMD test -f /app/dist/ok", "RUN tar -czf /x.tgz dist"],
    "node_modules": ['CMD ["node", "server.js"]', "RUN cp -r node_modules /srv", "ENV NODE_PATH=/app/node_modules"],
    ".venv": ["ENV PATH=/app/.venv/bin:$PATH", 'CMD ["/app/.venv/bin/python", "x.py"]', "ENV VIRTUAL_ENV=/app/.venv"],
    "out/report.txt": ["CMD cat out/report.txt", "RUN cp out/report.txt /r", "ENV REPORT=/app/out/report.txt"],
}  # fmt: skip
# None of these makes or uses anything.
_NOISE = [
    "RUN echo npm ci npm run build", "RUN true || npm ci", "RUN npm install -g pnpm", "RUN npm run build || true",
    "RUN apt-get update && apt-get install -y curl", "LABEL a=b", "EXPOSE 80", "USER 1000", "ENV A=1",
    "RUN cd /elsewhere && npm ci", "RUN pip install flask", "RUN chown -R 1000 /app", "RUN mkdir -p /app/tmp",
    "RUN if [ -n \"$CI\" ]; then npm ci && npm run build; fi", "ARG X=1", "RUN git --version",
]  # fmt: skip


class _Tree:
    """A tree of the tracked files alone."""

    def names(self, path: str) -> frozenset[str]:
        start = f"{path}/" if path else ""
        return frozenset(file[len(start) :].partition("/")[0] for file in _FILES if file.startswith(start))

    def head(self, path: str, limit: int = -1) -> bytes:
        return _FILES.get(path, "").encode()

    def target(self, path: str) -> str | None:
        return None

    def type(self, path: str) -> EntryType | None:
        return "file" if path in _FILES else "dir" if self.names(path) else None


def _verdict(thing: str, lines: Sequence[str]) -> Goes | Stays:
    text = "\n".join(("FROM node:22 AS base", "WORKDIR /app", *lines))
    image = Image(needs(parse(text.encode(), "Dockerfile")), Project(_Tree(), _FILES))
    return Origin(image, "Dockerfile").of(_USE.get(thing, Question(thing, "name")))


def _started_last(lines: Sequence[str]) -> list[str]:
    """A CMD ends a Dockerfile; of several the last one counts, and so does one ENTRYPOINT."""
    return sorted(lines, key=lambda line: line.startswith(("CMD", "ENTRYPOINT", "HEALTHCHECK")))


@st.composite
def _cases(draw: st.DrawFn, *, namers: int) -> tuple[str, list[str]]:
    """A thing, and the instructions behind a broad COPY: some that use it, and noise."""
    thing = draw(st.sampled_from(sorted(_NAMERS)))
    named = draw(st.lists(st.sampled_from(_NAMERS[thing]), min_size=namers, max_size=1))
    noise = draw(st.lists(st.sampled_from(_NOISE), max_size=4))
    return thing, ["COPY . .", *_started_last(draw(st.permutations([*named, *noise])))]


@settings(max_examples=100, deadline=None)
@given(_cases(namers=1))
def test_what_something_names_and_nothing_makes_stays(case: tuple[str, list[str]]) -> None:
    thing, lines = case
    assert isinstance(_verdict(thing, lines), Stays)


@settings(max_examples=100, deadline=None)
@given(_cases(namers=0), st.data())
def test_an_instruction_that_makes_a_thing_never_brings_it_back(
    case: tuple[str, list[str]], data: st.DataObject
) -> None:
    thing, lines = case
    maker = f"RUN {data.draw(st.sampled_from(_MAKERS[thing]))}"
    at = data.draw(st.integers(0, len(lines)))
    without, with_maker = _verdict(thing, lines), _verdict(thing, [*lines[:at], maker, *lines[at:]])
    assert isinstance(without, Stays) or isinstance(with_maker, Goes)


@settings(max_examples=80, deadline=None)
@given(_cases(namers=1), st.data())
def test_what_is_made_right_after_the_copy_goes(case: tuple[str, list[str]], data: st.DataObject) -> None:
    thing, lines = case
    maker = data.draw(st.sampled_from(_MAKERS[thing]))
    verdict = _verdict(thing, [lines[0], f"RUN {maker}", *lines[1:]])
    assert isinstance(verdict, Goes)
    assert {made.line for made in verdict.made} == {4}


@settings(max_examples=80, deadline=None)
@given(_cases(namers=1), st.data())
def test_a_stage_that_is_built_on_another_goes_on_with_it(case: tuple[str, list[str]], data: st.DataObject) -> None:
    thing, lines = case
    at = data.draw(st.integers(1, len(lines)))
    at = next((number for number, line in enumerate(lines[:at]) if line.startswith(("CMD", "ENTRYPOINT"))), at)
    whole = _verdict(thing, lines)
    split = _verdict(thing, [*lines[:at], "FROM base", *lines[at:]])
    assert type(whole) is type(split)
