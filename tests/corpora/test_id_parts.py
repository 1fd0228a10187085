import re

from hypothesis import given
from hypothesis import strategies as st

from musasr.corpora.names import NAME_BYTES, id_part


@given(name=st.text(max_size=300))
def test_any_name_becomes_part_of_a_file_name_and_of_a_key(name):
    part = id_part(name)
    assert re.fullmatch(r"[\w.-]+", part)
    assert len(part.encode()) <= NAME_BYTES
    assert id_part(name) == part


def test_long_names_keep_their_end_and_stay_apart():
    first, second = (id_part(f"{album}/{'長い' * 60}/曲 1") for album in "ab")
    assert first != second
    assert first.endswith("曲-1")


def test_both_spellings_of_an_accent_are_one_name():
    assert id_part("e\u0301tude") == id_part("\u00e9tude") == "\u00e9tude"
