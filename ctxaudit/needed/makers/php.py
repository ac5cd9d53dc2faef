"""PHP: composer, and the commands of its frameworks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ctxaudit.needed.makers.call import (
    NOTHING,
    OPAQUE,
    Call,
    Maker,
    Outcome,
    joined,
    nothing,
    rows,
    string,
    strings,
    table,
)
from ctxaudit.needed.makers.scripts import program
from ctxaudit.needed.shell import Command

_INSTALLS = ("install", "i", "update", "u", "upgrade", "require", "req", "r", "remove", "rm", "reinstall")
_EVENTS = {
    "install": "pre-install-cmd post-install-cmd",
    "update": "pre-update-cmd post-update-cmd",
}


def composer(call: Call) -> Outcome:
    """composer: its vendor directory, and the scripts of the project that it runs."""
    options = call.options(
        "-d --working-dir --ignore-platform-req --stability -s --repository --apcu-autoloader-prefix"
    )
    words = options.plain
    here = call.place(options.get("-d", "--working-dir")) if options.has("-d", "--working-dir") else call.command.cwd
    call = call.inside(here)
    if not words or words[0] == "global" or options.has("--dry-run"):
        return NOTHING
    values = table(call.json("composer.json"))
    if words[0] == "create-project" and len(words) > 1:
        return Outcome(makes=call.at(words[2] if len(words) > 2 else posixpath.basename(words[1].split(":")[0])))
    if words[0] in _INSTALLS and not options.has("--no-install", "--download-only"):
        made = Outcome(makes=_vendor(call, values))
        event = "install" if words[0] in ("install", "i") else "update"
        return joined([made, *([] if options.has("--no-scripts") else [_events(call, values, _EVENTS[event])])])
    scripts = table(values.get("scripts"))
    if words[0] in ("dump-autoload", "dumpautoload"):
        return NOTHING if options.has("--no-scripts") else _events(call, values, "post-autoload-dump")
    name = words[1] if words[0] in ("run", "run-script") and len(words) > 1 else words[0]
    return Outcome(runs=tuple(_script(call, scripts, name, 0))) if name in scripts else NOTHING


def _vendor(call: Call, values: dict[str, Any]) -> tuple[str, ...]:
    settings = table(values.get("config"))
    folder = call.env("COMPOSER_VENDOR_DIR") or string(settings.get("vendor-dir")) or "vendor"
    programs = call.env("COMPOSER_BIN_DIR") or string(settings.get("bin-dir"))
    return call.at(folder, *([programs] if programs and "/" in programs else []))


def _events(call: Call, values: dict[str, Any], names: str) -> Outcome:
    scripts = table(values.get("scripts"))
    return Outcome(runs=tuple(command for name in names.split() for command in _script(call, scripts, name, 0)))


def _script(call: Call, scripts: dict[str, Any], name: str, depth: int) -> Iterator[Command]:
    """The commands of one script; a callback into code is not a command."""
    listed = scripts.get(name)
    here = call.command.cwd
    for text in [listed] if isinstance(listed, str) else strings(listed):
        if depth < 4 and text.startswith("@") and text[1:].split(" ")[0] in scripts:
            yield from _script(call, scripts, text[1:].split(" ")[0], depth + 1)
        elif not re.match(r"[\w\\]+::", text) and here is not None:
            plain = re.sub(r"^@(?=php|composer)|^@putenv \S+$", "", text)
            for command in call.script(plain, call.files.origin(f"{here}/composer.json"), cwd=here):
                yield replace(command, line=1)


def php(call: Call) -> Outcome:
    """php: a framework's console, or a script."""
    if call.command.stdin is not None:
        return OPAQUE
    options = call.options("-d -c -r -f -S -t")
    if options.has("-v", "-i", "-m", "--ini"):
        return NOTHING
    if options.has("-S", "-r") or not options.plain:
        return NOTHING if options.has("-S") else OPAQUE
    path = options.plain[0]
    row = ROWS.get(posixpath.basename(path).removesuffix(".phar"))
    rest = call.words[call.words.index(path) :]
    if row:
        return row(call.inside(call.command.cwd, rest))
    text = call.text(path)
    return program(text, call) if text is not None else OPAQUE


_ARTISAN = {
    "config:cache": "bootstrap/cache/config.php",
    "route:cache": "bootstrap/cache/routes-v7.php",
    "event:cache": "bootstrap/cache/events.php",
    "package:discover": "bootstrap/cache/packages.php bootstrap/cache/services.php",
    "view:cache": "storage/framework/views",
    "storage:link": "public/storage",
    "optimize": "bootstrap/cache/config.php bootstrap/cache/routes-v7.php",
    "filament:assets": "public/js/filament public/css/filament",
}


def artisan(call: Call) -> Outcome:
    """Laravel's commands: the caches that they write."""
    name = call.words[0] if call.words else ""
    return Outcome(makes=call.at(*_ARTISAN.get(name, "").split(), base=_home(call)))


_CONSOLE = {
    "cache:warmup": "var/cache",
    "cache:clear": "var/cache",
    "assets:install": "public/bundles",
    "importmap:install": "assets/vendor",
    "asset-map:compile": "public/assets",
    "tailwind:build": "var/tailwind",
}


def console(call: Call) -> Outcome:
    """Symfony's commands."""
    name = next((word for word in call.words if not word.startswith("-")), "")
    return Outcome(makes=call.at(*_CONSOLE.get(name, "").split(), base=posixpath.join(_home(call) or ".", "..")))


def _home(call: Call) -> str | None:
    return posixpath.dirname(call.command.words[0]) or None


ROWS: dict[str, Maker] = {
    "php": php,
    "composer": composer,
    "artisan": artisan,
    "console": console,
    **rows("phpunit phpstan pest phpcs pint symfony drush wp frankenphp rr php-cs-fixer", nothing),
}
