"""What one build says of one path: it goes as something makes it or nothing uses it, or it stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import needs
from ctxaudit.model import EntryType, Mount, Service, Services
from ctxaudit.needed.image import Image
from ctxaudit.needed.origin import Goes, Origin, Question, Stays
from ctxaudit.needed.project import Project
from ctxaudit.rules.kinds import build_output

MODULES = Question("node_modules", "presence", ("node", "bun", "deno"))
DIST = Question("dist", "name")
DOTNET = next(kind for kind in build_output.KINDS if kind.name == "dotnet-bin-obj")
OBJ = Question("obj", DOTNET.use, DOTNET.readers)
BYTECODE = Question("a/__pycache__", "itself")
ASSETS = Question("public/assets", "presence", ("php", "ruby"))
RAILS = "FROM ruby\nWORKDIR /rails\nCOPY . .\n"
RAILS_FILES = {"Gemfile": "gem 'bootsnap'\n", "Gemfile.lock": "", "config/application.rb": "", "bin/rails": ""}
STANDALONE = (
    "FROM node AS b\nWORKDIR /app\nCOPY . .\nRUN next build\nFROM node\nWORKDIR /app\n"
    "COPY --from=b /app/data ./data\nCOPY --from=b /app/.next/standalone ./\n"
)
LINK = "\0link"
GRADLE = {"build.gradle": "", "settings.gradle": "", "gradlew": "#!/bin/sh\nexec java -jar gradle-wrapper.jar\n"}


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of tracked files alone, by their text; of a link that is LINK."""

    files: Mapping[str, str]

    def names(self, path: str) -> frozenset[str]:
        start = f"{path}/" if path else ""
        return frozenset(file[len(start) :].partition("/")[0] for file in self.files if file.startswith(start))

    def head(self, path: str, limit: int = -1) -> bytes:
        return self.files.get(path, "").encode()

    def target(self, path: str) -> str | None:
        return None

    def type(self, path: str) -> EntryType | None:
        if self.files.get(path) == LINK:
            return "symlink"
        return "file" if path in self.files else "dir" if self.names(path) else None


_ONWARD = "FROM b AS c\nFROM alpine AS d\nCOPY --from=c /app /o/web\nFROM caddy\nCOPY --from=d /o /srv\nCMD caddy run\n"
_COPIES = "define copy\n\tcp -r dist /out\nendef\n"
_X = "x:\n\tcp -r dist /out\n"


def verdict(
    dockerfile: str, question: Question, files: Mapping[str, str], mounts: tuple[Mount, ...] = ()
) -> Goes | Stays:
    services = Services((Service(mounts=mounts),))
    image = Image(needs(parse(dockerfile.encode(), "Dockerfile")), Project(Tree(files), files), services)
    return Origin(image, "Dockerfile").of(question)


