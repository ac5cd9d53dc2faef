"""What a build on this machine left behind."""

from __future__ import annotations

from ctxaudit.rules.evidence import (
    BY_NAME,
    CACHE_TAG,
    GIT_IGNORED,
    UNTRACKED,
    Evidence,
    Kind,
    beside,
    inside,
    inside_text,
    is_type,
    larger_than,
    links_to,
    magic,
    named,
    text,
)

CATEGORY = "build output"

_MIB = 1024 * 1024
# ELF, Mach-O (64 and 32 bits, both orders, universal), PE.
PROGRAM: Evidence = magic(
    "7f454c46",
    "cffaedfe",
    "cefaedfe",
    "feedfacf",
    "feedface",
    "cafebabe",
    "4d5a",
    words="an executable by its first bytes",
)
# A bundle, or what a compiler of TypeScript writes.
_BUNDLED: Evidence = inside(
    "*.js.map",
    "*.css.map",
    "*.d.ts.map",
    "*.min.js",
    "asset-manifest.json",
    ".vite/manifest.json",
    "assets/*-????????.js",
) | inside_text(
    "*.js",
    r"__webpack_require__|^//# sourceMappingURL=|^Object\.defineProperty\(exports, .__esModule",
    "compiled JavaScript",
)
_WEB_PROJECT = ("../config.ru", "../Gemfile", "../artisan", "../composer.json", "../package.json")
# Python imports bytecode without its source, too; beside the source it writes the bytecode again.
_HAS_SOURCE = Evidence(
    lambda place: f"{place.path.rpartition('/')[2].rpartition('.')[0]}.py" in place.names(".."),
    "beside its source",
    lambda place: True,
)
_ZIP = magic("504b0304", words="a zip archive")

