"""Native MaxSim from Python. A peer gets the query and the documents. It returns its version, a function that returns all
scores, optionally one that returns the best, and, if known, the instructions that it uses.
"""

import atexit
import shutil
import tempfile
from importlib.metadata import version

import numpy as np


# the instructions of OpenBLAS kernels, by their names
OPENBLAS = {'Haswell': 'AVX2', 'Zen': 'AVX2', 'SkylakeX': 'AVX-512', 'Cooperlake': 'AVX-512', 'SapphireRapids': 'AVX-512'}


def blas_instructions():
    from threadpoolctl import threadpool_info

    names = [library.get('architecture', '?') for library in threadpool_info() if library['user_api'] == 'blas']
    return ', '.join(f'{OPENBLAS[name]} (OpenBLAS)' if name in OPENBLAS else f'OpenBLAS for {name}' for name in names)


def numpy_each(query, documents):
    return {
        'version': np.__version__,
        'instructions': blas_instructions(),
        'scores': lambda: [(query @ document.T).max(axis=1).sum() for document in documents],
    }


def numpy_once(query, documents):
    """One product for the rows of all documents, then the maximum of each document's part."""
    rows = np.concatenate(documents)
    starts = np.cumsum([0] + [len(document) for document in documents[:-1]])
    return {
        'version': np.__version__,
        'instructions': blas_instructions(),
        'scores': lambda: np.maximum.reduceat(rows @ query.T, starts, axis=0).sum(axis=1),
    }


def torch_each(query, documents, threads):
    try:
        import torch
    except ImportError:
        raise RuntimeError('not installed, because its package for Linux includes several GB of CUDA; install it into bench/peers/.venv to measure it')

    torch.set_num_threads(threads)
    held = [torch.from_numpy(document).T for document in documents]

    def scores():
        rows = torch.from_numpy(query)
        return torch.stack([(rows @ document).amax(dim=1).sum() for document in held]).numpy()

    return {'version': torch.__version__, 'instructions': torch.backends.cpu.get_cpu_capability(), 'scores': scores}


def numkong_instructions(numkong, wanted):
    """The first of `wanted`, pairs of a capability and its instructions, that this processor has."""
    capabilities = numkong.get_capabilities()
    return next((instructions for name, instructions in wanted if capabilities.get(name)), 'none')


def numkong_maxsim(query, documents):
    """Its own MaxSim, which is the sum of 1 - cosine. For rows of unit length, the score is the number of query rows minus it."""
    import numkong

    held = [numkong.maxsim_pack(document) for document in documents]

    def scores():
        packed = numkong.maxsim_pack(query)
        return [len(query) - numkong.maxsim_packed(packed, document) for document in held]

    instructions = numkong_instructions(
        numkong,
        [('sapphireamx', 'AMX'), ('icelake', 'AVX-512 VNNI'), ('alder', 'AVX-VNNI'), ('haswell', 'AVX2'), ('sme', 'SME'), ('neon', 'NEON')],
    )
    return {'version': version('numkong'), 'instructions': instructions, 'scores': scores}


def numkong_dots(query, documents):
    """Its exact f32 products with packed documents, and the maxima of numpy."""
    import numkong

    held = [numkong.dots_pack(document) for document in documents]
    return {
        'version': version('numkong'),
        'instructions': numkong_instructions(numkong, [('skylake', 'AVX-512'), ('haswell', 'AVX2'), ('sme', 'SME'), ('neon', 'NEON')]),
        'scores': lambda: [np.asarray(numkong.dots_packed(query, document)).max(axis=1).sum() for document in held],
    }


def maxsim_cpu(query, documents):
    import maxsim_cpu

    return {
        'version': version('maxsim-cpu'),
        'instructions': 'libxsmm, up to AVX-512',
        'scores': lambda: maxsim_cpu.maxsim_scores_variable(query, documents),
    }


def qdrant(query, documents):
    """Qdrant's engine in this process: a vector with the comparator max_sim, searched exactly, without an index."""
    import qdrant_edge as engine

    folder = tempfile.mkdtemp(prefix='maxsimd-qdrant-')
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    params = engine.EdgeVectorParams(
        query.shape[1],
        engine.Distance.Dot,
        multivector_config=engine.MultiVectorConfig(engine.MultiVectorComparator.MaxSim),
        hnsw_config=engine.HnswIndexConfig(0, 100, 10000, 0),
        on_disk=False,
    )
    shard = engine.EdgeShard.create(folder, engine.EdgeConfig(vectors={'rows': params}))
    for start in range(0, len(documents), 50):
        batch = enumerate(documents[start : start + 50], start)
        points = [engine.Point(index, {'rows': document.tolist()}, None) for index, document in batch]
        shard.update(engine.UpdateOperation.upsert_points(points))

    def rank(limit):
        request = engine.QueryRequest(
            query=engine.Query.Nearest(query.tolist(), 'rows'),
            limit=limit,
            params=engine.SearchParams(None, True, None, False),
        )
        return [(point.id, point.score) for point in shard.query(request)]

    def scores():
        every = np.full(len(documents), np.nan)
        for index, score in rank(len(documents)):
            every[index] = score
        return every

    return {'version': version('qdrant-edge-py'), 'instructions': 'AVX2 and FMA', 'scores': scores, 'rank': rank}


PEERS = {
    'numpy_each': numpy_each,
    'numpy_once': numpy_once,
    'torch': torch_each,
    'numkong_maxsim': numkong_maxsim,
    'numkong_dots': numkong_dots,
    'maxsim_cpu': maxsim_cpu,
    'qdrant': qdrant,
}
