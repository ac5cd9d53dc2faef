"""What the build tools of the JVM, of PHP and of Ruby make."""

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
    opaque,
    rows,
    string,
    strings,
    table,
)
from ctxaudit.needed.makers.packages import run_script
from ctxaudit.needed.makers.scripts import program
from ctxaudit.needed.shell import Command
from ctxaudit.values import expression

# Maven, Gradle, sbt, Leiningen, and the compilers of the JVM.

_PHASES = frozenset(
    [
        "process-resources",
        "compile",
        "process-classes",
        "test-compile",
        "test",
        "prepare-package",
        "package",
        "integration-test",
        "verify",
        "install",
        "deploy",
        "site",
        "generate-sources",
        "process-sources",
        "generate-resources",
    ]
)
_COMPILING_GOALS = expression(
    r"(?:spring-boot:(?:run|build-image)|quarkus:(?:build|dev|run)|compiler:compile|jetty:run|exec:java|native:compile)"
)
_MODULE = expression(r"<module>\s*([^<\s]+)\s*</module>")
_MOVED = expression(
    r"<build>(?:(?!</build>|<plugins>|<resource>|<testResource>).)*?<directory>\s*([^<\s]+)\s*</directory>", re.DOTALL
)
_MOST_MODULES = 200


def maven(call: Call) -> Outcome:
    """mvn: `target` of each module from the phases that write it."""
    options = call.options("-f --file -pl --projects -P -s --settings -T --threads -gs -t -rf -D -b -l")
    goals = options.plain
    file = options.get("-f", "--file") or "pom.xml"
    folder = file if not file.endswith(".xml") else posixpath.dirname(file) or "."
    pom = file if file.endswith(".xml") else f"{file}/pom.xml"
    modules = _modules(call, folder, posixpath.basename(pom), options.get("-pl", "--projects"))
    makes: tuple[str, ...] = ()
    if any(goal in _PHASES or _COMPILING_GOALS.search(goal) for goal in goals):
        makes = tuple(modules)
    makes += _copied(call, goals, folder)
    is_clean = "clean" in goals and not makes
    return Outcome(makes=makes, removes=tuple(modules) if is_clean else ())


def _modules(call: Call, folder: str, pom: str, chosen: str) -> list[str]:
    """The build directories of a project and its modules, or of the chosen ones."""
    if chosen:
        names = [name.split(":")[-1].strip() for name in chosen.split(",") if not name.strip().startswith(("!", "-"))]
        known = [name for name in names if ":" not in chosen or call.text(f"{folder}/{name}/pom.xml") is not None]
        return [place for name in known for place in call.at(f"{folder}/{name}/target")]
    places: list[str] = []
    folders = [folder]
    for at in folders:  # grows meanwhile
        text = call.text(pom if at == folder else "pom.xml", base=at) or ""
        text = re.sub(r"<!--(?:.*?-->|.*)", "", text, flags=re.DOTALL)
        moved = _MOVED.search(text)
        name = moved[1].replace("${project.basedir}/", "").replace("${basedir}/", "") if moved else "target"
        places += call.at(name, base=at)
        below = (posixpath.normpath(f"{at}/{module}") for module in _MODULE.findall(text))
        folders += [module for module in dict.fromkeys(below) if module not in folders][:_MOST_MODULES]
        if len(folders) > _MOST_MODULES:
            break
    return places


def _copied(call: Call, goals: list[str], folder: str) -> tuple[str, ...]:
    """Where dependency:copy-dependencies writes."""
    if not any(goal.endswith(("dependency:copy-dependencies", "dependency:copy")) for goal in goals):
        return ()
    named = next((word.partition("=")[2] for word in call.words if word.startswith("-DoutputDirectory=")), "")
    return call.at(named or "target/dependency", base=folder)


