"""Prints the results of NumPy, SciPy and FastEmbed for test/stages/muvera.test.ts and test/stages/pooling.test.ts, as JSON.

The rows are those of rows.py. `npm run test:numpy` runs this and compares its output with the committed fixtures; with --write it
replaces them.
"""

import hashlib
import json

import numpy as np
from fastembed.postprocess import Muvera
from rows import bunched_rows, random_rows
from scipy.cluster.hierarchy import fcluster, linkage


def renumbered(labels):
    """Numbers clusters by their first rows."""
    numbers = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels.tolist()]


def ward(rows, counts):
    unit = rows.astype(np.float64)
    lengths = np.linalg.norm(unit, axis=1, keepdims=True)
    unit /= np.where(lengths == 0, 1, lengths)
    distances = np.maximum(0, 1 - unit @ unit.T)
    # fcluster refuses the negative distances of equal rows that rounding makes, which PyLate passes to it
    distances[(rows[:, None] == rows[None]).all(axis=2) & (lengths > 0)] = 0
    merges = linkage(distances[np.triu_indices(len(rows), k=1)], method="ward")
    return {str(count): renumbered(fcluster(merges, t=count, criterion="maxclust")) for count in counts}


def copies(rows, count):
    """Repeats rows, some more often than others."""
    return rows[np.arange(count) ** 2 % len(rows)]


def with_zeros(rows):
    rows[::9] = 0
    return rows


def clusterings():
    cases = [
        ("one pair", random_rows(1, 2, 4), [1]),
        ("random", random_rows(2, 60, 16), [30, 20, 15, 7, 1]),
        ("bunched", bunched_rows(3, 200, 32, 12), [100, 66, 50, 12, 3]),
        ("a page", bunched_rows(5, 1030, 128, 40), [515, 343, 257]),
        # every distance is 0 or 1, so all of them tie
        ("equal rows", np.eye(5, dtype=np.float32)[np.arange(23) % 5], [11, 7, 5, 4, 2, 1]),
        # every distance is 1, and so is every height in exact arithmetic: rounding decides
        ("orthogonal rows", np.eye(17, dtype=np.float32), [8, 5, 4, 1]),
        ("many orthogonal rows", np.eye(300, dtype=np.float32), [150, 100, 75, 30]),
        # more clusters than different rows, as many, and fewer
        ("copies", copies(random_rows(7, 13, 24), 90), [45, 30, 13, 12, 5, 1]),
        ("copies and zeros", with_zeros(copies(random_rows(8, 20, 32), 70)), [35, 23, 20, 17, 4, 1]),
    ]
    return [
        {"name": name, "rows": len(rows), "dim": rows.shape[1], "clusters": ward(rows, counts)}
        for name, rows, counts in cases
    ]


def draws():
    for seed in [42, 0, 1, 7, 2**31, 2**32, 2**53 - 1]:
        normals = np.random.default_rng(seed).normal(size=20_000)
        yield {
            "seed": seed,
            "first": normals[:8].tolist(),
            "sha256": hashlib.sha256(normals.astype("<f8").tobytes()).hexdigest(),
        }


# FastEmbed's parameters under the names of MuveraConfig
OUR_NAMES = {"k_sim": "kSim", "dim_proj": "dimProj", "r_reps": "rReps", "random_seed": "seed"}


def encodings():
    for seed, rows, zero_rows, config in [
        (11, 40, [], {"dim": 128}),
        (12, 3, [], {"dim": 128}),
        (13, 200, [], {"dim": 96, "k_sim": 6, "dim_proj": 32, "r_reps": 3}),
        (14, 9, [], {"dim": 8, "k_sim": 4, "dim_proj": 8, "r_reps": 2, "random_seed": 7}),
        (15, 1, [], {"dim": 4, "k_sim": 1, "dim_proj": 1, "r_reps": 1, "random_seed": 0}),
        # every product of a row of zeros with a plane is 0
        (16, 6, [1, 4], {"dim": 8, "k_sim": 3, "dim_proj": 4, "r_reps": 3}),
    ]:
        muvera = Muvera(**config)
        vectors = random_rows(seed, rows, config["dim"])
        vectors[zero_rows] = 0
        # every 41st number of a long encoding is enough to find a wrong position or sign
        step = 41 if muvera.embedding_size > 1000 else 1
        yield {
            "seed": seed,
            "rows": rows,
            "zeroRows": zero_rows,
            "config": {OUR_NAMES.get(name, name): value for name, value in config.items()},
            "size": muvera.embedding_size,
            "step": step,
            "query": muvera.process_query(vectors)[::step].tolist(),
            "document": muvera.process_document(vectors)[::step].tolist(),
        }


def main():
    made = {
        "source": "made by test/numpy/make.py",
        "clusterings": clusterings(),
        "draws": list(draws()),
        "encodings": list(encodings()),
    }
    print(json.dumps(made, separators=(",", ":")))


main()
