"""PHP, Ruby, web servers and sites."""

from __future__ import annotations

import os
import re

from image import at, fail, files, has, literals, need, payload, read, remove, run, say, show, split, standins, write


def composer(name: str, words: list[str]) -> None:
    plain, options = split(words, "--working-dir -d")
    folder = options.get("--working-dir") or options.get("-d") or "."
    if plain[0] not in ("install", "update"):
        return
    found = re.findall(r"\"([\w-]+/[\w-]+)\"\s*:\s*\"([^\"]+)\"", read(os.path.join(folder, "composer.json")))
    if plain[0] == "install":
        need(os.path.join(folder, "composer.lock"))
    remove(os.path.join(folder, "vendor"))
    write(os.path.join(folder, "vendor/autoload.php"), "\n".join(f"<?php // {one} {two}" for one, two in found))
    for package, version in found:
        write(os.path.join(folder, "vendor", package, "src.php"), f"<?php // {package} {version}")


def _php(path: str) -> None:
    text = read(path)
    say(f"{os.path.basename(path)} runs")
    beside = re.findall(r"__DIR__\s*\.\s*['\"]([^'\"]+)['\"]", text)
    for one in beside:
        place = os.path.normpath(os.path.dirname(at(path)) + one)
        show(place)
        if place.endswith("autoload.php"):
            for file in files(os.path.dirname(place)):
                say(f"autoloads {file}")
    for one in re.findall(r"require(?:_once)?\s*\(?\s*['\"]([^'\"]+)['\"]", text):
        place = os.path.normpath(os.path.join(os.path.dirname(at(path)), one))
        show(place)
        if place.endswith("autoload.php"):
            for file in files(os.path.dirname(place)):
                say(f"autoloads {file}")
    for one in literals(text, "file_get_contents", "readfile", "sqlite"):
        show(one)


def php(name: str, words: list[str]) -> None:
    if words and words[0] == "-S":
        _php(os.path.join(words[words.index("-t") + 1] if "-t" in words else ".", "index.php"))
    elif words and not words[0].startswith("-"):
        _php(words[0])


def apache(name: str, words: list[str]) -> None:
    """PHP in Apache, or behind FPM: the index of the document root, and every other file there."""
    start = "public/index.php" if has("/var/www/html/public/index.php") else "index.php"
    _php(os.path.join("/var/www/html", start))
    _serve("/var/www/html/public" if start.startswith("public") else "/var/www/html")


def _serve(directory: str) -> None:
    """Hand out every file of a document root."""
    need(directory)
    for one in files(directory):
        if not one.startswith(".git/"):
            say(f"{directory}/{one} {len(read(os.path.join(directory, one)))}")


def nginx(name: str, words: list[str]) -> None:
    found = []
    for folder in ("/etc/nginx/conf.d", "/etc/nginx/http.d"):
        for one in files(folder) if has(folder) else ():
            found += re.findall(r"^\s*(?:root|alias)\s+([^;]+);", read(os.path.join(folder, one)), re.MULTILINE)
    for directory in found or ["/usr/share/nginx/html"]:
        _serve(directory.strip())


def httpd(name: str, words: list[str]) -> None:
    _serve("/usr/local/apache2/htdocs")


def caddy(name: str, words: list[str]) -> None:
    if has("/etc/caddy/Caddyfile"):
        for directory in re.findall(r"root\s+\*\s+(\S+)", read("/etc/caddy/Caddyfile")):
            _serve(directory)
    else:
        _serve("/usr/share/caddy")


def _gems() -> str:
    """Where Bundler puts gems and looks for them."""
    if path := os.environ.get("BUNDLE_PATH"):
        return at(path)
    if has(".bundle/config"):
        for path in re.findall(r"BUNDLE_PATH: *\"?([^\"\n]+)", read(".bundle/config")):
            return at(path)
        if "BUNDLE_DEPLOYMENT" in read(".bundle/config"):
            return "vendor/bundle"
    return at("/usr/local/bundle")


def _locked() -> dict[str, str]:
    return dict(re.findall(r"^    ([\w-]+) \(([^)]+)\)", read("Gemfile.lock"), re.MULTILINE))


