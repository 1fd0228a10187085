"""Windows of one voice found by their vectors: agglomerative clustering by the cosine distance."""

import numpy as np

MOST_BY_SCIPY = 4000  # vectors; its table of distances grows with their square

MOST_STRAYS = 200  # small clusters that are tried beside as many large ones as there are speakers


def normalised(vectors: np.ndarray) -> np.ndarray:
    """Vectors (N, E) of length 1; one of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, np.finfo(np.float64).tiny)


def cluster(
    vectors: np.ndarray,
    *,
    linkage: str,
    threshold: float,
    smallest: int = 1,
    num_speakers: int | None = None,
) -> np.ndarray:
    """The cluster of each vector, numbers (N,) from 0 in the order in which they appear.

    Args:
        vectors: (N, E), of any length.
        linkage: How far two clusters are: "single", "complete" or "average" of the distances of their
            vectors.
        threshold: Cosine distance (0 to 2) up to which clusters become one.
        smallest: Vectors that a cluster has at least; those of smaller ones go to the nearest of the others.
        num_speakers: How many clusters there are, where that is known: the threshold has no say then.
    """
    if not len(vectors):
        return np.zeros(0, int)
    tree = tree_of(vectors, linkage=linkage)
    return labels_of(vectors, tree, threshold=threshold, smallest=smallest, num_speakers=num_speakers)


def labels_of(
    vectors: np.ndarray,
    tree: np.ndarray,
    *,
    threshold: float,
    smallest: int = 1,
    num_speakers: int | None = None,
) -> np.ndarray:
    """What `cluster` finds, of a tree that is there."""
    if num_speakers is None:
        return _without_small(vectors, cut_tree(tree, threshold=threshold), smallest)
    # Cut until so many are large: what is like nobody would count as somebody else.
    for number in range(num_speakers, min(len(vectors), num_speakers + MOST_STRAYS) + 1):
        labels = cut_tree(tree, threshold=threshold, num_speakers=number)
        if (np.bincount(labels) >= smallest).sum() >= num_speakers:
            return _without_small(vectors, labels, smallest)
    return cut_tree(tree, threshold=threshold, num_speakers=num_speakers)


def _without_small(vectors: np.ndarray, labels: np.ndarray, smallest: int) -> np.ndarray:
    """Labels (N,) of which none has fewer vectors, unless all of them have: then as they are."""
    large = np.flatnonzero(np.bincount(labels) >= smallest)
    is_left = ~np.isin(labels, large)
    if not len(large) or not is_left.any():
        return labels
    units = normalised(np.asarray(vectors, np.float64))
    means = normalised(np.stack([units[labels == one].mean(axis=0) for one in large]))
    nearest = labels.copy()
    nearest[is_left] = large[np.argmax(units[is_left] @ means.T, axis=1)]
    return _numbered(nearest)


def _numbered(labels: np.ndarray) -> np.ndarray:
    """Labels (N,) as numbers from 0 in the order in which they appear."""
    _, first, numbers = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[numbers]


def tree_of(vectors: np.ndarray, *, linkage: str) -> np.ndarray:
    """How vectors (N, E) become one cluster, nearest first: scipy's tree (N - 1, 4), to be cut anywhere."""
    if len(vectors) < 2:
        return np.zeros((len(vectors) - 1, 4))
    return _tree(normalised(np.asarray(vectors, np.float64)), linkage)


def cut_tree(tree: np.ndarray, *, threshold: float, num_speakers: int | None = None) -> np.ndarray:
    """The clusters (N,), small ones too, of a tree that is there, numbered as they appear."""
    from scipy.cluster.hierarchy import fcluster

    if not len(tree):
        return np.zeros(1, int)
    if num_speakers is None:
        found = fcluster(tree, threshold, criterion="distance")
    else:
        found = fcluster(tree, num_speakers, criterion="maxclust")
    return _numbered(found)


def _tree(units: np.ndarray, linkage: str) -> np.ndarray:
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import pdist

    if linkage == "average" and len(units) > MOST_BY_SCIPY:
        return average_tree(units)
    # Rounding may leave a distance just below 0.
    return hierarchy.linkage(np.maximum(pdist(units, "cosine"), 0), method=linkage)


def average_tree(units: np.ndarray) -> np.ndarray:
    """scipy's tree (N - 1, 4) of average linkage over vectors (N, E) of length 1, in the memory of these.

    The mean distance of two clusters' vectors is 1 - the product of the clusters' means: no table of
    distances is needed. Chains of nearest neighbours end in pairs that are each other's, which are joined.
    """
    num = len(units)
    means, sizes = units.astype(np.float64).copy(), np.ones(num)
    is_there = np.ones(num, bool)
    merges, chain = [], []
    for _ in range(num - 1):
        if not chain:
            chain = [int(np.argmax(is_there))]
        while True:
            likeness = np.where(is_there, means @ means[chain[-1]], -np.inf)
            likeness[chain[-1]] = -np.inf
            nearest = int(np.argmax(likeness))
            # Of equally near ones the one before: a chain would go round for ever.
            if len(chain) > 1 and likeness[chain[-2]] >= likeness[nearest]:
                nearest = chain[-2]
                break
            chain.append(nearest)
        one = chain.pop()
        chain.pop()
        merges.append((one, nearest, 1 - likeness[nearest]))
        total = sizes[one] + sizes[nearest]
        means[nearest] = (sizes[one] * means[one] + sizes[nearest] * means[nearest]) / total
        sizes[nearest], is_there[one] = total, False
    return _in_order(merges, num)


def _in_order(merges: list[tuple[int, int, float]], num: int) -> np.ndarray:
    """Merges of vectors that stand for their clusters as scipy writes them: nearest first, clusters named."""
    parent = list(range(num))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    name, size = list(range(num)), [1] * num
    rows = []
    for one, other, distance in sorted(merges, key=lambda merge: merge[2]):
        a, b = root(one), root(other)
        pair = sorted((name[a], name[b]))
        parent[a] = b
        size[b] += size[a]
        name[b] = num + len(rows)
        rows.append((*pair, max(distance, 0.0), size[b]))
    return np.array(rows, np.float64)
