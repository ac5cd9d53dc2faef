"""Python: virtual environments, packages, Django."""

from __future__ import annotations

import posixpath
import re

from ctxaudit.needed.makers.call import NOTHING, OPAQUE, Call, Maker, Outcome, nothing, rows
from ctxaudit.needed.makers.scripts import program, run_file
from ctxaudit.values import expression

_TRUE = ("1", "true", "yes", "on")
PIP_VALUED = (
    "-t --target --prefix --root -r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links"
    " --platform --python-version --implementation --abi --only-binary --no-binary --cache-dir --src -w --wheel-dir -d"
    " --dest --timeout --retries --trusted-host --upgrade-strategy --progress-bar -e --editable --log --python -p"
    " --build-option --config-settings --global-option --exists-action"
)


def pip(call: Call) -> Outcome:
    """pip: a directory that it is given; a virtual environment of the project is not one."""
    options = call.options(PIP_VALUED)
    subcommand = options.plain[0] if options.plain else ""
    if options.has("--dry-run"):
        return NOTHING
    if subcommand in ("wheel", "download"):
        folder = options.get("-w", "--wheel-dir", "-d", "--dest") or "."
        return Outcome(makes=tuple(f"{place.rstrip('/')}/*.whl" for place in call.at(folder)))
    if subcommand != "install":
        return NOTHING
    target = options.get("-t", "--target", "--prefix") or call.env("PIP_TARGET")
    names = frozenset(re.split(r"[\[<>=!~;@ ]", word)[0] for word in options.plain[1:] if word[:1] not in (".", "/"))
    projects = [word for word in (*options.plain[1:], *options.every("-e", "--editable")) if word[:1] in (".", "/")]
    eggs = tuple(path for project in projects for path in _eggs(call, project.split("[")[0]))
    return Outcome(makes=(*call.at(target), *eggs), installs=names)


def _eggs(call: Call, project: str) -> tuple[str, ...]:
    """What setuptools leaves beside the sources where it builds in place."""
    settings = call.text("pyproject.toml", base=project or ".")
    is_setuptools = call.text("setup.py", base=project or ".") is not None or (
        settings is not None and ("setuptools" in settings or "[build-system]" not in settings)
    )
    return call.at("*.egg-info", "src/*.egg-info", base=project or ".") if is_setuptools else ()


def uv(call: Call) -> Outcome:
    """uv: `.venv` of the project, or where UV_PROJECT_ENVIRONMENT says."""
    options = call.options(
        f"{PIP_VALUED} --project --directory --extra --group --only-group --no-group --package --no-install-package"
        " --link-mode --config-file --index --default-index -o --output-file --format --prompt --with --env-file"
        " --out-dir --no-extra --refresh-package"
    )
    words = options.plain
    if options.has("--dry-run", "--help") or not words:
        return NOTHING
    base = options.get("--directory", "--project") or None
    if words[0] == "venv":
        return Outcome(makes=call.at(words[1]) if len(words) > 1 else _environment(call, base, options.has("--active")))
    if words[:2] == ["pip", "install"]:
        return pip(call.inside(call.command.cwd, ("pip", *call.words[call.words.index("pip") + 1 :])))
    if words[0] in ("sync", "add", "remove"):
        return Outcome(makes=() if options.has("--frozen-lock") else _environment(call, base, options.has("--active")))
    if words[0] == "build":
        return Outcome(makes=call.at(options.get("--out-dir", "-o") or "dist", base=base))
    if words[0] in ("export",) or words[:2] == ["pip", "compile"]:
        return Outcome(makes=call.at(options.get("-o", "--output-file"), base=base))
    return Outcome(installs=frozenset(words[2:])) if words[:2] == ["tool", "install"] else NOTHING