KINDS = (
    Kind(
        "rust-target",
        CATEGORY,
        ("**/target",),
        (CACHE_TAG | (beside("Cargo.toml") & inside("debug", "release", ".rustc_info.json"))).saying(
            "beside Cargo.toml, or with a valid CACHEDIR.TAG"
        ),
        "warning",
        ("size", "cache"),
        "Cargo's output, often gigabytes, and every build on the host changes it; the image compiles for itself.",
        "Cargo writes CACHEDIR.TAG there; kondo; npkill; github/gitignore Rust",
        types=("dir",),
        use="name",
        made_by="cargo build --release",
    ),
    Kind(
        "maven-target",
        CATEGORY,
        ("**/target",),
        (
            beside("pom.xml")
            & inside("classes", "maven-status", "maven-archiver", "generated-sources", "*.jar", "*.war")
        ).saying("beside pom.xml, with Maven's output inside"),
        "warning",
        ("size",),
        "Maven's output. It is needed where the Dockerfile copies a jar from it, and then only that jar.",
        "kondo; github/gitignore Maven",
        types=("dir",),
        use="name",
        parts=True,
        made_by="mvn package",
    ),
    Kind(
        "sbt-target",
        CATEGORY,
        ("**/target", "**/project/project"),
        (
            (beside("build.sbt", "../build.sbt") & inside("scala-*", "streams", "global-logging", "config-classes"))
            | (named("project") & beside("../build.sbt") & inside("target"))
        ).saying("beside build.sbt, with sbt's output inside"),
        "warning",
        ("size",),
        "The output of sbt, of the project or of its own build definition.",
        "kondo; github/gitignore Scala",
        types=("dir",),
        use="name",
        parts=True,
    ),
    Kind(
        "gradle-build",
        CATEGORY,
        ("**/build",),
        (
            beside("build.gradle", "build.gradle.kts")
            & inside("classes", "libs", "tmp", "reports", "kotlin", "intermediates", "generated")
        ).saying("beside build.gradle, with Gradle's output inside"),
        "warning",
        ("size",),
        "Gradle's output. It is needed where the Dockerfile copies build/libs; a Java package may be called build, "
        "too, so that only the directory beside the build script counts.",
        "kondo; github/gitignore Gradle",
        types=("dir",),
        use="name",
        parts=True,
        made_by="./gradlew build",
    ),
    Kind(
        "flutter-build",
        CATEGORY,
        ("**/build",),
        beside("pubspec.yaml") & UNTRACKED,
        "warning",
        ("size",),
        "The output of Dart or Flutter, compiled on the host.",
        "kondo; github/gitignore Dart",
        types=("dir",),
        use="name",
    ),
    Kind(
        "cmake-build",
        CATEGORY,
        ("**",),
        inside("CMakeCache.txt") & ~inside("CMakeLists.txt"),
        "warning",
        ("size", "correctness"),
        "A CMake build directory: its cache names the host's source directory, and cmake in the image refuses it.",
        "kondo; github/gitignore CMake; CMake documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "meson-build",
        CATEGORY,
        ("**",),
        inside("meson-info") & inside("meson-private", "meson-logs"),
        "warning",
        ("size", "correctness"),
        "A Meson build directory, with the host's compiler and absolute paths in it.",
        "Meson documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "cmake-in-source",
        CATEGORY,
        (
            "**/CMakeCache.txt",
            "**/CMakeFiles",
            "**/cmake_install.cmake",
            "**/CTestTestfile.cmake",
            "**/_deps",
        ),
        ~named("_deps") | beside("CMakeCache.txt"),
        "warning",
        ("correctness",),
        "CMake ran in the source directory itself: its cache stops cmake in the image, as the directory differs.",
        "github/gitignore CMake",
    ),
    Kind(
        "autotools",
        CATEGORY,
        ("**/config.status", "**/config.log", "**/autom4te.cache", "**/libtool", "**/.deps", "**/.libs"),
        (
            (beside("configure", "configure.ac", "configure.in") & UNTRACKED)
            | inside("*.Po", "*.Plo", "*.lai", "*.o", "*.so*")
        ).saying("left by ./configure or make"),
        "warning",
        ("correctness",),
        "What ./configure and make left: a config.status from the host makes the image use the host's paths. A "
        "shipped `configure` is an input, and not meant.",
        "github/gitignore Autotools",
    ),
    Kind(
        "python-build",
        CATEGORY,
        ("**/build", "**/dist"),
        (
            beside("pyproject.toml", "setup.py", "setup.cfg") & inside("lib", "lib.*", "bdist.*", "*.whl", "*.tar.gz")
        ).saying("beside the package's definition, with what was built inside")
        & UNTRACKED,
        "warning",
        ("size", "correctness"),
        "Output of setuptools and other backends; what is stale in build/lib goes into the next wheel. It is needed "
        "where the Dockerfile copies a wheel from it.",
        "github/gitignore Python; setuptools documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "python-egg-info",
        CATEGORY,
        ("**/*.egg-info", "**/.eggs", "**/*.egg"),
        named(".eggs") | inside("PKG-INFO", "EGG-INFO") | _ZIP,
        "note",
        ("correctness", "noise"),
        "Metadata of a development install; setuptools reads a stale list of sources from it.",
        "github/gitignore Python",
    ),
    Kind(
        "python-bytecode",
        CATEGORY,
        ("**/__pycache__", "**/*.py[co]"),
        named("__pycache__") | (is_type("file") & UNTRACKED & _HAS_SOURCE),
        "warning",
        ("cache", "noise"),
        "Bytecode that the host's Python wrote on import: it changes with each run, and misses the layer cache.",
        "kondo; npkill; docker init; github/gitignore Python",
        types=("dir", "file"),
        use="itself",
    ),
    Kind(
        "cython-extension",
        CATEGORY,
        ("**/*.so", "**/*.pyd"),
        (beside("*.pyx") & UNTRACKED) | (named("*.cpython-*", "*.abi3.so", "*.pyd") & GIT_IGNORED),
        "warning",
        ("correctness", "size"),
        "An extension module compiled on the host: it lies beside the sources, and is imported instead of the image's.",
        "github/gitignore Python; Cython documentation",
        types=("file",),
        use="name",
    ),
    Kind(
        "next-build",
        CATEGORY,
        ("**/.next",),
        inside("BUILD_ID", "cache", "build-manifest.json", "trace", "server", "static").saying("holds Next.js' output"),
        "warning",
        ("size", "cache"),
        "The output and cache of Next.js; `next build` in the image writes its own. COPY --from takes it from a "
        "stage, not from here.",
        "npkill; docker init; github/gitignore Node",
        types=("dir",),
        use="name",
        readers=("next start",),
        made_by="npm run build",
    ),
    Kind(
        "nuxt-output",
        CATEGORY,
        ("**/.nuxt", "**/.output", "**/.nitro"),
        named(".nuxt", ".nitro") | inside("nitro.json", "server/index.mjs"),
        "warning",
        ("size",),
        "The output of Nuxt or Nitro. It is needed where the Dockerfile copies .output, built outside.",
        "npkill; github/gitignore Node",
        types=("dir",),
        use="name",
        readers=("nuxt start", "nuxt preview"),
        made_by="npm run build",
    ),
    Kind(
        "js-framework-output",
        CATEGORY,
        (
            "**/.svelte-kit",
            "**/.astro",
            "**/.docusaurus",
            "**/.expo",
            "**/storybook-static",
            "**/.vitepress/dist",
            "**/.vitepress/cache",
            "**/.vuepress/dist",
            "**/.vuepress/.cache",
            "**/.vuepress/.temp",
        ),
        ~named("dist", "cache") | (beside("config.*") & UNTRACKED),
        "warning",
        ("size",),
        "What a web framework generates, types and pages; it makes it again before each build.",
        "npkill; kondo; github/gitignore Node",
        types=("dir",),
        use="name",
    ),
    Kind(
        "tsbuildinfo",
        CATEGORY,
        ("**/*.tsbuildinfo",),
        UNTRACKED,
        "warning",
        ("correctness",),
        "TypeScript's memory of the last build: with it and without the output, `tsc -b` in the image writes nothing.",
        "github/gitignore Node; TypeScript handbook",
        types=("file",),
    ),
    Kind(
        "goreleaser-dist",
        CATEGORY,
        ("**/dist",),
        (beside(".goreleaser.y*ml", "goreleaser.y*ml") & (GIT_IGNORED | inside("artifacts.json"))).saying(
            "beside GoReleaser's configuration"
        ),
        "warning",
        ("size",),
        "GoReleaser's archives for all platforms; it builds images from a context of its own.",
        "GoReleaser documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "haskell-dist",
        CATEGORY,
        ("**/dist-newstyle", "**/.stack-work", "**/dist"),
        ~named("dist") | (beside("*.cabal") & inside("setup-config")),
        "warning",
        ("size",),
        "The output of Cabal or Stack: object files and a package database of the host.",
        "kondo; npkill; github/gitignore Haskell",
        types=("dir",),
        use="name",
    ),
    Kind(
        "js-dist",
        CATEGORY,
        ("**/dist",),
        beside("package.json") & GIT_IGNORED,
        "warning",
        ("size", "cache"),
        "A bundle that git ignores and the image builds again. It is needed where the Dockerfile copies it, built "
        "outside; a dist that git tracks is a release, and not meant.",
        "docker init; github/gitignore Node",
        types=("dir",),
        use="name",
        made_by="npm run build",
    ),
    Kind(
        "js-dist-untracked",
        CATEGORY,
        ("**/dist",),
        (beside("package.json") & UNTRACKED & _BUNDLED).saying("beside package.json, written by a compiler"),
        "warning",
        ("size", "cache"),
        "A bundle that git neither tracks nor ignores. It is needed where the Dockerfile copies it, "
        "built outside; a dist that was written by hand is not meant.",
        "docker init; github/gitignore Node",
        types=("dir",),
        use="name",
        made_by="npm run build",
    ),
    Kind(
        "js-build",
        CATEGORY,
        ("**/build", "**/out"),
        (
            beside("package.json")
            & (
                (named("build") & inside("index.html", "static", "asset-manifest.json", "client", "server", "*.js"))
                | (named("out") & beside("next.config.*", "tsconfig.json"))
            )
            & GIT_IGNORED
        ).saying("beside package.json, git-ignored"),
        "warning",
        ("size", "cache"),
        "A web bundle or compiled TypeScript that git ignores. It is needed where the Dockerfile copies it, built "
        "outside.",
        "docker init; github/gitignore Node",
        types=("dir",),
        use="name",
        made_by="npm run build",
    ),
    Kind(
        "public-output",
        CATEGORY,
        (
            "**/public/assets",
            "**/public/build",
            "**/public/bundles",
            "**/public/packs",
            "**/public/packs-test",
            "**/public/vite",
            "**/public/vite-dev",
            "**/public/vite-test",
        ),
        (GIT_IGNORED & beside(*_WEB_PROJECT)).saying("assets of a web framework, git-ignored"),
        "warning",
        ("size", "cache"),
        "Assets that Rails, Laravel or Symfony compiled on the host. They are needed where the image serves them and "
        "no step compiles them again.",
        "github/gitignore Rails, Laravel, Symfony",
        types=("dir",),
        use="presence",
        readers=("php", "ruby"),
    ),
    Kind(
        "django-static",
        CATEGORY,
        ("**/staticfiles",),
        (GIT_IGNORED & beside("manage.py", "../manage.py")).saying("what collectstatic collects, git-ignored"),
        "warning",
        ("size", "cache"),
        "What collectstatic of Django collected on the host. It is needed where the image serves it "
        "and no step collects it again.",
        "Django documentation; github/gitignore Django",
        types=("dir",),
        use="name",
        made_by="python manage.py collectstatic --noinput",
    ),
    Kind(
        "laravel-hot",
        CATEGORY,
        ("**/public/hot",),
        beside(*_WEB_PROJECT) & UNTRACKED,
        "warning",
        ("correctness",),
        "The address of Vite's development server: while the file is there, Laravel asks that server for every asset.",
        "Laravel's Vite plugin; github/gitignore Laravel",
        types=("file",),
    ),
    Kind(
        "static-site",
        CATEGORY,
        ("**/public", "**/_site", "**/site", "**/resources/_gen", "**/_build"),
        (
            (
                (named("public") & beside("gatsby-config.*", "hugo.*"))
                | (named("public") & beside("archetypes") & beside("config.toml", "config.yaml"))
                | (named("_gen") & beside("../hugo.*", "../config.toml", "../config.yaml"))
                | (named("_site") & beside("_config.yml", "_config.toml", ".eleventy.js", "eleventy.config.*"))
                | (named("site") & beside("mkdocs.y*ml") & inside("sitemap.xml"))
                | (named("_build") & beside("conf.py") & inside(".doctrees", "doctrees", "html"))
            )
            & GIT_IGNORED
        ).saying("a rendered site, git-ignored"),
        "warning",
        ("size",),
        "A rendered site of Hugo, Gatsby, Jekyll, Eleventy, MkDocs or Sphinx. It is needed where the image only "
        "serves it; the public/ of other frameworks is source.",
        "github/gitignore Node, Hugo, Jekyll, Python",
        types=("dir",),
        use="name",
    ),
    Kind(
        "dotnet-bin-obj",
        CATEGORY,
        ("**/bin", "**/obj"),
        (beside("*.csproj", "*.fsproj", "*.vbproj") & inside("Debug", "Release", "project.assets.json")).saying(
            "beside a project file, with MSBuild's output inside"
        ),
        "warning",
        ("size", "correctness"),
        "MSBuild's output; the host's paths in obj/project.assets.json break `dotnet build --no-restore` in the "
        "image. A bin/ with scripts is not meant.",
        "docker init; kondo; github/gitignore VisualStudio",
        types=("dir",),
        use="name",
        readers=("dotnet --no-restore ../obj/project.assets.json", "dotnet --no-build"),
        made_by="dotnet publish",
    ),
    Kind(
        "dotnet-artifacts",
        CATEGORY,
        ("**/artifacts",),
        (
            beside("*.sln", "*.slnx", "Directory.Build.props")
            & inside("bin", "obj", "publish", "package")
            & GIT_IGNORED
        ).saying("beside a solution, with MSBuild's output inside, git-ignored"),
        "warning",
        ("size",),
        "The artifacts layout of the .NET SDK: all projects' output in one place.",
        ".NET SDK documentation; npkill; github/gitignore VisualStudio",
        types=("dir",),
        use="name",
    ),
    Kind(
        "beam-build",
        CATEGORY,
        ("**/_build", "**/build"),
        (
            (named("_build") & beside("mix.exs", "rebar.config"))
            | (named("build") & beside("gleam.toml") & inside("dev", "packages", "prod"))
        ).saying("beside mix.exs, rebar.config or gleam.toml"),
        "warning",
        ("size", "correctness"),
        "The output of Mix, rebar3 or Gleam, compiled against the host's OTP, which the image's may not load.",
        "kondo; npkill; github/gitignore Elixir",
        types=("dir",),
        use="name",
        readers=("mix phx.server",),
        made_by="mix release",
    ),
    Kind(
        "ocaml-build",
        CATEGORY,
        ("**/_build",),
        beside("dune-project", "dune-workspace", "dune"),
        "warning",
        ("size",),
        "Dune's output and its copy of the sources.",
        "github/gitignore OCaml",
        types=("dir",),
        use="name",
    ),
    Kind(
        "swift-build",
        CATEGORY,
        ("**/.build", "**/DerivedData", "**/xcuserdata"),
        (named(".build") & (beside("Package.swift") | inside("workspace-state.json")))
        | (named("DerivedData") & (beside("*.xcodeproj", "*.xcworkspace") | inside("ModuleCache.noindex")))
        | named("xcuserdata"),
        "warning",
        ("size",),
        "The output of SwiftPM or Xcode on the host, or one user's window layout.",
        "kondo; github/gitignore Swift",
        types=("dir",),
        use="name",
    ),
    Kind(
        "dart-tool",
        CATEGORY,
        ("**/.dart_tool", "**/.flutter-plugins", "**/.flutter-plugins-dependencies"),
        BY_NAME,
        "warning",
        ("size", "correctness"),
        "Dart's resolution of packages, which names the host's package cache by absolute path.",
        "kondo; github/gitignore Dart",
    ),
    Kind(
        "zig-out",
        CATEGORY,
        ("**/.zig-cache", "**/zig-cache", "**/zig-out"),
        BY_NAME,
        "warning",
        ("size",),
        "Zig's cache and output. zig-out is needed where the Dockerfile copies a binary from it.",
        "kondo; github/gitignore Zig",
        types=("dir",),
        use="name",
    ),
    Kind(
        "native-objects",
        CATEGORY,
        ("**/*.o", "**/*.obj", "**/*.a", "**/*.lo", "**/*.la", "**/*.gch", "**/*.pch", "**/*.dSYM"),
        GIT_IGNORED,
        "warning",
        ("size", "correctness"),
        "Object files of the host; as they are newer than the sources, make in the image does not compile again, and "
        "links the wrong architecture.",
        "github/gitignore C++",
        use="name",
    ),
    Kind(
        "go-binary",
        CATEGORY,
        ("**",),
        larger_than(_MIB, "") & beside("go.mod", "../go.mod") & GIT_IGNORED & PROGRAM,
        "warning",
        ("size", "cache"),
        "What `go build` put into the module on the host. It is needed where the Dockerfile copies a prebuilt binary.",
        "github/gitignore Go",
        types=("file",),
        use="name",
        made_by="go build",
    ),
    Kind(
        "native-binaries",
        CATEGORY,
        ("**/*.exe", "**/*.dll", "**/*.dylib", "**/*.so", "**/*.so.[0-9]*"),
        GIT_IGNORED & PROGRAM,
        "warning",
        ("size",),
        "A program or library built on the host, that git ignores. It is needed where the Dockerfile copies it.",
        "github/gitignore C++, Go",
        types=("file",),
        use="name",
    ),
    Kind(
        "java-classes",
        CATEGORY,
        ("**/*.class",),
        magic("cafebabe", words="Java bytecode") & UNTRACKED,
        "warning",
        ("size",),
        "Compiled Java classes among the sources; an IDE or javac left them.",
        "github/gitignore Java",
        types=("file",),
        use="name",
    ),
    Kind(
        "java-archives",
        CATEGORY,
        ("**/*.jar", "**/*.war", "**/*.ear"),
        GIT_IGNORED,
        "note",
        ("size",),
        "An archive that git ignores, so most likely built here. It is needed where the Dockerfile copies it; the "
        "wrappers of Gradle and Maven are never meant.",
        "github/gitignore Java",
        keep=("copy", "wrapper", "directory"),
        unless=("gradle-wrapper.jar", "maven-wrapper.jar"),
        types=("file",),
        use="name",
    ),
    Kind(
        "android-local",
        CATEGORY,
        ("**/.cxx", "**/.externalNativeBuild", "**/local.properties"),
        is_type("dir") | text(r"^(?:sdk|ndk)\.dir", "names this machine's Android SDK"),
        "warning",
        ("size", "correctness"),
        "Android's native output, or the path of this machine's SDK, which sends Gradle in the image to a directory "
        "that is not there.",
        "npkill; github/gitignore Android",
        types=("dir", "file"),
        use="name",
    ),
    Kind(
        "bazel-symlinks",
        CATEGORY,
        ("bazel-*",),
        beside("WORKSPACE*", "MODULE.bazel"),
        "warning",
        ("noise",),
        "Bazel's links into its cache on this machine: they are sent as links, and lead nowhere in the image.",
        "github/gitignore Bazel",
        types=("symlink",),
        use="name",
    ),
    Kind(
        "buck-pants-out",
        CATEGORY,
        ("buck-out", "plz-out", ".pants.d"),
        BY_NAME,
        "warning",
        ("size",),
        "The output of Buck, Please or Pants.",
        "github/gitignore Buck; the tools' own documentation",
        types=("dir", "symlink"),
        use="name",
    ),
    Kind(
        "nix-result",
        CATEGORY,
        ("result", "result-*"),
        links_to("/nix/store/"),
        "note",
        ("noise", "correctness"),
        "A link to what nix-build made in this machine's store; it leads nowhere in the image.",
        "github/gitignore Nix; Nix manual",
        types=("symlink",),
        use="name",
    ),
    Kind(
        "game-engines",
        CATEGORY,
        (
            "**/Library",
            "**/Temp",
            "**/MemoryCaptures",
            "**/.godot",
            "**/.import",
            "**/Binaries",
            "**/Intermediate",
            "**/Saved",
            "**/DerivedDataCache",
        ),
        (
            (named("Library", "Temp", "MemoryCaptures") & beside("ProjectSettings") & beside("Assets"))
            | (named(".godot", ".import") & beside("project.godot"))
            | (named("Binaries", "Intermediate", "Saved", "DerivedDataCache") & beside("*.uproject"))
        ).saying("beside a Unity, Godot or Unreal project"),
        "warning",
        ("size",),
        "Imported assets and caches of Unity, Godot or Unreal, often many gigabytes; the editor makes them again.",
        "kondo; npkill; github/gitignore Unity, Godot, UnrealEngine",
        types=("dir",),
        use="name",
    ),
    Kind(
        "intellij-out",
        CATEGORY,
        ("**/out",),
        (beside(".idea", "*.iml") & inside("production", "test", "artifacts")).saying(
            "beside IntelliJ's project, with its output inside"
        )
        & UNTRACKED,
        "warning",
        ("size",),
        "What IntelliJ IDEA compiled by itself, beside the real build.",
        "github/gitignore Global/JetBrains",
        types=("dir",),
        use="name",
    ),
)
