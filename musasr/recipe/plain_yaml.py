"""YAML that is nothing but settings: text keys, each once, finite values, of a size that people write."""

import math
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.cyaml import CParser
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

from musasr.errors import ConfigError, shown

MOST_BYTES = 1 << 20
MOST_DEPTH = 20
MOST_VALUES = 100_000  # with each alias counted as what it stands for
LARGEST_WHOLE = 2**63
_STANDARD = "tag:yaml.org,2002:"
_TEXT, _MERGE = f"{_STANDARD}str", f"{_STANDARD}merge"
_PLAIN = {f"{_STANDARD}{kind}" for kind in ("null", "bool", "int", "float", "str", "seq", "map")}


class _Refused(yaml.MarkedYAMLError):
    """What is YAML, and no settings."""


def parse(text: str, *, where: str, with_lines: bool = True) -> Any:
    """The value of a YAML text.

    Args:
        text: A file's content, or the value of an option.
        where: Its place, for the messages.
        with_lines: Whether messages name the line too.

    Raises:
        ConfigError: It is not YAML; a key comes twice or is no text; a value is of another kind than null,
            booleans, finite numbers, text, lists and mappings; it is too large or too deep.
    """
    if len(text) > MOST_BYTES:
        mend = f"a configuration has at most {MOST_BYTES >> 20} MiB"
        raise ConfigError(f"holds {len(text)} characters", where=where, mend=mend)
    loader = _Loader(text.removeprefix("\ufeff")) if _is_readable(text) else None
    if loader is None:
        raise ConfigError("is not YAML (it holds control characters)", where=where, mend="remove them")
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_size(node)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        last = text.rstrip().count("\n")  # an end that comes too early is marked behind it
        place = f"{where}:{min(mark.line, last) + 1}" if mark and with_lines else where
        problem = " ".join((getattr(error, "problem", None) or str(error)).split())
        what = problem if isinstance(error, _Refused) else f"is not YAML ({shown(problem)[1:-1]})"
        raise ConfigError(what, where=place, mend="fix that line" if with_lines else "quote it") from error
    finally:
        loader.dispose()


def _is_readable(text: str) -> bool:
    return yaml.reader.Reader.NON_PRINTABLE.search(text) is None


class _Loader(Composer, CParser, SafeConstructor, Resolver):
    """PyYAML's safe loader over libyaml's parser, eight times as fast as its own, and what is above."""

    def __init__(self, text: str):
        CParser.__init__(self, text)
        for base in (Composer, SafeConstructor, Resolver):
            base.__init__(self)
        self.depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            mark = self.peek_event().start_mark
            raise _Refused(problem=f"nests deeper than {MOST_DEPTH}", problem_mark=mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        if node.tag not in _PLAIN | {_MERGE}:
            kind = node.tag.removeprefix(_STANDARD)
            what = f"holds a {shown(kind)[1:-1]}: quote it, if a text is meant"
            raise _Refused(problem=what, problem_mark=node.start_mark)
        if isinstance(node, MappingNode):
            _check_keys(node)
        return node

    def construct_number(self, node: ScalarNode) -> int | float:
        construct = self.construct_yaml_int if node.tag.endswith("int") else self.construct_yaml_float
        try:
            value = construct(node)
        except ValueError:  # of more digits than Python reads, or none: 0x
            value = math.nan
        if not (abs(value) < LARGEST_WHOLE if isinstance(value, int) else math.isfinite(value)):
            what = f"{shown(node.value)[1:-1]} is no number that a computer holds"
            raise _Refused(problem=what, problem_mark=node.start_mark)
        return value


for _kind in ("int", "float"):
    _Loader.add_constructor(f"{_STANDARD}{_kind}", _Loader.construct_number)


def _check_keys(node: MappingNode) -> None:
    """See that the keys of a mapping are texts, each there once."""
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if key.tag == _MERGE:
            continue
        if key.tag != _TEXT:
            what = f"the key {shown(key.value)} is no text: quote it"
            raise _Refused(problem=what, problem_mark=key.start_mark)
        line = key.start_mark.line + 1
        if key.value in lines:
            what = f"the key {shown(key.value)} comes twice: in lines {lines[key.value]} and {line}"
            raise _Refused(problem=what, problem_mark=key.start_mark)
        lines[key.value] = line


def _check_size(root: Node) -> None:
    """See that a document stays small when its aliases are written out, and that none holds itself."""
    sizes: dict[int, int] = {}

    def size_of(node: Node) -> int:
        if id(node) in sizes:
            if sizes[id(node)] < 0:
                raise _Refused(problem="an alias stands inside of itself", problem_mark=node.start_mark)
            return sizes[id(node)]
        sizes[id(node)] = -1
        children = node.value if isinstance(node, MappingNode | SequenceNode) else ()
        parts = [part for child in children for part in (child if isinstance(child, tuple) else (child,))]
        sizes[id(node)] = 1 + sum(map(size_of, parts))
        return sizes[id(node)]

    if size_of(root) > MOST_VALUES:
        what = f"holds more than {MOST_VALUES} values, its aliases written out"
        raise _Refused(problem=what, problem_mark=root.start_mark)