def _environment(call: Call, base: str | None, is_active: bool) -> tuple[str, ...]:
    """Where uv keeps the environment of a project: beside the pyproject.toml of its workspace."""
    if is_active or call.is_doubtful("UV_PROJECT_ENVIRONMENT"):
        return call.at(call.env("VIRTUAL_ENV")) if is_active else ()
    start = call.place(base or ".")
    roots = list(call.above("pyproject.toml", start)) or ([start] if start else [])
    shared = [root for root in roots if "[tool.uv.workspace" in (call.text("pyproject.toml", base=root) or "")]
    root = next(iter(shared or roots), None)
    return call.at(call.env("UV_PROJECT_ENVIRONMENT") or ".venv", base=root)


def uv_run(call: Call) -> Outcome:
    """`uv run X` makes the environment of the project before it runs anything."""
    has_project = call.command.cwd is not None and any(True for _ in call.above("pyproject.toml"))
    is_off = any(wrapper.startswith("uv ") and wrapper != "uv -m" for wrapper in call.command.wrappers)
    if not has_project or is_off or call.env("UV_NO_SYNC").lower() in _TRUE:
        return NOTHING
    return Outcome(makes=_environment(call, None, False))


def poetry(call: Call) -> Outcome:
    """poetry: `.venv`, only where it is configured to keep it in the project."""
    options = call.options("-C --directory -P --project --with --without --only -E --extras -o --output -f --format")
    base = options.get("-C", "--directory", "-P", "--project") or None
    words = options.plain
    if words[:1] == ["config"] and len(words) > 2:
        return Outcome(settings={f"poetry {words[1]}": words[2]})
    if options.has("--dry-run") or not words:
        return NOTHING
    if words[0] == "build":
        return Outcome(makes=call.at(options.get("-o", "--output") or "dist", base=base))
    if words[0] == "export":
        return Outcome(makes=call.at(options.get("-o", "--output"), base=base))
    if words[0] not in ("install", "sync", "add", "update", "remove"):
        return NOTHING
    return Outcome(makes=call.at(".venv", base=base) if _in_project(call, base) else ())


def _in_project(call: Call, base: str | None) -> bool:
    def setting(name: str) -> str:
        variable = f"POETRY_VIRTUALENVS_{name.upper().replace('-', '_')}"
        text = call.text("poetry.toml", base=base or ".") or ""
        match = re.search(rf"^[^\S\n]*+(?:virtualenvs\.)?{name}\s*+=\s*+(\w+)", text, re.MULTILINE)
        written = call.settings.get(f"poetry virtualenvs.{name}") or (match[1] if match else "")
        return (call.env(variable) or written).lower()

    return setting("in-project") in _TRUE and setting("create") not in ("0", "false", "no", "off")


def pipenv(call: Call) -> Outcome:
    options = call.options("--python --categories -r")
    is_made = options.plain[:1] in (["install"], ["sync"], ["update"]) and not options.has("--system")
    in_project = call.env("PIPENV_VENV_IN_PROJECT").lower() in _TRUE
    return Outcome(makes=call.at(".venv") if is_made and in_project else ())


def pdm(call: Call) -> Outcome:
    """pdm: `.venv` in the project, unless it is configured otherwise or runs in another environment."""
    options = call.options("-p --project -G --group -L --lockfile --python --venv -o --output -d --dest")
    base = options.get("-p", "--project") or None
    words = options.plain
    if words[:1] == ["config"] and len(words) > 2:
        return Outcome(settings={f"pdm {words[1]}": words[2]})
    if words[:1] == ["build"]:
        return Outcome(makes=call.at(options.get("-d", "--dest") or "dist", base=base))
    if words[:1] not in (["install"], ["sync"], ["add"], ["update"]) or options.has("--dry-run", "-g", "--global"):
        return NOTHING
    if call.command.env.get("VIRTUAL_ENV") or call.env("PDM_USE_VENV").lower() in ("0", "false"):
        return NOTHING
    kept = call.settings.get("pdm python.use_venv", "") or call.env("PDM_PYTHON_USE_VENV")
    return Outcome(makes=call.at("__pypackages__" if kept.lower() in ("false", "0") else ".venv", base=base))


