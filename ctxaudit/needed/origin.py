"""Whether a built image takes a path from the host, or makes it again, or uses it nowhere.

Each place at which the path lands is followed to the target: through the steps of its stage, the stages that are built
on it, and the copies out of it. On every way something has to make the path before anything uses it; else it stays.

    FROM node AS build
    COPY . /app                  node_modules and dist land at /app
    RUN npm ci                   makes /app/node_modules
    RUN npm run build            reads node_modules, which is made by then; makes /app/dist
    FROM nginx
    COPY --from=build /app/dist /usr/share/nginx/html       takes dist, which is made by then

Neither is an input here. Without `RUN npm run build`, the copy takes the host's dist, and dist may be used.
"""

from __future__ import annotations

import fnmatch
import functools
import posixpath
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain, takewhile
from typing import NamedTuple

from ctxaudit.dockerfile.stages import MAIN, OUTSIDE, Step
from ctxaudit.model import Location
from ctxaudit.needed import Goes, Maker, Question, Stays
from ctxaudit.needed.embed import EMBEDS
from ctxaudit.needed.facts import is_quiet, reads_project
from ctxaudit.needed.image import Image, Site, below, joined
from ctxaudit.needed.makers import ANY, Deed
from ctxaudit.needed.manifests import READERS, readers, reads_manifests
from ctxaudit.needed.mentioned import (
    COMPILERS,
    PACKED_AS_IT_IS,
    PROGRAMS,
    Lies,
    Mentioned,
    covers,
    families,
    is_source,
    lies,
    may_lie_in,
)
from ctxaudit.needed.names import Mention, named_by, named_by_env
from ctxaudit.needed.names.places import ANYWHERE, STARTS_THERE
from ctxaudit.needed.project import Project, base_of, served_by
from ctxaudit.needed.shell import Command
from ctxaudit.values import expression, word_set

_MOST_SITES = 200
_SYSTEM = frozenset(("/", "/usr", "/usr/local", "/usr/local/bin", "/usr/bin", "/bin", "/opt", "/usr/lib", "/root"))
# What a program of the project writes is not known: no reason says that nothing makes the path.
_UNMADE = "and no RUN is known to make it"
_UNMADE_BEFORE = "and nothing is known to make it before"
_UNMADE_SO = "and no build with the same options is known to make it before"
_SERVERS = ("nginx", "httpd", "apache2", "caddy", "lighttpd")
_DOCUMENT_ROOTS = ("/usr/share/nginx/html", "/var/www/html", "/usr/local/apache2/htdocs", "/usr/share/caddy")

# What a bundler or a generator writes for a server: names that a document root of an unknown name may have.
_OF_SITES = word_set(
    "dist build out public www static assets client _site site html htdocs webroot wwwroot export bundle"
)


