"""Runs a Python peer in a separate process: python main.py PEER OPTIONS, with the protocol of javascript/main.mjs.

Documents are loaded before the timing. The timed operation ranks the ten best documents, from the unpacked query. The
process ends with its standard input.
"""

import json
import os
import sys
import time

import numpy as np

from peers import PEERS

LIMIT = 10


def read(folder):
    with open(os.path.join(folder, 'workload.json'), encoding='utf8') as file:
        workload = json.load(file)
    dim, rows = workload['dim'], workload['rows']
    query = np.fromfile(os.path.join(folder, 'query.f32'), '<f4').reshape(-1, dim)
    every = np.fromfile(os.path.join(folder, 'documents.f32'), '<f4').reshape(-1, dim)
    ends = np.cumsum(rows)
    return query, [np.ascontiguousarray(every[end - count : end]) for end, count in zip(ends, rows)]


def top_k(scores, limit):
    scores = np.asarray(scores)
    top = np.argpartition(-scores, limit - 1)[:limit]
    top = top[np.argsort(-scores[top], kind='stable')]
    return [(int(index), float(scores[index])) for index in top]


class Session:
    def load(self, folder):
        query, documents = read(folder)
        self.limit = min(LIMIT, len(documents))
        peer = PEERS[sys.argv[1]](query, documents, **json.loads(sys.argv[2]))
        self.rank = peer.get('rank') or (lambda limit: top_k(peer['scores'](), limit))
        return {
            'version': peer['version'],
            'instructions': peer.get('instructions'),
            'scores': [float(score) for score in peer['scores']()],
            'ranked': self.rank(self.limit),
        }

    def time(self, milliseconds):
        samples = []
        cpu = time.process_time()
        start = now = time.perf_counter()
        while (now - start) * 1000 < milliseconds:
            self.rank(self.limit)
            end = time.perf_counter()
            samples.append((end - now) * 1000)
            now = end
        return {'milliseconds': samples, 'cpu': (time.process_time() - cpu) / (now - start)}


def main():
    session = Session()
    # standard output is for responses only: the output of libraries goes to standard error
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    while line := sys.stdin.readline():
        try:
            ((name, argument),) = json.loads(line).items()
            answer = getattr(session, name)(argument)
        except BaseException as error:
            answer = {'error': str(error) or type(error).__name__}
        print(json.dumps(answer), file=answers, flush=True)


main()