def conda(call: Call) -> Outcome:
    options = call.options("-p --prefix -n --name -f --file -c --channel --root-prefix -r")
    is_made = options.plain[:1] in (["create"], ["install"], ["update"]) or options.plain[:2] == ["env", "create"]
    names = [word.split("=")[0] for word in options.plain[1:]] if is_made else []
    place = call.at(options.get("-p", "--prefix")) if is_made and options.plain[0] != "install" else ()
    return Outcome(makes=place, installs=frozenset(names))


def virtualenv(call: Call) -> Outcome:
    """`python -m venv X` and virtualenv."""
    options = call.options("-p --python --prompt --seeder --app-data")
    return Outcome(makes=call.at(*options.plain), installs=frozenset())


def python(call: Call) -> Outcome:
    """python: a module that has a row of its own, a script, or a string."""
    if call.command.stdin is not None:
        return program(call.command.stdin, call)
    words = list(call.words)
    while words and words[0].startswith("-") and words[0] not in ("-m", "-c", "-", "-V"):
        if words[0].startswith("-m"):
            words[:1] = ["-m", words[0][2:]]
            break
        is_module = words[0].endswith("m") and not words[0].startswith("--")
        words = ["-m", *words[1:]] if is_module else words[2:] if words[0] in ("-W", "-X") else words[1:]
        if is_module:
            break
    if not words or words[0] in ("-c", "-"):
        return OPAQUE
    if words[0] == "-V":
        return NOTHING
    if words[0] == "-m":
        row = _MODULES.get(words[1]) if len(words) > 1 else None
        return row(call.inside(call.command.cwd, words[1:])) if row else OPAQUE
    name = posixpath.basename(words[0])
    if name in ("manage.py", "setup.py"):
        return ROWS[name](call.inside(call.command.cwd, words))
    return run_file(call, words[0], tuple(words[1:]), interpreter="python")


def manage(call: Call) -> Outcome:
    """Django's commands: `collectstatic` fills STATIC_ROOT."""
    words = [word for word in call.words if not word.startswith("-")]
    if not words:
        return NOTHING
    if words[0] == "collectstatic":
        is_dry = "--dry-run" in call.words or "-n" in call.words
        return NOTHING if is_dry else Outcome(makes=_static_root(call))
    if words[0] == "compilemessages":
        return Outcome(makes=tuple(f"{place.rstrip('/')}/**/*.mo" for place in call.at(".")))
    return NOTHING if words[0] in _DJANGO else OPAQUE


_DJANGO = [
    "migrate",
    "makemigrations",
    "check",
    "runserver",
    "createsuperuser",
    "shell",
    "dbshell",
    "showmigrations",
    "flush",
    "test",
    "createcachetable",
    "loaddata",
    "clearsessions",
    "compress",
]
_STATIC_ROOT = expression(r"^[^\S\n]*+STATIC_ROOT\s*+(?::\s*+[\w.]++\s*+)?=\s*+(.+)$", re.MULTILINE)
_QUOTED = expression(r"[\"']([^\"'\n]*)[\"']")


def _static_root(call: Call) -> tuple[str, ...]:
    """The STATIC_ROOT of the settings; where none can be read, the two names that projects use."""
    here = posixpath.dirname(call.command.words[0]) or "."
    base = call.place(here) if here != "." else call.command.cwd
    if base is None:
        return ()
    texts = [text for pattern in _SETTINGS for text in _settings_texts(call, pattern, base)]
    values = [match[1].strip() for text in texts for match in _STATIC_ROOT.finditer(text)]
    if not values:
        return call.at("staticfiles", base=base) if not texts else ()
    return tuple(place for value in values[-1:] for place in _static_place(call, value, base))


_SETTINGS = ("settings.py", "*/settings.py", "*/*/settings.py", "*/settings/base.py", "*/settings/common.py",
             "*/settings/*.py", "settings/*.py")  # fmt: skip


def _settings_texts(call: Call, pattern: str, base: str) -> list[str]:
    return [text for path in call.matching(pattern, base) if (text := call.text(path))]


