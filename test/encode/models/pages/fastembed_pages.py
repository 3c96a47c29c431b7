"""Writes FastEmbed's rows of pictures and queries by the tiny models, and what reaches the graph. No network.

    python fastembed_pages.py MODELS PICTURES OUT

OUT/<model>.bin has the rows, f32 little-endian, one item after another; OUT/<model>.json for each item: the file or the text,
the number of rows, the ids, the shape of `pixel_values`, and the beginning of their SHA-256.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from fastembed import LateInteractionMultimodalEmbedding

MODELS = {
    "colpali": "Qdrant/colpali-v1.3-fp16",
    "colmodernvbert-small": "Qdrant/colmodernvbert",
    "colmodernvbert": "Qdrant/colmodernvbert",
}
# pages of the real sizes are compared for these shapes only: upright, wide, square
FEW = ["size-161x228.png", "size-228x161.png", "size-200x200.png", "size-90x640.png"]
QUERIES = [
    "what is the total of the invoice?",
    "",
    " ",
    "a chart",
    "Die Größe der Tabelle: 12 000 €",
    "日本語 and emoji 🙂🙃",
    "two\nlines\n\nand  spaces",
    "<image> and [MASK] and <pad> in a text",
    "the table " * 60,
    "x",
]


class Recorder:
    """Passes calls to the session, and keeps the inputs of the last one."""

    def __init__(self, session):
        self.session, self.inputs = session, {}

    def run(self, names, inputs):
        self.inputs = inputs
        return self.session.run(names, inputs)

    def __getattr__(self, name):
        return getattr(self.session, name)


def main(models, pictures, out):
    out.mkdir(parents=True, exist_ok=True)
    for name, model_name in MODELS.items():
        model = LateInteractionMultimodalEmbedding(model_name, specific_model_path=str(models / name))
        recorder = model.model.model = Recorder(model.model.model)
        files = [pictures / file for file in FEW] if name == "colmodernvbert" else sorted(pictures.iterdir())
        items, parts = [], []

        def add(rows, **item):
            rows = np.asarray(rows, dtype="<f4")
            pixels = np.ascontiguousarray(recorder.inputs["pixel_values"], dtype="<f4")
            parts.append(rows.tobytes())
            items.append({**item, "rows": len(rows), "ids": recorder.inputs["input_ids"][0].tolist(), "pixels": list(pixels.shape), "hash": hashlib.sha256(pixels.tobytes()).hexdigest()[:16]})

        for path in files:
            add(next(iter(model.embed_image([str(path)], batch_size=1))), file=path.name)
        for query in QUERIES:
            add(next(iter(model.embed_text([query]))), query=query)
        (out / f"{name}.bin").write_bytes(b"".join(parts))
        (out / f"{name}.json").write_text(json.dumps(items))
        print(f"{name}: {len(items)} items")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