@pytest.mark.parametrize(
    ("dockerfile", "files", "question", "where"),
    [
        pytest.param(
            "FROM nginx\nWORKDIR /app\nCOPY . .\nCOPY site.conf /etc/nginx/conf.d/\n",
            {"site.conf": "server {\n  root /app/dist;\n}\n"},
            DIST,
            "site.conf:2",
            id="a server hands out a directory of the image, where the copy puts it",
        ),
        pytest.param(
            "FROM maven AS b\nWORKDIR /a\nCOPY . .\nRUN mvn package\n",
            {"pom.xml": "<build><resources>\n<resource><directory>dist</directory></resource></resources></build>"},
            DIST,
            "Dockerfile:4",
            id="Maven packs a directory of resources",
        ),
        pytest.param(
            "FROM a AS b\nWORKDIR /a\nCOPY . .\nRUN dotnet publish -o /o\nFROM a\nCOPY --from=b /o /o\n",
            {"a.csproj": '<Project><ItemGroup>\n<Content Include="dist\\index.html"/></ItemGroup></Project>'},
            DIST,
            "Dockerfile:4",
            id="a project of .NET publishes content",
        ),
        pytest.param(
            "FROM caddy\nWORKDIR /srv\nCOPY . .\nCOPY Caddyfile /etc/caddy/Caddyfile\n",
            {"Caddyfile": ":80 {\n\troot * /srv/public\n}\n"},
            Question("public", "name"),
            "Caddyfile:2",
            id="Caddy hands out a directory of the image",
        ),
        pytest.param(
            "FROM python\nRUN pip install supervisor\nCOPY . /app\nCMD supervisord -c /app/supervisord.conf\n",
            {"supervisord.conf": "[program:web]\ncommand=/app/.venv/bin/gunicorn a:b\n"},
            Question(".venv", "name"),
            "supervisord.conf:2",
            id="supervisord starts a program by its place in the image",
        ),
        pytest.param(
            "FROM golang\nWORKDIR /src\nCOPY . .\nRUN go build -o /service\n",
            {"go.mod": "module a", "main.go": "package main\n\n//go:embed dist\nvar files embed.FS\n"},
            DIST,
            "Dockerfile:4",
            id="Go embeds what the host built",
        ),
        pytest.param(
            "FROM node\nWORKDIR /app\nCOPY . .\nRUN cd $PLACE && npm start\n",
            {"package.json": "{}"},
            DIST,
            "Dockerfile:4",
            id="a script runs of a directory that is not known",
        ),
        pytest.param(
            "FROM mcr.microsoft.com/dotnet/sdk\nWORKDIR /src\nCOPY . .\nRUN dotnet publish --no-restore -o /out\n",
            {"a.csproj": "<Project/>"},
            OBJ,
            "Dockerfile:4",
            id=".NET builds without a restore",
        ),
        pytest.param(
            "FROM mcr.microsoft.com/dotnet/sdk\nWORKDIR /src\nCOPY . .\nRUN dotnet restore\n"
            "RUN dotnet publish --no-build -o /out\n",
            {"a.csproj": "<Project/>"},
            OBJ,
            "Dockerfile:5",
            id=".NET publishes what the host built, as a restore builds nothing",
        ),
        pytest.param(
            "FROM mcr.microsoft.com/dotnet/sdk\nWORKDIR /src\nCOPY . .\nRUN dotnet restore b\n"
            "RUN dotnet publish --no-restore -o /out\n",
            {"a.csproj": "<Project/>", "b/b.csproj": "<Project/>"},
            OBJ,
            "Dockerfile:5",
            id=".NET builds without a restore, as that was one of another project",
        ),
        pytest.param(
            f"{RAILS}RUN ./bin/rails runner check.rb\nRUN ./bin/rails assets:precompile\n",
            RAILS_FILES,
            ASSETS,
            "Dockerfile:4",
            id="a script inside of Rails may read the assets before they are made",
        ),
        pytest.param(
            f'{RAILS}RUN bundle exec bootsnap precompile app/ lib/\nCMD ["./bin/rails", "server"]\n',
            RAILS_FILES,
            ASSETS,
            "Dockerfile:5",
            id="bootsnap makes no assets",
        ),
        pytest.param(
            "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD node a.js\n",
            {"package.json": "{}", "a.js": "app.use(express.static(process.argv[2]))\n"},
            DIST,
            "a.js:1",
            id="a document root that nobody knows may be what a bundler writes",
        ),
        pytest.param(
            "FROM flutter\nWORKDIR /app\nCOPY . .\nRUN flutter build web\n",
            {"pubspec.yaml": "flutter:\n  assets:\n    - build/gen/\n"},
            Question("build", "name"),
            "pubspec.yaml:3",
            id="Flutter packs an asset as it is that lies in what it makes",
        ),
        *(
            pytest.param(
                f"FROM temurin\nWORKDIR /src\nCOPY . .\n{run}\n",
                {"pom.xml": "", "src/a.sh": "", "run.sh": script},
                Question("target", "name"),
                where,
                id=f"what is made lies where a wildcard alone leads: {name}",
            )
            for name, run, script, where in (
                ("an archive", "RUN mv */app-*.jar /app.jar", "", "Dockerfile:4"),
                ("an archive further down", "RUN mv */*/app-*.jar /app.jar", "", "Dockerfile:4"),
                ("a class of characters", "RUN mv [a-z]*/service /usr/bin/", "", "Dockerfile:4"),
                ("find with -exec", "RUN find . -name '*.jar' -exec cp {} /o \\;", "", "Dockerfile:4"),
                ("find and xargs", "RUN find . -name '*.jar' | xargs cp -t /o", "", "Dockerfile:4"),
                ("busybox find", "RUN busybox find . -name '*.jar' -exec cp {} /o \\;", "", "Dockerfile:4"),
                ("fd", "RUN fd -e jar -x cp {} /o", "", "Dockerfile:4"),
                ("fd and parallel", "RUN fd -e jar | parallel cp {} /o", "", "Dockerfile:4"),
                ("a loop", "RUN for f in */service; do $f --check; done", "", "Dockerfile:4"),
                ("a loop over directories", "RUN for d in */bin; do $d/service; done", "", "Dockerfile:4"),
                ("a directory that is entered", "RUN cd */libs && cp *.jar /o", "", "Dockerfile:4"),
                ("a script", 'ENTRYPOINT ["sh", "run.sh"]', "for f in */service; do $f & done", "Dockerfile:4"),
                ("a list in a variable", "RUN f=$(ls -d */service) && $f", "", "Dockerfile:4"),
                ("a list in a pipe", "RUN ls */service | xargs -n1 sh -c", "", "Dockerfile:4"),
                ("a stage", "FROM a\nCOPY --from=0 /src/*/app-*.jar /app.jar", "", "Dockerfile:5"),
            )
        ),
        *(
            pytest.param(
                f"FROM node AS b\nWORKDIR /app\nCOPY . .\nRUN {run}\nFROM nginx\nCOPY --from=b /out /o\n",
                {"web/package.json": '{"scripts": {"build": "vite build"}}', "b.sh": "npm run build"},
                Question("web/node_modules", MODULES.use, MODULES.readers),
                "Dockerfile:4",
                id=f"a command that is run by another one reads it: {run}",
            )
            for run in (
                "find . -name package.json -execdir npm run build ;",
                "find . -name package.json -execdir npm ci ';' -execdir npm run build ';'",
                "find . -name package.json -exec sh -c 'cd $(dirname {}) && npm run build' \\;",
                "find . -type d -exec npm run build --prefix {} +",
                "find . -name package.json | xargs -I % sh -c 'cd $(dirname %) && npm run build'",
                "ls | xargs -n1 npm run build --prefix",
                "find . -name b.sh -exec {} \\;",
                "find . -name b.sh -exec sh {} \\;",
                "find . -name Makefile -execdir make build \\;",
                "parallel sh -c ::: *.sh",
                "fd -g package.json -x npm run build --prefix {//}",
                "fdfind -t d -X npm run build --prefix",
                "fd b.sh --exec sh",
                "busybox find . -name b.sh -exec sh {} ';'",
                "ls | busybox xargs -n1 npm run build --prefix",
                "ls | parallel npm run build --prefix",
                "parallel 'cd {//} && npm run build' ::: web/package.json",
            )
        ),
        *(
            pytest.param(
                f"FROM node\nWORKDIR /app\nCOPY . .\n{command}\n",
                {file: "readFile('dist/a.js')", "a.test.js": "readFile('dist/a.js')"},
                DIST,
                f"{file}:1",
                id=f"a test that is run in the image names it: {command}",
            )
            for command, file in (
                ("CMD node cypress/run.js", "cypress/run.js"),
                ("CMD node tests/run", "tests/run.js"),
                ("RUN node e2e/a.js", "e2e/a.js"),
            )
        ),
        *(
            pytest.param(
                "FROM python\nWORKDIR /app\nCOPY . .\nCMD python x.py\n", {"x.py": text}, DIST, "x.py:1", id=name
            )
            for name, text in (
                ("source serves the directory of the project", "app.mount('/', StaticFiles(directory='/app'))\n"),
                ("a value is the directory of the project", "STATIC_ROOT = '/app'\n"),
                ("a literal leads into the project", "x('/app/dist')\n"),
            )
        ),
        pytest.param(
            "FROM node\nWORKDIR /app\nCOPY . .\nCMD node server.js\n",
            {"server.js": "1", "a.yaml": "workingDir: /app/dist\ncommand: [node, a.js]\n"},
            DIST,
            "a.yaml:1",
            id="a pod starts a program in it",
        ),
        pytest.param(
            "FROM node\nWORKDIR /app\nCOPY . .\nCMD node server.js\n",
            {"server.js": "1", "a.yaml": "workingDir: /app/web\ncommand: [node, dist/a.js]\n"},
            Question("web/dist", DIST.use, DIST.readers),
            "a.yaml:1",
            id="a pod starts a program in the directory of a package above it",
        ),
        *(
            pytest.param(
                f"FROM node AS b\nWORKDIR /app\nCOPY . .\n{onward}",
                {"a.yaml": f"root: {place}\n"},
                DIST,
                "a.yaml:1",
                id=f"settings name it where {name}",
            )
            for name, onward, place in (
                ("another stage copies it to", "FROM caddy\nCOPY --from=b /app /srv\nCMD caddy run\n", "/srv/dist"),
                ("a copy of a copy comes to stand", _ONWARD, "/srv/web/dist"),
            )
        ),
        *(
            pytest.param(
                "FROM node AS b\nWORKDIR /app\nCOPY . .\nRUN make all\nFROM nginx\nCOPY --from=b /out /o\n",
                {"package.json": "{}", "Makefile": text},
                DIST,
                "Dockerfile:4",
                id=f"make reads it: {name}",
            )
            for name, text in (
                ("a recipe that is a variable of several lines", f"{_COPIES}all:\n\t@$(copy)\n"),
                ("a recipe that calls a variable", f"{_COPIES}all:\n\t$(call copy,a)\n"),
                ("a function of make in a recipe", "all:\n\t$(foreach a,dist,$(call copy,$a);)\n"),
                ("a variable in a condition of a recipe", f"{_COPIES}all:\n\t@$(if $(A),$(copy))\n"),
                ("a variable that a shell is given", f'{_COPIES}export copy\nall:\n\t@eval "$$copy"\n'),
                ("targets in a variable of several lines", f"define a\nx\nendef\nall: $(a)\n\ttrue\n{_X}"),
                ("targets that a function gives", f"all: $(addprefix x,$(A))\n\ttrue\n{_X}"),
                ("targets that are added", f"A += x\nall: $(A)\n\ttrue\n{_X}"),
                ("a rule that eval makes", f"define r\nall: x\nendef\n_ := $(eval $(r))\nall:\n\ttrue\n{_X}"),
                ("a rule that is a variable", f"define r\nall: x\nendef\n$(r)\nall:\n\ttrue\n{_X}"),
                ("a variable whose name is one", f"define $(N)\nall: x\nendef\nall:\n\ttrue\n{_X}"),
                ("a target that begins as endef does", "define a\nendef\nendef-x:\n\tcp -r dist /out\nall: endef-x\n"),
                ("the rule of a pattern", "all: x.a\n%.a: %.b\n\tcp -r dist /out\n"),
                ("the rule of a pattern for another one", "all: x.a\n%.a: %.b\n\ttrue\n%.b:\n\tcp -r dist /out\n"),
                ("what a pattern stands for", "all: copy-dist\ncopy-%:\n\tcp -r $* /out\n"),
            )
        ),
        pytest.param(
            "FROM node AS b\nWORKDIR /app\nCOPY . .\nRUN just all\nFROM nginx\nCOPY --from=b /out /o\n",
            {"package.json": "{}", "justfile": "run := 'cp -r dist /out'\nall:\n    {{run}}\n"},
            DIST,
            "Dockerfile:4",
            id="a recipe of just that is a variable reads it",
        ),
        pytest.param(
            f"{STANDALONE}CMD node server.js data/a.db\n",
            {"package.json": "{}"},
            Question("data/a.db", "name"),
            "Dockerfile:9",
            id="a copy of what a command wrote brings no file that the command is not known to write",
        ),
        *(
            pytest.param(
                f"FROM python AS b\nWORKDIR /app\nCOPY . .\n{text}\n", {}, BYTECODE, where, id=f"bytecode: {text}"
            )
            for text, where in (
                ("RUN cp a/__pycache__/m.cpython-312.pyc /m.pyc", "Dockerfile:4"),
                ("CMD python a/__pycache__/m.cpython-312.pyc", "Dockerfile:4"),
                ("FROM scratch\nCOPY --from=b /app/a/__pycache__ /c", "Dockerfile:5"),
            )
        ),
        pytest.param(
            "FROM node AS b\nWORKDIR /a\nCOPY . .\nRUN vite build --outDir o\nFROM nginx\nCOPY --from=b /a/o /o\n",
            {"package.json": "{}", "a.css": "@import './dist/x.css';"},
            DIST,
            "a.css:1",
            id="a stylesheet imports it",
        ),
        *(
            pytest.param(f"FROM gcc\nWORKDIR /app\nCOPY . .\nRUN {command}\n", files, DIST, "Dockerfile:4", id=command)
            for command, files in (
                ("gcc -o a m.c", {"m.c": '#include "dist/x.h"'}),
                ("cmake -S . -B o", {"CMakeLists.txt": "file(READ dist/v.txt V)\n"}),
            )
        ),
        pytest.param(
            "FROM python\nWORKDIR /app\nCOPY . .\nCMD python x.py\n",
            {"x.py": "open('a/__pycache__/m.cpython-312.pyc')"},
            BYTECODE,
            "x.py:1",
            id="source opens bytecode",
        ),
        *(
            pytest.param(
                f"FROM {base}\nWORKDIR /app\nCOPY web ./web\n{copy}\nCMD python app.py\n",
                {"web/a.js": "1", "api/app.py": "StaticFiles(directory='web/dist')\n", **dict.fromkeys(links, LINK)},
                Question("web/dist", "name"),
                "api/app.py:1",
                id=f"source that names it comes {name}",
            )
            for name, base, copy, links in (
                ("by a link to its directory", "python", "COPY src/app.py .", ("src",)),
                ("by a link to itself", "python", "COPY run/app.py .", ("run/app.py",)),
                ("of another context, or of an image", "python", "COPY --from=code /app.py .", ()),
                ("of the base image", "acme/api", "", ()),
                ("out of an archive of the repository", "python", "ADD https://h.invalid/app.git#main .", ()),
                ("by a wildcard for directories", "python", "COPY --parents api/**/*.py .", ()),
                ("by a mount of another image", "python", "RUN --mount=from=acme/api,target=/a cp /a/app.py .", ()),
            )
        ),
    ],
)
def test_what_stays(dockerfile: str, files: dict[str, str], question: Question, where: str) -> None:
    found = verdict(dockerfile, question, files)
    assert (type(found), getattr(found, "where", "")) == (Stays, where)


