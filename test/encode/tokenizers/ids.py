"""Writes the ids and positions that the tokenizers library finds: python ids.py OUT FILE...

OUT/N.json has the texts of file N, which are those of ../models/texts.py, repeated characters, and its added tokens in several
surroundings; and for each text its ids and positions in UTF-16 units, or null if the library fails.
"""

import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "models"))

import tokenizers  # noqa: E402
from texts import make_texts  # noqa: E402

REPEATED = ["-", "_", "=", ".", "a", "g", "0", "1", "| --- ", "🙂", "é", "\u0301"]
SURROUNDINGS = ["{}", "a{}b", " {} ", "{}{}", "x {}.", "{}\n"]
MAX_ADDED = 40


def utf16(text: str) -> list[int]:
    """The index at which each character begins, in UTF-16 units."""
    indices = [0]
    for letter in text:
        indices.append(indices[-1] + (2 if ord(letter) > 0xFFFF else 1))
    return indices


def texts_of(file: Path) -> list[str]:
    added = [token["content"] for token in json.loads(file.read_text(encoding="utf-8")).get("added_tokens") or []]
    some = random.Random(1).sample(added, min(len(added), MAX_ADDED))
    return [around.replace("{}", token) for token in some for around in SURROUNDINGS]


def tokens_of(tokenizer, text: str):
    try:
        found = tokenizer.encode(text, add_special_tokens=False)
    except Exception:
        return None
    indices = utf16(text)
    return [found.ids, [[indices[start], indices[end]] for start, end in found.offsets]]


def main(out: Path, files: list[Path]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    texts = make_texts() + [letter * count for letter in REPEATED for count in range(2, 41)]
    for number, file in enumerate(files):
        own = texts + texts_of(file)
        tokenizer = tokenizers.Tokenizer.from_file(str(file))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        result = {"texts": own, "tokens": [tokens_of(tokenizer, text) for text in own]}
        (out / f"{number}.json").write_text(json.dumps(result), encoding="utf-8")
    print(tokenizers.__version__)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(file) for file in sys.argv[2:]])
