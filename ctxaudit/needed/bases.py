"""What is known of the images that stages begin with, by their names.

Source: the Dockerfiles of Docker's official images (docker-library), as of 2026-11.
"""

from __future__ import annotations

from typing import NamedTuple

from ctxaudit.needed.project import Project

__all__ = ["Base", "base_of", "holds_no_project", "served_by", "workdir_of"]


class Base(NamedTuple):
    """An official image: the programs that it runs, its working directory, and what it serves.

    serves: the directory that its server hands out, "" without one.
    """

    programs: frozenset[str] = frozenset()
    workdir: str = "/"
    serves: str = ""


def _base(programs: str = "", workdir: str = "/", serves: str = "") -> Base:
    return Base(frozenset(programs.split()), workdir, serves)


_PLAIN = _base()
_BASES: dict[str, Base] = {
    **dict.fromkeys(
        [
            "scratch",
            "alpine",
            "debian",
            "ubuntu",
            "busybox",
            "fedora",
            "rockylinux",
            "almalinux",
            "archlinux",
            "centos",
        ],
        _PLAIN,
    ),
    **dict.fromkeys(
        ["openjdk", "eclipse-temurin", "amazoncorretto", "ibmjava", "sapmachine", "maven", "gradle"], _base("java")
    ),
    **dict.fromkeys(["python", "pypy"], _base("python")),
    **dict.fromkeys(
        ["rust", "swift", "gcc", "elixir", "erlang", "haskell", "clojure", "julia", "r-base", "perl"], _PLAIN
    ),
    "node": _base("node npm yarn"),
    "ruby": _base("ruby bundle"),
    "golang": _base("go", "/go"),
    "php": _base("php", "/var/www/html"),
    "composer": _base("php composer", "/app"),
    "nginx": _base("nginx", "/", "/usr/share/nginx/html"),
    "httpd": _base("httpd", "/usr/local/apache2", "/usr/local/apache2/htdocs"),
    "caddy": _base("caddy", "/srv", "/usr/share/caddy"),
    "tomcat": _base("java", "/usr/local/tomcat"),
    "redis": _base("", "/data"),
}
# Variants of the php image with a server in front of it.
_PHP_SERVER = Base(frozenset(("php", "httpd")), "/var/www/html", "/var/www/html")


def base_of(image: str) -> Base | None:
    """Give what is known of an image by its name, None for any that is not official.

    A name that a variable is part of, and one of another registry or namespace, may be anything.
    """
    name = image.removeprefix("docker.io/").removeprefix("library/").partition("@")[0]
    name, _, tag = name.partition(":")
    if "$" in image or "onbuild" in tag:
        return None
    if name == "php" and "apache" in tag:
        return _PHP_SERVER
    return _BASES.get(name)


# Images beside Docker's official ones that hold a runtime and no project.
_RUNTIMES = (
    "ghcr.io/astral-sh/uv",
    "oven/bun",
    "denoland/deno",
    "mcr.microsoft.com/dotnet/sdk",
    "mcr.microsoft.com/dotnet/aspnet",
    "mcr.microsoft.com/dotnet/runtime",
    "mcr.microsoft.com/playwright",
)
_MIRRORS = ("public.ecr.aws/docker/library/", "mirror.gcr.io/library/", "mirror.gcr.io/")


def holds_no_project(image: str) -> bool:
    """Whether an image is known to hold no files of a project where a build puts its own."""
    short = next((image.removeprefix(one) for one in _MIRRORS if image.startswith(one)), image)
    name = short.removeprefix("docker.io/").partition("@")[0]
    is_runtime = name.rpartition(":")[0] in _RUNTIMES or name in _RUNTIMES
    return "$" not in image and (base_of(short) is not None or is_runtime)


def workdir_of(image: str) -> str | None:
    """The working directory of an image, None if it is not known."""
    base = base_of(image)
    return base.workdir if base else None


def served_by(base: Base, project: Project) -> str:
    """The directory that an image's server hands out, "" for none; of PHP a project with `public/` serves that."""
    if "php" in base.programs and "public/index.php" in project.paths() and "index.php" not in project.paths():
        return f"{base.serves}/public" if base.serves else ""
    return base.serves