@pytest.mark.parametrize(("is_bind", "kind"), [(True, Stays), (False, Goes)])
def test_a_service_mounts_source_that_names_what_the_image_has(is_bind: bool, kind: type) -> None:
    files = {"web/a.js": "1", "api/app.py": "StaticFiles(directory='web/dist')\n"}
    dockerfile = "FROM python\nWORKDIR /app\nCOPY web ./web\nCMD python app.py\n"
    question = Question("web/dist", "name")
    assert type(verdict(dockerfile, question, files, (Mount("/app/app.py", is_bind),))) is kind


@pytest.mark.parametrize(
    ("dockerfile", "files", "question", "made"),
    [
        pytest.param(
            "FROM nginx\nWORKDIR /app\nCOPY . .\n",
            {"site.conf": "server {\n  root /srv/dist;\n}\n"},
            DIST,
            [],
            id="a server hands out a directory of the same name elsewhere",
        ),
        pytest.param(
            "FROM golang\nWORKDIR /src\nCOPY . .\nCOPY --from=web /web/dist dist\nRUN go build -o /service\n",
            {"go.mod": "module a", "main.go": "package main\n\n//go:embed dist\nvar files embed.FS\n"},
            DIST,
            [("COPY", 4)],
            id="Go embeds what another image built",
        ),
        *(
            pytest.param(dockerfile, {"a.yaml": "workingDir: /app\n"}, question, [], id=f"a pod starts in {name}")
            for name, dockerfile, question in (
                ("all of the context", "FROM node\nCOPY . /app/\n", DIST),
                ("all of a package", "FROM node\nCOPY web /app/\n", Question("web/dist", "name")),
                ("all that a stage copies on", "FROM node AS b\nCOPY . /b/\nFROM node\nCOPY --from=b /b /app\n", DIST),
            )
        ),
        *(
            pytest.param(dockerfile, files, BYTECODE, [], id=f"bytecode that {name}")
            for name, dockerfile, files in (
                (
                    "lies where an address begins as the directory of the project",
                    "FROM python\nWORKDIR /app\nCOPY . .\nCMD python x.py\n",
                    {"x.py": "router = APIRouter(prefix='/app')"},
                ),
                (
                    "is copied with all of the project",
                    "FROM python\nWORKDIR /app\nENV MODULES=/app/a\nCOPY . .\nRUN cp -r . /srv && ./x\nCMD x a\n",
                    {"x": "\0"},
                ),
                ("a server hands out", "FROM nginx\nCOPY . /usr/share/nginx/html\n", {}),
            )
        ),
        pytest.param(
            "FROM nginx\nCOPY web /app/web\nCMD node /app/web/a.js\n",
            {"web/a.js": "1", "api/x.py": "StaticFiles(directory='web')\n"},
            Question("web/dist", "name"),
            [],
            id="source of another image names it",
        ),
        *(
            pytest.param(
                "FROM python\nWORKDIR /app\nCOPY . .\nCMD python x.py\n",
                {"x.py": "1", name: text},
                DIST,
                [],
                id=f"what is as well an address, or where a program starts: {name}",
            )
            for name, text in (
                ("x.py", "router = APIRouter(prefix='/app')\n"),
                ("a.yaml", "prefix: /app\n"),
                ("uwsgi.ini", "chdir = /app\n"),
                ("conf.d/w.conf", "[program:a]\ncommand=python x.py\ndirectory=/app\n"),
                ("conf.d/w.ini", "[program:a]\ncommand=python x.py\ndirectory=/app\n"),
            )
        ),
        pytest.param(
            "FROM gradle\nWORKDIR /src\nCOPY . .\nRUN sh gradlew build\n",
            GRADLE,
            Question("build", "name"),
            [("sh gradlew build", 4)],
            id="a wrapper that a shell is given makes it, and its task is no path",
        ),
        pytest.param(
            "FROM node AS plan\nWORKDIR /app\nRUN npm install -g turbo\nCOPY . .\nRUN turbo prune web\n"
            "FROM node\nWORKDIR /app\nCOPY --from=plan /app/out .\nRUN npm ci\nCMD node apps/web/server.js\n",
            {"package.json": "{}", "turbo.json": "{}"},
            MODULES,
            [],
            id="a planner of turbo reads manifests alone",
        ),
        pytest.param(
            "FROM mcr.microsoft.com/dotnet/sdk\nWORKDIR /src\nCOPY *.csproj .\nRUN dotnet restore\nCOPY . .\n"
            "RUN dotnet publish --no-restore -o /out\n",
            {"a.csproj": "<Project/>"},
            OBJ,
            [("dotnet publish --no-restore -o /out", 6)],
            id=".NET builds without a restore after one",
        ),
        pytest.param(
            "FROM mcr.microsoft.com/dotnet/sdk\nWORKDIR /src\nCOPY . .\nRUN dotnet restore\n"
            "RUN dotnet publish --no-restore --self-contained false -o /out\n",
            {"a.csproj": "<Project/>"},
            Question("bin", OBJ.use, OBJ.readers),
            [("dotnet publish --no-restore --self-contained false -o /out", 5)],
            id=".NET builds without a restore, and an option has a value",
        ),
        pytest.param(
            "FROM mcr.microsoft.com/dotnet/sdk\nWORKDIR /src\nCOPY . .\nRUN dotnet restore a.sln\n"
            "RUN dotnet build -c Release --no-restore\nRUN dotnet publish -c Release --no-build -o /out\n",
            {"a.csproj": "<Project/>", "a.sln": 'Project("") = "a", "a.csproj"\n'},
            OBJ,
            [("dotnet build -c Release --no-restore", 5)],
            id=".NET publishes what the image built",
        ),
        pytest.param(
            "FROM node\nWORKDIR /app\nCOPY . .\nRUN make dist/a.js\n",
            {"Makefile": "dist/a.js: src/a.ts\n\tnpx tsc --outDir dist\n", "package.json": "{}"},
            DIST,
            [("make dist/a.js", 4)],
            id="make builds a file by its name",
        ),
        *(
            pytest.param(
                f'{RAILS}RUN {command}\nRUN ./bin/rails assets:precompile\nCMD ["./bin/rails", "server"]\n',
                RAILS_FILES,
                ASSETS,
                [("./bin/rails assets:precompile", 5)],
                id=f"{command} reads nothing of what a server hands out",
            )
            for command in (
                "bundle exec bootsnap precompile app/ lib/",
                "bundle exec bootsnap precompile --gemfile",
                "bundle exec bootsnap precompile -j 1 --gemfile app/",
                "bundle exec rails zeitwerk:check",
                "./bin/rails db:prepare",
                "bundle exec rake tailwindcss:build",
            )
        ),
        pytest.param(
            "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD node a.js\n",
            {"package.json": "{}", "a.js": "app.use(express.static(process.argv[2]))\n"},
            Question("target", "name"),
            [],
            id="no server hands out what a compiler writes, whatever its document root",
        ),
        *(
            pytest.param(
                f"FROM temurin\nWORKDIR /src\nCOPY . .\n{run}\n",
                {"pom.xml": "", "db/a.sql": "", "bin/run.sh": ""},
                question,
                [],
                id=f"a wildcard means nothing in it: {name}",
            )
            for name, run, question in (
                ("a source that git tracks", "RUN cat */*.sql > /all.sql", Question("target", "name")),
                ("a command that only looks", "RUN ls */app-*.jar", Question("target", "name")),
                ("what is deleted", "RUN find . -name '*.jar' -delete", Question("target", "name")),
                ("a hidden directory", "RUN cp */*.jar /o", Question(".gradle", "name")),
                ("a place that nobody knows", "RUN tar xf $TMP/a.tar", Question("target", "name")),
            )
        ),
        pytest.param(
            f"{STANDALONE}CMD node server.js\n",
            {"package.json": "{}"},
            Question("data/a.log", "name"),
            [],
            id="a copy of what a command wrote does not make a file again",
        ),
        pytest.param(
            "FROM node AS b\nWORKDIR /app\nCOPY . .\nRUN npm ci\nFROM node\nWORKDIR /srv\nCOPY . .\n"
            "COPY --from=b /app ./\nCMD node a.js\n",
            {"package.json": "{}", "package-lock.json": "{}"},
            MODULES,
            [("npm ci", 4), ("COPY --from", 8)],
            id="a copy of a directory brings what a command made in it",
        ),
        pytest.param(
            "FROM node\nWORKDIR /r\nCOPY package.json pnpm-workspace.yaml ./\n"
            "COPY services/web/package.json services/web/\nCOPY services/web services/web\n"
            "RUN pnpm --filter web build\nCMD node services/web/dist/i.js\n",
            {
                "package.json": "{}",
                "pnpm-workspace.yaml": "packages:\n  - services/*\n",
                "services/web/package.json": '{"name": "web", "scripts": {"build": "tsc --outDir dist"}}',
                "services/web/tsconfig.json": "{}",
            },
            Question("services/web/dist", "name"),
            [("pnpm --filter web build", 6)],
            id="a package of a workspace that is copied directory by directory",
        ),
    ],
)
def test_what_goes(dockerfile: str, files: dict[str, str], question: Question, made: list[tuple[str, int]]) -> None:
    found = verdict(dockerfile, question, files)
    assert isinstance(found, Goes), found
    assert [(maker.title, maker.line) for maker in found.made] == made


