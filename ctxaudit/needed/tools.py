"""What a tool reads without an argument: a vendored module, an archive, a wrapper's jar."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ctxaudit.needed.facts import Facts
from ctxaudit.needed.manifest import Manifest
from ctxaudit.needed.veto import Veto, at_run
from ctxaudit.values import expression

_WRAPPERS = {"gradlew": "gradle/wrapper/gradle-wrapper.jar", "mvnw": ".mvn/wrapper/maven-wrapper.jar"}
_PNP = (".pnp.cjs", ".pnp.js", ".pnp.loader.mjs")
_YARN_PATH = expression(r"^[ \t]*(?:-[ \t]+)?(?:yarnPath|path):[ \t]*[\"']?([^\s\"']+)", re.MULTILINE)
_VENDOR_FLAG = expression(r"-mod[= ]vendor\b")
_FETCHES = (("mod", "download"), ("mod", "vendor"), ("mod", "tidy"))


def go_vendor(facts: Facts) -> Iterator[Veto]:
    """Give vendor/ where go builds from it: an option says so, or nothing fetches the modules in the image."""
    runs = facts.needs.runs if facts.needs else ()
    told = next((line for line, text, _ in runs if _VENDOR_FLAG.search(text)), None)
    fetches = any(one.program == "go" and one.words[1:3] in _FETCHES for one in facts.commands)
    for manifest in facts.manifests("go.mod", "go.work"):
        if fetches and told is None:
            continue
        for listed in facts.beside(manifest, "vendor/modules.txt"):
            where = at_run(told) if told else f"{listed}:1"
            reason = "builds with -mod=vendor" if told else "makes go build from it"
            yield Veto("go-vendor", listed.rpartition("/")[0], True, f"{where} {reason}", where)


# Source: Yarn 1's documentation of offline mirrors; a cache may be empty, a mirror may not.
_OFFLINE = re.compile(r"^[ \t]*+yarn-offline-mirror[ \t]++[\"']?([^\"'\s#]++)[\"']?[ \t]*+$", re.MULTILINE)


def zero_install(facts: Facts) -> Iterator[Veto]:
    """Give Yarn's archives where the lock is of a Yarn that has them, and git does not ignore them."""
    for manifest in facts.manifests("yarn.lock"):
        if not re.search(r"^__metadata:", manifest.text, re.MULTILINE):
            continue
        where = manifest.where("__metadata:")
        ignored = _ignored(facts, manifest)
        for path in facts.beside(manifest, ".yarn/cache", *_PNP):
            name = path.removeprefix(f"{manifest.folder}/")
            if not ignored & _spellings(name):
                reason = f"{where} is the lock of a Yarn that installs from it"
                yield Veto("zero-install", path, facts.paths.is_dir(path), reason, where)
    for manifest in facts.manifests(".yarnrc.yml"):
        for found in _YARN_PATH.finditer(manifest.code):
            for path in facts.paths.find(manifest.folder, found[1]):
                where = manifest.where(found[1])
                yield Veto("zero-install", path, False, f"{where} names it as a program of Yarn", where)
    for manifest in facts.manifests(".yarnrc"):
        for found in _OFFLINE.finditer(manifest.text):
            for path in facts.paths.find(manifest.folder, found[1]):
                where = manifest.where(found[1])
                yield Veto("zero-install", path, facts.paths.is_dir(path), f"{where} names it as Yarn's mirror", where)


def _ignored(facts: Facts, manifest: Manifest) -> frozenset[str]:
    """The lines of the .gitignore beside it, less those that a later line takes back."""
    text = "".join(facts.read(path).decode(errors="replace") for path in facts.beside(manifest, ".gitignore"))
    lines = [line.strip().strip("/") for line in text.split("\n")]
    back = {line[1:].strip("/") for line in lines if line.startswith("!")}
    return frozenset() if ".yarn/cache" in back or ".pnp.cjs" in back else frozenset(lines)


def _spellings(name: str) -> set[str]:
    if name.startswith(".pnp"):
        return {name, ".pnp.*", ".pnp*"}
    return {".yarn", ".yarn/*", ".yarn/**", ".yarn/cache", "**/.yarn/cache", "**/.yarn/*"}


def wrapper(facts: Facts) -> Iterator[Veto]:
    """Give the jar that ./gradlew or ./mvnw starts."""
    for script, jar in _WRAPPERS.items():
        for manifest in facts.manifests(script):
            for path in facts.beside(manifest, jar):
                yield Veto("wrapper", path, False, f"{manifest.path}:1 starts it", f"{manifest.path}:1")