class Origin:
    """Answers for one build. checked: where CI runs it straight after a checkout, None if no such place is known.

    mentioned: what all builds of one context share.
    """

    def __init__(
        self, image: Image, dockerfile: str, checked: Location | None = None, mentioned: Mentioned | None = None
    ) -> None:
        self.checked = checked
        self.image = image
        self.dockerfile = dockerfile
        self._mentioned = mentioned or Mentioned(image.project)
        self._words: dict[int, tuple[str, ...]] = {}  # by the identity of a deed, which the image holds
        self._variables: dict[int, tuple[_Variable, ...]] = {}
        self.of = functools.lru_cache(maxsize=65_536)(self._of)
        self.places = functools.lru_cache(maxsize=65_536)(self._places)

    def _of(self, question: Question) -> Goes | Stays:
        """Say whether the path goes or stays; a path that no instruction brings goes."""
        ask = _Ask(self, self.image, question)
        made: dict[Maker, None] = {}
        for site in self.image.sites(question.path)[:_MOST_SITES]:
            answer = ask.site(site)
            if isinstance(answer, Stays):
                is_seen = answer.doubtful and any(
                    isinstance(_Ask(self, self.image, question, seen=True).site(other), Stays)
                    for other in self.image.sites(question.path)[:_MOST_SITES]
                )
                return replace(answer, doubtful=answer.doubtful and not is_seen)
            made |= dict.fromkeys(answer)
        return Goes(tuple(made), ask.left)

    @functools.cached_property
    def takes(self) -> tuple[str, ...]:
        """The places that a command reads as they are, whatever another one makes in them."""
        started = (deed for step in self.image.starts() for deed in self.image.deeds_of(step))
        done = chain((deed for _, _, deed in self.image.run()), started)
        return tuple(dict.fromkeys(place for deed in done for place in deed.takes))

    def built_with(self, path: str, programs: frozenset[str]) -> Mention | None:
        """Give what one of the programs builds with, of the path and what lies in it."""
        for mention in self._mentioned.built_with(programs):
            around = self.places(path) if mention.path.startswith("/") else (path,)
            if any(lies(mention.path, place) in ("same", "below") for place in around):
                return mention
        return None

    def mentions(self, path: str) -> tuple[Mention, ...]:
        """Give what the project's own files name the path in; what lies in it names nothing.

        A test does not count, unless a command names it: then it is run in the image.
        """
        places = self.places(path)
        self._mentioned.expect([path], places)
        every = chain(self._mentioned.of(path), self._mentioned.in_image(places))
        return tuple(
            mention
            for mention in every
            if not (mention.is_of_tests and not self._is_named(mention.where.rpartition(":")[0]))
            and not mention.where.startswith(f"{path}/")
            and self._may_run(mention.where.rpartition(":")[0])
            and (mention.path != ANYWHERE or posixpath.basename(path) in _OF_SITES)
            and not (
                (mention.how == STARTS_THERE or not mention.is_read) and self._holds_all(mention.path, path, places)
            )
        )

    def _may_run(self, file: str) -> bool:
        """Whether a file may be read where the image is built or run: source that nothing brings there is not."""
        return not is_source(file) or not self.image.names_all or bool(self.image.sites(file))

    def _places(self, path: str) -> tuple[str, ...]:
        """Give where a path of the context stands in an image, also where a stage copies it on from another one."""
        known: set[tuple[int, str]] = set()
        pending = [(site.stage, site.path) for site in self.image.sites(path)[:_MOST_SITES]]
        for stage, place in pending:
            if (stage, place) in known or len(known) >= _MOST_SITES:
                continue
            known.add((stage, place))
            pending += [(child, place) for child in self.image.children(stage)]
            for step, _, source, target in self.image.leaving(stage):
                if lies(source, place) == "above":
                    pending.append((step.stage, _landing(source, target, place)))
        return tuple(dict.fromkeys(place for _, place in pending))

    @functools.cached_property
    def _named_places(self) -> frozenset[str]:
        """The places that commands of the build and of the container name."""
        image = self.image
        done = (deed for _, _, deed in image.run())
        started = (deed for step in image.starts() for deed in image.deeds_of(step))
        serviced = (deed for _, deeds in image.serviced for deed in deeds)
        return frozenset(chain.from_iterable(map(self.words_of, chain(done, started, serviced))))

    def _is_named(self, file: str) -> bool:
        """Whether a command names a file of the context, with its ending or without."""
        names = chain.from_iterable((place, posixpath.splitext(place)[0]) for place in self.places(file))
        return not self._named_places.isdisjoint(names)

    def _holds_all(self, named: str, path: str, places: Sequence[str]) -> bool:
        """Whether a directory of the image holds all that a copy brings with the path, or the whole context."""
        roots = (place.removesuffix(f"/{path}") or "/" for place in places if place.endswith(f"/{path}"))
        is_whole = any(below(root, named) is not None for root in roots)
        stages = {site.stage for site in self.image.sites(path)[:_MOST_SITES]}
        return is_whole or any(self._holds_project(stage, named) for stage in stages)

    def naming(self, path: str) -> Stays | None:
        """Give what names this very file, where it may be used: a command, an ENV or a file of the project."""
        question = Question(path, "name")
        if not isinstance(self.of(question), Stays):
            return None
        ask = _Ask(self, self.image, question)
        return next(filter(None, map(ask.naming, self.places(path))), None) or self._mentioned_by_name(path)

    def _mentioned_by_name(self, path: str) -> Stays | None:
        name = path.rpartition("/")[2]

        def is_named(mention: Mention) -> bool:
            last = mention.path.rpartition("/")[2]
            # A compiler finds no file, and fails, where the only one that a pattern matches is not there.
            return last == name or (mention.how == EMBEDS and last != "*" and fnmatch.fnmatchcase(name, last))

        alike = (mention for mention in self.mentions(path) if is_named(mention))
        return next((Stays(f"{mention.where} {mention.how}, {_UNMADE}", mention.where) for mention in alike), None)

    def expect(self, paths: Sequence[str]) -> None:
        """Prepare for questions about these paths, so that the project's files are read once for all of them."""
        self._mentioned.expect(paths, chain.from_iterable(map(self.places, paths)))

    def words_of(self, deed: Deed) -> tuple[str, ...]:
        """Give the paths that a command names."""
        if id(deed) not in self._words:
            self._words[id(deed)] = _named(deed)
        return self._words[id(deed)]

    def at(self, line: int) -> str:
        return f"{self.dockerfile}:{line}"

    def variables(self, stage: int) -> tuple[_Variable, ...]:
        """Give what the ENV instructions of a stage name, in their order."""
        if stage not in self._variables:
            self._variables[stage] = tuple(self._variables_of(stage))
        return self._variables[stage]

    def _variables_of(self, stage: int) -> Iterator[_Variable]:
        for number, step in enumerate(self.image.steps[stage]):
            for word in step.args if step.keyword == "ENV" else ():
                name = word.partition("=")[0]
                named = named_by_env(name, step.env.get(name, ""), self.image.workdir(step))
                places = tuple(place for place in named if not self._holds_project(stage, place))
                yield _Variable(number, name, step.line, places)

    def _holds_project(self, stage: int, named: str) -> bool:
        """Whether a directory is one into which the stage copies the context, or lies above one."""
        image = self.image
        steps = (step for ancestor in image.lineage(stage) for step in image.steps[ancestor])
        targets = (image.landing(step) for step in steps if step.keyword in ("COPY", "ADD") and step.origin == MAIN)
        return any(below(target, named.removesuffix("/.")) is not None for target in targets)


