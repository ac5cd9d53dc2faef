"""Programs of the system: those that install others, and those that do nothing to the project's files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from ctxaudit.needed.makers.call import NOTHING, Call, Maker, Options, Outcome, nothing, opaque, rows
from ctxaudit.values import expression

# Programs that write the file or directory that their words name: cp, tar, curl, rm and their like.

_ANYTHING = frozenset("*")
_ARCHIVE = expression(r"\.(?:t?gz|tbz2?|txz|zip|xz|bz2|zst|deb|rpm|apk|sh|run|bin)\Z|\A-?\Z")
_CREATES = expression(r"\.(?:read|import|restore)\b|\bcreate\s+(?:virtual\s+)?table\b", re.IGNORECASE)


def _into(call: Call, sources: Iterable[str], target: str, *, is_directory: bool) -> tuple[str, ...]:
    """The places that copies of some files take.

    A directory that tracked files show is one; any other target is taken for what is made.
    """
    place = call.place(target)
    if place is None:
        return ()
    if not (is_directory or target.endswith(("/", "/.")) or _is_directory(call, place)):
        return (place,)
    names = [posixpath.basename(source.rstrip("/")) for source in sources if not source.endswith(("/.", "/*"))]
    return call.at(*(name for name in names if name not in ("", ".", "..", "*")), base=place)


# Directories that every image has.
_SYSTEM = frozenset(
    [
        "/",
        "/bin",
        "/sbin",
        "/lib",
        "/etc",
        "/opt",
        "/srv",
        "/tmp",
        "/var",
        "/root",
        "/home",
        "/mnt",
        "/usr",
        "/usr/bin",
        "/usr/sbin",
        "/usr/lib",
        "/usr/share",
        "/usr/local",
        "/usr/local/bin",
        "/usr/local/sbin",
        "/usr/local/lib",
        "/usr/local/share",
        "/usr/local/include",
        "/usr/include",
        "/var/lib",
    ]
)


def _is_directory(call: Call, place: str) -> bool:
    """Whether a path is certainly a directory: of the system, of tracked files, or one that was made before."""
    here = call.command.cwd or ""
    is_above = f"{here}/".startswith(f"{place}/")
    return bool(place in _SYSTEM or is_above or f"directory {place}" in call.settings or call.files.names(place))


def make_directory(call: Call) -> Outcome:
    """mkdir: an empty directory is nothing, but what is copied to it lies in it."""
    return Outcome(settings={f"directory {place}": "made" for place in call.at(*call.options("-m --mode").plain)})


def copy(call: Call) -> Outcome:
    """cp, mv, install, ln."""
    options = call.options("-t --target-directory -m --mode -o -g --owner --group -S --suffix")
    if options.has("-d", "--directory") and call.program == "install":
        return NOTHING
    sources = [*options.plain, *options.rest]
    target = options.get("-t", "--target-directory")
    if not target:
        if len(sources) < 2 or options.has("-n", "--no-clobber", "-u", "--update"):
            return NOTHING
        target = sources.pop()
    is_merge = len(sources) == 1 and sources[0].endswith(("/.", "/*"))
    if is_merge:
        return NOTHING
    names = {source for source in sources if "*" not in source}
    several = len(sources) > 1 or len(names) < len(sources) or options.has("-t", "--target-directory")
    return Outcome(makes=_into(call, [source for source in sources if source in names], target, is_directory=several))


def remove(call: Call) -> Outcome:
    options = call.options("")
    is_recursive = any("r" in word or "R" in word for word in call.words if re.fullmatch(r"-\w+|--recursive", word))
    names = [word for word in (*options.plain, *options.rest) if is_recursive or not word.endswith("/")]
    return Outcome(removes=tuple(place for place in call.at(*names) if not re.search(r"[?\[{]", place)))


def archive(call: Call) -> Outcome:
    """tar: extracts into a directory that it names, or makes an archive."""
    words = list(call.words)
    if words and re.fullmatch(r"[A-Za-z]+", words[0]):
        words[0] = f"-{words[0]}"
    letters = "".join(word[1:] for word in words if re.fullmatch(r"-[A-Za-z]+", word))
    options = Options(_with_file(words), "-C --directory -f --file --strip-components --exclude -X -T --transform")
    if "c" in letters or options.has("--create"):
        return Outcome(makes=call.at(options.get("-f", "--file")))
    if not ("x" in letters or options.has("--extract", "--get")):
        return NOTHING
    target = options.get("-C", "--directory")
    return Outcome(makes=_extracted(call, target) if not options.plain else (), installs=_ANYTHING)


def _extracted(call: Call, target: str) -> tuple[str, ...]:
    """A directory that an archive fills; one with other files keeps those."""
    return tuple(place for place in call.at(target) if place not in _SYSTEM and not call.files.names(place))


def _with_file(words: list[str]) -> list[str]:
    """The same words, where `-xzf a` is `-xz -f a`."""
    parts: list[str] = []
    for word in words:
        if re.fullmatch(r"-[A-Za-z]*[fC]", word) and len(word) > 2:
            parts += [word[:-1], f"-{word[-1]}"]
        else:
            parts.append(word)
    return parts


def unzip(call: Call) -> Outcome:
    options = call.options("-d -x -P")
    return Outcome(makes=_extracted(call, options.get("-d")), installs=_ANYTHING)


def download(call: Call) -> Outcome:
    """curl and wget, with the name that they are given or that the address ends with."""
    options = call.options(
        "-o --output -O --output-document -P --directory-prefix --output-dir -H --header -d --data -u --user -A -e -X"
        " --request -m --max-time --retry --retry-delay --connect-timeout -b -c --cacert -T -t"
        " --tries -U --user-agent -w"
        if call.program == "wget"
        else "-o --output --output-dir -H --header -d --data -u --user -A -e -X --request -m --max-time --retry"
        " --retry-delay --connect-timeout -b -c --cacert -T -F -w -x --proxy --data-binary -K -r -C"
    )
    folder = options.get("-P", "--directory-prefix", "--output-dir")
    named = options.get("-o", "--output") if call.program == "curl" else options.get("-O", "--output-document")
    named = named if named != "-" else ""
    letters = "".join(word[1:] for word in call.words if re.fullmatch(r"-[A-Za-z]+", word))
    by_address = (call.program == "wget" and not options.has("-O", "--output-document", "--spider")) or (
        call.program == "curl" and ("O" in letters or options.has("--remote-name"))
    )
    if call.program == "curl" and not named and letters.endswith("o"):
        named = next((word for word in options.plain if "://" not in word), "")
    if call.program == "wget" and not named and re.search(r"(?:\A|\s)-[A-Za-z]+O\s", " ".join(call.words)):
        named, by_address = next((word for word in options.plain if "://" not in word and word != "-"), ""), False
    names = [named] if named else []
    if by_address and not named:
        names = [posixpath.basename(word.split("?")[0]) for word in options.plain if word.count("/") > 2]
    names = [name for name in names if name]
    is_local = re.search(r"//(?:localhost|127\.0\.0\.1|0\.0\.0\.0)\b", " ".join(call.words))
    brought = {"*" if _ARCHIVE.search(name) else posixpath.basename(name) for name in names} or {"*"}
    return Outcome(
        makes=call.at(*(f"{folder}/{name}" if folder else name for name in names)),
        installs=frozenset() if is_local else frozenset(brought),
    )


def touch(call: Call) -> Outcome:
    options = call.options("-d -t -r --date --reference")
    return Outcome(makes=() if options.has("-c", "--no-create") else call.at(*options.plain))


def tee(call: Call) -> Outcome:
    options = call.options("")
    return Outcome(makes=() if options.has("-a", "--append") else call.at(*options.plain))


def sqlite(call: Call) -> Outcome:
    """sqlite3: a database is made where its commands come from a file or make tables; else it is read."""
    options = call.options("-cmd -init -separator")
    given = call.command.inputs or call.command.stdin or _CREATES.search(" ".join(call.words))
    return Outcome(makes=call.at(*options.plain[:1]) if given or len(options.plain) == 1 else ())


def git(call: Call) -> Outcome:
    """`git clone` and `git archive -o`; other commands make nothing that a project keeps."""
    options = call.options("-C -c -b --branch --depth -o --output --origin --git-dir --work-tree --format --prefix -j")
    base = options.get("-C") or None
    if options.plain[:1] == ["clone"] and len(options.plain) > 1:
        address = options.plain[1].rstrip("/").removesuffix(".git")
        name = options.plain[2] if len(options.plain) > 2 else re.split(r"[/:]", address)[-1]
        return Outcome(makes=call.at(name, base=base) if name != "." else ())
    if options.plain[:1] == ["archive"]:
        return Outcome(makes=call.at(options.get("-o", "--output"), base=base))
    return NOTHING


def _of_options(options: str, valued: str = "") -> Maker:
    """A program that writes what these options name."""

    def made(call: Call) -> Outcome:
        given = call.options(f"{options} {valued}")
        return Outcome(makes=call.at(*given.every(*options.split())))

    return made


def dd(call: Call) -> Outcome:
    return Outcome(makes=call.at(*(word[3:] for word in call.words if word.startswith("of="))))


def unpack(call: Call) -> Outcome:
    """gunzip and its like: the name without its ending."""
    if call.options("").has("-c", "--stdout", "-t", "-l"):
        return NOTHING
    names = call.options("").plain
    return Outcome(makes=call.at(*(re.sub(r"\.(?:gz|bz2|xz|zst)\Z", "", word) for word in names)))


def _zipped(call: Call) -> Outcome:
    names = call.options("-x -i -P").plain
    return Outcome(makes=call.at(*names[:1]))


def _synchronise(call: Call) -> Outcome:
    """rsync: what it deletes is not there before."""
    options = call.options("-e --rsh --exclude --include --filter --exclude-from")
    if len(options.plain) != 2:
        return NOTHING
    source, target = options.plain
    if source.endswith("/"):
        return Outcome(makes=call.at(target) if options.has("--delete") else ())
    return Outcome(makes=_into(call, [source], target, is_directory=True))


PLACE_ROWS: dict[str, Maker] = {
    **rows("cp mv install", copy),
    "ln": copy,
    "rsync": _synchronise,
    **rows("rm unlink rimraf shred", remove),
    **rows("tar bsdtar gtar", archive),
    "unzip": unzip,
    "7z": nothing,
    "zip": _zipped,
    **rows("gunzip bunzip2 unxz", unpack),
    **rows("gzip bzip2 xz zstd", nothing),
    **rows("curl wget", download),
    "aria2c": _of_options("-o --out", "-d --dir -x -s"),
    "touch": touch,
    "mkdir": make_directory,
    "truncate": nothing,
    "tee": tee,
    "dd": dd,
    **rows("sqlite3 sqlite", sqlite),
    "git": git,
    "openssl": _of_options("-out -keyout", "-in -subj -days -config -newkey -key -CA -CAkey"),
    "split": nothing,
    "patch": nothing,
}


# Generators of sites and documentation.


def _setting(call: Call, files: str, key: str, base: str | None) -> str:
    """The value of a key at the start of a line of YAML or TOML."""
    for name in files.split():
        text = call.text(name, base=base) or ""
        if match := re.search(rf"^{key}\s*[:=]\s*[\"']?([^\"'\n#]+)", text, re.MULTILINE):
            return match[1].strip()
    return ""


def jekyll(call: Call) -> Outcome:
    options = call.options("-d --destination -s --source --config -b --baseurl")
    if options.plain[:1] not in (["build"], ["b"], ["serve"], ["s"]):
        return NOTHING
    base = options.get("-s", "--source") or None
    named = options.get("-d", "--destination")
    if named:
        return Outcome(makes=call.at(named))
    return Outcome(makes=call.at(_setting(call, "_config.yml", "destination", base) or "_site"))


def hugo(call: Call) -> Outcome:
    options = call.options(
        "-d --destination -s --source -c --contentDir -b --baseURL -e --environment -t --theme --config"
    )
    if (options.plain and options.plain[0] not in ("build",)) or options.has("--renderToMemory"):
        return NOTHING
    base = options.get("-s", "--source") or None
    files = "hugo.toml hugo.yaml hugo.yml config.toml config.yaml config.yml"
    named = options.get("-d", "--destination") or _setting(call, files, "publishDir", base)
    return Outcome(makes=call.at(named or "public", base=base))


def mkdocs(call: Call) -> Outcome:
    options = call.options("-f --config-file -d --site-dir -t --theme")
    if options.plain[:1] != ["build"]:
        return NOTHING
    file = options.get("-f", "--config-file") or "mkdocs.yml"
    return Outcome(makes=call.at(options.get("-d", "--site-dir") or _setting(call, file, "site_dir", None) or "site"))


def sphinx(call: Call) -> Outcome:
    """`sphinx-build source output`, or `-M builder source output`."""
    options = call.options("-b -M -d -c -D -A -j -w -t")
    return Outcome(makes=call.at(*options.plain[1:2]))


def vitepress(call: Call) -> Outcome:
    options = call.options("--outDir --base")
    if options.plain[:1] != ["build"]:
        return NOTHING
    base = options.plain[1] if len(options.plain) > 1 else "."
    return Outcome(makes=call.at(options.get("--outDir") or f"{base}/.vitepress/dist"))


def fixed(place: str, option: str, only: str) -> Maker:
    def made(call: Call) -> Outcome:
        options = call.options(option)
        is_build = not only or options.plain[:1] == [only]
        return Outcome(makes=call.at(options.get(*option.split()) or place) if is_build else ())

    return made


SITE_ROWS: dict[str, Maker] = {
    "jekyll": jekyll,
    "hugo": hugo,
    "mkdocs": mkdocs,
    "sphinx-build": sphinx,
    "vitepress": vitepress,
    "middleman": fixed("build", "--build-dir", "build"),
    "mdbook": fixed("book", "-d --dest-dir", "build"),
    "zola": fixed("public", "-o --output-dir", "build"),
    "pelican": fixed("output", "-o --output", ""),
    "nanoc": fixed("output", "-o", "compile"),
    "antora": fixed("build/site", "--to-dir", ""),
    "doxygen": fixed("", "-g", "-"),
    "pandoc": fixed("", "-o --output", ""),
}


_INSTALLERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ["apt-get", "apt", "aptitude", "yum", "dnf", "microdnf", "tdnf", "zypper", "brew", "snap", "choco"],
        ("install", "in"),
    ),
    "apk": ("add",),
    "pacman": ("-S", "-Sy", "-Syu", "-U"),
    "emerge": (),
    "xbps-install": (),
    "opkg": ("install",),
    "nix-env": ("-i", "-iA"),
    "pkg": ("install",),
}
_VALUED = "-t -o -c -p -X -r --repository --virtual --target-release --root --arch --setopt --enablerepo"


def install(call: Call) -> Outcome:
    """Packages by the names that a package manager of the system knows."""
    options = call.options(_VALUED)
    words = [*options.plain, *options.rest]
    subcommands = _INSTALLERS[call.program]
    is_install = not subcommands or any(word in subcommands for word in call.words)
    names = {_package(word) for word in words if word not in subcommands} if is_install else set()
    return Outcome(installs=frozenset(name for name in names if name))


def _package(word: str) -> str:
    """A package without its version: "*" where it is not known, or a file."""
    if "$" in word or word.endswith((".deb", ".rpm", ".apk")) or "://" in word:
        return "*"
    return re.split(r"[=<>~@:]", word)[0]


def _version_manager(call: Call) -> Outcome:
    """nvm, asdf, mise and their like bring a runtime."""
    known = {"nvm": "node npm", "fnm": "node npm", "n": "node npm", "volta": "node npm", "rustup": "cargo rustc"}
    programs = known.get(call.program, " ".join(call.words[1:]) or "*")
    return Outcome(installs=frozenset(programs.split()))


def gem(call: Call) -> Outcome:
    options = call.options("-v --version -i --install-dir -n --bindir")
    names = options.plain[1:] if options.plain[:1] == ["install"] else []
    target = call.at(options.get("-i", "--install-dir")) if names else ()
    return Outcome(makes=target, installs=frozenset(names))


_SILENT = """
: [ [[ true false test echo printf cd pushd popd export set unset shopt read shift exit return break continue local
declare typeset readonly alias umask ulimit trap wait sleep kill type which command hash getopts let pwd date env
rmdir chmod chown chgrp ls id whoami groups uname hostname df du free ps top stat file wc tty
useradd adduser groupadd addgroup usermod groupmod deluser userdel passwd chpasswd su visudo locale-gen
update-locale dpkg-reconfigure debconf-set-selections apt-key apt-mark apt-cache apt-config add-apt-repository
update-alternatives update-ca-certificates update-ca-trust ldconfig setcap getcap a2enmod a2dismod a2ensite a2dissite
a2enconf a2disconf docker-php-ext-install docker-php-ext-configure docker-php-ext-enable docker-php-source
install-php-extensions pecl phpize pear gpg gpg2 dirmngr gpgconf sysctl modprobe ssh-keyscan ssh-keygen uuidgen
timedatectl arch nproc getent getconf seq expr basename dirname realpath readlink tput clear yes mktemp sync
yum-config-manager dnf-3 subscription-manager crb fc-cache mkfifo mknod nologin syslogd cron crond service
systemctl rc-service rc-update initctl supervisorctl mesg logger ulimit setfacl chattr newgrp login jobs fg bg disown
git-lfs rosdep keytool redis-server memcached mysqld postgres pg_ctl dbus-uuidgen localedef tzselect
"""

SYSTEM_ROWS: dict[str, Maker] = {
    **rows(_SILENT, nothing),
    **rows(" ".join(_INSTALLERS), install),
    **rows("nvm fnm n volta asdf mise rbenv rvm pyenv sdk rustup goenv nodenv jenv", _version_manager),
    "gem": gem,
    **rows("dpkg rpm installer", lambda call: Outcome(installs=frozenset("*"))),
    **rows("cat grep egrep fgrep sed awk head tail sort uniq cut tr diff cmp less find xargs jq yq", nothing),
    **rows("sha256sum sha512sum sha1sum md5sum base64 od hexdump xxd strings nm ldd objdump readelf strip", nothing),
    **rows("envsubst timeout nc ping dig nslookup curlie ssh scp http git-crypt", nothing),
    **rows(
        "php-fpm apache2-foreground apachectl apache2ctl apache2 nginx httpd httpd-foreground caddy openresty", nothing
    ),
    **rows("ansible-playbook docker kubectl helm terraform supervisord", opaque),
}