def bundle(name: str, words: list[str]) -> None:
    plain, options = split(words, "--path -j --jobs --without")
    if not plain or plain[0] == "install":
        if options.get("--path"):
            write(".bundle/config", f'BUNDLE_PATH: "{options["--path"]}"\n')
        if "--deployment" in options:
            write(".bundle/config", 'BUNDLE_DEPLOYMENT: "true"\nBUNDLE_PATH: "vendor/bundle"\n')
        read("Gemfile")
        for gem, version in _locked().items():
            write(os.path.join(_gems(), f"ruby/3.3.0/gems/{gem}-{version}/lib/{gem}.rb"), f"# {gem} {version}")
    elif plain[:2] in (["config", "set"], ["config", "--local"]):
        rest = [one for one in plain if one not in ("config", "set")]
        write(".bundle/config", f'BUNDLE_{rest[0].upper()}: "{rest[1]}"\n')
    elif plain[0] == "exec":
        _gem(words[words.index("exec") + 1])
        run(words[words.index("exec") + 1 :], path=[standins()])


def _gem(name: str) -> None:
    gems = {"rackup": "rack", "ruby": "", "rails": "rails", "rake": "rake"}.get(name, name)
    if not gems:
        return
    for gem, version in _locked().items():
        if gem == gems:
            say(f"uses {read(os.path.join(_gems(), f'ruby/3.3.0/gems/{gem}-{version}/lib/{gem}.rb'))}")
            return
    fail(f"no gem {gems} in Gemfile.lock")


def ruby(name: str, words: list[str]) -> None:
    """ruby FILE, puma, rackup, rails, rake, sidekiq."""
    if name == "ruby" and words[0] in ("bin/rails", "bin/rake"):
        name, words = "rails", words[1:]
    if name in ("rails", "rake"):
        _rails(words)
        return
    text = read("config.ru" if name in ("puma", "rackup") else words[0])
    say(f"{name} runs")
    for one in re.findall(r"^require ['\"]([\w-]+)['\"]", text, re.MULTILINE):
        if one not in ("json", "sqlite3", "erb"):
            _gem(one)
    for one in re.findall(r"require_relative ['\"]([^'\"]+)['\"]", text):
        show(f"{one}.rb")
    for one in literals(text, r"File\.read", r"File\.open", r"SQLite3::Database\.new"):
        show(one)


def _rails(words: list[str]) -> None:
    read("config/application.rb")
    _gem("rails")
    if words[0] == "assets:precompile":
        for one in files("app/assets"):
            write(f"public/assets/{one}", read(f"app/assets/{one}"))
    elif words[0] in ("server", "s"):
        show("public/assets")


def jekyll(name: str, words: list[str]) -> None:
    _, options = split(words, "-d --destination -s")
    output = options.get("-d") or options.get("--destination") or "_site"
    read("_config.yml")
    remove(output)
    for one in files("."):
        if one.endswith(".md") and not one.startswith(("_", "vendor", "README")):
            write(os.path.join(output, one.replace(".md", ".html")), read(one))


def hugo(name: str, words: list[str]) -> None:
    _, options = split(words, "-d --destination -s --source -b")
    source = options.get("--source") or options.get("-s") or "."
    output = os.path.join(source, options.get("-d") or options.get("--destination") or "public")
    if not any(has(os.path.join(source, one)) for one in ("hugo.toml", "config.toml")):
        fail("no configuration of hugo")
    for one in files(os.path.join(source, "content")):
        write(os.path.join(output, one.replace(".md", ".html")), read(os.path.join(source, "content", one)))


def binary(name: str, words: list[str]) -> None:
    """A program that `program_file` wrote: print its text, open what it opens."""
    text = payload(words[0])
    say(text)
    for one in literals(text, r"os\.ReadFile", r"http\.Dir", "fs::read_to_string", r"ServeDir::new", "fopen", "dlopen"):
        show(one)
    for one in literals(text, r"Deno\.readTextFile"):
        show(one)


PROGRAMS = {
    **dict.fromkeys(("ruby", "puma", "rackup", "rails", "rake", "sidekiq"), ruby),
    **dict.fromkeys(("apache2-foreground", "php-fpm"), apache),
    "composer": composer,
    "php": php,
    "nginx": nginx,
    "httpd-foreground": httpd,
    "caddy": caddy,
    "bundle": bundle,
    "jekyll": jekyll,
    "hugo": hugo,
    "binary": binary,
}
