"""Prints the documents that PyLate's `pool_embeddings_hierarchical` pools, for test/stages/pooling.test.ts, as JSON.

PyLate needs PyTorch, several gigabytes, so this is run by hand only:

    pip install pylate==1.6.0 && python pool.py > pylate.json

For each pooled row the output has its product with the vector (1, 2, ... dim) / dim, in ascending order, because PyLate orders
clusters differently.
"""

import json
from importlib.metadata import version

import numpy as np
import torch
from pylate.models import ColBERT
from rows import bunched_rows

DIM = 128
SIZES = [1, 2, 3, 10, 100, 1030]
FACTORS = [1, 2, 3, 4]
PROTECTED = [0, 1, 2]


def unit_rows(seed, rows):
    """Rows of unit length, as PyLate encodes documents."""
    made = bunched_rows(seed, rows, DIM, max(2, rows // 20)).astype(np.float64)
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def main():
    axis = np.arange(1, DIM + 1) / DIM
    cases = []
    for size in SIZES:
        document = torch.from_numpy(unit_rows(100 + size, size))
        for factor in FACTORS:
            for protect in PROTECTED:
                # the method does not use its model
                [pooled] = ColBERT.pool_embeddings_hierarchical(None, [document], factor, protect)
                products = np.sort(pooled.numpy().astype(np.float64) @ axis)
                cases.append(
                    {
                        "rows": size,
                        "factor": factor,
                        "protect": protect,
                        "products": [round(product, 6) for product in products.tolist()],
                    }
                )
    print(
        json.dumps(
            {
                "source": f"PyLate {version('pylate')} (MIT licence, https://github.com/lightonai/pylate), by test/numpy/pool.py",
                "dim": DIM,
                "cases": cases,
            },
            separators=(",", ":"),
        )
    )


main()
