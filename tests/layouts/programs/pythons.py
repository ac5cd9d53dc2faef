"""Python: interpreters, environments, installers, Django."""

from __future__ import annotations

import os
import re
import sys

from image import at, fail, files, has, link, literals, need, read, root, run, say, show, split, write

_SYSTEM = "/usr/local"
_STANDARD = ("os", "sys", "json", "sqlite3", "pathlib", "http", "time", "re", "subprocess", "shutil", "logging", "glob")
_HAVE_BINS = {
    "gunicorn": ("gunicorn",),
    "uvicorn": ("uvicorn",),
    "flask": ("flask",),
    "celery": ("celery",),
    "django": ("django-admin",),
    "supervisor": ("supervisord",),
    "uv": ("uv",),
    "poetry": ("poetry",),
    "honcho": ("honcho",),
}
_IMPORT = r"(?m)^\s*(?:from\s+([\w.]+)\s+import|import\s+([\w.]+))"
_DATA = ("open", "sqlite3.connect", "Path", "read_csv", "joblib.load")
_DIRECTORIES = r"(?:StaticFiles\(directory|static_folder|FileSystemLoader\()\s*=?\s*[\"']([^\"']+)[\"']"


def _prefix(started: str) -> str:
    """The environment of the program that was started: a virtual one by the file beside it, else the system's."""
    above = os.path.dirname(os.path.dirname(os.path.abspath(started)))
    if os.path.isfile(os.path.join(above, "pyvenv.cfg")):
        return above
    return at(_SYSTEM)


def _site(prefix: str) -> str:
    return os.path.join(at(prefix), "lib/python3/site-packages")


def _put(site: str, bin_directory: str, requirement: str) -> None:
    name = re.split(r"[=<>~!\[; ]", requirement.strip())[0].lower()
    if not name or name.startswith(("#", "-")):
        return
    write(os.path.join(site, name, "__init__.py"), f"# {requirement.strip()}")
    write(os.path.join(site, f"{name}.dist-info", "METADATA"), requirement)
    for program in _HAVE_BINS.get(name, ()):
        link(program, bin_directory)


def _environment(directory: str) -> str:
    write(os.path.join(directory, "pyvenv.cfg"), "home = /usr/local/bin")
    for program in ("python", "python3", "pip"):
        link(program, os.path.join(directory, "bin"))
    os.makedirs(_site(directory), exist_ok=True)
    return directory


def _requirements(path: str) -> list[str]:
    return [line for line in read(path).splitlines() if line.strip()]


def _project(path: str = "pyproject.toml") -> list[str]:
    text = read(path)
    listed = re.search(r"dependencies\s*=\s*\[([^\]]*)\]", text)
    found = re.findall(r"[\"']([^\"']+)[\"']", listed.group(1)) if listed else []
    table = re.search(r"\[tool\.poetry\.dependencies\]\n((?:[\w-]+ *=.*\n?)*)", text)
    found += [line.split("=")[0].strip() for line in table.group(1).splitlines()] if table else []
    return [one for one in found if one != "python"]


def pip(name: str, words: list[str], prefix: str = "") -> None:
    plain, options = split(words, "-r --requirement --target -t --prefix -c --python -w --wheel-dir --find-links")
    prefix = options.get("--prefix") or prefix or _prefix(sys.argv[0])
    target = options.get("--target") or options.get("-t")
    site = at(target) if target else _site(prefix)
    if plain[0] == "wheel":
        for one in _requirements(options.get("-r", "requirements.txt")):
            write(os.path.join(options.get("-w") or options.get("--wheel-dir", "."), f"{one}.whl"), one)
        return
    if plain[0] != "install":
        return
    wanted = list(plain[1:])
    for one in ("-r", "--requirement"):
        wanted += _requirements(options[one]) if one in options else []
    if options.get("--find-links"):
        for one in wanted:
            need(os.path.join(options["--find-links"], f"{one}.whl"))
    for one in wanted:
        if one.endswith(".whl"):
            _put(site, os.path.join(prefix, "bin"), read(one))
        elif one.startswith((".", "/")):
            for requirement in _project(os.path.join(one, "pyproject.toml")):
                _put(site, os.path.join(prefix, "bin"), requirement)
        else:
            _put(site, os.path.join(prefix, "bin"), one)


def uv(name: str, words: list[str]) -> None:
    verbs = split(words, "--directory --project --python -p")[0]
    environment = os.environ.get("UV_PROJECT_ENVIRONMENT", ".venv")
    if verbs[0] == "pip":
        is_system = "--system" in words or os.environ.get("UV_SYSTEM_PYTHON")
        active = os.environ.get("VIRTUAL_ENV") or ".venv"
        pip("pip", words[words.index("pip") + 1 :], _SYSTEM if is_system else need(active))
    elif verbs[0] == "venv":
        _environment(verbs[1] if len(verbs) > 1 else ".venv")
    elif verbs[0] in ("sync", "run"):
        if "--no-sync" not in words:
            if verbs[0] == "sync" or "--frozen" in words:
                need("uv.lock")
            _environment(environment)
            for one in _project():
                _put(_site(environment), os.path.join(environment, "bin"), one)
        if verbs[0] == "run":
            run(words[words.index(verbs[1]) :], path=[os.path.join(at(environment), "bin")])


