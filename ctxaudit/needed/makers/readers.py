"""The programs that run when a command runs: itself, the runtime that it is written for, and what wraps it."""

from __future__ import annotations

from ctxaudit.needed.shell import Command
from ctxaudit.values import expression

_RUNTIMES = {
    "node": (
        "node nodejs npm npx pnpm pnpx yarn yarnpkg bunx corepack tsc tsx ts-node nodemon pm2 pm2-runtime pm2-docker"
        " next nuxt nuxi nest ng vite webpack webpack-cli rollup esbuild tsup parcel astro gatsby remix react-router"
        " react-scripts vue-cli-service svelte-kit turbo nx lerna gulp grunt babel swc jest vitest"
        " mocha eslint prettier"
        " prisma knex sequelize typeorm strapi directus medusa serve http-server forever concurrently npm-run-all run-s"
        " run-p expo ionic quasar umi max docusaurus vitepress vuepress eleventy hexo hardhat cypress playwright"
        " tailwindcss postcss sass rspack rsbuild ncc pkg node-gyp node-pre-gyp lerna rimraf fastify sails adonis ace"
        " graphql-codegen orval storybook cap capacitor electron-builder electron-forge meteor ember"
        " zx web-ext wrangler"
    ),
    "bun": "bun bunx",
    "deno": "deno",
    "python": (
        "python pip uv uvx poetry pdm pipenv hatch rye conda mamba micromamba pixi virtualenv"
        " gunicorn uvicorn hypercorn"
        " daphne waitress-serve uwsgi flask django-admin manage.py celery pytest tox nox mypy ruff black flake8 pylint"
        " alembic airflow jupyter jupyter-lab streamlit gradio fastapi sanic litestar scrapy mkdocs"
        " sphinx-build pelican"
        " ansible ansible-playbook dagster prefect mlflow superset rq dramatiq supervisord pyinstaller nuitka maturin"
        " cython dbt robyn granian chainlit pre-commit rasa bentoml tensorboard ddtrace-run opentelemetry-instrument"
    ),
    "ruby": (
        "ruby bundle bundler gem rails rake puma unicorn thin passenger sidekiq rackup jekyll middleman rspec rubocop"
        " foreman resque good_job solid_queue thrust irb cap nanoc falcon"
    ),
    "php": (
        "php artisan composer php-fpm apache2-foreground apache2ctl phpunit phpstan pest console symfony drush wp"
        " frankenphp rr roadrunner phpcs pint swoole docker-php-entrypoint"
    ),
    "java": (
        "java javac jar mvn mvnw gradle gradlew sbt lein clojure clj ant kotlin kotlinc scala scalac groovy jlink"
        " catalina.sh jetty jpackage bazel mill standalone.sh"
    ),
    "go": "go air mage templ sqlc goreleaser ko xcaddy gotestsum golangci-lint dlv wire buf swag task",
    "cargo": "cargo rustc trunk wasm-pack cross sqlx diesel cargo-leptos",
    "dotnet": "dotnet msbuild nuget",
    "elixir": "mix elixir iex rebar3 erl escript",
    "swift": "swift swiftc",
    "dart": "dart flutter pub fvm",
    "perl": "perl cpan cpanm carton plackup starman hypnotoad",
    "nginx": "nginx openresty",
    "httpd": "httpd apache2 apachectl httpd-foreground apache2-foreground apache2ctl",
    "caddy": "caddy frankenphp",
    "git": "git",
}
_BY_PROGRAM: dict[str, set[str]] = {}
for _runtime, _programs in _RUNTIMES.items():
    for _program in _programs.split():
        _BY_PROGRAM.setdefault(_program, {_program}).add(_runtime)
_WRAPPERS = {
    "npx": ("node", "npm"),
    "pnpm": ("node", "pnpm"),
    "yarn": ("node", "yarn"),
    "bun": ("bun",),
    "bundle": ("ruby", "bundle"),
    "xargs": (),
}
_PYTHONIC = frozenset(("poetry", "uv", "uvx", "pdm", "pipenv", "hatch", "rye", "conda", "pixi", "pipx"))
_VERSION = expression(r"(?<=[a-z])[-.]?\d[\d.]*(?:\.exe)?\Z")
_ENDINGS = {
    ".py": "python",
    ".rb": "ruby",
    ".php": "php",
    ".js": "node",
    ".mjs": "node",
    ".cjs": "node",
    ".ts": "node",
    ".pl": "perl",
    ".jar": "java",
    ".dll": "dotnet",
    ".exs": "elixir",
}


def bare_name(program: str) -> str:
    """A program without a version: `python3.12` is python."""
    short = _VERSION.sub("", program)
    return short if short in _BY_PROGRAM or short in ("gcc", "g++", "clang", "clang++") else program


def tools_of(command: Command) -> frozenset[str]:
    """The names of the programs that run by this command itself."""
    name = bare_name(command.program)
    found = set(_BY_PROGRAM.get(name, {name}))
    for wrapper in command.wrappers:
        found.update(_WRAPPERS.get(wrapper, (wrapper.partition(" ")[0],)))
        found.update(("python",) if wrapper in _PYTHONIC else ())
    for word in command.words[:3]:
        _, dot, ending = word.rpartition(".")
        if runtime := _ENDINGS.get(dot + ending):
            found.add(runtime)
    if name in ("python", "php") and len(command.words) > 1:
        found.add(command.words[2] if command.words[1] == "-m" and len(command.words) > 2 else _last(command.words[1]))
    return frozenset(found)


def _last(path: str) -> str:
    return path.rpartition("/")[2]