SDK = "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nWORKDIR /src\n"
APART = {
    "a/a.csproj": "<Project/>",
    "b/b.csproj": "<Project/>",
    "s.sln": 'Project("{F}") = "a", "a\\a.csproj"\nProject("{F}") = "b", "b\\b.csproj"\n',
}
REFERRING = APART | {"a/a.csproj": '<Project><ProjectReference Include="..\\b\\b.csproj" /></Project>'}
ALL = "a/bin a/obj b/bin b/obj"


@pytest.mark.parametrize(
    ("files", "text", "stays"),
    [
        pytest.param(files, f"{SDK}COPY . .\nRUN {command}\n", stays, id=command)
        for files, command, stays in (
            (
                REFERRING,
                "dotnet msbuild a/a.csproj /p:Configuration=Release /t:Publish /p:PublishDir=/o",
                "a/obj b/obj",
            ),
            (REFERRING, "dotnet msbuild a/a.csproj -restore /t:Publish /p:PublishDir=/o", ""),
            (REFERRING, "dotnet msbuild a/a.csproj -t:Clean && dotnet publish a", ""),
            (REFERRING, "dotnet msbuild a/a.csproj -getProperty:Version && dotnet publish a", ""),
            (REFERRING, "dotnet msbuild a/a.csproj -getTargetResult:Build && dotnet publish a", ALL),
            (REFERRING, "dotnet build a --no-build=false && dotnet publish a --no-build -c Debug", ""),
            (REFERRING, "dotnet build /t:Restore a && dotnet publish a --no-build -o /out", ALL),
            (REFERRING, "dotnet msbuild -t:Restore && dotnet publish a --no-build", ALL),
            (REFERRING, "dotnet msbuild --target:restore && dotnet publish a --no-restore", ""),
            (REFERRING, "dotnet build a -t:Clean && dotnet publish a --no-build", ALL),
            (REFERRING, "dotnet build a --getProperty:X && dotnet publish a --no-build", ALL),
            (REFERRING, "dotnet build a -t:Restore,Build && dotnet publish a --no-build -c:Debug", ""),
            (REFERRING, "dotnet publish a -p:NoBuild=true -o /out", ALL),
            (REFERRING, "NoBuild=true dotnet publish a -o /out", ALL),
            (REFERRING, "dotnet msbuild a -t:VSTest -p:VSTestNoBuild=true -restore", ALL),
            (REFERRING, "dotnet build a && dotnet msbuild a -t:VSTest -p:VSTestNoBuild=true", ""),
            (REFERRING, "dotnet publish a --no-build=true -o /out", ALL),
            (REFERRING, "dotnet publish a --no-build:true -o /out", ALL),
            (REFERRING, "dotnet publish a --no-restore=true -o /out", "a/obj b/obj"),
            (REFERRING, "dotnet publish a --no-restore:true -o /out", "a/obj b/obj"),
            (REFERRING, "dotnet publish a ${O} -o /out", ALL),
            (REFERRING, "dotnet build a && dotnet publish a --no-build", ALL),
            (REFERRING, "dotnet build a -c Release && dotnet publish a --no-build", ALL),
            (REFERRING, "dotnet build a && dotnet build a -c Release && dotnet publish a --no-build", ""),
            (REFERRING, "dotnet build a -c Debug && dotnet publish a -c Release --no-build", ALL),
            (REFERRING, "dotnet build a -c Release && dotnet publish a -p:Configuration=release --no-build", ""),
            (REFERRING, "dotnet build a -c $C -o /x && dotnet publish a -c $C --no-build", ALL),
            (REFERRING, "dotnet build a -c $C; dotnet publish a -c $C --no-build", ""),
            (REFERRING, "dotnet build a -c Release && dotnet test a --no-build", ALL),
            (REFERRING, "dotnet build a -f net8.0 && dotnet test a -f net9.0 --no-build", ALL),
            (REFERRING, "dotnet build a && dotnet test a -f net9.0 --no-build", ""),
            (REFERRING, "dotnet build a -f net8.0 && dotnet test a --no-build", ""),
            (REFERRING, "dotnet build a && dotnet test a -r linux-x64 --no-build", ALL),
            (REFERRING, "dotnet build a -r linux-x64 && dotnet test a -r linux-x64 --no-build", ""),
            (REFERRING, "dotnet build a || true; dotnet test a --no-build", ALL),
            (REFERRING, "dotnet build b && dotnet test a --no-build", "a/bin a/obj"),
            (REFERRING, "dotnet publish a --$FLAG -o /out", ALL),
            (REFERRING, "dotnet publish a --no-$WHAT -o /out", ALL),
            (REFERRING, "dotnet publish /src/$NAME.csproj -p:Version=$V -o /out/$V", ""),
            (REFERRING, "dotnet build a -t Generate", ALL),
            (REFERRING, "dotnet build a --target Generate", ALL),
            (REFERRING, "dotnet build a -t Restore && dotnet publish a --no-restore -o /out", ""),
            (REFERRING, "dotnet test a -t", ""),
            (REFERRING, "dotnet publish a @options.rsp -o /out", ALL),
            (REFERRING | {"o.rsp": "# x\n--no-build\n"}, "dotnet publish a @o.rsp -o /out", ALL),
            (REFERRING | {"o.rsp": "-c\nRelease\n"}, "dotnet publish a @o.rsp -o /out", ""),
            (REFERRING | {"Directory.Build.rsp": "-p:NoBuild=true"}, "dotnet publish a -o /out", ALL),
            (REFERRING | {"Directory.Build.rsp": "-t:Generate"}, "dotnet build -o /out ./a/a.csproj", ALL),
            (REFERRING | {"Directory.Build.rsp": "-p:NoBuild=true"}, "dotnet build -noAutoResponse a -o /o ", ""),
            (REFERRING | {"Directory.Build.rsp": "-maxcpucount -v:q"}, "dotnet publish a --output /out", ""),
            (REFERRING | {"a/MSBuild.rsp": '"-p:NoBuild=true"'}, "cd a && dotnet publish -o /out", ALL),
            (REFERRING, "dotnet cake --target=Publish", ALL),
            (REFERRING, "dotnet tool run nuke Publish", ALL),
            (REFERRING, "dotnet script build.csx", ALL),
            (REFERRING, "pwsh -Command 'dotnet publish a --no-build -o /out'", ALL),
            (REFERRING, "pwsh -NoLogo -c 'dotnet publish a -o /out'", ""),
            (REFERRING, "pwsh -c 'dotnet build a' && cp -r a/bin /out", "a/bin"),
            (REFERRING, "pwsh -EncodedCommand ZABvAHQ=", ALL),
            (REFERRING, "pwsh missing.ps1", ALL),
            (REFERRING | {"b.ps1": "dotnet publish a --no-build\n"}, "pwsh -ep Bypass -File b.ps1", ALL),
            (REFERRING | {"b.ps1": "dotnet publish a --no-build\n"}, "pwsh ./b.ps1", ALL),
            (REFERRING | {"b.ps1": "dotnet publish a --no-build\n"}, "./b.ps1 ", ALL),
            (REFERRING | {"c.ps1": "param($x)\nif ($x) { dotnet test }\n"}, "pwsh c.ps1", ALL),
            (REFERRING | {"d.ps1": "dotnet publish a -o /out\n"}, "pwsh d.ps1", ""),
            (REFERRING, "powershell -Command Invoke-WebRequest https://e.org/x -OutFile x", ""),
            (REFERRING, "find . -name '*.csproj' -exec dotnet publish {} -o /out \\;", ALL),
            (REFERRING, "find . -name '*.csproj' -execdir dotnet publish --no-build -o /out \\;", ALL),
            (REFERRING, "find . -name '*.csproj' | xargs -n1 dotnet publish -o /out", ALL),
            (REFERRING, "fd -e csproj -x dotnet publish --no-build -o /out", ALL),
            (REFERRING, "find . -name '*.csproj' | busybox xargs -n1 dotnet publish --no-build -o /out", ALL),
            (REFERRING, "find . -name '*.csproj' -exec dotnet build {} + && dotnet publish a --no-build", ALL),
            (
                REFERRING,
                "find . -name '*.csproj' -exec dotnet restore {} ';' && dotnet publish a --no-restore",
                "a/obj b/obj",
            ),
            (REFERRING, "find . -name '*.sh' -exec chmod +x {} + && dotnet publish a -o /out", ""),
            (REFERRING, "dotnet publish a -o /out $(cat options)", ALL),
            (REFERRING, "dotnet publish a -c $CONFIG -p:Version=$V -r $RID", ""),
            (REFERRING, "dotnet build a -t:Generate", ALL),
            (REFERRING, "dotnet restore a --no-dependencies && dotnet publish a --no-restore", "b/obj"),
            (REFERRING, "dotnet restore a && dotnet build a --no-restore --no-dependencies", "b/bin b/obj"),
            (REFERRING, "dotnet restore && dotnet build b --no-restore && dotnet build a --no-dependencies", ""),
            (REFERRING, "dotnet build a /property:Configuration=Release,BaseOutputPath=/x/ && cp -r a/bin /o", "a/bin"),
            (REFERRING, "UseArtifactsOutput=true dotnet build a && cp -r a/bin /out", "a/bin"),
            (APART, "dotnet restore && dotnet publish --no-restore -o /out a", ""),
            (APART, "dotnet publish --no-restore -o /out a && dotnet restore", "a/obj b/bin b/obj"),
            (APART, "dotnet restore || true; dotnet publish --no-restore -o /out a", "a/obj b/bin b/obj"),
            (APART, "dotnet restore a && dotnet publish --no-restore -o /out a", "b/bin b/obj"),
            (APART, "dotnet restore && dotnet publish --no-build -o /out a", ALL),
        )
    ]
    + [
        pytest.param(APART, text, stays, id=name)
        for name, text, stays in (
            (
                "a restore before the copy",
                f"{SDK}COPY */*.csproj s.sln ./\nCOPY a/a.csproj a/\nCOPY b/b.csproj b/\nRUN dotnet restore\n"
                "COPY . .\nRUN dotnet publish --no-restore -o /out a\n",
                "",
            ),
            (
                "a restore in the stage before",
                f"{SDK}COPY . .\nRUN dotnet restore\nFROM build\nRUN dotnet publish --no-restore -o /out a\n",
                "",
            ),
            (
                "a restore in a stage of which all is copied",
                f"{SDK}COPY . .\nRUN dotnet restore\nFROM mcr.microsoft.com/dotnet/sdk\n"
                "WORKDIR /src\nCOPY --from=build /src .\nRUN dotnet publish --no-restore -o /out a\n",
                "",
            ),
            (
                "a restore in another stage",
                f"{SDK}COPY . .\nRUN dotnet publish --no-restore -o /out a\nFROM build\nRUN dotnet restore\n",
                "a/obj b/bin b/obj",
            ),
            (
                "a restore of which the file is removed",
                f"{SDK}COPY */*.csproj s.sln ./\nCOPY a/a.csproj a/\nCOPY b/b.csproj b/\nRUN dotnet restore\n"
                "RUN rm -rf b/obj\nCOPY . .\nRUN dotnet publish --no-restore -o /out a\n",
                "b/bin b/obj",
            ),
            (
                "a container that takes what another configuration made",
                f"{SDK}COPY . .\nRUN dotnet build -c Release a\nCMD dotnet run --project a --no-build\n",
                ALL,
            ),
            (
                "a stage that takes what another configuration made",
                f"{SDK}COPY . .\nRUN dotnet build a\nFROM build\nRUN dotnet publish -c Release --no-build a\n",
                "a/bin a/obj b/bin b/obj",
            ),
            (
                "a stage that takes what the one before made",
                f"{SDK}COPY . .\nRUN dotnet build -c Release\nFROM build\nRUN dotnet publish -c Release --no-build a\n",
                "",
            ),
            (
                "a container that builds nothing",
                f"{SDK}COPY . .\nRUN dotnet restore\nCMD dotnet run --project a --no-build\n",
                ALL,
            ),
            (
                "a container that restores nothing",
                f"{SDK}COPY . .\nRUN dotnet restore a\nCMD dotnet run --project a --no-restore\n",
                "b/bin b/obj",
            ),
            (
                "a variable of the image",
                f"{SDK}COPY . .\nENV BaseOutputPath=/x/\nRUN dotnet build a && cp -r a/bin /out\n",
                "a/bin",
            ),
        )
    ],
)
def test_dotnet_takes_what_no_restore_or_build_has_made(files: dict[str, str], text: str, stays: str) -> None:
    found = {path: verdict(text, Question(path, DOTNET.use, DOTNET.readers), files) for path in ALL.split()}
    assert {path for path, answer in found.items() if isinstance(answer, Stays)} == set(stays.split())


