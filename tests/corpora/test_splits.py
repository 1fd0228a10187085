"""No title and no album on two sides, whatever a collection looks like."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.audio.conversion import Source
from musasr.corpora import splits
from musasr.corpora.titles import Recording, Title
from musasr.errors import DataError

COLLECTIONS = st.lists(st.tuples(st.integers(0, 8), st.sampled_from("abc")), min_size=2, max_size=40)


def _recordings(albums_and_genres):
    return [
        Recording(
            Title(f"t{i}", (Source(Path(f"{i}.wav")),), genre, f"album{album}"),
            Path(f"{i}.wav"),
            100,
            f"{hash((i, 7)) % 997:04d}{i:03d}",
            f"content{i}",
        )
        for i, (album, genre) in enumerate(albums_and_genres)
    ]


@given(collection=COLLECTIONS, fraction=st.floats(0.01, 0.9))
def test_what_is_held_out_is_whole_albums_and_about_the_share(collection, fraction):
    recordings = _recordings(collection)
    albums = [one.album for one in recordings]
    if len(set(albums)) == 1:
        with pytest.raises(DataError, match="cannot serve train and dev"):
            splits.hold_out(recordings, fraction, where="here", mend="add titles")
        return
    rest, held = splits.hold_out(recordings, fraction, where="here", mend="add titles")
    assert len(rest) + len(held) == len(recordings)
    assert not {one.album for one in rest} & {one.album for one in held}
    smallest = min(map(albums.count, albums))
    assert 0 < len(held) <= max(smallest, round(fraction * len(recordings)))


@given(collection=COLLECTIONS)
def test_a_split_has_every_genre_in_the_test_and_no_album_on_two_sides(collection):
    recordings = _recordings(collection)
    try:
        sets = splits.split(recordings, dev_fraction=0.1, test_fraction=0.1, where="here")
    except DataError:
        return  # too few albums
    assert sum(map(len, sets.values())) == len(recordings)
    splits.check(sets)
    first_genres = {}
    for one in sorted(recordings, key=lambda one: one.origin):
        first_genres.setdefault(one.album, one.title.genre)
    assert {first_genres[one.album] for one in sets["test"]} == set(first_genres.values())


@given(collection=COLLECTIONS, data=st.data())
def test_a_split_does_not_depend_on_the_order(collection, data):
    recordings = _recordings(collection)
    shuffled = data.draw(st.permutations(recordings))
    results = []
    for order in (recordings, shuffled):
        try:
            sets = splits.split(order, dev_fraction=0.2, test_fraction=0.2, where="here")
            results.append({name: {one.origin for one in held} for name, held in sets.items()})
        except DataError as error:
            results.append(str(error))
    assert results[0] == results[1]
