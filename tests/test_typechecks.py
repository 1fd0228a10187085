"""ESPnet's checks of types: as strict as ever, and made ready only where they are needed."""

import inspect
import sys
from types import ModuleType

import pytest
import typeguard
from typeguard import TypeCheckError

from musasr import typechecks


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """A function that makes a module whose functions are decorated, and what typeguard compiled."""
    compiled = []
    at_once = typeguard.typechecked

    def compile_(target=None, **options):
        compiled.append(target)
        return at_once(target, **options)

    def make(name: str) -> ModuleType:
        path = tmp_path / "checked.py"
        path.write_text(SOURCE)
        module = ModuleType(name)
        module.__file__ = str(path)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(SOURCE, path, "exec"), vars(module))
        return module

    monkeypatch.setattr(typeguard, "typechecked", compile_)
    with typechecks.at_first_call():
        yield make, compiled
    assert typeguard.typechecked is compile_


SOURCE = '''
from typeguard import typechecked


class Base:
    def double(self, number):
        return 2 * number


class Sized(Base):
    @typechecked
    def __init__(self, size: int, name: str = "a"):
        """Of a size."""
        self.size = size

    @typechecked
    def double(self, number: int):
        return super().double(number)

    @classmethod
    @typechecked
    def of(cls, size: int):
        return cls(size)
'''


def test_a_function_of_espnet_is_compiled_when_it_is_called_and_once(checked):
    make, compiled = checked
    module = make("espnet2.checked")
    assert compiled == []
    sized = module.Sized(3)
    assert (sized.double(2), sized.double(4), module.Sized.of(5).size) == (4, 8, 5)
    assert [one.__qualname__ for one in compiled] == ["Sized.__init__", "Sized.double", "Sized.of"]


def test_what_it_refuses_it_refuses_as_before(checked):
    module = checked[0]("espnet2.checked")
    for _ in range(2):
        with pytest.raises(TypeCheckError, match=r'argument "size" \(str\) is not an instance of int'):
            module.Sized("3")
    with pytest.raises(TypeCheckError, match=r'argument "number" \(str\) is not an instance of int'):
        module.Sized(3).double("2")


def test_signature_and_docstring_stay(checked):
    module = checked[0]("espnet2.checked")
    assert str(inspect.signature(module.Sized)) == "(size: int, name: str = 'a')"
    assert module.Sized.__init__.__doc__ == "Of a size."


def test_other_packages_are_left_alone(checked):
    make, compiled = checked
    make("another.checked")
    assert len(compiled) == 3


@pytest.mark.slow
def test_importing_espnets_tasks_compiles_what_the_import_itself_calls(run_python):
    code = """
import typeguard
compiled, at_once = [], typeguard.typechecked
def count(target=None, **options):
    compiled.append(target)
    return at_once(target, **options)
typeguard.typechecked = count
import musasr.tasks.registry
from espnet2.tasks.abs_task import AbsTask
print(len(compiled) < 30, typeguard.typechecked is count, hasattr(AbsTask.main, "__wrapped__"))
"""
    assert run_python(code) == "True True True"