def _static_place(call: Call, value: str, base: str) -> tuple[str, ...]:
    """A place below the base directory, which settings derive from their own."""
    parts = _QUOTED.findall(value)
    is_literal = re.fullmatch(r"\(?\s*r?[\"'][^\"']*[\"']\s*\)?", value)
    from_base = re.match(r"(?:str\()?\s*(?:os\.path\.join|Path|BASE_DIR|PROJECT_ROOT|ROOT_DIR|BASE_PATH)\b", value)
    if not parts or not (is_literal or from_base) or "environ" in value or "getenv" in value:
        return ()
    return call.at("/".join(part.strip("/") if not is_literal else part for part in parts), base=base)


def setup(call: Call) -> Outcome:
    """setup.py: setuptools writes build, and dist for what it packs."""
    made = {"build": "build", "bdist_wheel": "build dist", "sdist": "dist", "bdist": "build dist", "install": "build",
            "develop": "", "egg_info": "", "build_ext": "build"}  # fmt: skip
    words = [word for word in call.words if word in made]
    names = " ".join(made[word] for word in words).split()
    return Outcome(makes=(*call.at(*dict.fromkeys(names)), *(_eggs(call, ".") if words else ())), opaque=not words)


def wheels(call: Call) -> Outcome:
    options = call.options("-o --outdir -C")
    base = options.plain[0] if options.plain else None
    return Outcome(makes=call.at(options.get("-o", "--outdir")) or call.at("dist", base=base))


def pyinstaller(call: Call) -> Outcome:
    options = call.options("--distpath --workpath -n --name --specpath --add-data -p --hidden-import -i")
    return Outcome(makes=call.at(options.get("--distpath") or "dist", options.get("--workpath") or "build"))


def hatch(call: Call) -> Outcome:
    plain = call.options("-t --target").plain
    return Outcome(makes=call.at(plain[1] if len(plain) > 1 else "dist") if plain[:1] == ["build"] else ())


def rye(call: Call) -> Outcome:
    return Outcome(makes=call.at(".venv") if call.words[:1] in (("sync",), ("add",)) else ())


def pixi(call: Call) -> Outcome:
    return Outcome(makes=call.at(".pixi") if call.words[:1] in (("install",), ("add",), ("update",)) else ())


def compileall(call: Call) -> Outcome:
    folders = call.options("-d -x -i -j -o").plain
    return Outcome(makes=tuple(f"{place.rstrip('/')}/**/__pycache__" for place in call.at(*folders)))


def maturin(call: Call) -> Outcome:
    options = call.options("-o --out -m --manifest-path -i --features")
    is_build = options.plain[:1] in (["build"], ["develop"])
    return Outcome(makes=call.at("target", options.get("-o", "--out")) if is_build else ())


def grpc(call: Call) -> Outcome:
    from ctxaudit.needed.makers.compiled import protoc

    return protoc(call)


ROWS: dict[str, Maker] = {
    **rows("python pypy pypy3", python),
    "pip": pip,
    "uv": uv,
    "poetry": poetry,
    "pipenv": pipenv,
    "pdm": pdm,
    **rows("conda mamba micromamba", conda),
    "virtualenv": virtualenv,
    **rows("manage.py django-admin", manage),
    "setup.py": setup,
    "pyinstaller": pyinstaller,
    "hatch": hatch,
    "rye": rye,
    "pixi": pixi,
    "maturin": maturin,
    "pyproject-build": wheels,
    **rows(
        "gunicorn uvicorn hypercorn daphne waitress-serve uwsgi flask celery pytest tox nox mypy ruff black flake8"
        " pylint alembic streamlit gradio fastapi pipx uvx isort coverage bandit pre-commit"
        " pip-compile pip-sync pipdeptree"
        " supervisord scrapy jupyter twine playwright spacy nltk pybabel",
        nothing,
    ),
}
_MODULES: dict[str, Maker] = {
    **ROWS,
    "venv": virtualenv,
    "build": wheels,
    "PyInstaller": pyinstaller,
    "compileall": compileall,
    "grpc_tools.protoc": grpc,
    "ensurepip": nothing,
    "django": manage,
    "http.server": nothing,
    "unittest": nothing,
    "site": nothing,
}
