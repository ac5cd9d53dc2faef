"""Big data: models, datasets, media, images of disks, archives."""

from __future__ import annotations

from ctxaudit.rules.evidence import GIT_IGNORED, UNTRACKED, inside, larger_than, magic, named, text
from ctxaudit.rules.kind import Kind

CATEGORY = "big files"

_MIB = 1024 * 1024
_LARGE = larger_than(10 * _MIB, "larger than 10 MiB")

KINDS = (
    Kind(
        "ml-weights",
        CATEGORY,
        (
            "**/*.safetensors",
            "**/*.gguf",
            "**/*.ggml",
            "**/*.pt",
            "**/*.pth",
            "**/*.ckpt",
            "**/*.onnx",
            "**/*.h5",
            "**/*.hdf5",
            "**/*.keras",
            "**/*.tflite",
            "**/*.bin",
            "**/*.npz",
            "**/*.npy",
            "**/*.joblib",
            "**/*.pkl",
        ),
        _LARGE
        & UNTRACKED
        & (
            named("*.onnx", "*.ckpt", "*.ggml")
            | text(r"\A[\s\S]{8}\{\s{0,8}\"", "weights in safetensors")
            | magic("54464c33", at=4, words="a model of TensorFlow Lite")
            | magic(
                "47475546",  # GGUF
                "894844460d0a1a0a",  # HDF5
                "504b0304",  # zip: PyTorch, Keras, npz
                "934e554d5059",  # npy
                "8002",  # pickle, protocols 2 to 5
                "8003",
                "8004",
                "8005",
                words="weights by their first bytes",
            )
        ),
        "warning",
        ("size",),
        "Weights or arrays that git does not track. They are needed where the Dockerfile copies them by name; below "
        "COPY . . each change of the code sends and stores them again.",
        "the formats' own documentation",
        keep=("copy", "directory"),
        types=("file",),
        use="name",
    ),
    Kind(
        "huggingface-cache",
        CATEGORY,
        ("**/.cache/huggingface", "**/models--*", "**/datasets--*"),
        inside("blobs", "hub", "datasets", "modules").saying("in Hugging Face's layout"),
        "warning",
        ("size",),
        "Hugging Face's download cache: whole models under names that no program but its own reads.",
        "huggingface_hub documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "datasets",
        CATEGORY,
        (
            "**/*.parquet",
            "**/*.arrow",
            "**/*.feather",
            "**/*.csv",
            "**/*.tsv",
            "**/*.jsonl",
            "**/*.ndjson",
            "**/*.tfrecord",
        ),
        _LARGE & GIT_IGNORED,
        "warning",
        ("size", "secret"),
        "A dataset that git ignores, too large for one that the program ships; it may hold people's data.",
        "measured on public repositories",
        keep=("copy", "directory"),
        types=("file",),
        use="name",
    ),
    Kind(
        "disk-images",
        CATEGORY,
        ("**/*.iso", "**/*.img", "**/*.qcow2", "**/*.vmdk", "**/*.vdi", "**/*.vhd", "**/*.vhdx", "**/*.dmg"),
        _LARGE & UNTRACKED,
        "warning",
        ("size",),
        "An image of a disk or a virtual machine that lies in the tree.",
        "github/gitignore Global/Images, Global/Archives",
        keep=("copy", "directory"),
        types=("file",),
        use="name",
    ),
    Kind(
        "big-media",
        CATEGORY,
        ("**/*.mp4", "**/*.mov", "**/*.avi", "**/*.mkv", "**/*.webm", "**/*.wav", "**/*.flac"),
        _LARGE & GIT_IGNORED,
        "warning",
        ("size",),
        "A recording that git ignores, so that no build from a clean clone has it.",
        "github/gitignore Global/Video",
        keep=("copy", "directory"),
        types=("file",),
        use="name",
    ),
    Kind(
        "archives",
        CATEGORY,
        (
            "**/*.zip",
            "**/*.tar",
            "**/*.tgz",
            "**/*.gz",
            "**/*.xz",
            "**/*.zst",
            "**/*.bz2",
            "**/*.7z",
            "**/*.rar",
        ),
        (
            (_LARGE | (larger_than(_MIB, "larger than 1 MiB") & GIT_IGNORED))
            & UNTRACKED
            & (
                magic(
                    "504b0304",
                    "1f8b",
                    "fd377a585a00",
                    "28b52ffd",
                    "425a68",
                    "377abcaf271c",
                    "526172211a07",
                    words="an archive by its first bytes",
                )
                | magic("7573746172", at=257, words="an archive by its first bytes")
            )
        ).saying("a large archive by its first bytes, not tracked by git"),
        "warning",
        ("size",),
        "An archive that git does not track: a download or a backup. It is needed where ADD or COPY names it.",
        "github/gitignore Global/Archives",
        keep=("copy", "directory"),
        types=("file",),
        use="name",
    ),
)
