"""What PyLate's `pool_embeddings_hierarchical` makes of documents, for test/stages/pooling.test.ts: JSON on standard output.

PyLate comes with PyTorch, gigabytes of it, so nothing runs this but a hand:

    pip install pylate==1.6.0 && python pool.py > pylate.json

Of every pooled row it keeps the product with one vector, (1, 2, ... dim) / dim, in rising order: PyLate's clusters stand
in another order than those here.
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
    """Of unit length, as PyLate encodes documents."""
    made = bunched_rows(seed, rows, DIM, max(2, rows // 20)).astype(np.float64)
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def main():
    axis = np.arange(1, DIM + 1) / DIM
    cases = []
    for size in SIZES:
        document = torch.from_numpy(unit_rows(100 + size, size))
        for factor in FACTORS:
            for protect in PROTECTED:
                # it uses nothing of the model that it is a method of
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