_TASKS = expression(
    r"(?:build|assemble|jar|bootJar|shadowJar|war|bootWar|installDist|installShadowDist|distTar|distZip|classes"
    r"|compileJava|compileKotlin|compileGroovy|compileScala|processResources|test|check|run|bootRun|buildNeeded"
    r"|buildDependents|publish\w*|nativeCompile|testClasses|fatJar|uberJar|javadoc|jsBrowserDistribution"
    r"|jsBrowserProductionWebpack|quarkusBuild|jib\w*|buildFatJar|assemble\w+|bundle\w+|compile\w*Java|compile\w*Kotlin)\Z"
)
_INCLUDE = expression(r"^[^\S\n]*+include\b\s*+\(?([^\n)]*(?:,\s*\n[^\n)]*)*)", re.MULTILINE)
_NAMES = expression(r"[\"']:?([\w.:/-]+)[\"']")
_MOVES = expression(r"\bbuildDir\b\s*=|\bbuildDirectory\b|\bsetBuildDir\b")
_SILENT = frozenset(
    [
        "dependencies",
        "tasks",
        "projects",
        "properties",
        "help",
        "wrapper",
        "init",
        "--version",
        "-v",
        "--stop",
        "buildEnvironment",
    ]
)
_FILES = ("build.gradle", "build.gradle.kts")


def gradle(call: Call) -> Outcome:
    """gradle: `build` of each project that its tasks reach; an unknown task may read anything and makes nothing."""
    options = call.options("-p --project-dir -b --build-file -c -x --exclude-task -g -I --init-script -P -D --console")
    tasks = options.plain
    base = options.get("-p", "--project-dir") or "."
    if options.has("--dry-run", "-m", "--version", "-v", "--stop") or not tasks:
        return NOTHING
    makes: list[str] = []
    removes: list[str] = []
    is_opaque = False
    for task in tasks:
        project, _, name = task.rpartition(":")
        folders = (
            _projects(call, base)
            if not task.startswith(":") and not project
            else [project.strip(":").replace(":", "/")]
        )
        places = [place for folder in folders for place in _output(call, f"{base}/{folder}")]
        if _TASKS.match(name):
            makes += places
        elif name == "clean":
            removes += places
        else:
            is_opaque = is_opaque or name not in _SILENT
    if makes:
        makes += [*call.at(".gradle", base=base), *_build_logic(call, base)]
    return Outcome(
        makes=tuple(dict.fromkeys(makes)),
        removes=tuple(place for place in dict.fromkeys(removes) if place not in makes),
        opaque=is_opaque,
    )


def _projects(call: Call, base: str) -> list[str]:
    """The folders of all projects that the settings include, with the root."""
    text = next(
        (content for name in ("settings.gradle", "settings.gradle.kts") if (content := call.text(name, base=base))), ""
    )
    shown = re.sub(r"//[^\n]*", "", text)
    names = [name for listed in _INCLUDE.findall(shown) for name in _NAMES.findall(listed)]
    return ["", *(name.strip(":").replace(":", "/") for name in names[:_MOST_MODULES])]


def _output(call: Call, folder: str) -> tuple[str, ...]:
    """The build directory of one project, () where its script moves it."""
    texts = [call.text(name, base=folder) or "" for name in _FILES]
    return () if any(_MOVES.search(text) for text in texts) else call.at("build", base=folder)


def _build_logic(call: Call, base: str) -> tuple[str, ...]:
    place = call.place(base)
    has_logic = place is not None and "buildSrc" in call.files.names(place)
    return call.at("buildSrc/build", "buildSrc/.gradle", base=base) if has_logic else ()


def sbt(call: Call) -> Outcome:
    """sbt: `target` of each project, and that of its own definition."""
    writes = r"(?:compile|package|assembly|stage|dist|run|test|universal:|Docker/|Universal/|publish|docs?|nativeImage)"
    words = [word for word in call.words if not word.startswith("-")]
    if any(re.search(writes, word) for word in words):
        return Outcome(makes=call.at("target", "project/target", "project/project", "**/target"))
    return Outcome(makes=call.at("project/target", "project/project") if words else ())


