"""Clusters of vectors: those of scikit-learn, and average linkage without a table of distances."""

import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist

from musasr.diarizers.clustering import average_tree, cluster, normalised


def _vectors(num=60, size=8, seed=0):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(4, size))
    return centres[random.integers(4, size=num)] + 0.4 * random.normal(size=(num, size))


@pytest.mark.parametrize("linkage", ["single", "complete", "average"])
@pytest.mark.parametrize("given", [{"threshold": 0.3}, {"threshold": 0.0, "num_speakers": 3}])
def test_clusters_are_scikit_learns(linkage, given):
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.metrics import adjusted_rand_score

    vectors = _vectors()
    number = given.get("num_speakers")
    theirs = AgglomerativeClustering(
        n_clusters=number,
        distance_threshold=None if number else given["threshold"],
        metric="cosine",
        linkage=linkage,
    ).fit_predict(vectors)
    ours = cluster(vectors, linkage=linkage, **given)
    assert adjusted_rand_score(theirs, ours) == 1.0
    assert list(dict.fromkeys(ours)) == list(range(ours.max() + 1))  # numbered as they appear


@pytest.mark.parametrize("seed", range(5))
def test_average_linkage_without_a_table_is_scipys(seed):
    units = normalised(_vectors(num=80, seed=seed))
    theirs = hierarchy.linkage(pdist(units, "cosine"), method="average")
    ours = average_tree(units)
    assert ours[:, 2] == pytest.approx(theirs[:, 2], abs=1e-9)
    assert ours[:, [0, 1, 3]].tolist() == theirs[:, [0, 1, 3]].tolist()


def test_equal_vectors_are_one_cluster_and_end():
    units = normalised(np.ones((30, 4)))
    assert average_tree(units)[-1, 3] == 30
    assert set(cluster(np.ones((30, 4)), linkage="average", threshold=0.1)) == {0}


def test_one_vector_is_one_cluster_and_none_is_none():
    assert cluster(np.ones((1, 4)), linkage="average", threshold=0.5).tolist() == [0]
    assert cluster(np.ones((0, 4)), linkage="average", threshold=0.5).tolist() == []


def _at(*degrees):
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1)


def test_vectors_of_small_clusters_go_to_the_nearest_large_one():
    # Two voices of three windows each, and two windows like neither: nearer to the second, to the first.
    vectors = _at(0, 1, 2, 60, 90, 91, 92, 30)
    given = {"linkage": "average", "threshold": 0.05}
    assert cluster(vectors, **given).tolist() == [0, 0, 0, 1, 2, 2, 2, 3]
    assert cluster(vectors, **given, smallest=2).tolist() == [0, 0, 0, 1, 1, 1, 1, 0]
    assert cluster(vectors, **given, smallest=3).tolist() == [0, 0, 0, 1, 1, 1, 1, 0]
    # Where all are small, they stay.
    assert cluster(vectors, **given, smallest=4).tolist() == [0, 0, 0, 1, 2, 2, 2, 3]


def test_who_knows_how_many_speak_gets_so_many_large_clusters():
    # One window like nobody: cut into two, it would be one, and both voices the other.
    vectors = _at(0, 1, 2, 40, 41, 42, 170)
    given = {"linkage": "average", "threshold": 0.0, "num_speakers": 2}
    assert cluster(vectors, **given).tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert cluster(vectors, **given, smallest=2).tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert cluster(vectors, **given, smallest=7).tolist() == [0, 0, 0, 0, 0, 0, 1]  # no two are so large
