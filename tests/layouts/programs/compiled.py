"""Go, Cargo, Maven, Gradle, .NET, Mix, CMake, make, C."""

from __future__ import annotations

import os
import re

from image import at, fail, files, has, is_program, need, payload, program_file, read, run, say, show, split, write


def _go_text(folder: str) -> str:
    need("go.mod")
    sources = [one for one in files(folder) if one.endswith(".go") and "/" not in one]
    if not sources:
        fail(f"no Go files in {folder}")
    text = "\n".join(read(os.path.join(folder, one)) for one in sources)
    for pattern in re.findall(r"^//go:embed (.+)$", text, re.MULTILINE):
        import glob

        for one in pattern.split():
            found = sorted(glob.glob(os.path.join(at(folder), one.removeprefix("all:"))))
            if not found:
                fail(f"pattern {one}: no matching files found")
            for path in found:
                inner = [os.path.join(path, file) for file in files(path)] if os.path.isdir(path) else [path]
                text += "".join(f"\nembedded {os.path.basename(file)}: {read(file)}" for file in inner)
    return text


def go(name: str, words: list[str]) -> None:
    plain, options = split(words, "-o -ldflags -tags -mod")
    if plain[0] == "mod":
        read("go.mod")
        if plain[1] == "vendor":
            write("vendor/modules.txt", "# example.org/other v1.0.0")
        return
    if plain[0] not in ("build", "run", "install"):
        return
    if options.get("-mod") == "vendor":
        need("vendor/modules.txt")
    package = plain[1] if len(plain) > 1 else "."
    module = read("go.mod").split()[1].rpartition("/")[2]
    text = _go_text(package.removesuffix("/..."))
    output = options.get("-o") or (module if package == "." else os.path.basename(package))
    if os.path.isdir(at(output)) or output.endswith("/"):
        output = os.path.join(output, module if package == "." else os.path.basename(package))
    if plain[0] == "install":
        output = f"/go/bin/{module}"
    if plain[0] == "run":
        write("/tmp/go-run", text)
        say(text)
        return
    program_file(output, text)


def _crate(folder: str) -> tuple[str, str]:
    name = re.findall(r"^name\s*=\s*\"([^\"]+)\"", read(os.path.join(folder, "Cargo.toml")), re.MULTILINE)[0]
    text = read(os.path.join(folder, "src/main.rs"))
    for one in re.findall(r"include_(?:str|bytes)!\(\s*\"([^\"]+)\"", text):
        text += "\nincluded " + read(os.path.join(folder, "src", one))
    for one in re.findall(r"include_dir!\(\s*\"(?:\$CARGO_MANIFEST_DIR/)?([^\"]+)\"", text):
        for file in files(need(os.path.join(folder, one))):
            text += f"\nincluded {file} " + read(os.path.join(folder, one, file))
    return name, text