def lein(call: Call) -> Outcome:
    words = call.options("").plain
    writes = {"uberjar", "jar", "compile", "ring", "cljsbuild", "install", "test", "run", "javac", "do", "with-profile"}
    return Outcome(makes=call.at("target") if writes & {word.strip(",") for word in words} else ())


def javac(call: Call) -> Outcome:
    """javac: classes below -d, else beside the sources."""
    options = call.options("-d -cp -classpath --class-path -source -target --release -s -processorpath -h")
    folder = options.get("-d")
    if options.has("-version", "-help"):
        return NOTHING
    sources = [word for word in options.plain if word.endswith(".java")]
    beside = [f"{posixpath.dirname(word) or '.'}/*.class" for word in sources if "*" not in posixpath.dirname(word)]
    if folder:
        return Outcome(makes=tuple(f"{place}/**/*.class" for place in call.at(folder)))
    return Outcome(makes=call.at(*dict.fromkeys(beside)))


def jar(call: Call) -> Outcome:
    """jar: the archive that is created."""
    words = list(call.words)
    letters = words[0].lstrip("-") if words and not words[0].startswith("--") else ""
    options = call.options("-f --file -C -e --main-class -m --manifest")
    named = options.get("-f", "--file")
    if options.has("-c", "--create") and named:
        return Outcome(makes=call.at(named))
    return Outcome(makes=call.at(*words[1:2]) if "c" in letters and "f" in letters else ())


def _output_option(option: str) -> Maker:
    def made(call: Call) -> Outcome:
        return Outcome(makes=call.at(call.options(f"{option} -cp -classpath -jvm-target").get(option)))

    return made


JVM_ROWS: dict[str, Maker] = {
    **rows("mvn mvnw mvnd", maven),
    **rows("gradle gradlew", gradle),
    "sbt": sbt,
    "lein": lein,
    "ant": opaque,
    "javac": javac,
    "jar": jar,
    **rows("kotlinc scalac groovyc", _output_option("-d")),
    "native-image": _output_option("-o"),
    "jlink": _output_option("--output"),
    **rows("java clj clojure catalina.sh", nothing),
}


# PHP: composer, and the commands of its frameworks.

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
    row = PHP_ROWS.get(posixpath.basename(path).removesuffix(".phar"))
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


PHP_ROWS: dict[str, Maker] = {
    "php": php,
    "composer": composer,
    "artisan": artisan,
    "console": console,
    **rows("phpunit phpstan pest phpcs pint symfony drush wp frankenphp rr php-cs-fixer", nothing),
}


# Ruby: Bundler, and the assets of Rails.

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
    outcomes = [Outcome(makes=call.at("public/assets"))]
    if gems & {"webpacker", "shakapacker"}:
        outcomes.append(Outcome(makes=call.at("public/packs")))
    if gems & {"vite_rails", "vite_ruby"}:
        outcomes.append(Outcome(makes=call.at("public/vite")))
    if "tailwindcss-rails" in gems:
        outcomes.append(Outcome(makes=call.at("app/assets/builds/tailwind.css")))
    if "jsbundling-rails" in gems:
        outcomes.append(_bundling(call, "build"))
    if "cssbundling-rails" in gems:
        outcomes.append(_bundling(call, "build:css"))
    return joined(outcomes)


_LOCKS = {"bun.lockb": "bun", "bun.lock": "bun", "pnpm-lock.yaml": "pnpm", "package-lock.json": "npm"}


def _bundling(call: Call, script: str) -> Outcome:
    """jsbundling and cssbundling install the packages, then run a script of package.json."""
    here = call.command.cwd
    if here is None:
        return OPAQUE
    names = call.files.names(here)
    manager = next((_LOCKS[lock] for lock in _LOCKS if lock in names), "yarn")
    return joined([Outcome(runs=(call.run(manager, "install"),)), run_script(call, here, script)])


RUBY_ROWS: dict[str, Maker] = {
    **rows("bundle bundler", bundle),
    **rows("rails rake", rails),
    **rows("puma unicorn thin passenger sidekiq rackup rspec rubocop foreman resque good_job bootsnap thrust", nothing),
}
