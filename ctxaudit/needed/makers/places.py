"""Programs that write the file or directory that their words name: cp, tar, curl, rm and their like."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from ctxaudit.needed.makers.call import NOTHING, Call, Maker, Options, Outcome, nothing, rows
from ctxaudit.values import expression

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
    found = [word for word in (*options.plain, *options.rest) if is_recursive or not word.endswith("/")]
    return Outcome(removes=tuple(place for place in call.at(*found) if not re.search(r"[?\[{]", place)))


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
    found: list[str] = []
    for word in words:
        if re.fullmatch(r"-[A-Za-z]*[fC]", word) and len(word) > 2:
            found += [word[:-1], f"-{word[-1]}"]
        else:
            found.append(word)
    return found


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


def of_options(options: str, valued: str = "") -> Maker:
    """A program that writes what these options name."""

    def made(call: Call) -> Outcome:
        found = call.options(f"{options} {valued}")
        return Outcome(makes=call.at(*found.every(*options.split())))

    return made


def dd(call: Call) -> Outcome:
    return Outcome(makes=call.at(*(word[3:] for word in call.words if word.startswith("of="))))


def unpack(call: Call) -> Outcome:
    """gunzip and its like: the name without its ending."""
    if call.options("").has("-c", "--stdout", "-t", "-l"):
        return NOTHING
    found = call.options("").plain
    return Outcome(makes=call.at(*(re.sub(r"\.(?:gz|bz2|xz|zst)\Z", "", word) for word in found)))


def zipped(call: Call) -> Outcome:
    found = call.options("-x -i -P").plain
    return Outcome(makes=call.at(*found[:1]))


def synchronise(call: Call) -> Outcome:
    """rsync: what it deletes is not there before."""
    options = call.options("-e --rsh --exclude --include --filter --exclude-from")
    if len(options.plain) != 2:
        return NOTHING
    source, target = options.plain
    if source.endswith("/"):
        return Outcome(makes=call.at(target) if options.has("--delete") else ())
    return Outcome(makes=_into(call, [source], target, is_directory=True))


ROWS: dict[str, Maker] = {
    **rows("cp mv install", copy),
    "ln": copy,
    "rsync": synchronise,
    **rows("rm unlink rimraf shred", remove),
    **rows("tar bsdtar gtar", archive),
    "unzip": unzip,
    "7z": nothing,
    "zip": zipped,
    **rows("gunzip bunzip2 unxz", unpack),
    **rows("gzip bzip2 xz zstd", nothing),
    **rows("curl wget", download),
    "aria2c": of_options("-o --out", "-d --dir -x -s"),
    "touch": touch,
    "mkdir": make_directory,
    "truncate": nothing,
    "tee": tee,
    "dd": dd,
    **rows("sqlite3 sqlite", sqlite),
    "git": git,
    "openssl": of_options("-out -keyout", "-in -subj -days -config -newkey -key -CA -CAkey"),
    "split": nothing,
    "patch": nothing,
}
