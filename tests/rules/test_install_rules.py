"""The lines that install dependencies above the source: complete, and where they are not certain, none."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from rules.test_cache_rules import NPM, Tree, found

from support import make_tree

PNPM: Tree = {"package.json": "{}", "pnpm-lock.yaml": ""}
YARN: Tree = {"package.json": "{}", "yarn.lock": ""}
PIP: Tree = {"requirements.txt": "flask==3.0\n"}
UV: Tree = {"pyproject.toml": "[project]\nname='a'\nversion='1'\n", "uv.lock": ""}
POETRY: Tree = {"pyproject.toml": "[tool.poetry]\n", "poetry.lock": ""}
GO: Tree = {"go.mod": "module a\nrequire b v1\n", "go.sum": ""}
CARGO: Tree = {"Cargo.toml": "[package]\nname='a'\n[dependencies]\nb='1'\n", "Cargo.lock": "", "src/main.rs": ""}
GEM: Tree = {"Gemfile": "gem 'a'\n", "Gemfile.lock": ""}
PHP: Tree = {"composer.json": "{}", "composer.lock": "{}"}
MAVEN: Tree = {"pom.xml": "<project/>"}
WRAPPED: Tree = {**MAVEN, "mvnw": "", ".mvn/wrapper/maven-wrapper.properties": ""}
GRADLE: Tree = {"build.gradle": "", "gradlew": "", "gradle/wrapper/w.properties": ""}
NET: Tree = {"a.csproj": "<Project/>"}
MIX: Tree = {"mix.exs": "{:a, '~> 1'}", "mix.lock": ""}


def below(directory: str, files: Tree) -> Tree:
    return {f"{directory}/{path}": content for path, content in files.items()}


def lines(root: Path, files: Tree, *instructions: str) -> list[str]:
    """The lines to write for each installation that is found."""
    dockerfile = "".join(f"{line}\n" for line in ("FROM base:1", *instructions))
    messages = found(
        make_tree(root, {"other/file": "", **files, "Dockerfile": dockerfile}), "cache-dependencies-after-source"
    )
    return [
        one.partition("write above that line: ")[2].partition("; line")[0].partition("; delete")[0].replace("`", "")
        for one in messages
    ]


COPY = "COPY package.json package-lock.json ./, "
ALONG = [
    pytest.param(
        NPM,
        ["COPY . /app", "WORKDIR /app", "RUN npm ci"],
        "COPY package.json package-lock.json /app/, RUN cd /app && npm ci",
        id="a directory that is set between",
    ),
    pytest.param(
        below("web", NPM),
        ["WORKDIR /app", "COPY . .", "WORKDIR web", "RUN npm ci"],
        "COPY web/package.json web/package-lock.json ./web/, RUN cd web && npm ci",
        id="a directory below",
    ),
    pytest.param(
        {**NPM, "src/a": ""},
        ["WORKDIR /app", "COPY . .", "ENV HOME=/app PATH=/app/src:$PATH", "RUN npm ci"],
        f"ENV HOME=/app PATH=/app/src:$PATH, {COPY}RUN npm ci",
        id="directories in variables",
    ),
    pytest.param(
        NPM,
        ["WORKDIR /app", "COPY . .", "ARG CI", "ENV NODE_ENV=production", "USER node", "RUN npm ci"],
        f"ARG CI, ENV NODE_ENV=production, USER node, {COPY}RUN npm ci",
        id="what is set between",
    ),
    pytest.param(
        NPM,
        ["WORKDIR /app", "COPY --chown=node:node --chmod=755 --link . .", "RUN npm ci"],
        "COPY --chown=node:node --chmod=755 --link=true package.json package-lock.json ./, RUN npm ci",
        id="the owner and the mode of the copy",
    ),
    pytest.param(
        NPM,
        ["WORKDIR /app", "COPY . .", "RUN export A=1 && B='x y' npm ci"],
        f"{COPY}RUN A=1 B='x y' npm ci",
        id="variables of the command",
    ),
    pytest.param(
        NPM,
        ["WORKDIR /app", "COPY . .", "RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --network=host npm ci"],
        f"{COPY}RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --network=host npm ci",
        id="a secret and the network",
    ),
    pytest.param(
        PNPM,
        ["WORKDIR /app", "COPY . .", "RUN corepack enable", "RUN pnpm install"],
        "RUN corepack enable, COPY package.json pnpm-lock.yaml ./, RUN pnpm install",
        id="the package manager itself",
    ),
    pytest.param(
        PNPM,
        ["WORKDIR /app", "COPY . .", "RUN npm install -g pnpm && pnpm install"],
        "COPY package.json pnpm-lock.yaml ./, RUN npm install -g pnpm && pnpm install",
        id="the package manager itself in the same RUN",
    ),
    pytest.param(
        PIP,
        [
            "WORKDIR /app",
            "COPY . .",
            "RUN apt-get update && apt-get install -y gcc && rm -rf /var/lib/apt/lists/*",
            "RUN pip install -U pip && pip install -r requirements.txt",
        ],
        "RUN apt-get update && apt-get install -y gcc && rm -rf /var/lib/apt/lists/*, COPY requirements.txt ./, "
        "RUN pip install -U pip && pip install -r requirements.txt",
        id="packages of the system, and an upgrade",
    ),
    pytest.param(
        PIP,
        [
            "WORKDIR /app",
            "COPY . .",
            "RUN apk add gcc && pip install -r requirements.txt && apk del gcc && rm -rf ~/.cache /tmp/* && ./a",
        ],
        "COPY requirements.txt ./, RUN apk add gcc && pip install -r requirements.txt && apk del gcc && "
        "rm -rf ~/.cache /tmp/*",
        id="what cleans up behind it",
    ),
    pytest.param(
        GEM,
        ["WORKDIR /app", "COPY . .", "RUN bundle config set without 'development test' && bundle install"],
        "COPY Gemfile Gemfile.lock ./, RUN bundle config set without 'development test' && bundle install",
        id="its configuration",
    ),
    pytest.param(
        MIX,
        ["WORKDIR /app", "COPY . .", "RUN mix local.hex --force && MIX_ENV=prod mix deps.get"],
        "COPY mix.exs mix.lock ./, RUN mix local.hex --force && MIX_ENV=prod mix deps.get",
        id="hex",
    ),
    pytest.param(
        UV,
        ["WORKDIR /app", "COPY . .", "COPY --from=ghcr.io/astral-sh/uv:1 /uv /bin/uv", "RUN uv sync"],
        "COPY --from=ghcr.io/astral-sh/uv:1 /uv /bin/uv, COPY pyproject.toml uv.lock ./, "
        "RUN uv sync --no-install-project",
        id="a program of an image",
    ),
    pytest.param(
        WRAPPED,
        ["WORKDIR /app", "COPY . .", "RUN chmod +x mvnw", "RUN ./mvnw -Pprod package"],
        "COPY pom.xml mvnw ./, COPY .mvn ./.mvn, RUN chmod +x mvnw && ./mvnw -B -Pprod dependency:go-offline",
        id="the mode of a wrapper",
    ),
    pytest.param(
        NPM,
        ["WORKDIR /app", "COPY . .", "RUN mkdir -p logs && chmod +x run.sh && cp .env.example .env", "RUN npm ci"],
        f"{COPY}RUN npm ci",
        id="what changes other files stays",
    ),
    pytest.param(
        {**NPM, **PIP},
        ["WORKDIR /app", "COPY . .", "RUN npm ci", "RUN pip install -r requirements.txt"],
        "COPY requirements.txt ./, RUN pip install -r requirements.txt",
        id="another installation stays",
    ),
    pytest.param(
        NPM,
        ["WORKDIR /app", "RUN npm install -g npm@11", "COPY . .", "RUN npm --version", "RUN npm ci"],
        f"{COPY}RUN npm ci",
        id="a program that ran before, and installed nothing of the project",
    ),
]


@pytest.mark.parametrize(("files", "instructions", "expected"), ALONG)
def test_what_an_installation_needs_goes_along(
    tmp_path: Path, files: Tree, instructions: list[str], expected: str
) -> None:
    assert lines(tmp_path, files, *instructions)[-1:] == [expected]


IN_THE_WAY = [
    pytest.param(["RUN ./setup.sh", "RUN npm ci"], id="a script of the project"),
    pytest.param(["RUN node make.js > package.json", "RUN npm ci"], id="a manifest that is made"),
    pytest.param(["RUN sed -i s/a/b/ package.json && npm ci"], id="a manifest that is changed"),
    pytest.param(["RUN rm -f package-lock.json && npm install"], id="a lock file that is removed"),
    pytest.param(["RUN rm -rf * && npm ci"], id="everything is removed"),
    pytest.param(["RUN rm -rf / && npm ci"], id="the root is removed"),
    pytest.param(["RUN rm -rf /* && npm ci"], id="everything in the root is removed"),
    pytest.param(["RUN chown -R node /app", "USER node", "RUN npm ci"], id="an owner of the directory"),
    pytest.param(['SHELL ["bash", "-c"]', "RUN npm ci"], id="another shell"),
    pytest.param(["RUN <<EOF\nnpm config set a b\nEOF", "RUN npm ci"], id="a heredoc"),
    pytest.param(["RUN sudo npm ci"], id="another user"),
    pytest.param(["RUN npm install -g ./cli && npm ci"], id="a program of the project"),
    pytest.param(["RUN ./setup.sh -v", "RUN npm ci"], id="a script of the project that has an option"),
    pytest.param(["RUN make version", "RUN npm ci"], id="a target of make"),
    pytest.param(["RUN npm install -g cli/sub", "RUN npm ci"], id="a program of the project below"),
    pytest.param(["RUN pip install cli/sub", "RUN npm ci"], id="a package of the project"),
    pytest.param(["RUN apt-get -c a install -y git", "RUN npm ci"], id="a configuration of apt"),
    pytest.param(["RUN npm config set cafile=cli/ca.pem", "RUN npm ci"], id="a certificate of the project"),
    pytest.param(["RUN git config --global include.path /app/a", "RUN npm ci"], id="settings of git"),
    pytest.param(["ENV NODE_EXTRA_CA_CERTS=/app/cli/ca.pem", "RUN npm ci"], id="a certificate in a variable"),
    pytest.param(["RUN cp cli/npmrc /root/.npmrc", "RUN npm ci"], id="settings that are copied home"),
    pytest.param(["RUN cp cli/npmrc .npmrc && npm ci"], id="settings that are copied here"),
    pytest.param(["RUN mv ./cli/npmrc ~/.npmrc && npm ci"], id="settings that are moved home"),
    pytest.param(
        ["RUN cp cli/ca.pem /usr/local/share/ca-certificates/ && update-ca-certificates", "RUN npm ci"],
        id="a certificate of the machine",
    ),
    pytest.param(["COPY --from=0 /x /x", "RUN npm ci"], id="a copy out of a stage"),
    pytest.param(["RUN --mount=type=bind,source=a,target=/a npm ci"], id="a mount of the context"),
    pytest.param(["RUN A=$(date) npm ci"], id="a variable that nobody knows"),
]


@pytest.mark.parametrize("instructions", IN_THE_WAY)
def test_what_is_not_known_between_a_copy_and_an_installation_gives_no_lines(
    tmp_path: Path, instructions: list[str]
) -> None:
    files = {
        **NPM,
        "a": "",
        "setup.sh": "",
        "cli/package.json": "{}",
        "cli/sub/setup.py": "",
        "cli/ca.pem": "",
        "cli/npmrc": "",
    }
    assert lines(tmp_path, files, "RUN made", "FROM base:1", "WORKDIR /app", "COPY . .", *instructions) == []


NAMED = [
    pytest.param({**NPM, ".npmrc": "cafile=certs/ca.pem\n", "certs/ca.pem": ""}, "npm ci", "certs/ca.pem", id="npm"),
    pytest.param({**NPM, "npm-shrinkwrap.json": "{}"}, "npm ci", "npm-shrinkwrap.json", id="the lock that counts"),
    pytest.param(
        {**YARN, ".yarnrc": "yarn-path tools/yarn.js\n", "tools/yarn.js": ""}, "yarn", "tools/yarn.js", id="yarn"
    ),
    pytest.param(
        {**PNPM, ".pnpmfile.cjs": "require('./hooks.cjs')\n", "hooks.cjs": ""}, "pnpm install", "hooks.cjs", id="pnpm"
    ),
    pytest.param(
        {"requirements/prod.txt": "-r base.txt\n-c c.txt\n", "requirements/base.txt": "a\n", "requirements/c.txt": ""},
        "pip install -r requirements/prod.txt",
        "requirements/base.txt",
        id="requirements of requirements",
    ),
    pytest.param({**PIP, "c.txt": "a==1\n"}, "pip install -c c.txt -r requirements.txt", "c.txt", id="constraints"),
    pytest.param({**UV, "uv.toml": ""}, "uv sync", "uv.toml", id="the configuration of uv"),
    pytest.param({**POETRY, "poetry.toml": ""}, "poetry install", "poetry.toml", id="the configuration of poetry"),
    pytest.param({**CARGO, "rust-toolchain.toml": ""}, "cargo build", "rust-toolchain.toml", id="a toolchain"),
    pytest.param({**CARGO, ".cargo/config.toml": ""}, "cargo build", ".cargo", id="the configuration of cargo"),
    pytest.param(
        {**GEM, "Gemfile": "ruby file: '.tool-versions'\n", ".tool-versions": ""},
        "bundle install",
        ".tool-versions",
        id="a version of ruby",
    ),
    pytest.param({**GEM, ".bundle/config": ""}, "bundle install", ".bundle", id="the configuration of bundler"),
    pytest.param({**PHP, "symfony.lock": "{}"}, "composer install", "symfony.lock", id="recipes that are installed"),
    pytest.param(
        {**NET, "Directory.Build.targets": ""}, "dotnet publish", "Directory.Build.targets", id="targets of MSBuild"
    ),
]


@pytest.mark.parametrize(("files", "command", "named"), NAMED)
def test_each_file_that_an_installation_reads_is_in_the_lines(
    tmp_path: Path, files: Tree, command: str, named: str
) -> None:
    (shown,) = lines(tmp_path, files, "WORKDIR /app", "COPY . .", f"RUN {command}")
    assert named in shown.partition(", RUN")[0].split()


COMMANDS = [
    pytest.param(PHP, "composer install --no-dev -o", "composer install --no-dev -o --no-scripts --no-autoloader"),
    pytest.param(NET, "dotnet restore -r linux-x64", "dotnet restore -r linux-x64"),
    pytest.param(NET, "dotnet publish -r linux-x64", "dotnet restore -r linux-x64"),
    pytest.param(GO, "go mod download -x", "go mod download -x"),
    pytest.param(NPM, "npm ci --ignore-scripts", "npm ci --ignore-scripts"),
    pytest.param(PIP, "pip install -i https://p.example -r requirements.txt", None),
]


@pytest.mark.parametrize(("files", "command", "expected"), COMMANDS)
def test_the_command_keeps_its_options(tmp_path: Path, files: Tree, command: str, expected: str | None) -> None:
    (shown,) = lines(tmp_path, files, "WORKDIR /app", "COPY . .", f"RUN {command}")
    assert shown.partition(", RUN ")[2] == (expected or command)


PNPM_WORKSPACES = [
    pytest.param("packages:\n- apps/*\n", id="items that are not indented"),
    pytest.param("packages:\n  # - old/*\n  - './apps/*/'\n\ncatalog:\n  a: ^1\n", id="comments and other keys"),
]


@pytest.mark.parametrize("text", PNPM_WORKSPACES)
def test_the_members_of_a_pnpm_workspace_are_found(tmp_path: Path, text: str) -> None:
    files = {**PNPM, "pnpm-workspace.yaml": text, "apps/a/package.json": "{}"}
    (shown,) = lines(tmp_path, files, "WORKDIR /app", "COPY . .", "RUN pnpm install")
    assert shown.startswith("COPY --parents package.json pnpm-lock.yaml pnpm-workspace.yaml apps/*/package.json ./")


MORE = [
    pytest.param({**NPM, **below("web", NPM)}, "npm ci --prefix=web", id="another directory of npm"),
    pytest.param({**YARN, **below("web", YARN)}, "yarn --cwd=web install", id="another directory of yarn"),
    pytest.param({**YARN, "package.json": '{"scripts": {"ci": "x"}}'}, "yarn ci", id="a script that is called ci"),
    pytest.param({**NPM, "binding.gyp": "{}"}, "npm ci", id="a package in C, which npm compiles"),
    pytest.param({**NPM, "package.json": '{"overrides": {"a": {"b": "file:./b"}}}'}, "npm ci", id="an override"),
    pytest.param({**YARN, "package.json": '{"resolutions": {"a": "patch:a@1#./a.patch"}}'}, "yarn", id="a patch"),
    pytest.param({**YARN, "package.json": '{"dependencies": {"a": "exec:./a.js"}}'}, "yarn", id="a generator"),
    pytest.param({**NPM, "package.json": '{"dependencies": {"a": "a-1.tgz"}}'}, "npm ci", id="an archive of npm"),
    pytest.param({**NPM, "package.json": '{"dependencies": {"@prisma/client": "6"}}'}, "npm ci", id="prisma's schema"),
    pytest.param({**NPM, ".puppeteerrc.cjs": ""}, "npm ci", id="puppeteer's configuration"),
    pytest.param({**NPM, "package.json": '{"scripts": {"dependencies": "x"}}'}, "npm ci", id="another script of npm"),
    pytest.param({**NPM, ".npmrc": "store-dir=./store\n", "store/a": ""}, "npm ci", id="a directory of its own"),
    pytest.param({**PNPM, "pnpm-workspace.yaml": "packages: ['apps/*']\n"}, "pnpm install", id="a list on one line"),
    pytest.param(
        {
            "package.json": '{"workspaces": ["a/*"]}',
            "yarn.lock": "",
            **{f"a/{one}/package.json": "{}" for one in range(200)},
            "a/z/package.json": '{"scripts": {"postinstall": "./x"}}',
        },
        "yarn",
        id="the script of one of many members",
    ),
    pytest.param({**PNPM, "pnpm-workspace.yaml": "patchedDependencies:\n  a: a.patch\n"}, "pnpm install", id="patches"),
    pytest.param(
        {**PIP, "requirements.txt": "a-1-py3-none-any.whl\n"}, "pip install -r requirements.txt", id="a wheel"
    ),
    pytest.param(
        {**PIP, "requirements.txt": "a-1.tar.gz\n"}, "pip install -r requirements.txt", id="an archive of pip"
    ),
    pytest.param(
        {"requirements.txt": "-r base.txt\n", "base.txt": "-e .\n"}, "pip install -r requirements.txt", id="nested"
    ),
    pytest.param(
        {**PIP, "requirements.txt": "flask==3.0\n" * 400_000}, "pip install -r requirements.txt", id="more than is read"
    ),
    pytest.param({**PIP, "w/a.whl": ""}, "pip install --find-links=w -r requirements.txt", id="wheels of the project"),
    pytest.param(PIP, "pip install --editable=. -r requirements.txt", id="the project itself"),
    pytest.param(PIP, "pip install -e. -r requirements.txt", id="the project itself, in short"),
    pytest.param({**PIP, "c.txt": ""}, "PIP_CONSTRAINT=c.txt pip install -r requirements.txt", id="a variable of pip"),
    pytest.param(PIP, "python setup.py install -r requirements.txt", id="an installation that pip does not do"),
    pytest.param(
        {**UV, "uv.lock": 'source = { directory = "libs/a" }\n'}, "uv sync", id="a package that uv builds from here"
    ),
    pytest.param({**UV, "uv.lock": 'source = { registry = "wheels" }\n'}, "uv sync", id="an index that is a directory"),
    pytest.param(
        {**UV, "pyproject.toml": "[project]\nname='a'\ndynamic=['dependencies']\n"},
        "uv sync --locked",
        id="dependencies that a build computes",
    ),
    pytest.param({**UV, **below("s", UV)}, "uv sync --project=s", id="another project of uv"),
    pytest.param({**POETRY, "poetry.lock": 'type = "directory"\n'}, "poetry install", id="a directory of poetry"),
    pytest.param(POETRY, "poetry install --only-root", id="the project alone"),
    pytest.param(GO, "go install example.com/a/cmd/b@latest", id="a program of another module"),
    pytest.param({**GO, "go.mod": "require b v1\nreplace b => ..\n"}, "go build .", id="the directory above"),
    pytest.param({**GO, **below("s", GO)}, "go build -C s .", id="another directory of go"),
    pytest.param(GO, "go build -mod=vendor .", id="what is in the repository"),
    pytest.param(GO, "go generate ./... && go build .", id="what is generated first"),
    pytest.param({**CARGO, "Cargo.toml": f"{CARGO['Cargo.toml']}[[bin]]\nname='x'\n"}, "cargo build", id="a program"),
    pytest.param({**CARGO, "Cargo.toml": f"{CARGO['Cargo.toml']}[[bench]]\nname='x'\n"}, "cargo build", id="a bench"),
    pytest.param(
        {**CARGO, "Cargo.toml": "[package]\ndefault-run='a'\n[dependencies]\nb='1'\n"}, "cargo build", id="default-run"
    ),
    pytest.param(
        {**CARGO, ".cargo/config.toml": "[source.vendored]\ndirectory = 'v'\n"}, "cargo build", id="sources of cargo"
    ),
    pytest.param({**CARGO, "Cargo.toml": "[package]\nname='a'\n"}, "cargo build", id="a crate without others"),
    pytest.param({**GEM, "Gemfile": "path 'engines' do\n gem 'a'\nend\n"}, "bundle install", id="a directory of gems"),
    pytest.param({**GEM, "Gemfile.lock": "PATH\n  remote: .\n"}, "bundle install", id="a lock that names a directory"),
    pytest.param({**GEM, "vendor/cache/a.gem": ""}, "bundle install --local", id="gems in the repository"),
    pytest.param({**PHP, "composer.json": '{"extra": {"patches": {}}}'}, "composer install", id="patches of composer"),
    pytest.param({**PHP, "composer.json": '{"extra": {"merge-plugin": {}}}'}, "composer install", id="other manifests"),
    pytest.param({**PHP, "composer.json": '{"repositories": [{"url": "./a"}]}'}, "composer install", id="a repository"),
    pytest.param({**PHP, **below("w", PHP)}, "composer install --working-dir=w", id="another directory of composer"),
    pytest.param({**MAVEN, "pom.xml": "<systemPath>a.jar</systemPath>"}, "mvn package", id="a file of maven"),
    pytest.param({**MAVEN, "pom.xml": "<url>file://${basedir}/r</url>"}, "mvn package", id="a repository of maven"),
    pytest.param({**MAVEN, "settings.xml": ""}, "mvn -s settings.xml package", id="settings of maven"),
    pytest.param(
        {**GRADLE, "build.gradle.kts": 'apply(from = "a.gradle.kts")'}, "./gradlew build", id="another script of gradle"
    ),
    pytest.param({**GRADLE, "build.gradle": "version = file('V').text"}, "./gradlew build", id="a file of gradle"),
    pytest.param({**GRADLE, **below("w", GRADLE)}, "gradle -p w build", id="another directory of gradle"),
    pytest.param({**NET, "a.csproj": '<Import Project="b.props"/>'}, "dotnet publish", id="an import of MSBuild"),
    pytest.param(
        {**NET, "nuget.config": '<packageSources><add key="a" value="p"/></packageSources>'},
        "dotnet restore",
        id="packages in a directory",
    ),
    pytest.param({**NET, "a.slnx": ""}, "dotnet publish", id="a solution"),
    pytest.param(NET, "dotnet publish --no-restore", id="nothing is restored"),
    pytest.param({"My App.csproj": "<Project/>"}, "dotnet restore", id="a name with a space"),
    pytest.param({**MIX, "mix.exs": "System.cmd('git', [])"}, "mix deps.get", id="a version of git"),
]


@pytest.mark.parametrize(("files", "command"), MORE)
def test_an_installation_that_may_read_more_gives_no_lines(tmp_path: Path, files: Tree, command: str) -> None:
    assert lines(tmp_path, files, "WORKDIR /app", "COPY . .", f"RUN {command}") == []


MEMBERS: Tree = {f"a/{one}/package.json": "{}" for one in range(150)}
LONG = [
    pytest.param({**CARGO, "Cargo.toml": "dependencies" + "\n" * 250_000}, "cargo build", id="empty lines"),
    pytest.param({**GEM, "Gemfile": "\n" * 250_000}, "bundle install", id="empty lines of a Gemfile"),
    pytest.param({**GRADLE, "build.gradle": "\n" * 250_000}, "./gradlew build", id="empty lines of Gradle"),
    pytest.param(
        {**NET, "nuget.config": "<packageSources>" * 25_000}, "dotnet restore", id="one element after another"
    ),
    pytest.param({**NPM, ".npmrc": "".join(f"a{one} " for one in range(50_000))}, "npm ci", id="many words"),
    pytest.param({**PNPM, "pnpm-workspace.yaml": "packages:\n" + "- a\n" * 40_000}, "pnpm install", id="many members"),
    pytest.param({**GRADLE, "build.gradle": "apply" + " " * 250_000}, "./gradlew build", id="spaces of Gradle"),
    pytest.param(
        {**PNPM, **MEMBERS, "pnpm-workspace.yaml": "packages:\n" + "- a/*\n" * 40_000}, "pnpm install", id="one glob"
    ),
    pytest.param(
        {**PIP, "requirements.txt": "".join(f"-r a{one}\n" for one in range(8_000))},
        "pip install -r requirements.txt",
        id="many files of requirements",
    ),
    pytest.param({**PIP, "requirements.txt": "a " * 250_000}, "pip install -r requirements.txt", id="one long line"),
    pytest.param(PIP, "pip install -r requirements.txt && " + "rm -a " * 3_000, id="a long command"),
]


@pytest.mark.parametrize(("files", "command"), LONG)
def test_a_long_file_is_looked_at_in_no_time(tmp_path: Path, files: Tree, command: str) -> None:
    before = time.process_time()
    lines(tmp_path, files, "WORKDIR /app", "COPY . .", f"RUN {command}")
    assert time.process_time() - before < 5


ABOVE = [
    pytest.param({"package.json": '{"workspaces": ["s"]}'}, NPM, "npm ci", id="a workspace of npm"),
    pytest.param({"pnpm-workspace.yaml": ""}, PNPM, "pnpm install", id="a workspace of pnpm"),
    pytest.param({"pyproject.toml": "[tool.uv.workspace]\n"}, UV, "uv sync", id="a workspace of uv"),
    pytest.param({"go.work": ""}, GO, "go build .", id="a workspace of go"),
    pytest.param({"Cargo.toml": "[workspace]\n"}, CARGO, "cargo build", id="a workspace of cargo"),
    pytest.param({"pom.xml": ""}, {**MAVEN, "pom.xml": "<parent></parent>"}, "mvn package", id="a parent of maven"),
    pytest.param({"Directory.Packages.props": ""}, NET, "dotnet publish", id="properties of MSBuild"),
]


@pytest.mark.parametrize(("above", "files", "command"), ABOVE)
def test_what_stands_above_counts_where_the_copy_takes_it_too(
    tmp_path: Path, above: Tree, files: Tree, command: str
) -> None:
    files = {**below("s", files), **above}
    assert lines(tmp_path / "1", files, "WORKDIR /app", "COPY . .", f"RUN cd s && {command}") == []
    assert len(lines(tmp_path / "2", files, "WORKDIR /app", "COPY s .", f"RUN {command}")) == 1
