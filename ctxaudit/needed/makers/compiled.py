"""Compiled languages and the build systems of C: Go, Rust, Elixir, CMake, Swift, Dart and others."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from ctxaudit.needed.makers.bundlers import laravel_mix
from ctxaudit.needed.makers.call import (
    NOTHING,
    OPAQUE,
    Call,
    Maker,
    Options,
    Outcome,
    joined,
    nothing,
    opaque,
    rows,
)
from ctxaudit.values import expression

# Go.

_GO = (
    "-o -C -p -ldflags -tags -mod -gcflags -asmflags -buildmode -modfile -overlay -pkgdir -toolexec -installsuffix"
    " -buildvcs -run -count -timeout -coverprofile -exec -pgo"
)


def go(call: Call) -> Outcome:
    """go: the file that `build` writes, `vendor` of `go mod vendor`."""
    options = call.options(_GO)
    words = options.plain
    base = options.get("-C") or None
    if words[:2] in (["mod", "vendor"], ["work", "vendor"]):
        return Outcome(makes=call.at(options.get("-o") or "vendor", base=base))
    if words[:1] == ["build"]:
        return Outcome(makes=_binaries(call, options, words[1:], base))
    if words[:1] == ["test"] and options.has("-c", "-o"):
        return Outcome(makes=call.at(options.get("-o"), base=base))
    if words[:1] == ["install"]:
        names = frozenset(posixpath.basename(word.split("@")[0]) for word in words[1:] if word != "./...")
        return Outcome(makes=_installed(call, words[1:], base), installs=names)
    return OPAQUE if words[:1] == ["generate"] else NOTHING


def _binaries(call: Call, options: Options, packages: list[str], base: str | None) -> tuple[str, ...]:
    """What `go build` writes: the file of -o, files below its directory, else one named after the package."""
    output = options.get("-o")
    names = _binary_names(call, packages, base)
    is_directory = any(call.files.names(place) for place in call.at(output, base=base))
    if output and not (is_directory or output.endswith("/")):
        return () if output == "/dev/null" else call.at(output, base=base)
    if output:
        return tuple(path for place in call.at(output, base=base) for path in call.at(*names, base=place))
    return call.at(*names, base=base) if len(names) == 1 and "..." not in " ".join(packages) else ()


def _binary_names(call: Call, packages: list[str], base: str | None) -> list[str]:
    if packages and all(package.endswith(".go") for package in packages):
        return [posixpath.basename(packages[0]).removesuffix(".go")]
    names: list[str] = []
    for package in packages or ["."]:
        if package.endswith("/..."):
            place = call.place(package.removesuffix("/..."), base=base)
            names += sorted(name for name in call.files.names(place) if "." not in name) if place else []
        elif package.strip("./"):
            names.append(posixpath.basename(package.rstrip("/")))
        else:
            names += _module_name(call, base)
    return names


def _module_name(call: Call, base: str | None) -> list[str]:
    match = re.search(r"^module\s+\"?([^\s\"]+)", call.text("go.mod", base=base) or "", re.MULTILINE)
    parts = [part for part in match[1].split("/") if not re.fullmatch(r"v\d+", part)] if match else []
    return parts[-1:]


def _installed(call: Call, packages: list[str], base: str | None) -> tuple[str, ...]:
    folder = call.env("GOBIN")
    return call.at(*_binary_names(call, packages, base), base=folder) if folder else ()


# Rust.

_CARGO_BUILDS = frozenset(
    [
        "build",
        "b",
        "rustc",
        "check",
        "c",
        "clippy",
        "test",
        "t",
        "run",
        "r",
        "bench",
        "doc",
        "d",
        "rustdoc",
        "nextest",
        "zigbuild",
        "auditable",
        "leptos",
        "tauri",
        "xwin",
        "miri",
        "llvm-cov",
        "deb",
        "bundle",
        "pgrx",
        "lambda",
        "component",
        "wasi",
        "fix",
        "tarpaulin",
        "hack",
    ]
)
_CARGO = (
    "--target --target-dir -p --package --bin --example --features -F --manifest-path -j --jobs --profile --path --root"
    " --recipe-path --color --config --git --version --branch --tag --rev --artifact-dir --out-dir --message-format"
    " --exclude --test --registry --index -C -Z"
)
_WORKSPACE = expression(r"^[^\S\n]*+\[workspace\b", re.MULTILINE)
_TARGET_DIR = expression(r"^[^\S\n]*+(?:build\.)?target-dir\s*+=\s*+[\"']([^\"'\n]+)[\"']", re.MULTILINE)


def cargo(call: Call) -> Outcome:
    """cargo: the target directory of the workspace, unless an option, a variable or its configuration names one."""
    words = call.words[1:] if call.words[:1] and call.words[0].startswith("+") else call.words
    options = Options(words, _CARGO)
    plain = options.plain
    subcommand = plain[0] if plain else ""
    if subcommand == "chef":
        return _chef(call, options)
    if subcommand == "vendor":
        return Outcome(makes=call.at(plain[1] if len(plain) > 1 else "vendor"))
    if subcommand == "install":
        is_local = options.has("--path") and options.get("--path") != ""
        makes = _target(call, options, options.get("--path")) if is_local else ()
        return Outcome(makes=(*makes, *_rooted(call, options)), installs=frozenset(plain[1:]))
    if subcommand in _CARGO_BUILDS:
        extra = call.at(*options.every("--artifact-dir", "--out-dir"))
        return Outcome(makes=(*_target(call, options), *extra))
    if subcommand == "clean":
        return Outcome(removes=_target(call, options))
    return OPAQUE if subcommand in ("make", "xtask") else NOTHING


def _rooted(call: Call, options: Options) -> tuple[str, ...]:
    root = options.get("--root")
    return call.at(f"{root}/bin") if root else ()


def _chef(call: Call, options: Options) -> Outcome:
    if options.plain[1:2] == ["prepare"]:
        return Outcome(makes=call.at(options.get("--recipe-path") or "recipe.json"))
    return Outcome(makes=_target(call, options) if options.plain[1:2] == ["cook"] else ())


def _target(call: Call, options: Options, folder: str = "") -> tuple[str, ...]:
    named = options.get("--target-dir")
    if named:
        return call.at(named)
    if call.is_doubtful("CARGO_TARGET_DIR") or call.is_doubtful("CARGO_BUILD_TARGET_DIR"):
        return ()
    if variable := call.env("CARGO_TARGET_DIR") or call.env("CARGO_BUILD_TARGET_DIR"):
        return call.at(variable)
    manifest = options.get("--manifest-path")
    start = call.place(folder or posixpath.dirname(manifest) or ".")
    if start is None:
        return ()
    roots = list(call.above("Cargo.toml", start))
    shared = [root for root in roots if _WORKSPACE.search(call.text("Cargo.toml", base=root) or "")]
    root = (shared or roots[:1] or [start])[0]
    for at in (start, *call.above(".cargo", start)):
        for name in (".cargo/config.toml", ".cargo/config"):
            if match := _TARGET_DIR.search(call.text(name, base=at) or ""):
                return call.at(match[1], base=at)
    return call.at("target", base=root)


def rustc(call: Call) -> Outcome:
    options = call.options("-o --out-dir --edition -C -L -l --crate-type --crate-name --target --cfg")
    sources = [posixpath.basename(word).removesuffix(".rs") for word in options.plain if word.endswith(".rs")]
    return Outcome(makes=call.at(*(options.every("-o", "--out-dir") or sources[:1])))


def trunk(call: Call) -> Outcome:
    options = call.options("-d --dist --public-url --config")
    return Outcome(
        makes=call.at(options.get("-d", "--dist") or "dist", "target") if options.plain[:1] == ["build"] else ()
    )


def _wasm_pack(call: Call) -> Outcome:
    options = call.options("-d --out-dir -t --target --scope --out-name")
    base = options.plain[1] if len(options.plain) > 1 else None
    made = options.get("-d", "--out-dir") or "pkg"
    return Outcome(makes=call.at(made, "target", base=base) if options.plain[:1] == ["build"] else ())


# Elixir and Erlang.


def mix(call: Call) -> Outcome:
    """mix: deps, _build, and priv/static of a Phoenix project."""
    words = list(call.words)
    if call.command.file.endswith("package.json") or "npx" in call.command.wrappers:
        return laravel_mix(call)
    if words[:1] == ["do"]:
        return joined([_mix(call, task) for task in _mix_tasks(words[1:])])
    return _mix(call, words) if words else NOTHING


def _mix_tasks(words: Sequence[str]) -> list[list[str]]:
    """Part the tasks of `mix do`: a "+" stands between two, or a comma ends the last argument of one."""
    tasks: list[list[str]] = [[]]
    for word in words:
        if word != "+":
            tasks[-1] += filter(None, [word.removesuffix(",")])
        if word == "+" or word.endswith(","):
            tasks.append([])
    return [task for task in tasks if task]


_MIX_COMPILES = frozenset(
    ["compile", "deps.compile", "test", "release", "escript.build", "phx.server", "run", "ecto.migrate", "ecto.setup"]
)
_MIX_SILENT = frozenset(
    ["local.hex", "local.rebar", "archive.install", "hex.info", "hex.repo", "format", "credo", "deps.clean", "help"]
)


def _mix(call: Call, words: list[str]) -> Outcome:
    task, options = words[0], Options(words[1:], "--path --only --env")
    aliases = re.search(rf"[\"']?{re.escape(task)}[\"']?:\s*\[", call.text("mix.exs") or "")
    build = call.env("MIX_BUILD_PATH") or call.env("MIX_BUILD_ROOT") or "_build"
    if task == "deps.get":
        return Outcome(makes=call.at(call.env("MIX_DEPS_PATH") or "deps"))
    if task == "assets.deploy":
        return Outcome(makes=call.at("priv/static"))
    if task == "phx.digest":
        return Outcome(makes=call.at("priv/static/cache_manifest.json"))
    if task in _MIX_COMPILES:
        return Outcome(makes=call.at(build, *options.every("--path")))
    return OPAQUE if aliases or task not in _MIX_SILENT else NOTHING


def rebar(call: Call) -> Outcome:
    words = call.options("").plain
    return Outcome(makes=call.at("_build") if set(words) & {"compile", "release", "escriptize", "tar", "as"} else ())


# C and its build systems.


def cmake(call: Call) -> Outcome:
    """cmake: the build directory that is configured. `--build` works in one that is."""
    words = list(call.words)
    if {"--build", "--install", "-E", "-P"} & set(words):
        return NOTHING
    options = call.options("-B -S -G -D -A -T -C --toolchain --preset --install-prefix")
    if options.has("--preset"):
        return Outcome(makes=_preset(call, options.get("--preset")))
    if options.has("-B"):
        return Outcome(makes=call.at(options.get("-B")))
    source = options.get("-S") or (options.plain[-1] if options.plain else "")
    if not source:
        return NOTHING
    if call.place(source) == call.command.cwd:
        return Outcome(makes=call.at("CMakeFiles", "CMakeCache.txt", "cmake_install.cmake"))
    return Outcome(makes=call.at(".")) if call.place(source) else NOTHING


def _preset(call: Call, name: str) -> tuple[str, ...]:
    values = call.json("CMakePresets.json")
    presets = values.get("configurePresets") if isinstance(values, dict) else None
    for preset in presets if isinstance(presets, list) else ():
        if isinstance(preset, dict) and preset.get("name") == name and isinstance(preset.get("binaryDir"), str):
            return call.at(preset["binaryDir"].replace("${sourceDir}/", "").replace("${presetName}", name))
    return ()


def meson(call: Call) -> Outcome:
    options = call.options("-C --prefix --buildtype -D --cross-file --native-file --backend")
    words = options.plain
    if words[:1] == ["setup"] and len(words) > 1 and not options.has("--wipe-only"):
        return Outcome(makes=call.at(words[1]))
    known = {"compile", "install", "test", "configure", "dist", "introspect", "subprojects", "wrap"}
    return NOTHING if not words or words[0] in known else Outcome(makes=call.at(words[0]))


def bazel(call: Call) -> Outcome:
    words = call.options("").plain
    return Outcome(makes=call.at("bazel-*") if set(words[:1]) & {"build", "test", "run", "coverage"} else ())


def compiler(call: Call) -> Outcome:
    """A compiler of C: the file of -o, an object beside the directory, or a.out."""
    options = call.options("-o -I -L -l -D -x -std -include -isystem -MF -MT -Xlinker -arch -framework -target")
    if options.has("-o"):
        return Outcome(makes=call.at(options.get("-o")))
    sources = [word for word in options.plain if re.search(r"\.(?:c|cc|cpp|cxx|m|s)\Z", word, re.IGNORECASE)]
    if options.has("-c"):
        return Outcome(makes=call.at(*(re.sub(r"\.\w+\Z", ".o", posixpath.basename(word)) for word in sources)))
    is_silent = options.has("-E", "-S", "-fsyntax-only", "-v", "-dumpversion") or not sources
    return NOTHING if is_silent else Outcome(makes=call.at("a.out"))


_PROTOC = {
    "--python_out": "*_pb2.py",
    "--pyi_out": "*_pb2.pyi",
    "--mypy_out": "*_pb2.pyi",
    "--grpc_python_out": "*_pb2_grpc.py",
    "--go_out": "*.pb.go",
    "--go-grpc_out": "*_grpc.pb.go",
    "--grpc-gateway_out": "*.pb.gw.go",
    "--cpp_out": "*.pb.*",
    "--grpc_out": "*.grpc.pb.*",
    "--js_out": "*_pb.js",
    "--ts_out": "*_pb.d.ts",
    "--ruby_out": "*_pb.rb",
    "--dart_out": "*.pb*.dart",
    "--swift_out": "*.pb.swift",
    "--descriptor_set_out": "",
}


def protoc(call: Call) -> Outcome:
    """protoc: files named after what each plugin writes, below its directory."""
    options = call.options(f"-I --proto_path -o {' '.join(_PROTOC)}")
    places: list[str] = list(call.at(options.get("-o")))
    for name, pattern in _PROTOC.items():
        for value in options.every(name):
            folder = value.rpartition(":")[2]
            places += [f"{place.rstrip('/')}/**/{pattern}" if pattern else place for place in call.at(folder)]
    return Outcome(makes=tuple(places))


# Others.


def swift(call: Call) -> Outcome:
    options = call.options("--package-path --build-path --scratch-path -c --configuration --product --triple -Xswiftc")
    is_build = options.plain[:1] in (["build"], ["run"], ["test"]) or options.plain[:2] == ["package", "resolve"]
    named = options.get("--build-path", "--scratch-path")
    base = options.get("--package-path") or None
    return Outcome(makes=(call.at(named) if named else call.at(".build", base=base)) if is_build else ())


def flutter(call: Call) -> Outcome:
    """flutter: `build` and its tool directory."""
    options = call.options("-o --output -t --target --dart-define --base-href -d")
    words = options.plain
    if words[:1] == ["build"] and len(words) > 1:
        return Outcome(makes=call.at(options.get("-o", "--output") or "build", ".dart_tool"))
    return Outcome(makes=call.at(".dart_tool") if words[:2] == ["pub", "get"] or words[:1] == ["test"] else ())


def dart(call: Call) -> Outcome:
    options = call.options("-o --output --target-os -d")
    words = options.plain
    if words[:1] == ["compile"] and len(words) > 2:
        ending = {"exe": "exe", "js": "js", "aot-snapshot": "aot", "kernel": "dill", "jit-snapshot": "jit"}
        named = options.get("-o", "--output") or re.sub(r"\.dart\Z", f".{ending.get(words[1], words[1])}", words[2])
        return Outcome(makes=call.at(named))
    if words[:1] == ["build"] and len(words) > 1:
        return Outcome(makes=call.at("build"))
    runner = {"build_runner", "dart_frog_cli:dart_frog"} & set(words)
    made = ".dart_tool" if words[:2] == ["pub", "get"] or runner else ""
    return Outcome(makes=call.at(made), opaque=words[:1] == ["run"] and not runner)


def _with_options(default: str, options: str, only: str = "", valued: str = "") -> Maker:
    """A compiler that writes what an option names, else its own directory."""

    def made(call: Call) -> Outcome:
        given = call.options(f"{options} {valued}")
        if only and not set(given.plain[:1]) & set(only.split()):
            return NOTHING
        return Outcome(makes=call.at(*(given.every(*options.split()) or default.split())))

    return made


def stack(call: Call) -> Outcome:
    options = call.options("--local-bin-path --stack-yaml --resolver")
    is_build = options.plain[:1] in (["build"], ["install"], ["test"])
    return Outcome(makes=call.at(".stack-work", *options.every("--local-bin-path")) if is_build else ())


ROWS: dict[str, Maker] = {
    "go": go,
    **rows("cargo cross", cargo),
    "rustc": rustc,
    "trunk": trunk,
    "wasm-pack": _wasm_pack,
    "mix": mix,
    "rebar3": rebar,
    "cmake": cmake,
    "meson": meson,
    **rows("ninja samu ctest cpack", nothing),
    **rows("bazel bazelisk", bazel),
    **rows("gcc g++ cc c++ clang clang++ tcc musl-gcc", compiler),
    "ld": _with_options("a.out", "-o"),
    "ar": nothing,
    "protoc": protoc,
    "swift": swift,
    "swiftc": _with_options("", "-o"),
    "flutter": flutter,
    "dart": dart,
    "zig": _with_options("zig-out .zig-cache", "--prefix -p", only="build"),
    "nim": _with_options("", "-o --out"),
    "crystal": _with_options("", "-o", only="build"),
    "shards": _with_options("lib", "", only="install"),
    "ghc": _with_options("", "-o"),
    "stack": stack,
    "cabal": _with_options("dist-newstyle", "--builddir", only="build install v2-build new-build"),
    "dune": _with_options("_build", "--build-dir", only="build exec test"),
    "v": _with_options("", "-o"),
    "gfortran": compiler,
    "templ": nothing,
    "goreleaser": _with_options("dist", "", only="build release"),
    **rows("mage task buf sqlc swag wire configure", opaque),
    **rows("air gotestsum golangci-lint dlv", nothing),
}