class _Variable(NamedTuple):
    """A variable that an ENV sets. number: of the step in its stage. places: what it names, apart from the project."""

    number: int
    name: str
    line: int
    places: tuple[str, ...]


def _landing(source: str, target: str, path: str) -> str:
    """Give where a path comes to stand if a directory above it, or a glob that means it, is copied to a target."""
    rest = "" if "*" in source else below(path, source) or ""
    return joined(target, rest or posixpath.basename(path))


def _makes_directory(command: Command, path: str) -> bool:
    """Whether a command makes the directory, which is enough for what only gives it another owner."""
    if command.program != "mkdir" or command.cwd is None:
        return False
    words = (word for word in command.words[1:] if not word.startswith("-"))
    return any(below(posixpath.normpath(posixpath.join(command.cwd, word)), path) is not None for word in words)


def _named(deed: Deed) -> tuple[str, ...]:
    command = deed.command
    inputs = (joined(command.cwd or "/**", path) if not path.startswith("/") else path for path in command.inputs)
    return tuple(dict.fromkeys((*named_by(command), *inputs)))


_Answer = Stays | tuple[Maker, ...]


class _Ask:
    """One question, on its way through the stages. seen: only a use that can be seen is an answer."""

    def __init__(self, origin: Origin, image: Image, question: Question, *, seen: bool = False) -> None:
        self._origin, self._image, self._question, self._only_seen = origin, image, question, seen
        self._only_itself = question.use in ("itself", "command")
        self._by_commands = question.use == "command"
        self._seen: set[tuple[int, int, str]] = set()
        self.left = False  # whether the host's copy is in the target at its end

    @functools.cached_property
    def _mentions(self) -> tuple[Mention, ...]:
        """What the project's own files say about the path: asked late, as many files are read for it."""
        mentions = () if self._by_commands else self._origin.mentions(self._question.path)
        return tuple(mention for mention in mentions if not (self._only_itself and self._is_above(mention)))

    def naming(self, place: str) -> Stays | None:
        """Give the command or the variable that names a place of the image, and no directory above it."""
        image = self._image
        deeds = (
            *(deed for _, _, deed in image.run()),
            *(deed for step in image.starts() for deed in image.deeds_of(step)),
        )
        for deed in deeds:
            if any(lies(name, place) == "same" for name in self._origin.words_of(deed)):
                return self._stays(f"`{deed.shown}` in line {deed.line} names it", deed.line)
        steps = (step for stage in image.lineage(image.target) for step in image.steps[stage])
        for step in (step for step in steps if step.keyword == "ENV"):
            for name in (word.partition("=")[0] for word in step.args):
                named = named_by_env(name, step.env.get(name, ""), image.workdir(step))
                if any(lies(path, place) == "same" for path in named):
                    return self._stays(f"ENV {name} in line {step.line} names it, {_UNMADE}", step.line)
        return None

    def site(self, site: Site) -> _Answer:
        """Follow what lands at one place."""
        key = site.stage, site.step, site.path
        if key in self._seen or len(self._seen) > _MOST_SITES:
            return ()
        self._seen.add(key)
        if taken := self._taken(site.stage, site.step, site.path):
            return taken
        if site.passing:
            return self._while(site)
        maker = self._made_before(site.stage, site.step, site.path)
        return (maker,) if maker else self._onward(site.stage, site.step + 1, site.path)

    def _taken(self, stage: int, start: int, path: str) -> Stays | None:
        """Whether a command reads the path as it is, whatever another one makes in it."""
        if self._only_itself or not any(covers(place, path) for place in self._origin.takes):
            return None
        image, pending = self._image, [stage]
        for reached in pending:  # grows meanwhile
            pending += image.children(reached)
            steps = list(enumerate(image.steps[reached]))[start if reached == stage else 0 :]
            done = [image.deeds(reached, number) for number, step in steps if step.keyword == "RUN"]
            done += [image.deeds_of(step) for step in image.starts()] if reached == image.target else []
            for deed in chain.from_iterable(done):
                if any(covers(place, path) for place in deed.takes):
                    return self._stays(f"`{deed.shown}` in line {deed.line} reads it, {_UNMADE_SO}", deed.line)
        return None

    def _while(self, site: Site) -> _Answer:
        """What one RUN does with a path that is mounted while it runs."""
        doubt: Stays | None = None
        for deed in self._image.deeds(site.stage, site.step):
            if built := self._built_with(deed, site.path):
                return built
            if maker := self._maker(deed, site.path):
                return (maker,)
            if used := self._used_by(deed, site.path):
                return used
            doubt = doubt or self._mentioned_to(deed)
        return doubt or ()

    def _onward(self, stage: int, start: int, path: str) -> _Answer:
        """Go on through the steps of a stage from one on, then to where the stage leads."""
        doubt: Stays | None = None
        for number, step in list(enumerate(self._image.steps[stage]))[start:]:
            if step.keyword == "RUN" and not _is_covered(step, path):
                for deed in self._image.deeds(stage, number):
                    if packed := self._packed_by(deed) or self._built_with(deed, path):
                        return packed
                    if maker := self._maker(deed, path):
                        return (maker,)
                    if used := self._used_by(deed, path):
                        return used
                    doubt = doubt or self._mentioned_to(deed) or self._set_before(stage, number, path)
            elif self._lands(step, path):
                return (Maker(_copied(step), step.line),)
        return self._beyond(stage, path, doubt)

    def _beyond(self, stage: int, path: str, doubt: Stays | None) -> _Answer:
        """What happens to a path that is still the host's at the end of its stage."""
        made: dict[Maker, None] = {}
        self.left = self.left or stage == self._image.target
        ways = [self._started(path)] if stage == self._image.target else []
        if doubt and not (ways and isinstance(ways[0], tuple) and ways[0]):
            return doubt
        for stays in (*ways, *self._children(stage, path), *self._copies(stage, path)):
            if isinstance(stays, Stays):
                return stays
            made |= dict.fromkeys(stays)
        return tuple(made)

    def _children(self, stage: int, path: str) -> Iterator[_Answer]:
        yield from (self._onward(child, 0, path) for child in self._image.children(stage))

    def _copies(self, stage: int, path: str) -> Iterator[_Answer]:
        for step, number, source, target in self._image.leaving(stage):
            lie = self._lies(source, path)
            if lie in ("same", "below"):
                inside = _inside(source, path) if lie == "below" else ""
                yield self._stays(f"line {step.line} copies it out of its stage, {_UNMADE}", step.line, inside)
            elif lie == "above":
                landing = _landing(source, target, path)
                yield self.site(Site(step.stage, number, landing, passing=step.keyword == "RUN"))

    def _started(self, path: str) -> _Answer:
        """What the container does with it: made at its start, or used from then on."""
        if self._image.services.hides(path):
            return ()
        replaced = self._image.replaced()
        entry = next((step for step in self._image.starts() if step.keyword == "ENTRYPOINT"), None)
        replaces = entry is not None and bool(self._image.deeds_of(entry))
        for step in self._image.starts():
            for deed in self._image.deeds_of(step):
                is_run = step.keyword == "ENTRYPOINT" or (step.keyword == "CMD" and not replaces)
                if is_run and step.keyword not in replaced and (maker := self._maker(deed, path)):
                    return (maker._replace(at_start=True),)
                if used := self._used_by(deed, path):
                    return used
        for start, done in self._image.serviced:
            for deed in done:
                if used := self._used_by(deed, path, f"{start.where.file}:{start.where.line}"):
                    return used
        stages = self._image.lineage(self._image.target)
        named = (self._set_before(stage, len(self._image.steps[stage]), path) for stage in stages)
        return next(filter(None, named), None) or self._left_in_image(path) or ()

    def _left_in_image(self, path: str) -> Stays | None:
        if self._mentions:
            return self._mentioned(self._mentions[0])
        if root := "" if self._only_itself else self._document_root(path):
            return Stays(f"it lies below {root}, which the server hands out as it is copied")
        if self._question.use == "presence" and self._can_run(self._image.target, self._question.readers):
            is_unknown = base_of(self._image.base(self._image.target)) is None
            reason = "it comes from this disk: no RUN is known to install it"
            return None if is_unknown and self._only_seen else Stays(reason, doubtful=is_unknown)
        return None

    def _used_by(self, deed: Deed, path: str, file: str = "") -> Stays | None:
        """Whether a command uses the path: it names it, it is a reader, or nobody can read what it does.

        file: where the command stands, if not in the Dockerfile.
        """
        used = self._use(deed, path, f"`{deed.shown}` in {file or f'line {deed.line}'}")
        return replace(used, where=file) if used and file else used

    def _use(self, deed: Deed, path: str, where: str) -> Stays | None:
        only_sets = self._by_commands and deed.command.program in ("export", "declare")
        for name in self._origin.words_of(deed) if not only_sets else ():
            if lie := self._named(name, path):
                inside = _inside(name, path) if lie == "below" else ""
                return self._stays(f"{where} names it, {_UNMADE_BEFORE}", deed.line, inside)
        if self._only_itself:
            return None
        if reads := self._reads(deed, path):
            return self._stays(f"{where} {reads}, {_UNMADE_BEFORE}", deed.line)
        if not self._only_seen and ANY in deed.options and any(word for word, _ in self._readers_of(deed)):
            return replace(
                self._stays(f"{where} has words that are not known, and may read it", deed.line), doubtful=True
            )
        if self._only_seen or not reads_project(deed, self._image.project) or self._is_built(deed):
            return None
        return replace(self._stays(f"{where} runs what cannot be read, and may use it", deed.line), doubtful=True)

    def _is_built(self, deed: Deed) -> bool:
        """Whether the image itself makes the program that runs: what it reads, its sources name."""
        program = deed.command.words[0]
        if "/" not in program or (not program.startswith("/") and deed.command.cwd is None):
            return False
        path = posixpath.normpath(posixpath.join(deed.command.cwd or "/", program))
        stages = self._image.steps.items()
        return any(self._made_before(stage, len(steps), path) is not None for stage, steps in stages)

    def _lies(self, named: str, path: str) -> Lies:
        """Say where a named path lies, as `lies`; what only a wildcard leads into lies below, if it may be made."""
        relation = lies(named, path)
        if relation or self._question.use != "name" or not may_lie_in(named, path):
            return relation
        return "below" if _may_be_made(self._image.project, posixpath.basename(named)) else ""

    def _named(self, named: str, path: str) -> Lies:
        """Say where what is named lies; "" for elsewhere, and for a directory that says nothing of what is in it."""
        relation = self._lies(named, path)
        if relation == "same" and self._by_commands and "*" in posixpath.basename(named.removesuffix("/.")):
            return ""  # `du -s /app/*` asks for no file in particular
        return "" if relation == "above" and self._only_itself else relation

    def _reads(self, deed: Deed, path: str) -> str:
        """Say whether a command reads the path: for certain by an argument of its own; "" where it does not."""
        for word, file in self._readers_of(deed):
            is_given = word in deed.options or word in deed.command.words if word else not is_quiet(deed, path)
            if is_given and not (file and self._made_until(deed, posixpath.normpath(joined(path, file)))):
                return "reads it" if word else "may read it"
        if COMPILERS.isdisjoint(deed.tools):
            return ""
        # A compiler reads what the sources name.
        compiled = (mention for mention in self._mentions if families(mention).compiled & deed.tools)
        return "may read it" if next(compiled, None) is not None and not is_quiet(deed, path) else ""

    def _readers_of(self, deed: Deed) -> Iterator[tuple[str, str]]:
        """Give the argument and the path of each reader that is a program of a command, "" for none."""
        for reader in self._question.readers:
            program, _, rest = reader.partition(" ")
            if program in deed.tools:
                word, _, file = rest.partition(" ")
                yield word, file

    def _made_until(self, deed: Deed, path: str) -> Maker | None:
        """What has made the path in the image when a command runs, which may be one of the container."""
        places = ((stage, number) for stage, number, other in self._image.run() if other is deed)
        target = self._image.target
        stage, number = next(places, (target, len(self._image.steps[target])))
        return self._made_before(stage, number + 1, path, deed)

    def _packed_by(self, deed: Deed) -> Stays | None:
        """Whether a command packs something in the path as it is, though it makes the path itself."""
        for mention in self._mentions if "flutter" in deed.tools else ():
            is_inside = mention.path.startswith(f"{self._question.path}/")
            if is_inside and posixpath.basename(mention.where.rpartition(":")[0]) in PACKED_AS_IT_IS:
                return self._mentioned(mention)
        return None

    def _built_with(self, deed: Deed, path: str) -> Stays | None:
        """Whether a command builds with something in the path, as a manifest says, before it makes the path itself.

        A command that makes what is named, and nothing above it, fetches it.
        """
        mention = self._origin.built_with(self._question.path, deed.tools)
        if mention is None or not reads_manifests(deed.command.words):
            return None
        rest = below(mention.path, self._question.path)
        if (joined(path, rest) if rest else path) in deed.makes:
            return None
        return Stays(f"{mention.where} {mention.how}, {_UNMADE_BEFORE}", mention.where)

    def _mentioned_to(self, deed: Deed) -> Stays | None:
        """Whether a program runs for which the project's own files name the path; what makes it later counts more."""
        if PROGRAMS.isdisjoint(deed.tools) and READERS.isdisjoint(deed.tools):
            return None
        for mention in self._mentions:
            is_for_it = families(mention).programs & deed.tools and not is_quiet(deed, self._question.path)
            if is_for_it or (readers(mention) & deed.tools and reads_manifests(deed.command.words)):
                return self._mentioned(mention)
        return None

    def _mentioned(self, mention: Mention) -> Stays:
        """Give a mention as the reason; one of a directory that the path lies in says so."""
        how = "names a directory above it" if mention.how == "names it" and self._is_above(mention) else mention.how
        return Stays(f"{mention.where} {how}, {_UNMADE}", mention.where)

    def _is_above(self, mention: Mention) -> bool:
        path = self._question.path
        return any(lies(mention.path, place) == "above" for place in (path, *self._origin.places(path)))

    def _set_before(self, stage: int, number: int, path: str) -> Stays | None:
        """Whether a variable that is set by then names the path."""
        for variable in self._origin.variables(stage) if not self._by_commands else ():
            if variable.number < number and any(self._named(place, path) for place in variable.places):
                return self._stays(f"ENV {variable.name} in line {variable.line} names it, {_UNMADE}", variable.line)
        return None

    def _made_before(
        self, stage: int, number: int, path: str, end: Deed | None = None, inside: str = ""
    ) -> Maker | None:
        """What has made the path in the image when the host's copy arrives on top of it, or when a command begins.

        inside: only what is made below this directory counts, not the directory as a whole.
        """
        maker: Maker | None = None
        for ancestor in self._image.lineage(stage):
            steps = self._image.steps[ancestor]
            for at, step in enumerate(steps[:number] if ancestor == stage else steps):
                if step.keyword == "RUN" and not _is_covered(step, path):
                    for deed in takewhile(lambda deed: deed is not end, self._image.deeds(ancestor, at)):
                        made = (place for place in deed.makes if not inside or not covers(place, inside))
                        if any(covers(place, path) for place in made) or self._supplies(deed):
                            maker = Maker(deed.shown, deed.line)
                        elif any(covers(gone, path) for gone in deed.removes):
                            maker = None
                elif self._lands(step, path):
                    maker = Maker(_copied(step), step.line)
        return maker

    def _maker(self, deed: Deed, path: str) -> Maker | None:
        """The command, if it makes the path or removes it, or puts the same elsewhere."""
        is_made = any(covers(place, path) for place in deed.makes) or self._supplies(deed)
        is_made = is_made or (self._by_commands and _makes_directory(deed.command, path))
        if is_made or any(covers(place, path) for place in deed.removes):
            return Maker(deed.shown, deed.line, removes=not is_made)
        return None

    def _supplies(self, deed: Deed) -> bool:
        words = (supply.partition(" ")[::2] for supply in self._question.supplied_by)
        return deed.command.sure and any(
            deed.command.program == program and word in deed.command.words for program, word in words
        )

    def _lands(self, step: Step, path: str) -> bool:
        """Whether a copy out of a stage or an image puts something in the path's place."""
        if step.keyword not in ("COPY", "ADD") or step.origin == MAIN:
            return False
        target = self._image.landing(step)
        for source in step.sources:
            rest = below(path, target)
            if path in (target, joined(target, posixpath.basename(source))) and (rest or step.target != "/"):
                return True
            if rest and step.origin in self._image.stages and self._holds(step.origin, source, rest):
                return True
        return False

    def _holds(self, stage: int, source: str, rest: str) -> bool:
        """Whether a stage makes what lies at *rest* of a directory that is copied.

        Not all that may lie in a directory which a command writes as a whole: `next build` writes `.next/standalone`,
        and with it no `data/a.db` there.
        """
        path = joined(source, rest)
        return self._made_before(stage, len(self._image.steps[stage]), path, inside=joined(source)) is not None

    def _document_root(self, path: str) -> str:
        """The directory that a web server of the target hands out and that holds the path, "" for none."""
        base = base_of(self._image.base(self._image.target))
        roots = [served_by(base, self._image.project)] if base else []
        if self._can_run(self._image.target, _SERVERS):
            roots += _DOCUMENT_ROOTS
        return next((root for root in roots if root and below(path, root) is not None), "")

    def _can_run(self, stage: int, programs: Collection[str]) -> bool:
        """Whether one of the programs may be in the image of a stage; in a base that is not known any may."""
        base = base_of(self._image.base(stage))
        if base is None or base.programs & set(programs):
            return True
        for ancestor in self._image.lineage(stage):
            for number, step in enumerate(self._image.steps[ancestor]):
                if (
                    step.keyword in ("COPY", "ADD")
                    and step.origin != MAIN
                    and _brings(step, self._image.landing(step), programs)
                ):
                    return True
                deeds = self._image.deeds(ancestor, number) if step.keyword == "RUN" else ()
                if any(_installs(deed, programs) for deed in deeds):
                    return True
        return False

    def _stays(self, reason: str, line: int, inside: str = "") -> Stays:
        return Stays(reason, self._origin.at(line), inside)


