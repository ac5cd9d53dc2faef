"""Ruby: Bundler, and the assets of Rails."""

from __future__ import annotations

import re

from ctxaudit.needed.makers.call import NOTHING, OPAQUE, Call, Maker, Outcome, joined, nothing, rows
from ctxaudit.needed.makers.packages import run_script
from ctxaudit.values import expression

_SETTING = expression(r"^BUNDLE_(PATH|DEPLOYMENT|CACHE_PATH):\s*[\"']?([^\"'\n]+)", re.MULTILINE)
_TRUE = ("1", "true", "yes")


def bundle(call: Call) -> Outcome:
    """Bundler: its path, where it is set to one of the project."""
    options = call.options("--path --gemfile -j --jobs --without --with --retry --binstubs --standalone")
    words = options.plain
    if words[:1] == ["config"]:
        return _configure(call, words[1:])
    if words[:1] in (["package"], ["cache"], ["pack"]):
        return Outcome(makes=call.at(_cache(call)))
    if words and words[0] not in ("install", "i", "update", "add"):
        return NOTHING
    set_path = {"bundle PATH": options.get("--path")} if options.has("--path") else {}
    set_deployment = {"bundle DEPLOYMENT": "true"} if options.has("--deployment") else {}
    settings = set_path | set_deployment
    if settings:
        call = Call(call.command, call.files, {**call.settings, **settings})
    binstubs = [options.get("--binstubs") or "bin"] if options.has("--binstubs") else []
    return Outcome(makes=(*_path(call), *call.at(*binstubs)), settings=settings)


def _configure(call: Call, words: list[str]) -> Outcome:
    words = words[1:] if words[:1] == ["set"] else words
    if len(words) < 2 or words[0] in ("get", "unset", "list", "build"):
        return NOTHING
    return Outcome(settings={f"bundle {words[0].upper().replace('.', '__')}": words[1]})


def _path(call: Call) -> tuple[str, ...]:
    """Where gems go; () for the place of the system's gems."""
    written = dict(_SETTING.findall(call.text(".bundle/config") or ""))
    root = next(call.above("Gemfile"), call.command.cwd)

    def value(name: str) -> str:
        return call.settings.get(f"bundle {name}", "") or call.env(f"BUNDLE_{name}") or written.get(name, "")

    if call.is_doubtful("BUNDLE_PATH") or root is None:
        return ()
    if path := value("PATH"):
        return call.at(path.strip(), base=root)
    return call.at("vendor/bundle", base=root) if value("DEPLOYMENT").lower() in _TRUE else ()


def _cache(call: Call) -> str:
    return call.settings.get("bundle CACHE_PATH", "") or call.env("BUNDLE_CACHE_PATH") or "vendor/cache"


def rails(call: Call) -> Outcome:
    """rails and rake: the assets; a task of the project may read anything."""
    words = [word for word in call.words if not word.startswith("-") and "=" not in word]
    if not words:
        return NOTHING if call.program == "rails" else OPAQUE
    return joined([_task(call, word) for word in words])


def _task(call: Call, name: str) -> Outcome:
    if name == "assets:precompile":
        return _assets(call)
    if name in ("webpacker:compile", "shakapacker:compile"):
        return Outcome(makes=call.at("public/packs"))
    if name in ("vite:build", "vite:build_all"):
        return Outcome(makes=call.at("public/vite"))
    if name == "tailwindcss:build":
        return Outcome(makes=call.at("app/assets/builds/tailwind.css"))
    if name in ("javascript:build", "css:build"):
        return _bundling(call, "build" if name == "javascript:build" else "build:css")
    if name == "assets:clobber":
        return Outcome(removes=call.at("public/assets"))
    return NOTHING if name in _RAILS or name.startswith("db:") else OPAQUE


_RAILS = frozenset(
    [
        "server",
        "s",
        "console",
        "c",
        "runner",
        "routes",
        "log:clear",
        "tmp:clear",
        "tmp:create",
        "zeitwerk:check",
        "credentials",
    ]
)


def _assets(call: Call) -> Outcome:
    """`assets:precompile`, with the packers that the Gemfile adds to it."""
    gems = set(re.findall(r"^[^\S\n]*+gem[ (]++[\"']([\w-]+)[\"']", call.text("Gemfile") or "", re.MULTILINE))
    found = [Outcome(makes=call.at("public/assets"))]
    if gems & {"webpacker", "shakapacker"}:
        found.append(Outcome(makes=call.at("public/packs")))
    if gems & {"vite_rails", "vite_ruby"}:
        found.append(Outcome(makes=call.at("public/vite")))
    if "tailwindcss-rails" in gems:
        found.append(Outcome(makes=call.at("app/assets/builds/tailwind.css")))
    if "jsbundling-rails" in gems:
        found.append(_bundling(call, "build"))
    if "cssbundling-rails" in gems:
        found.append(_bundling(call, "build:css"))
    return joined(found)


_LOCKS = {"bun.lockb": "bun", "bun.lock": "bun", "pnpm-lock.yaml": "pnpm", "package-lock.json": "npm"}


def _bundling(call: Call, script: str) -> Outcome:
    """jsbundling and cssbundling install the packages, then run a script of package.json."""
    here = call.command.cwd
    if here is None:
        return OPAQUE
    names = call.files.names(here)
    manager = next((_LOCKS[lock] for lock in _LOCKS if lock in names), "yarn")
    return joined([Outcome(runs=(call.run(manager, "install"),)), run_script(call, here, script)])


ROWS: dict[str, Maker] = {
    **rows("bundle bundler", bundle),
    **rows("rails rake", rails),
    **rows("puma unicorn thin passenger sidekiq rackup rspec rubocop foreman resque good_job bootsnap thrust", nothing),
}
