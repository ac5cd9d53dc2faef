"""Dependencies that a package manager put into the tree."""

from __future__ import annotations

from ctxaudit.rules.evidence import BY_NAME, GIT_IGNORED, UNTRACKED, beside, inside, named
from ctxaudit.rules.kind import Kind

CATEGORY = "dependencies"

KINDS = (
    Kind(
        "node-modules",
        CATEGORY,
        ("**/node_modules",),
        (beside("package.json") | inside(".package-lock.json", ".modules.yaml", ".yarn-integrity", ".bin")).saying(
            "installed by a package manager"
        ),
        "warning",
        ("size", "correctness", "cache"),
        "Copied after the install, the host's packages overwrite the image's, with native addons for another libc or "
        "processor. It is fine where it is installed on purpose for the image, and copied by name.",
        "docker init; npkill; kondo; github/gitignore Node",
        types=("dir", "symlink"),
        use="presence",
        readers=("node", "bun", "deno"),
    ),
    Kind(
        "bower-components",
        CATEGORY,
        ("**/bower_components", "**/jspm_packages", "**/web_modules"),
        (
            (named("bower_components") & (beside("bower.json", ".bowerrc") | inside("*/.bower.json")))
            | (named("jspm_packages") & beside("package.json"))
            | (named("web_modules") & inside("import-map.json"))
        ).saying("installed by bower, jspm or Snowpack"),
        "warning",
        ("size",),
        "What bower, jspm or Snowpack installed: the build can install it again from the manifest.",
        "github/gitignore Node",
        types=("dir",),
        use="name",
    ),
    Kind(
        "yarn-berry",
        CATEGORY,
        ("**/.yarn/cache", "**/.yarn/unplugged", "**/.yarn/install-state.gz", "**/.yarn/build-state.yml", "**/.pnp.*"),
        GIT_IGNORED,
        "warning",
        ("size",),
        "Yarn's archives and install state; `yarn install` in the image makes them again. They are wanted where git "
        "tracks them (zero-installs), and the rest of .yarn always is.",
        "github/gitignore Node; Yarn documentation",
        keep=("copy", "zero-install"),
        use="presence",
        readers=("node",),
    ),
    Kind(
        "php-vendor",
        CATEGORY,
        ("**/vendor",),
        beside("composer.json") & inside("autoload.php") & UNTRACKED,
        "warning",
        ("size", "correctness"),
        "Composer's packages from the host, often with the development ones; copied late, they replace what the image "
        "installed for its own PHP.",
        "kondo; docker init; github/gitignore Composer",
        types=("dir",),
        use="presence",
        readers=("php",),
    ),
    Kind(
        "go-vendor",
        CATEGORY,
        ("**/vendor",),
        beside("go.mod") & inside("modules.txt") & GIT_IGNORED,
        "warning",
        ("size",),
        "A copy of the modules that git does not track: go uses it by itself as soon as it is there, so that a local "
        "build and one from a clean clone differ.",
        "Go modules reference",
        keep=("copy", "go-vendor"),
        types=("dir",),
    ),
    Kind(
        "ruby-vendor-bundle",
        CATEGORY,
        ("**/vendor/bundle", "**/vendor/ruby"),
        beside("../Gemfile") & inside("ruby", "*/gems") & UNTRACKED,
        "warning",
        ("size", "correctness"),
        "Gems that Bundler installed on the host, native extensions included. vendor/cache is another matter: it "
        "feeds an offline install.",
        "npkill; github/gitignore Ruby",
        types=("dir",),
        use="presence",
        readers=("ruby", "bundle"),
    ),
    Kind(
        "ruby-bundle-config",
        CATEGORY,
        ("**/.bundle",),
        beside("Gemfile") & UNTRACKED,
        "warning",
        ("correctness", "secret"),
        "Bundler's settings of this machine: the path and the groups in it override the image's, and it may hold the "
        "token of a private gem server.",
        "npkill; github/gitignore Ruby",
        types=("dir",),
    ),
    Kind(
        "elixir-deps",
        CATEGORY,
        ("**/deps",),
        beside("mix.exs") & beside("mix.lock") & UNTRACKED,
        "warning",
        ("size", "correctness"),
        "Mix fetches these by its lock file; the host's copy brings what was compiled inside it.",
        "npkill; github/gitignore Elixir",
        types=("dir",),
        use="presence",
        readers=("mix", "elixir"),
    ),
    Kind(
        "python-site",
        CATEGORY,
        ("**/__pypackages__", "**/site-packages"),
        named("__pypackages__") | inside("*.dist-info", "*.egg-info"),
        "warning",
        ("size", "correctness"),
        "Installed Python packages, built for the host's interpreter and platform.",
        "kondo; github/gitignore Python",
        types=("dir",),
        use="name",
    ),
    Kind(
        "cocoapods-carthage",
        CATEGORY,
        ("**/Pods", "**/Carthage/Build", "**/Carthage/Checkouts"),
        (((named("Pods") & beside("Podfile")) | beside("../Cartfile")) & UNTRACKED).saying(
            "beside a Podfile or Cartfile, not tracked by git"
        ),
        "warning",
        ("size",),
        "What CocoaPods or Carthage fetched and built for Apple's platforms: of no use in a Linux image.",
        "kondo; github/gitignore Swift",
        types=("dir",),
        use="name",
    ),
    Kind(
        "elm-stuff",
        CATEGORY,
        ("**/elm-stuff",),
        BY_NAME,
        "warning",
        ("size",),
        "Elm's packages and compiled modules; the compiler makes them again.",
        "npkill; github/gitignore Elm",
        types=("dir",),
        use="name",
    ),
    Kind(
        "vcpkg-installed",
        CATEGORY,
        ("**/vcpkg_installed",),
        inside("vcpkg"),
        "warning",
        ("size",),
        "Libraries that vcpkg compiled for the host's triplet.",
        "github/gitignore C++",
        types=("dir",),
        use="name",
    ),
    Kind(
        "opam-switch",
        CATEGORY,
        ("**/_opam",),
        inside(".opam-switch"),
        "warning",
        ("size",),
        "A local opam switch: a whole OCaml compiler and its packages, with the host's absolute paths inside.",
        "opam manual",
        types=("dir",),
        use="name",
    ),
    Kind(
        "r-library",
        CATEGORY,
        ("**/renv/library", "**/renv/staging", "**/packrat/lib*"),
        beside("../renv.lock", "packrat.lock"),
        "warning",
        ("size",),
        "R packages installed on the host; the lock file and renv/activate.R are all that a restore needs.",
        "renv documentation",
        types=("dir",),
        use="name",
    ),
)
