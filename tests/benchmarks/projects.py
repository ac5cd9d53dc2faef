"""Projects as a developer's machine has them: what git tracks, what lies beside it, and what of that the image needs.

Each row is written for this table, after the shape of projects of its kind. The labels are the author's: `junk` is
what the image can be built and run without, `needed` what it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KB = 1024


def several(directory: str, names: str, number: int) -> tuple[str, ...]:
    """Places below a directory; in each name `#` stands for a number."""
    return tuple(f"{directory}/{name.replace('#', str(at))}" for at in range(number) for name in names.split())


def packages(directory: str, number: int = 12) -> tuple[str, ...]:
    """Packages as npm lays them down."""
    return (
        f"{directory}/.package-lock.json",
        *several(directory, "pkg-#/package.json pkg-#/index.js pkg-#/README.md pkg-#/lib/main.min.js", number),
    )


def environment(directory: str, number: int = 10) -> tuple[str, ...]:
    """A virtual environment of Python."""
    names = "mod#/__init__.py mod#/__pycache__/__init__.cpython-312.pyc mod#-1.0.dist-info/METADATA"
    return (
        f"{directory}/pyvenv.cfg",
        f"{directory}/bin/activate",
        *several(f"{directory}/lib/python3.12/site-packages", names, number),
    )


DESK = (".DS_Store", ".idea/workspace.xml", ".idea/modules.xml", ".vscode/settings.json", ".claude/settings.local.json")
PYTHON_CACHES = (
    ".pytest_cache/v/cache/lastfailed",
    ".mypy_cache/3.12/app.meta.json",
    ".ruff_cache/0.5.0/1234",
    ".coverage",
    "htmlcov/index.html",
)


@dataclass(frozen=True)
class Project:
    """Paths with their contents, relative to the context root.

    junk: what lies there and git does not track; git ignores most of it.
    needed: what git ignores and the image needs.
    """

    tracked: Mapping[str, str]
    gitignore: str
    junk: tuple[str, ...]
    needed: Mapping[str, str] = field(default_factory=dict)


GO = Project(
    {
        "Dockerfile": "FROM golang:1.22 AS build\nWORKDIR /src\nCOPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\n"
        "RUN CGO_ENABLED=0 go build -o /out/server ./cmd/server\n\nFROM gcr.io/distroless/static\n"
        'COPY --from=build /out/server /server\nENTRYPOINT ["/server"]\n',
        "go.mod": "module example.com/shop\n\ngo 1.22\n",
        "go.sum": "",
        "Makefile": "build:\n\tgo build -o bin/server ./cmd/server\n",
        "cmd/server/main.go": 'package main\n\nimport "example.com/shop/internal/api"\n\nfunc main() { api.Serve() }\n',
        "internal/api/api.go": "package api\n\nfunc Serve() {}\n",
        "internal/api/api_test.go": "package api\n",
        "README.md": "# Shop\n",
    },
    "/bin/\n*.out\ncoverage.html\n.env\n",
    ("bin/server", "bin/migrate", "cover.out", "coverage.html", ".env", "internal/api/.api.go.swp", *DESK),
)

GO_EMBED = Project(
    {
        "Dockerfile": "FROM golang:1.22-alpine AS build\nWORKDIR /app\nCOPY . .\nRUN go build -o /bin/panel .\n\n"
        'FROM alpine:3.20\nCOPY --from=build /bin/panel /usr/local/bin/panel\nCMD ["panel"]\n',
        "go.mod": "module example.com/panel\n\ngo 1.22\n",
        "main.go": 'package main\n\nimport "embed"\n\n//go:embed web/dist\nvar site embed.FS\n\n'
        "func main() { _ = site }\n",
        "web/package.json": '{"name": "panel-web", "scripts": {"build": "vite build"}}\n',
        "web/src/main.ts": "document.title = 'Panel'\n",
        "web/index.html": "<!doctype html>\n",
    },
    "node_modules/\nweb/dist/\n*.log\n/tmp/\n*.db\n",
    (*packages("web/node_modules"), "tmp/air/build-errors.log", "panel.db", "debug.log", *DESK),
    {"web/dist/index.html": "<!doctype html>\n", "web/dist/assets/main.js": "1\n"},
)

NODE_SERVER = Project(
    {
        "Dockerfile": "FROM node:20-alpine\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci --omit=dev\nCOPY . .\n"
        'EXPOSE 3000\nCMD ["node", "src/server.js"]\n',
        "package.json": '{"name": "api", "main": "src/server.js", "scripts": {"start": "node src/server.js", '
        '"test": "jest --coverage"}, "dependencies": {"express": "^4"}}\n',
        "package-lock.json": '{"lockfileVersion": 3}\n',
        "src/server.js": "const express = require('express')\nrequire('./routes/users')\nexpress().listen(3000)\n",
        "src/routes/users.js": "module.exports = []\n",
        "test/users.test.js": "test('users', () => {})\n",
        ".env.example": "DATABASE_URL=\n",
    },
    "node_modules\ncoverage\n.env\n*.log\n.nyc_output\n",
    (
        *packages("node_modules", 30),
        *several("coverage", "lcov-report/file#.html", 8),
        "coverage/lcov.info",
        ".nyc_output/processinfo/index.json",
        "npm-debug.log",
        ".env",
        ".env.local",
        "src/routes/users.js.orig",
        "src/routes/users.js~",
        *DESK,
    ),
)

NODE_MONOREPO = Project(
    {
        "Dockerfile": "FROM node:20-slim AS base\nRUN corepack enable\nWORKDIR /repo\n\nFROM base AS build\nCOPY . .\n"
        "RUN pnpm install --frozen-lockfile\nRUN pnpm --filter api build\n\nFROM base\n"
        'COPY --from=build /repo /repo\nCMD ["node", "apps/api/dist/index.js"]\n',
        "package.json": '{"name": "repo", "private": true, "scripts": {"build": "turbo run build"}, '
        '"devDependencies": {"turbo": "^2"}}\n',
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
        "pnpm-workspace.yaml": "packages:\n  - apps/*\n  - packages/*\n",
        "turbo.json": '{"tasks": {"build": {"outputs": ["dist/**"]}}}\n',
        "apps/api/package.json": '{"name": "api", "scripts": {"build": "tsc -p ."}}\n',
        "apps/api/tsconfig.json": '{"compilerOptions": {"outDir": "dist"}}\n',
        "apps/api/src/index.ts": "import { log } from '@repo/log'\nlog('api')\n",
        "apps/web/package.json": '{"name": "web", "scripts": {"build": "vite build"}}\n',
        "apps/web/src/main.tsx": "export {}\n",
        "packages/log/package.json": '{"name": "@repo/log", "main": "src/index.ts"}\n',
        "packages/log/src/index.ts": "export const log = console.log\n",
    },
    "node_modules\ndist\n.turbo\ncoverage\n.env*\n!.env.example\n*.tsbuildinfo\n",
    (
        *packages("node_modules", 20),
        *packages("apps/api/node_modules", 3),
        *packages("apps/web/node_modules", 3),
        *packages("packages/log/node_modules", 2),
        *several("apps/web/dist", "assets/index-#.js", 6),
        "apps/api/dist/index.js",
        ".turbo/cache/abc.tar.zst",
        "apps/api/.turbo/turbo-build.log",
        "apps/api/tsconfig.tsbuildinfo",
        "apps/web/coverage/lcov.info",
        "apps/api/.env",
        "apps/web/.env.local",
        *DESK,
    ),
)

NEXT = Project(
    {
        "Dockerfile": "FROM node:20-alpine AS deps\nWORKDIR /app\nCOPY package.json yarn.lock ./\n"
        "RUN yarn install --frozen-lockfile\n\nFROM node:20-alpine AS builder\nWORKDIR /app\n"
        "COPY --from=deps /app/node_modules ./node_modules\nCOPY . .\nRUN yarn build\n\nFROM node:20-alpine\n"
        "WORKDIR /app\nCOPY --from=builder /app/public ./public\nCOPY --from=builder /app/.next/standalone ./\n"
        'COPY --from=builder /app/.next/static ./.next/static\nCMD ["node", "server.js"]\n',
        "package.json": '{"name": "site", "scripts": {"dev": "next dev", "build": "next build", '
        '"start": "next start"}, '
        '"dependencies": {"next": "14", "react": "18"}}\n',
        "yarn.lock": "# yarn lockfile v1\n",
        "next.config.js": "module.exports = { output: 'standalone' }\n",
        "app/page.tsx": "export default function Page() { return null }\n",
        "app/layout.tsx": "export default function Layout({ children }) { return children }\n",
        "public/logo.svg": "<svg/>\n",
    },
    "/node_modules\n/.next/\n/out/\n.DS_Store\n*.pem\nnpm-debug.log*\n.env*.local\n.vercel\n*.tsbuildinfo\n"
    "next-env.d.ts\n",
    (
        *packages("node_modules", 30),
        *several(".next", "cache/webpack/#.pack server/app/page#.js static/chunks/#.js", 10),
        ".env.local",
        ".vercel/project.json",
        "tsconfig.tsbuildinfo",
        "npm-debug.log",
        *DESK,
    ),
)

DENO = Project(
    {
        "Dockerfile": "FROM denoland/deno:1.44.0\nWORKDIR /app\nCOPY deno.json deno.lock ./\nCOPY . .\n"
        'RUN deno cache main.ts\nUSER deno\nCMD ["run", "--allow-net", "main.ts"]\n',
        "deno.json": '{"tasks": {"dev": "deno run --watch main.ts"}}\n',
        "deno.lock": '{"version": "3"}\n',
        "main.ts": "import { hello } from './lib/hello.ts'\nDeno.serve(() => hello())\n",
        "lib/hello.ts": "export const hello = () => new Response('hello')\n",
    },
    "cov_profile/\ncoverage/\n.env\n*.sqlite\n",
    (
        *several("cov_profile", "#.json", 6),
        "coverage/lcov.info",
        ".env",
        "kv.sqlite",
        "kv.sqlite-wal",
        "lib/.hello.ts.swp",
        *DESK,
    ),
)

DJANGO = Project(
    {
        "Dockerfile": "FROM python:3.12-slim\nENV PYTHONUNBUFFERED=1\nWORKDIR /app\nCOPY requirements.txt .\n"
        "RUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nRUN python manage.py collectstatic --noinput\n"
        'CMD ["gunicorn", "shop.wsgi:application", "--bind", "0.0.0.0:8000"]\n',
        "requirements.txt": "django==5.0\ngunicorn\n",
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
        "shop/__init__.py": "",
        "shop/settings.py": "import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).parent.parent\n"
        "STATIC_ROOT = BASE_DIR / 'staticfiles'\nMEDIA_ROOT = BASE_DIR / 'media'\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': os.environ['DB']}}\n",
        "shop/wsgi.py": "application = None\n",
        "orders/models.py": "from django.db import models\n",
        "orders/migrations/__init__.py": "",
        "orders/static/orders/app.css": "body {}\n",
    },
    "*.pyc\n__pycache__/\n.venv/\nvenv/\ndb.sqlite3\n/staticfiles/\n/media/\n.env\n.coverage\nhtmlcov/\n"
    ".pytest_cache/\n",
    (
        *environment(".venv", 20),
        "shop/__pycache__/settings.cpython-312.pyc",
        "orders/__pycache__/models.cpython-312.pyc",
        "orders/migrations/__pycache__/__init__.cpython-312.pyc",
        "db.sqlite3",
        *several("staticfiles", "admin/css/#.css", 8),
        *several("media", "uploads/#.jpg", 8),
        ".env",
        *PYTHON_CACHES,
        *DESK,
    ),
)

FASTAPI = Project(
    {
        "Dockerfile": "FROM python:3.12-slim AS build\nCOPY --from=ghcr.io/astral-sh/uv /uv /bin/uv\nWORKDIR /app\n"
        "COPY . .\nRUN uv sync --frozen --no-dev\n\nFROM python:3.12-slim\nWORKDIR /app\n"
        'COPY --from=build /app /app\nENV PATH="/app/.venv/bin:$PATH"\nCMD ["uvicorn", "app.main:app"]\n',
        "pyproject.toml": '[project]\nname = "app"\nversion = "1"\ndependencies = ["fastapi"]\n',
        "uv.lock": "version = 1\n",
        "app/__init__.py": "",
        "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        "tests/test_main.py": "def test_main(): pass\n",
    },
    ".venv\n__pycache__\n*.egg-info\ndist\n.env\n.coverage\nhtmlcov\n*.log\n",
    (
        *environment(".venv", 20),
        "app/__pycache__/main.cpython-312.pyc",
        "tests/__pycache__/test_main.cpython-312.pyc",
        "app.egg-info/PKG-INFO",
        "dist/app-1-py3-none-any.whl",
        ".env",
        "uvicorn.log",
        *PYTHON_CACHES,
        *DESK,
    ),
)

ML = Project(
    {
        "Dockerfile": "FROM pytorch/pytorch:2.3.0-cuda12.1-cudnn8-runtime\nWORKDIR /workspace\n"
        "COPY requirements.txt .\n"
        'RUN pip install -r requirements.txt\nCOPY . .\nENTRYPOINT ["python", "train.py"]\n',
        "requirements.txt": "torch\nwandb\n",
        "train.py": "import torch\nfrom model.net import Net\n",
        "model/net.py": "class Net: ...\n",
        "configs/base.yaml": "lr: 0.001\n",
        "notebooks/explore.ipynb": '{"cells": []}\n',
    },
    "__pycache__/\n*.ckpt\n*.pt\n/wandb/\n/runs/\n/outputs/\n.ipynb_checkpoints/\nvenv/\n",
    (
        *environment("venv", 20),
        "model/__pycache__/net.cpython-312.pyc",
        *several("wandb", "run-#/files/output.log run-#/run.wandb", 5),
        *several("runs", "exp#/events.out.tfevents.1", 5),
        *several("outputs", "2024-01-0#/train.log", 5),
        *several("checkpoints", "epoch#.ckpt", 3),
        "notebooks/.ipynb_checkpoints/explore-checkpoint.ipynb",
        *DESK,
    ),
)

RAILS = Project(
    {
        "Dockerfile": "FROM ruby:3.3-slim AS base\nWORKDIR /rails\n"
        "ENV RAILS_ENV=production BUNDLE_PATH=/usr/local/bundle\n"
        "\nFROM base AS build\nCOPY Gemfile Gemfile.lock ./\nRUN bundle install\nCOPY . .\n"
        "RUN SECRET_KEY_BASE_DUMMY=1 ./bin/rails assets:precompile\n\nFROM base\n"
        "COPY --from=build /usr/local/bundle /usr/local/bundle\nCOPY --from=build /rails /rails\n"
        'CMD ["./bin/rails", "server"]\n',
        "Gemfile": "source 'https://rubygems.org'\ngem 'rails'\n",
        "Gemfile.lock": "GEM\n  remote: https://rubygems.org/\n",
        "Rakefile": "require_relative 'config/application'\n",
        "bin/rails": "#!/usr/bin/env ruby\n",
        "config/application.rb": "require 'rails/all'\n",
        "config/database.yml": "production:\n  url: <%= ENV['DATABASE_URL'] %>\n",
        "app/models/order.rb": "class Order; end\n",
        "log/.keep": "",
        "tmp/.keep": "",
        "storage/.keep": "",
        "public/robots.txt": "User-agent: *\n",
    },
    "/.bundle\n/log/*\n/tmp/*\n!/log/.keep\n!/tmp/.keep\n/storage/*\n!/storage/.keep\n/public/assets\n"
    "/config/master.key\n"
    "/node_modules\n/.env*\n",
    (
        "log/development.log",
        "log/test.log",
        *several("tmp", "cache/bootsnap/compile-cache-iseq/#", 12),
        "tmp/pids/server.pid",
        "storage/development.sqlite3",
        *several("storage", "ab/cd/#", 4),
        *several("public/assets", "application-#.js", 6),
        "config/master.key",
        ".env",
        ".bundle/config",
        *packages("node_modules"),
        *DESK,
    ),
)

LARAVEL = Project(
    {
        "Dockerfile": "FROM composer:2 AS vendor\nWORKDIR /app\nCOPY composer.json composer.lock ./\n"
        "RUN composer install --no-dev --no-scripts\n\nFROM node:20 AS assets\nWORKDIR /app\nCOPY . .\n"
        "RUN npm ci && npm run build\n\nFROM php:8.3-cli\nWORKDIR /srv\nCOPY . .\n"
        "COPY --from=vendor /app/vendor ./vendor\nCOPY --from=assets /app/public/build ./public/build\n"
        'CMD ["php", "artisan", "octane:start"]\n',
        "composer.json": '{"require": {"laravel/framework": "^11"}}\n',
        "composer.lock": "{}\n",
        "package.json": '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "5", '
        '"laravel-vite-plugin": "1"}}\n',
        "package-lock.json": "{}\n",
        "vite.config.js": "import laravel from 'laravel-vite-plugin'\nexport default { plugins: [laravel([])] }\n",
        "artisan": "#!/usr/bin/env php\n",
        "app/Models/User.php": "<?php\n",
        "bootstrap/app.php": "<?php\n",
        "bootstrap/cache/.gitignore": "*\n!.gitignore\n",
        "public/index.php": "<?php require __DIR__.'/../vendor/autoload.php';\n",
        "storage/logs/.gitignore": "*\n!.gitignore\n",
        "storage/framework/views/.gitignore": "*\n!.gitignore\n",
        ".env.example": "APP_KEY=\n",
    },
    "/node_modules\n/public/build\n/public/hot\n/public/storage\n/storage/*.key\n/vendor\n.env\n.env.backup\n"
    ".phpunit.result.cache\nnpm-debug.log\n/.idea\n/.vscode\n",
    (
        *several("vendor", "acme/lib#/composer.json acme/lib#/src/Lib.php", 15),
        "vendor/autoload.php",
        *packages("node_modules"),
        *several("public/build", "assets/app-#.js", 4),
        "public/hot",
        "bootstrap/cache/packages.php",
        "bootstrap/cache/services.php",
        "storage/logs/laravel.log",
        *several("storage/framework/views", "#.php", 8),
        ".phpunit.result.cache",
        ".env",
        ".env.backup",
        *DESK,
    ),
)

SPRING = Project(
    {
        "Dockerfile": "FROM eclipse-temurin:21-jdk AS build\nWORKDIR /src\nCOPY . .\n"
        "RUN ./mvnw -B package -DskipTests\n\n"
        "FROM eclipse-temurin:21-jre\nCOPY --from=build /src/target/*.jar /app.jar\n"
        'ENTRYPOINT ["java", "-jar", "/app.jar"]\n',
        "pom.xml": "<project><artifactId>shop</artifactId></project>\n",
        "mvnw": '#!/bin/sh\nexec java -jar .mvn/wrapper/maven-wrapper.jar "$@"\n',
        ".mvn/wrapper/maven-wrapper.properties": "wrapperVersion=3\n",
        "src/main/java/shop/App.java": "package shop;\nclass App {}\n",
        "src/main/resources/application.yml": "spring: {}\n",
        "src/test/java/shop/AppTest.java": "package shop;\nclass AppTest {}\n",
    },
    "target/\n!.mvn/wrapper/maven-wrapper.jar\n.idea\n*.iml\n.classpath\n.project\n.settings\nHELP.md\n",
    (
        *several("target", "classes/shop/App#.class surefire-reports/TEST-#.xml", 10),
        "target/shop-1.0.jar",
        "shop.iml",
        ".classpath",
        ".project",
        ".settings/org.eclipse.jdt.core.prefs",
        "HELP.md",
        "hs_err_pid123.log",
        *DESK,
    ),
)

SPRING_JAR = Project(
    {
        "Dockerfile": "FROM eclipse-temurin:21-jre\nWORKDIR /app\nCOPY . .\n"
        'ENTRYPOINT ["java", "-jar", "build/libs/shop.jar"]\n',
        "build.gradle": "plugins { id 'org.springframework.boot' version '3.3.0' }\n",
        "settings.gradle": "rootProject.name = 'shop'\n",
        "gradlew": "#!/bin/sh\n",
        "src/main/java/shop/App.java": "package shop;\nclass App {}\n",
    },
    ".gradle\nbuild/\nout/\n*.iml\n",
    (
        *several("build", "classes/java/main/shop/App#.class reports/tests/test/#.html", 10),
        *several(".gradle", "8.7/fileHashes/#.bin", 4),
        *several("out", "production/classes/App#.class", 4),
        "shop.iml",
        *DESK,
    ),
    {"build/libs/shop.jar": "PK\x03\x04"},
)

DOTNET = Project(
    {
        "Dockerfile": "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nWORKDIR /src\nCOPY . .\n"
        "RUN dotnet restore\nRUN dotnet publish src/Shop.Api -c Release -o /out\n\n"
        'FROM mcr.microsoft.com/dotnet/aspnet:8.0\nCOPY --from=build /out .\nENTRYPOINT ["dotnet", "Shop.Api.dll"]\n',
        "Shop.sln": "Microsoft Visual Studio Solution File, Format Version 12.00\n",
        "src/Shop.Api/Shop.Api.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>\n',
        "src/Shop.Api/Program.cs": "var app = WebApplication.Create();\napp.Run();\n",
        "src/Shop.Core/Shop.Core.csproj": '<Project Sdk="Microsoft.NET.Sdk"></Project>\n',
        "src/Shop.Core/Order.cs": "record Order;\n",
        "tests/Shop.Tests/Shop.Tests.csproj": '<Project Sdk="Microsoft.NET.Sdk"></Project>\n',
        "tests/Shop.Tests/OrderTests.cs": "class OrderTests {}\n",
    },
    "[Bb]in/\n[Oo]bj/\n.vs/\n*.user\nTestResults/\n*.log\n",
    (
        *several("src/Shop.Api/bin", "Debug/net8.0/Lib#.dll", 8),
        *several("src/Shop.Api/obj", "Debug/net8.0/Lib#.cache", 8),
        "src/Shop.Api/obj/project.assets.json",
        *several("src/Shop.Core/bin", "Debug/net8.0/Lib#.dll", 4),
        "src/Shop.Core/obj/project.assets.json",
        "tests/Shop.Tests/bin/Debug/net8.0/Shop.Tests.dll",
        "tests/Shop.Tests/obj/project.assets.json",
        "tests/Shop.Tests/TestResults/abc/coverage.cobertura.xml",
        ".vs/Shop/v17/.suo",
        "src/Shop.Api/Shop.Api.csproj.user",
        "msbuild.log",
        *DESK,
    ),
)

RUST = Project(
    {
        "Dockerfile": "FROM rust:1.79 AS build\nWORKDIR /src\nCOPY . .\nRUN cargo build --release --locked\n\n"
        'FROM debian:bookworm-slim\nCOPY --from=build /src/target/release/api /usr/local/bin/api\nCMD ["api"]\n',
        "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n',
        "Cargo.lock": "version = 3\n",
        "crates/api/Cargo.toml": '[package]\nname = "api"\nversion = "0.1.0"\n',
        "crates/api/src/main.rs": "fn main() {}\n",
        "crates/core/Cargo.toml": '[package]\nname = "core"\nversion = "0.1.0"\n',
        "crates/core/src/lib.rs": "pub fn x() {}\n",
        "migrations/0001_init.sql": "create table t (id int);\n",
    },
    "/target\n**/*.rs.bk\n.env\n*.profraw\n",
    (
        *several("target", "debug/deps/lib#.rlib debug/incremental/a#/dep-graph.bin", 10),
        "target/CACHEDIR.TAG",
        "target/.rustc_info.json",
        "crates/api/src/main.rs.bk",
        "default_1234.profraw",
        "crates/core/default_99.profraw",
        ".env",
        *DESK,
    ),
)

ELIXIR = Project(
    {
        "Dockerfile": "FROM hexpm/elixir:1.16.2-erlang-26.2-debian-bookworm AS build\nWORKDIR /app\nENV MIX_ENV=prod\n"
        "COPY . .\nRUN mix deps.get --only prod && mix deps.compile\nRUN mix assets.deploy\nRUN mix compile\n"
        "RUN mix release\n\n"
        "FROM debian:bookworm-slim\nCOPY --from=build /app/_build/prod/rel/shop /app\n"
        'CMD ["/app/bin/shop", "start"]\n',
        "mix.exs": "defmodule Shop.MixProject do\n  use Mix.Project\n  def project, do: [app: :shop]\nend\n",
        "mix.lock": "%{}\n",
        "lib/shop/application.ex": "defmodule Shop.Application do\nend\n",
        "config/config.exs": "import Config\n",
        "priv/repo/seeds.exs": "# seeds\n",
        "assets/js/app.js": "import 'phoenix_html'\n",
        "test/shop_test.exs": "defmodule ShopTest do\nend\n",
    },
    "/_build/\n/cover/\n/deps/\n/doc/\n/.fetch\nerl_crash.dump\n*.ez\nshop-*.tar\n/priv/static/assets/\nnpm-debug.log\n"
    "/assets/node_modules/\n.elixir_ls/\n",
    (
        *several("_build", "dev/lib/shop/ebin/Elixir.Mod#.beam", 12),
        *several("deps", "dep#/mix.exs dep#/lib/dep.ex", 8),
        *several("cover", "Elixir.Mod#.html", 4),
        *several("doc", "Mod#.html", 4),
        *several(".elixir_ls", "build/test/lib/#.beam", 4),
        *several("priv/static/assets", "app-#.js", 3),
        *packages("assets/node_modules", 4),
        "erl_crash.dump",
        *DESK,
    ),
)

CPP = Project(
    {
        "Dockerfile": "FROM gcc:13 AS build\nRUN apt-get update && apt-get install -y cmake ninja-build\nWORKDIR /src\n"
        "COPY . .\nRUN cmake -S . -B build -G Ninja && cmake --build build\n\nFROM debian:bookworm-slim\n"
        'COPY --from=build /src/build/app /usr/local/bin/app\nCMD ["app"]\n',
        "CMakeLists.txt": "cmake_minimum_required(VERSION 3.20)\nproject(app)\nadd_executable(app src/main.cpp)\n",
        "src/main.cpp": '#include "app/app.hpp"\nint main() {}\n',
        "include/app/app.hpp": "#pragma once\n",
        "tests/app_test.cpp": "int main() {}\n",
        "third_party/json/json.hpp": "#pragma once\n",
    },
    "build/\ncmake-build-*/\n.cache/\ncompile_commands.json\n*.o\ncore.*\n",
    (
        "build/CMakeCache.txt",
        *several("build", "CMakeFiles/app.dir/src/f#.cpp.o", 8),
        "build/app",
        "cmake-build-debug/CMakeCache.txt",
        *several("cmake-build-debug", "CMakeFiles/f#.o", 4),
        *several(".cache", "clangd/index/f#.idx", 4),
        "compile_commands.json",
        "src/main.o",
        "core.4711",
        "src/.main.cpp.swp",
        *DESK,
    ),
)

TERRAFORM = Project(
    {
        "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r app/requirements.txt\n"
        'CMD ["python", "-m", "app"]\n',
        "app/__init__.py": "",
        "app/__main__.py": "print('hello')\n",
        "app/requirements.txt": "requests\n",
        "infra/main.tf": 'terraform {\n  backend "local" {}\n}\n',
        "infra/variables.tf": 'variable "region" {}\n',
        "infra/.terraform.lock.hcl": "# lock\n",
    },
    ".terraform/\n*.tfstate\n*.tfstate.*\n*.tfvars\n__pycache__/\n.env\n*.tfplan\n",
    (
        *several("infra/.terraform", "providers/registry.terraform.io/hashicorp/p#/5.0.0/linux_amd64/provider", 4),
        "infra/terraform.tfstate",
        "infra/terraform.tfstate.backup",
        "infra/prod.tfvars",
        "infra/out.tfplan",
        "app/__pycache__/__main__.cpython-312.pyc",
        ".env",
        *DESK,
    ),
)

PHP_SITE = Project(
    {
        "Dockerfile": "FROM php:8.3-apache\nRUN docker-php-ext-install pdo_mysql\nCOPY . /var/www/html/\n",
        "composer.json": '{"require": {"twig/twig": "^3"}}\n',
        "index.php": "<?php require 'vendor/autoload.php';\n",
        "templates/home.twig": "<h1>Home</h1>\n",
    },
    "/vendor/\n.env\n*.log\n.phpunit.cache\n",
    (".env", ".phpunit.cache/test-results", "templates/home.twig~", ".phpunit.result.cache", *DESK),
    {"vendor/autoload.php": "<?php\n", "vendor/twig/twig/src/Environment.php": "<?php\n"},
)

SPA_NGINX = Project(
    {
        "Dockerfile": "FROM node:20 AS build\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\n"
        "COPY . .\n"
        "RUN npm run build\n\nFROM nginx:1.27-alpine\nCOPY nginx.conf /etc/nginx/conf.d/default.conf\n"
        "COPY --from=build /app/dist /usr/share/nginx/html\n",
        "nginx.conf": "server { root /usr/share/nginx/html; }\n",
        "package.json": '{"name": "spa", "scripts": {"build": "vue-tsc && vite build"}, '
        '"devDependencies": {"vite": "5"}}\n',
        "package-lock.json": "{}\n",
        "vite.config.ts": "export default {}\n",
        "index.html": "<!doctype html>\n",
        "src/main.ts": "export {}\n",
        "src/components/App.vue": "<template/>\n",
        "cypress/e2e/home.cy.ts": "it('opens', () => {})\n",
    },
    "logs\n*.log\nnode_modules\ndist\ndist-ssr\n*.local\ncoverage\n/cypress/videos/\n/cypress/screenshots/\n"
    "*.suo\n*.sw?\n",
    (
        *packages("node_modules", 30),
        *several("dist", "assets/index-#.js", 6),
        *several("cypress/videos", "home#.mp4", 2),
        *several("cypress/screenshots", "home#.png", 2),
        *several("coverage", "src/file#.html", 4),
        "coverage/lcov.info",
        "logs/dev.log",
        ".env.local",
        "src/components/.App.vue.swp",
        *DESK,
    ),
)

COMPOSED = Project(
    {
        "compose.yaml": "services:\n  api:\n    build: {context: ., dockerfile: api/Dockerfile}\n"
        "  worker:\n    build: {context: ., dockerfile: worker/Dockerfile}\n"
        "  web:\n    build: {context: ., dockerfile: web/Dockerfile}\n",
        "api/Dockerfile": "FROM python:3.12\nWORKDIR /srv\nCOPY . .\nRUN pip install -r api/requirements.txt\n"
        'CMD ["python", "api/main.py"]\n',
        "worker/Dockerfile": "FROM golang:1.22\nWORKDIR /srv\nCOPY . .\n"
        "RUN cd worker && go build -o /usr/bin/worker .\n"
        'CMD ["worker"]\n',
        "web/Dockerfile": "FROM node:20\nWORKDIR /srv\nCOPY . .\nRUN cd web && npm ci && npm run build\n"
        'CMD ["npm", "--prefix", "web", "start"]\n',
        "api/requirements.txt": "flask\n",
        "api/main.py": "import flask\n",
        "worker/go.mod": "module example.com/worker\n",
        "worker/main.go": "package main\n\nfunc main() {}\n",
        "web/package.json": '{"name": "web", "scripts": {"build": "vite build", "start": "vite preview"}}\n',
        "web/package-lock.json": "{}\n",
        "web/src/main.js": "export {}\n",
    },
    "node_modules/\n__pycache__/\n.venv/\n/web/dist/\n.env\n*.log\n",
    (
        *environment("api/.venv"),
        "api/__pycache__/main.cpython-312.pyc",
        *packages("web/node_modules"),
        *several("web/dist", "assets/#.js", 3),
        ".env",
        "worker/worker.log",
        *DESK,
    ),
)

SWIFT = Project(
    {
        "Dockerfile": "FROM swift:5.10 AS build\nWORKDIR /build\nCOPY . .\nRUN swift build -c release\n\n"
        'FROM swift:5.10-slim\nCOPY --from=build /build/.build/release/App /app/App\nENTRYPOINT ["/app/App"]\n',
        "Package.swift": "// swift-tools-version:5.10\n",
        "Package.resolved": "{}\n",
        "Sources/App/main.swift": "print(1)\n",
        "Tests/AppTests/AppTests.swift": "import XCTest\n",
    },
    ".build\nPackages\nxcuserdata\n*.xcodeproj\nDerivedData/\n.swiftpm\ndb.sqlite\n",
    (
        *several(".build", "debug/App.build/f#.o checkouts/dep#/Package.swift", 8),
        "App.xcodeproj/project.pbxproj",
        ".swiftpm/xcode/package.xcworkspace/contents.xcworkspacedata",
        "db.sqlite",
        *DESK,
    ),
)

PROJECTS: Mapping[str, Project] = {
    "Go service": GO,
    "Go with an embedded site": GO_EMBED,
    "Node server": NODE_SERVER,
    "Node monorepo, pnpm and turbo": NODE_MONOREPO,
    "Next.js": NEXT,
    "Deno": DENO,
    "Django": DJANGO,
    "FastAPI, uv": FASTAPI,
    "machine learning": ML,
    "Rails": RAILS,
    "Laravel": LARAVEL,
    "Spring, built in the image": SPRING,
    "Spring, built before": SPRING_JAR,
    ".NET": DOTNET,
    "Rust workspace": RUST,
    "Elixir, Phoenix": ELIXIR,
    "C++, CMake": CPP,
    "Terraform beside an app": TERRAFORM,
    "PHP site, vendor from the host": PHP_SITE,
    "Vue behind nginx": SPA_NGINX,
    "three services of one context": COMPOSED,
    "Swift": SWIFT,
}
