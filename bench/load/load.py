# Loads the documents of the benchmark with Python's client over gRPC, in one process: load.py URL GRPC_PORT COLLECTION POINTS.
# The vectors are lists before the clock starts. Prints seconds, CPU seconds and the peak of the resident memory as JSON.

import json
import resource
import sys
import time

import numpy
from qdrant_client import QdrantClient, models

url, grpc_port, collection, points = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
ROWS, DIM, POOL = 128, 128, 8
random = numpy.random.default_rng(1)
pool = [(random.random((ROWS, DIM), dtype='f4') - 0.5).tolist() for _ in range(POOL)]
client = QdrantClient(url=url, grpc_port=grpc_port, prefer_grpc=True, timeout=120, check_compatibility=False)
started = time.perf_counter()
cpu = time.process_time()
client.upload_points(
    collection,
    (models.PointStruct(id=i, vector={'colbert': pool[i % POOL]}) for i in range(points)),
    wait=True,
)
print(
    json.dumps(
        {
            'seconds': time.perf_counter() - started,
            'cpu': time.process_time() - cpu,
            'memory': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
    )
)
