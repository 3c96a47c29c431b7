"""FastEmbed's rows of the texts, by the tiny models: make_models.py FOLDER first, then this with FOLDER and OUT.

For each model OUT gets <model>.bin, f32 little-endian: for every text its document rows, then its query rows, one after
the other; and rows.json: the texts, how many rows each has, and of every tenth text what the tokenizers library makes
of it (ids, and their places in UTF-16 units; of all texts with --all). Offline: the models are folders.
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
    """Where each character begins, in UTF-16 units."""
    places = [0]
    for letter in text:
        places.append(places[-1] + (2 if ord(letter) > 0xFFFF else 1))
    return places


def main(folder: Path, out: Path, every: int) -> None:
    texts = make_texts()
    out.mkdir(parents=True, exist_ok=True)
    told: dict = {"every": every, "models": {}}
    for name, model_name in MODELS.items():
        model = LateInteractionTextEmbedding(model_name, specific_model_path=str(folder / name))
        documents = [np.asarray(rows, dtype="<f4") for rows in model.embed(texts)]
        queries = [np.asarray(rows, dtype="<f4") for rows in model.query_embed(texts)]
        tokenizer = Tokenizer.from_file(str(folder / name / "tokenizer.json"))
        tokens = []
        for text in texts[::every]:
            places = utf16(text)
            found = tokenizer.encode(text, add_special_tokens=False)
            tokens.append([found.ids, [[places[start], places[end]] for start, end in found.offsets]])
        (out / f"{name}.bin").write_bytes(b"".join(rows.tobytes() for pair in zip(documents, queries) for rows in pair))
        told["models"][name] = {
            "model": model_name,
            "dim": int(documents[0].shape[1]),
            "documents": [len(rows) for rows in documents],
            "queries": [len(rows) for rows in queries],
            "tokens": tokens,
        }
    told["texts"] = texts
    (out / "rows.json").write_text(json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), 1 if "--all" in sys.argv else 10)
