"""Makes the same rows as test/support/random.ts and test/stages/pooling.test.ts, so that fixtures contain only results."""

import numpy as np


def uniform(seed):
    """mulberry32, as in test/support/random.ts."""
    state = seed
    while True:
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((state ^ (state >> 15)) * (state | 1)) & 0xFFFFFFFF
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & 0xFFFFFFFF)) & 0xFFFFFFFF
        yield ((t ^ (t >> 14)) & 0xFFFFFFFF) / 4294967296


def random_rows(seed, rows, dim):
    numbers = uniform(seed)
    flat = [2 * next(numbers) - 1 for _ in range(rows * dim)]
    return np.array(flat, dtype=np.float32).reshape(rows, dim)


def bunched_rows(seed, rows, dim, bunches):
    """Rows around a few centres, similar to the words of a text."""
    centres = random_rows(seed, bunches, dim)
    noise = random_rows(seed + 1, rows, dim)
    return (centres[np.arange(rows) % bunches] + np.float32(0.5) * noise).astype(np.float32)
