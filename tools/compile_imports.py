"""Imports every module that a package names, so that Python keeps them compiled: compile_imports.py FOLDER.

Where PYTHONDONTWRITEBYTECODE is set, as in many containers, every process would compile all that it imports,
half a minute for ESPnet's tasks. What cannot be imported here, such as setup.py's extras, is passed over.
"""

import ast
import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path


def named_modules(folder: Path) -> Iterator[str]:
    """The package's own modules and those that they import, anywhere in them."""
    for path in sorted(folder.rglob("*.py")):
        yield ".".join(path.relative_to(folder.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield node.module


def main() -> None:
    """Import them, without a word and without the network."""
    folder = Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(folder.parent))
    os.environ["HF_HUB_OFFLINE"] = "1"
    sys.dont_write_bytecode = False
    warnings.simplefilter("ignore")
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stderr(nowhere),
        contextlib.redirect_stdout(nowhere),
    ):
        for name in dict.fromkeys(named_modules(folder)):
            if not name.endswith("__main__"):
                with contextlib.suppress(Exception, SystemExit):
                    importlib.import_module(name)


if __name__ == "__main__":
    main()