def poetry(name: str, words: list[str]) -> None:
    if words[0] == "config":
        write("/root/.config/poetry", " ".join(words[1:]))
        return
    if words[0] not in ("install", "run", "sync"):
        return
    in_project = has("/root/.config/poetry") and "in-project true" in read("/root/.config/poetry")
    in_project = in_project or os.environ.get("POETRY_VIRTUALENVS_IN_PROJECT", "") in ("1", "true")
    in_project = in_project or (has("poetry.toml") and "in-project = true" in read("poetry.toml"))
    no_environment = os.environ.get("POETRY_VIRTUALENVS_CREATE", "") in ("0", "false")
    no_environment = no_environment or (has("/root/.config/poetry") and "create false" in read("/root/.config/poetry"))
    environment = ".venv" if in_project or has(".venv") else "/root/.cache/pypoetry/venv"
    environment = _SYSTEM if no_environment else environment
    if words[0] in ("install", "sync"):
        need("poetry.lock")
        if environment != _SYSTEM:
            _environment(environment)
        for one in _project():
            _put(_site(environment), os.path.join(environment, "bin"), one)
    else:
        need(environment)
        run(words[1:], path=[os.path.join(at(environment), "bin")])


class _Program:
    """A Python program that runs: what it imports and opens."""

    def __init__(self, prefix: str, first: str) -> None:
        self._sites = [_site(prefix)]
        extra = [at(one) for one in os.environ.get("PYTHONPATH", "").split(":") if one]
        self._local = [os.path.abspath(at(first)), *extra]
        self._seen: set[str] = set()

    def module(self, name: str) -> None:
        top = name.split(".")[0]
        if top in _STANDARD:
            return
        for directory in self._local:
            for ending in (".py", "/__init__.py", "/__main__.py"):
                path = os.path.join(directory, name.replace(".", "/") + ending)
                if os.path.isfile(path):
                    self.file(path)
                    return
        for directory in (*self._sites, *self._local[1:]):
            if os.path.isdir(os.path.join(directory, top)):
                say(f"uses {top}: {read(os.path.join(directory, top, '__init__.py')).strip()}")
                return
        if not any(os.path.isdir(os.path.join(one, top)) for one in self._local):
            fail(f"no module named {name}")

    def file(self, path: str) -> None:
        real = os.path.realpath(path)
        if real in self._seen:
            return
        self._seen.add(real)
        text = read(path)
        say(f"{os.path.basename(path)} runs")
        for one, other in re.findall(_IMPORT, text):
            self.module(one or other)
        for name in literals(text, *_DATA):
            show(name)
        for name in re.findall(_DIRECTORIES, text):
            show(name)
        for name in re.findall(r"load_tree\(\"([^\"]+)\" \+ \"([^\"]+)\"\)", text):
            show("".join(name))


def python(name: str, words: list[str]) -> None:
    prefix = _prefix(sys.argv[0])
    while words and words[0].startswith("-") and words[0] not in ("-m", "-c"):
        words = words[1:]
    if not words or words[0] == "-c":
        return
    if words[0] == "-m":
        _run_module(prefix, words[1], words[2:])
        return
    need(words[0])
    if os.path.basename(words[0]) == "manage.py":
        _manage(prefix, words[0], words[1:])
        return
    _Program(prefix, os.path.dirname(at(words[0])) or ".").file(at(words[0]))


def _run_module(prefix: str, module: str, words: list[str]) -> None:
    if module == "venv":
        _environment(words[-1])
    elif module == "pip":
        pip("pip", words, prefix)
    elif module in ("gunicorn", "uvicorn", "flask"):
        _serve(prefix, module, words)
    else:
        _Program(prefix, ".").module(module)


def _manage(prefix: str, script: str, words: list[str]) -> None:
    program = _Program(prefix, os.path.dirname(at(script)) or ".")
    program.module("django")
    program.module("settings")
    if words[0] == "collectstatic":
        output = _static_root()
        for one in files("assets"):
            write(os.path.join(output, one), read(os.path.join("assets", one)))
    elif words[0] == "runserver":
        show(_static_root())


def _static_root() -> str:
    return next(iter(re.findall(r"STATIC_ROOT\s*=.*[\"']([^\"']+)[\"']", read("settings.py"))), "")


def _serve(prefix: str, name: str, words: list[str]) -> None:
    plain, _ = split(words, "-b --bind --host --port -w --workers --app -k")
    program = _Program(prefix, ".")
    program.module(name)
    module = next((one.partition(":")[0] for one in plain if one not in ("run",)), "app")
    program.module(module)
    if module == "wsgi":
        show(_static_root())


def server(name: str, words: list[str]) -> None:
    """gunicorn, uvicorn or flask, from the environment in which it was installed."""
    prefix = _prefix(sys.argv[0])
    if name in ("supervisord", "honcho"):
        processes(name, words)
    else:
        _serve(prefix, name, words)


def processes(name: str, words: list[str]) -> None:
    """supervisord, honcho and foreman: each process of their file."""
    if name == "supervisord":
        _, options = split(words, "-c --configuration")
        path = options.get("-c") or options.get("--configuration") or "/etc/supervisord.conf"
        for section in read(path).split("[program:")[1:]:
            settings = dict(re.findall(r"^(\w+)\s*=\s*(.+)$", section, re.MULTILINE))
            command = re.sub(r"(?<![\w./])/(?=\w)", f"{root()}/", settings["command"])
            run(command, cwd=settings.get("directory", "."))
        return
    for line in read("Procfile").splitlines():
        run(line.partition(":")[2].strip())


PROGRAMS = {
    **dict.fromkeys(("python", "python3"), python),
    **dict.fromkeys(("pip", "pip3"), pip),
    **dict.fromkeys(("gunicorn", "uvicorn", "flask", "supervisord", "honcho"), server),
    "foreman": processes,
    "uv": uv,
    "poetry": poetry,
}