@pytest.mark.parametrize(
    ("pattern", "where"), [("certs/*.pem", "a.go:3"), ("certs/ca.pem", "a.go:3"), ("certs/*", ""), ("certs", "")]
)
def test_a_pattern_that_a_compiler_embeds_names_a_file(pattern: str, where: str) -> None:
    files = {"go.mod": "module a", "a.go": f"package a\n\n//go:embed {pattern}\nvar f embed.FS\n"}
    dockerfile = b"FROM golang\nCOPY . /a/\nRUN cd /a && go build\n"
    image = Image(needs(parse(dockerfile, "Dockerfile")), Project(Tree(files), files))
    stays = Origin(image, "Dockerfile").naming("certs/ca.pem")
    assert (stays.where if stays else "") == where


def test_a_word_that_is_not_known_is_a_doubt() -> None:
    found = verdict(f"{SDK}COPY . .\nRUN dotnet publish $O\n", OBJ, {"a.csproj": "<Project/>"})
    assert isinstance(found, Stays)
    assert (found.doubtful, found.reason) == (
        True,
        "`dotnet publish $O` in line 4 has words that are not known, and may read it",
    )


@pytest.mark.parametrize(
    ("dockerfile", "files", "question", "reason"),
    [
        pytest.param(
            "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm run build\nCMD node a.js\n",
            {
                "package.json": '{"scripts": {"build": "node make-geo.js"}}',
                "make-geo.js": "fs.mkdirSync(where)\n",
                "a.js": "open('./geo/city.mmdb')\n",
            },
            Question("geo", "name"),
            "a.js:1 names it, and no RUN is known to make it",
            id="a program of the project that a RUN runs may make it",
        ),
        pytest.param(
            "FROM node\nWORKDIR /app\nCOPY . .\nRUN node a.js\n",
            {"package.json": "{}", "a.js": "run()\n"},
            Question("cypress/node_modules", "presence", MODULES.readers),
            "`node a.js` in line 4 may read it, and nothing is known to make it before",
            id="a program that may run what it finds there",
        ),
        pytest.param(
            "FROM mcr.microsoft.com/dotnet/sdk\nWORKDIR /src\nCOPY . .\nRUN dotnet publish --no-restore -o /out\n",
            {"a.csproj": "<Project/>"},
            OBJ,
            "`dotnet publish --no-restore -o /out` in line 4 reads it, and nothing is known to make it before",
            id="an option by which a program reads it for certain",
        ),
        pytest.param(
            "FROM node\nWORKDIR /app\nCOPY . .\nCMD node a.js\n",
            {"package.json": "{}", "a.js": "sendTelemetry('build')\n"},
            Question("build", "name"),
            "a.js:1 has the word `build`, and no RUN is known to make it",
            id="a word that may be no path",
        ),
        pytest.param(
            "FROM node\nWORKDIR /app\nCOPY . .\nCMD node a.js\n",
            {"package.json": "{}", "a.js": "load('./build/b.js')\n"},
            Question("build", "name"),
            "a.js:1 names it, and no RUN is known to make it",
            id="a path",
        ),
    ],
)
def test_a_reason_says_no_more_than_is_known(
    dockerfile: str, files: dict[str, str], question: Question, reason: str
) -> None:
    found = verdict(dockerfile, question, files)
    assert isinstance(found, Stays), found
    assert found.reason == reason
