"""A site's settings in Kaldi's grammar: what each option of slurm.pl becomes on sbatch's command line."""

import re
import shlex
from pathlib import Path

from .request import fail

DEFAULT = Path("conf/slurm.conf")
BUILT_IN = """
command sbatch
option name=* --job-name $0
option time=* --time $0
option mem=0
option mem=* --mem-per-cpu $0
option num_threads=* --cpus-per-task $0
option num_nodes=* --nodes $0
default gpu=0
option gpu=0
option gpu=* --gres=gpu:$0
"""


class Config:
    """The settings of one file.

    A line is `command sbatch ...`, `option NAME=VALUE words...` (VALUE * stands for any other, $0 in the
    words for what was given), `default NAME=VALUE`, or a comment.

    Args:
        path: named in messages.
        text: the lines.
    """

    def __init__(self, path, text):
        self.path, self.command, self.options, self.defaults = path, [], {}, {}
        for number, line in enumerate(text.splitlines(), start=1):
            try:
                self._take_line(line)
            except ValueError as error:
                fail(f"{path}, line {number}: {error}: {line.strip()}")
        if not self.command:
            fail(f"{path}: no line says what submits a job; add: command sbatch")
        for name in self.defaults:
            self._find_words(name, self.defaults[name])

    @classmethod
    def read(cls, path=None):
        """The settings of a file, or where none is named those of conf/slurm.conf, or else built-in ones."""
        if path is None and not DEFAULT.exists():
            return cls("slurm.pl's own settings", BUILT_IN)
        try:
            return cls(path or str(DEFAULT), Path(path or DEFAULT).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            fail(f"--config {path or DEFAULT}: {getattr(error, 'strerror', None) or error}")

    def _take_line(self, line):
        words = shlex.split(line, comments=True)
        if not words:
            return
        kind, *words = words
        name, sign, value = words[0].partition("=") if words else ("", "", "")
        if kind == "command" and words:
            self.command = words
        elif kind == "option" and re.fullmatch(r"\w+", name) and sign:
            self.options.setdefault(name, {})[value] = words[1:]
        elif kind == "default" and re.fullmatch(r"\w+", name) and sign and len(words) == 1:
            self.defaults[name] = value
        else:
            raise ValueError("wanted `command ...`, `option name=value words` or `default name=value`")

    def _find_words(self, name, value):
        """What one option becomes."""
        shown = "--" + name.replace("_", "-")
        if name not in self.options:
            known = ", ".join("--" + name.replace("_", "-") for name in sorted(self.options))
            fail(f"option {shown} is not in {self.path}, which knows {known}; add there: option {name}=* ...")
        values = self.options[name]
        if value not in values and "*" not in values:
            fail(f"option {shown} {value} is not in {self.path}, which knows {', '.join(values)} for {shown}")
        return [word.replace("$0", value) for word in values.get(value, values.get("*"))]

    def sbatch(self, options):
        """sbatch's command line for the options that were given, as (name, value) pairs.

        One with a single dash (-p long) is sbatch's own and goes there as it is, last: it outweighs others.
        """
        chosen, words, own = dict(self.defaults), list(self.command), []
        for option, value in options:
            if option.startswith("--"):
                chosen[option[2:].replace("-", "_")] = value
            else:
                own += [option, value]
        for name, value in chosen.items():
            words += self._find_words(name, value)
        return words + own
