"""Maven, Gradle, sbt, Leiningen, and the compilers of the JVM."""

from __future__ import annotations

import posixpath
import re

from ctxaudit.needed.makers.call import NOTHING, Call, Maker, Outcome, nothing, opaque, rows
from ctxaudit.values import expression

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
    found: list[str] = []
    folders = [folder]
    for at in folders:  # grows meanwhile
        text = call.text(pom if at == folder else "pom.xml", base=at) or ""
        text = re.sub(r"<!--(?:.*?-->|.*)", "", text, flags=re.DOTALL)
        moved = _MOVED.search(text)
        name = moved[1].replace("${project.basedir}/", "").replace("${basedir}/", "") if moved else "target"
        found += call.at(name, base=at)
        below = (posixpath.normpath(f"{at}/{module}") for module in _MODULE.findall(text))
        folders += [module for module in dict.fromkeys(below) if module not in folders][:_MOST_MODULES]
        if len(folders) > _MOST_MODULES:
            break
    return found


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
        (found for name in ("settings.gradle", "settings.gradle.kts") if (found := call.text(name, base=base))), ""
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


def output_option(option: str) -> Maker:
    def made(call: Call) -> Outcome:
        return Outcome(makes=call.at(call.options(f"{option} -cp -classpath -jvm-target").get(option)))

    return made


ROWS: dict[str, Maker] = {
    **rows("mvn mvnw mvnd", maven),
    **rows("gradle gradlew", gradle),
    "sbt": sbt,
    "lein": lein,
    "ant": opaque,
    "javac": javac,
    "jar": jar,
    **rows("kotlinc scalac groovyc", output_option("-d")),
    "native-image": output_option("-o"),
    "jlink": output_option("--output"),
    **rows("java clj clojure catalina.sh", nothing),
}
