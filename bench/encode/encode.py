# Encodes texts with onnxruntime and the tokenizers library, as a Python program would: one unit row for each token that is not
# special. A request is a line of JSON, an array of texts; so is the response: seconds, and the file of the rows in f32.
#
#   python encode.py FOLDER TOKENS ROWS   TOKENS: maximum of a batch, padding included, or 0 for batches of 32 texts

import json
import sys
import time

import numpy
import onnxruntime
from tokenizers import Tokenizer

folder, limit, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
tokenizer = Tokenizer.from_file(f'{folder}/tokenizer.json')
tokenizer.no_padding()
tokenizer.enable_truncation(512)
session = onnxruntime.InferenceSession(f'{folder}/onnx/model_quantized.onnx', providers=['CPUExecutionProvider'])
names = [each.name for each in session.get_inputs()]


def batches(lengths):
    """Indices of texts of similar length, the longest first."""
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    batch = []
    for i in order:
        full = len(batch) == 32 if limit == 0 else (len(batch) + 1) * lengths[batch[0] if batch else i] > limit
        if batch and full:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def encode(texts):
    encoded = tokenizer.encode_batch(texts)
    rows = [None] * len(texts)
    for batch in batches([len(each.ids) for each in encoded]):
        length = max(len(encoded[i].ids) for i in batch)
        ids = numpy.zeros((len(batch), length), dtype=numpy.int64)
        mask = numpy.zeros_like(ids)
        for row, i in enumerate(batch):
            ids[row, : len(encoded[i].ids)] = encoded[i].ids
            mask[row, : len(encoded[i].ids)] = 1
        inputs = {'input_ids': ids, 'attention_mask': mask, 'token_type_ids': numpy.zeros_like(ids)}
        output = session.run(None, {name: inputs[name] for name in names})[0]
        for row, i in enumerate(batch):
            own = [at for at, special in enumerate(encoded[i].special_tokens_mask) if not special]
            kept = output[row, own]
            rows[i] = kept / numpy.maximum(numpy.linalg.norm(kept, axis=1, keepdims=True), 1e-12)
    return rows


print(json.dumps({'version': onnxruntime.__version__}), flush=True)
for line in sys.stdin:
    texts = json.loads(line)
    started = time.perf_counter()
    rows = encode(texts)
    seconds = time.perf_counter() - started
    numpy.concatenate(rows).astype('<f4').tofile(path)
    print(json.dumps({'seconds': seconds, 'rows': [len(each) for each in rows]}), flush=True)
