"""Writes FastEmbed's rows of the texts with the tiny models. Run make_models.py FOLDER first, then this with FOLDER and OUT.

OUT gets <model>.bin for each model, f32 little-endian: for each text its document rows, then its query rows; and rows.json:
the texts, the number of rows of each, and for every tenth text (with --all: for each) the ids of the tokenizers library with
their positions in UTF-16 units. Works offline: the models are folders.
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from fastembed import LateInteractionTextEmbedding
from texts import make_texts
from tokenizers import Tokenizer

MODELS = {
    "colbert": "colbert-ir/colbertv2.0",
    "answerai": "answerdotai/answerai-colbert-small-v1",
    "jina": "jinaai/jina-colbert-v2",
    "lateon": "lightonai/LateOn",
}


def utf16(text: str) -> list[int]:
    """The index at which each character begins, in UTF-16 units."""
    indices = [0]
    for letter in text:
        indices.append(indices[-1] + (2 if ord(letter) > 0xFFFF else 1))
    return indices


def main(folder: Path, out: Path, every: int) -> None:
    texts = make_texts()
    out.mkdir(parents=True, exist_ok=True)
    result: dict = {"every": every, "models": {}}
    for name, model_name in MODELS.items():
        model = LateInteractionTextEmbedding(model_name, specific_model_path=str(folder / name))
        documents = [np.asarray(rows, dtype="<f4") for rows in model.embed(texts)]
        queries = [np.asarray(rows, dtype="<f4") for rows in model.query_embed(texts)]
        tokenizer = Tokenizer.from_file(str(folder / name / "tokenizer.json"))
        tokens = []
        for text in texts[::every]:
            indices = utf16(text)
            found = tokenizer.encode(text, add_special_tokens=False)
            tokens.append([found.ids, [[indices[start], indices[end]] for start, end in found.offsets]])
        (out / f"{name}.bin").write_bytes(b"".join(rows.tobytes() for pair in zip(documents, queries) for rows in pair))
        result["models"][name] = {
            "model": model_name,
            "dim": int(documents[0].shape[1]),
            "documents": [len(rows) for rows in documents],
            "queries": [len(rows) for rows in queries],
            "tokens": tokens,
        }
    result["texts"] = texts
    (out / "rows.json").write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), 1 if "--all" in sys.argv else 10)
