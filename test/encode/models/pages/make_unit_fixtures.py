"""Writes what the unit suite compares with, without Python: test/encode/pages/fixtures. The only argument is the folder.

    colpali/*.json, colmodernvbert/*.json   the files of the tiny models, without the ONNX files
    expected.json                           resizes by Pillow, and what FastEmbed passes to the models, as hashes

Pixels are computed from their index in the same way here and in the tests, so none are stored.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import PIL
from fastembed import LateInteractionMultimodalEmbedding
from fastembed_pages import Recorder
from make_page_models import make_colmodernvbert, make_colpali
from PIL import Image

RESIZES = [
    (1, 40, 30, 17, 13), (1, 17, 13, 40, 30), (3, 40, 30, 17, 13), (3, 17, 13, 40, 30), (2, 40, 30, 13, 50), (4, 40, 30, 9, 11),
    (5, 31, 29, 7, 64), (1, 1, 1, 5, 4), (3, 5, 4, 1, 1), (1, 20, 90, 18, 20), (3, 20, 90, 19, 21), (1, 64, 64, 64, 20), (3, 64, 64, 20, 64),
    (1, 100, 3, 3, 100), (3, 200, 150, 20, 15), (1, 33, 33, 33, 33),
]
IMAGES = [(37, 53), (64, 64), (120, 20), (20, 130), (1, 1), (90, 70)]
QUERIES = ["what is the total?", "", "a chart & 12 tables", "日本 🙂", "<image> <pad>", "the table " * 40]


def pixels(width, height):
    index = np.arange(width * height * 3, dtype=np.uint64)
    return (((index * 2654435761 + index // 97 * 40503) % 2**32) >> 24).astype(np.uint8).reshape(height, width, 3)


def hash_of(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


def main(out):
    resizes = []
    for filter, width, height, new_width, new_height in RESIZES:
        resized = Image.fromarray(pixels(width, height)).resize((new_width, new_height), Image.Resampling(filter))
        resizes.append([filter, width, height, new_width, new_height, hash_of(np.asarray(resized))])
    expected = {"pillow": PIL.__version__, "resizes": resizes, "models": {}}
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder)
        make_colpali(models / "colpali")
        make_colmodernvbert(models / "colmodernvbert", 64, 256, 4)
        for name, model_name in (("colpali", "Qdrant/colpali-v1.3-fp16"), ("colmodernvbert", "Qdrant/colmodernvbert")):
            shutil.rmtree(out / name, ignore_errors=True)
            (out / name).mkdir(parents=True)
            for file in (models / name).glob("*.json"):
                content = json.loads(file.read_text(encoding="utf-8"))
                text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
                (out / name / file.name).write_text(text + "\n", encoding="utf-8")
            model = LateInteractionMultimodalEmbedding(model_name, specific_model_path=str(models / name))
            recorder = model.model.model = Recorder(model.model.model)
            items = []

            def add(**item):
                inputs = recorder.inputs
                ids = np.asarray(inputs["input_ids"][0], dtype="<i4")
                found = np.asarray(inputs["pixel_values"], dtype="<f4")
                items.append({**item, "length": len(ids), "ids": hash_of(ids), "shape": list(found.shape), "pixels": hash_of(found)})

            for width, height in IMAGES:
                list(model.embed_image([Image.fromarray(pixels(width, height))], batch_size=1))
                add(size=[width, height])
            for query in QUERIES:
                list(model.embed_text([query]))
                add(query=query)
            expected["models"][name] = items
    (out / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