def _inside(named: str, path: str) -> str:
    """The directory in *path* that holds what is named, relative to it; "" for *path* itself."""
    rest = below(named.removesuffix("/."), path)
    if rest is None and "**" not in named:  # a wildcard leads into the path
        rest = "/".join(named.strip("/").split("/")[path.strip("/").count("/") + 1 :])
    directory = posixpath.dirname(rest or "")
    return "" if "*" in directory else directory


# What is made more often than written: a tracked file of such a name is not what a pattern means alone.
_MADE = expression(
    r".*\.(?:[jwe]ar|aar|apk|aab|whl|so|dylib|dll|exe|node|wasm|zip|t?gz|tar|xz|zst|bz2|deb|rpm|html|map|css|class|a)"
)


@functools.lru_cache(maxsize=4096)
def _may_be_made(project: Project, name: str) -> bool:
    """Whether a pattern of names may mean what is made: the ending says so, or git tracks no file of such a name."""
    if not name.strip("*") or _MADE.fullmatch(name.rstrip("*")):
        return True
    return not any(fnmatch.fnmatchcase(posixpath.basename(path), name) for path in project.paths())


def _is_covered(step: Step, path: str) -> bool:
    """Whether a cache or tmpfs lies over the path while a RUN runs."""
    return any(below(path, cover) is not None for cover in step.covers)


def _copied(step: Step) -> str:
    return f"{step.keyword} --from" if step.origin != OUTSIDE else step.keyword


def _brings(step: Step, target: str, programs: Collection[str]) -> bool:
    """Whether a copy may bring a program: by its name, or with a directory of programs."""
    names = {posixpath.basename(path) for path in (*step.sources, target)}
    return (
        (
            target.rstrip("/") in _SYSTEM
            and (bool(names & set(programs)) or any(joined(source) in _SYSTEM for source in step.sources))
        )
        or bool(names & set(programs))
        or (target == "/")
    )


def _installs(deed: Deed, programs: Collection[str]) -> bool:
    return any(install == "*" or install.startswith(tuple(programs)) for install in deed.installs)