def cargo(name: str, words: list[str]) -> None:
    plain, options = split(
        words, "--bin --target-dir --manifest-path --recipe-path -p --package --root --path --target"
    )
    target = options.get("--target-dir") or os.environ.get("CARGO_TARGET_DIR") or "target"
    profile = "release" if "--release" in options or "-r" in options else "debug"
    if plain[0] == "chef":
        if plain[1] == "prepare":
            write(options.get("--recipe-path", "recipe.json"), read("Cargo.toml"))
        else:
            write(os.path.join(target, profile, "deps/dependencies"), read(options.get("--recipe-path", "recipe.json")))
        return
    if plain[0] not in ("build", "run", "install"):
        return
    crate, text = _crate(options.get("--path", "."))
    if plain[0] == "install":
        program_file(os.path.join(options.get("--root", "/usr/local/cargo"), "bin", crate), text)
        return
    program_file(os.path.join(target, profile, crate), text)
    write(os.path.join(target, profile, "deps", f"{crate}.d"), "deps")
    write(os.path.join(target, "CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n")
    if plain[0] == "run":
        say(text)


def _sources(folder: str) -> str:
    found = list(files(os.path.join(folder, "src/main"))) if has(os.path.join(folder, "src/main")) else []
    if not found:
        fail(f"no sources in {folder}/src/main")
    return "\n".join(f"{one}: {read(os.path.join(folder, 'src/main', one))}" for one in found)


def maven(name: str, words: list[str]) -> None:
    plain, options = split(words, "-f --file -pl")
    folder = os.path.dirname(options.get("-f") or options.get("--file") or "pom.xml") or "."
    text = read(os.path.join(folder, "pom.xml"))
    if not {"package", "install", "verify"} & set(plain):
        return
    artifact = re.findall(r"<artifactId>([^<]+)", text)[0]
    version = re.findall(r"<version>([^<]+)", text)[0]
    final = next(iter(re.findall(r"<finalName>([^<]+)", text)), f"{artifact}-{version}")
    packaging = next(iter(re.findall(r"<packaging>([^<]+)", text)), "jar")
    content = _sources(folder)
    write(os.path.join(folder, "target/classes/Main.class"), content)
    write(os.path.join(folder, f"target/{final}.{packaging}"), content)


def gradle(name: str, words: list[str]) -> None:
    if name.endswith("gradlew"):
        need("gradle/wrapper/gradle-wrapper.jar")
    plain, _ = split(words, "-p -x")
    settings = read("settings.gradle")
    need("build.gradle")
    if {"build", "bootJar", "assemble", "jar"} & {one.rpartition(":")[2] for one in plain}:
        project = re.findall(r"rootProject.name\s*=\s*['\"]([^'\"]+)", settings)[0]
        content = _sources(".")
        write(f"build/libs/{project}.jar", content)
        write("build/classes/Main.class", content)
        write(".gradle/checksums.bin", "x")
    if "run" in plain or "bootRun" in plain:
        say(_sources("."))


def java(name: str, words: list[str]) -> None:
    import glob

    _, options = split(words, "-jar -cp -classpath")
    for one in filter(None, (options.get("-jar"), *(options.get("-cp") or options.get("-classpath") or "").split(":"))):
        for path in sorted(glob.glob(at(one))) or [at(one)]:
            show(path)
    for one in options.get("-cp", ""), options.get("-jar", ""):
        if os.path.isfile(at(one)):
            for file in re.findall(r"Path\.of\(\"([^\"]+)\"", read(one)):
                show(file)


def catalina(name: str, words: list[str]) -> None:
    show("/usr/local/tomcat/webapps")


def dotnet(name: str, words: list[str]) -> None:
    plain, options = split(words, "-c --configuration -o --output -r")
    if plain[0].endswith(".dll"):
        show(plain[0])
        return
    output = options.get("-o") or options.get("--output")
    project = next((one for one in plain[1:] if one.endswith("proj")), "")
    folder = os.path.dirname(project) or "."
    names = [one for one in files(folder) if one.endswith(".csproj")]
    if not names:
        fail("no project file")
    name = os.path.basename(names[0]).removesuffix(".csproj")
    folder = os.path.join(folder, os.path.dirname(names[0]))
    if plain[0] == "restore" or "--no-restore" not in options:
        write(os.path.join(folder, "obj/project.assets.json"), "{}")
    need(os.path.join(folder, "obj/project.assets.json"))
    if plain[0] in ("publish", "build", "run"):
        sources = [one for one in files(folder) if one.endswith(".cs") and not one.startswith(("bin/", "obj/"))]
        text = "\n".join(read(os.path.join(folder, one)) for one in sources)
        write(os.path.join(folder, f"bin/Release/net8.0/{name}.dll"), text)
        if plain[0] == "publish":
            write(os.path.join(output or os.path.join(folder, "bin/Release/net8.0/publish"), f"{name}.dll"), text)


def mix(name: str, words: list[str]) -> None:
    text = read("mix.exs")
    app = re.findall(r"app: :(\w+)", text)[0]
    wanted = re.findall(r"{:(\w+), \"([^\"]+)\"", text)
    environment = os.environ.get("MIX_ENV", "dev")
    if words[0] == "deps.get":
        for one, version in wanted:
            write(f"deps/{one}/mix.exs", f"{one} {version}")
        return
    if words[0].startswith(("local.", "archive")):
        return
    for one, _ in wanted:
        read(f"deps/{one}/mix.exs")
    if words[0] == "assets.deploy":
        for one in files("assets"):
            write(f"priv/static/assets/{one}", read(f"assets/{one}"))
        return
    sources = "\n".join(read(f"lib/{one}") for one in files("lib"))
    write(f"_build/{environment}/lib/{app}/ebin/{app}.beam", sources)
    release = f"_build/{environment}/rel/{app}"
    if words[0] == "release":
        program_file(f"{release}/bin/{app}", sources)
        if has("priv/static"):
            for one in files("priv/static"):
                write(f"{release}/lib/{app}/priv/static/{one}", read(f"priv/static/{one}"))
    elif words[0] in ("phx.server", "run"):
        say(sources)
        if "phx" in words[0]:
            show("priv/static")


def gcc(name: str, words: list[str]) -> None:
    plain, options = split(words, "-o -I -L")
    texts = []
    for one in plain:
        if is_program(at(one)):
            texts.append(payload(one))
        else:
            texts.append(read(one))
    included = [one for text in texts for one in re.findall(r"#include \"([^\"]+)\"", text)]
    texts += [read(os.path.join(os.path.dirname(plain[0]), one)) for one in included]
    if "-c" in options:
        write(options.get("-o") or re.sub(r"\.c$", ".o", os.path.basename(plain[0])), "\n".join(texts))
    else:
        program_file(options.get("-o") or "a.out", "\n".join(texts))


def cmake(name: str, words: list[str]) -> None:
    plain, options = split(words, "-B -S -G --build --install --prefix --target -j")
    if "--build" in options:
        source = read(os.path.join(options["--build"], "CMakeCache.txt")).strip()
        listing = read(os.path.join(source, "CMakeLists.txt"))
        for target, files_ in re.findall(r"add_executable\((\w+) ([^)]+)\)", listing):
            text = "\n".join(read(os.path.join(source, one)) for one in files_.split())
            program_file(os.path.join(options["--build"], target), text)
        return
    if "--install" in options:
        for one in files(options["--install"]):
            if is_program(os.path.join(at(options["--install"]), one)):
                program_file(f"/usr/local/bin/{one}", payload(os.path.join(options["--install"], one)))
        return
    source = options.get("-S") or (plain[0] if plain else ".")
    read(os.path.join(source, "CMakeLists.txt"))
    build = options.get("-B") or "."
    write(os.path.join(build, "CMakeCache.txt"), source if "-B" in options else os.path.abspath(source))


def make(name: str, words: list[str]) -> None:
    """make TARGET: what is there and not phony is not made again."""
    plain, options = split(words, "-C -f -j")
    folder = options.get("-C") or "."
    if not has(os.path.join(folder, "Makefile")) and has(os.path.join(folder, "CMakeCache.txt")):
        cmake(name, ["--build", folder])
        return
    text = read(os.path.join(folder, "Makefile"))
    phony = set(" ".join(re.findall(r"^\.PHONY:(.*)$", text, re.MULTILINE)).split())
    rules: dict[str, tuple[list[str], list[str]]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line.startswith("\t"):
            current.append(line.strip().lstrip("@"))
        elif found := re.match(r"([\w./ -]+):(?!=)(.*)", line):
            current = []
            for target in found[1].split():
                rules[target] = (found[2].split(), current)

    def build(target: str) -> None:
        if target not in rules:
            need(os.path.join(folder, target))
            return
        for one in rules[target][0]:
            build(one)
        if target in phony or not has(os.path.join(folder, target)):
            for line in rules[target][1]:
                run(line, cwd=folder)

    goals = [one for one in plain if "=" not in one]
    for one in goals or [next(one for one in rules if not one.startswith("."))]:
        build(one)


PROGRAMS = {
    **dict.fromkeys(("mvn", "mvnw"), maven),
    **dict.fromkeys(("gradle", "gradlew"), gradle),
    **dict.fromkeys(("gcc", "cc"), gcc),
    "go": go,
    "cargo": cargo,
    "java": java,
    "catalina.sh": catalina,
    "dotnet": dotnet,
    "mix": mix,
    "cmake": cmake,
    "make": make,
}
