"""Makes four tiny models of the shapes that FastEmbed supports. The only argument is the folder.

    rows = tanh(E[id mod size] + the mean of E over the attention mask / 2 + P[position] / 3) W

so that a wrong id, a wrong mask or a token at a wrong position changes every row. Ids are taken modulo the size of the table,
because markers are far outside a small vocabulary. Vocabularies are counted from the texts and not trained, so every run makes
the same bytes.

    colbert   BERT: WordPiece, model.onnx; also onnx/model.onnx, _fp16 and _quantized; rows are not of unit length
    answerai  the same tokenizer, vespa_colbert.onnx, normalized in the graph
    jina      XLM-R: Unigram with SentencePiece's normalization table, onnx/model.onnx with its weights in model.onnx_data
    lateon    ModernBERT: byte-level BPE, model.onnx
    odd       models that are not text encoders, and two that are unusual
"""

import base64
import json
import math
import re
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from texts import make_texts
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

DIM = 2
HIDDEN = 8
LIMIT = 64


def counted(texts: list[str], split) -> list[tuple[str, int]]:
    counts = Counter(word for text in texts for word in split(text))
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def word_piece(texts: list[str]) -> Tokenizer:
    bert = normalizers.BertNormalizer()
    cut = pre_tokenizers.BertPreTokenizer()
    words = counted(texts, lambda text: [word for word, _ in cut.pre_tokenize_str(bert.normalize_str(text))])
    vocab = ["[PAD]", "[unused0]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    known = [word for word, count in words if count >= 3 and len(word) > 1 and not word.startswith("[")]
    letters = sorted({letter for word, count in words for letter in word if count >= 2 or letter.isascii()})
    # the rarest letters are not in the vocabulary
    tails = sorted({"##" + word[cut:] for word in known for cut in range(2, len(word)) if word.isascii() and len(word) > 4})
    for token in letters + ["##" + letter for letter in letters] + known + tails[::3]:
        if token not in vocab:
            vocab.append(token)
    ids = {token: id for id, token in enumerate(vocab)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = bert
    tokenizer.pre_tokenizer = cut
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    return tokenizer


def charsmap() -> bytes:
    """SentencePiece's table for nmt_nfkc, as in XLM-R."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    folder = Path(tempfile.mkdtemp())
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["some words to train on", "and a few more of them"] * 10),
        model_prefix=str(folder / "m"),
        vocab_size=40,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString((folder / "m.model").read_bytes())
    shutil.rmtree(folder)
    return model.normalizer_spec.precompiled_charsmap


def unigram(texts: list[str]) -> Tokenizer:
    spell = normalizers.Precompiled(charsmap())
    words = counted(texts, lambda text: spell.normalize_str(text).split())
    scores: dict[str, float] = {}
    letters = Counter()
    for word, count in words:
        for letter in word:
            letters[letter] += count
        if count >= 2 and len(word) > 1:
            scores["▁" + word] = round(math.log(count) - 9, 4)
            if len(word) > 5:
                scores[word[3:]] = round(math.log(count) - 11, 4)
    for letter, count in sorted(letters.items()):
        if count >= 2 or letter.isascii():
            scores.setdefault(letter, round(math.log(count) - 12, 4))
    vocab = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -6.0)]
    vocab += sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    vocab.append(("<mask>", 0.0))
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=3))
    tokenizer.normalizer = spell
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    from tokenizers import AddedToken

    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def byte_pair(texts: list[str]) -> Tokenizer:
    spell = normalizers.NFC()
    cut = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    words = counted(texts, lambda text: [word for word, _ in cut.pre_tokenize_str(spell.normalize_str(text))])
    split = {word: list(word) for word, _ in words}
    merges: list[tuple[str, str]] = []
    for _ in range(400):
        pairs = Counter()
        for word, count in words:
            for pair in zip(split[word], split[word][1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for word in split:
            parts, merged, at = split[word], [], 0
            while at < len(parts):
                if tuple(parts[at : at + 2]) == best:
                    merged.append("".join(best))
                    at += 2
                else:
                    merged.append(parts[at])
                    at += 1
            split[word] = merged
    vocab = sorted(pre_tokenizers.ByteLevel.alphabet()) + list(dict.fromkeys("".join(pair) for pair in merges))
    ids = {token: id for id, token in enumerate(vocab)}
    tokenizer = Tokenizer(models.BPE(ids, merges))
    tokenizer.normalizer = spell
    tokenizer.pre_tokenizer = cut
    tokenizer.decoder = decoders.ByteLevel()
    from tokenizers import AddedToken

    tokenizer.add_special_tokens(["[UNK]", "[CLS]", "[SEP]", "[PAD]", AddedToken("[MASK]", lstrip=True)])
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", cls), ("[SEP]", sep)]
    )
    return tokenizer


def graph(size: int, seed: int, normalized: bool, dtype: str = "fp32") -> onnx.ModelProto:
    chance = np.random.default_rng(seed)
    table = chance.standard_normal((size, HIDDEN)).astype(np.float32)
    positions = chance.standard_normal((LIMIT * 2, HIDDEN)).astype(np.float32)
    weights = (chance.standard_normal((HIDDEN, DIM)) / 2).astype(np.float32)
    nodes, constants = [], []

    def constant(name: str, value) -> str:
        constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(op: str, inputs: list[str], output: str, **attributes) -> str:
        nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    node("Mod", ["input_ids", constant("size", np.int64(size))], "row")
    if dtype == "q8":
        scale = np.float32(np.abs(table).max() / 127)
        constant("table_q8", np.round(table / scale).astype(np.int8))
        node("DequantizeLinear", ["table_q8", constant("scale", scale)], "table")
    elif dtype == "fp16":
        constant("table_fp16", table.astype(np.float16))
        node("Cast", ["table_fp16"], "table", to=TensorProto.FLOAT)
    else:
        constant("table", table)
    node("Gather", ["table", "row"], "x")
    node("Cast", ["attention_mask"], "seen", to=TensorProto.FLOAT)
    node("Unsqueeze", ["seen", constant("last", np.array([2], dtype=np.int64))], "seen3")
    node("Mul", ["x", "seen3"], "seen_x")
    axis = constant("axis", np.array([1], dtype=np.int64))
    node("ReduceSum", ["seen_x", axis], "sum", keepdims=1)
    node("ReduceSum", ["seen3", axis], "count", keepdims=1)
    node("Div", ["sum", "count"], "mean")
    node("Mul", ["mean", constant("half", np.float32(0.5))], "context")
    node("Shape", ["input_ids"], "shape")
    node("Gather", ["shape", constant("one", np.int64(1))], "length")
    node("Range", [constant("zero", np.int64(0)), "length", "one"], "steps")
    node("Gather", [constant("places", positions), "steps"], "place")
    node("Mul", ["place", constant("third", np.float32(1 / 3))], "place3")
    node("Add", ["x", "context"], "in_context")
    node("Add", ["in_context", "place3"], "in_place")
    node("Tanh", ["in_place"], "bent")
    node("MatMul", ["bent", constant("weights", weights)], "projected")
    last = node("LpNormalization", ["projected"], "unit", axis=-1, p=2) if normalized else "projected"
    as_half = dtype == "fp16"
    node("Cast", [last], "contextual", to=TensorProto.FLOAT16 if as_half else TensorProto.FLOAT)
    two = ["batch", "length"]
    made = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, two) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("contextual", TensorProto.FLOAT16 if as_half else TensorProto.FLOAT, [*two, DIM])],
        constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="maxsimd")
    onnx.checker.check_model(model)
    return model


def odd(name: str) -> onnx.ModelProto:
    """A model that is not a text encoder: `pixels` has another input, `pooled` returns one row for each text."""
    inputs = {"pixels": ("pixel_values", TensorProto.FLOAT), "pooled": ("input_ids", TensorProto.INT64)}
    input, element_type = inputs[name]
    nodes = [
        helper.make_node("Cast", [input], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["numbers"], ["sentence_embedding"], axes=[1], keepdims=1),
    ]
    made = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(input, element_type, ["batch", "length"])],
        [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", 1])],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="maxsimd")
    onnx.checker.check_model(model)
    return model


def bare(element_type: int, batch) -> onnx.ModelProto:
    """A model whose rows are the ids: `int32` takes ids in 32 bits, `single` takes one text at a time."""
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["numbers", "last"], ["last_hidden_state"]),
    ]
    made = helper.make_graph(
        nodes,
        "bare",
        [helper.make_tensor_value_info("input_ids", element_type, [batch, "length"])],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [batch, "length", 1])],
        [numpy_helper.from_array(np.array([2], dtype=np.int64), "last")],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="maxsimd")
    onnx.checker.check_model(model)
    return model


def write(folder: Path, tokenizer: Tokenizer, config: dict, special: dict[str, str]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    size = tokenizer.get_vocab_size()
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=False), encoding="utf-8")
    dump = lambda name, value: (folder / name).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    dump("tokenizer_config.json", {"model_max_length": LIMIT, **special})
    dump("special_tokens_map.json", special)
    dump("config.json", {"hidden_size": HIDDEN, "vocab_size": size, "pad_token_id": tokenizer.token_to_id(special["pad_token"]), **config})
    return size


def main(folder: Path) -> None:
    # onnx would append to an existing file of weights
    shutil.rmtree(folder, ignore_errors=True)
    texts = make_texts()
    bert = {"cls_token": "[CLS]", "mask_token": "[MASK]", "pad_token": "[PAD]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    xlm = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "mask_token": "<mask>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>"}

    tokenizer = word_piece(texts)
    colbert = folder / "colbert"
    size = write(colbert, tokenizer, {"model_type": "bert", "architectures": ["HF_ColBERT"]}, bert)
    (colbert / "onnx").mkdir(exist_ok=True)
    onnx.save(graph(size, 1, False), colbert / "model.onnx")
    onnx.save(graph(size, 1, False, "fp16"), colbert / "onnx" / "model_fp16.onnx")
    onnx.save(graph(size, 1, False, "q8"), colbert / "onnx" / "model_quantized.onnx")

    size = write(folder / "answerai", tokenizer, {"model_type": "bert", "architectures": ["HF_ColBERT"]}, bert)
    onnx.save(graph(size, 2, True), folder / "answerai" / "vespa_colbert.onnx")

    size = write(folder / "jina", unigram(texts), {"model_type": "xlm-roberta", "architectures": ["HF_ColBERT"], "vocab_size": 250004}, xlm)
    (folder / "jina" / "onnx").mkdir(exist_ok=True)
    onnx.save(
        graph(size, 3, True),
        folder / "jina" / "onnx" / "model.onnx",
        save_as_external_data=True,
        location="model.onnx_data",
        size_threshold=1024,
    )

    size = write(folder / "lateon", byte_pair(texts), {"model_type": "modernbert", "architectures": ["ModernBertModel"], "vocab_size": 50370}, bert)
    onnx.save(graph(size, 4, False), folder / "lateon" / "model.onnx")

    (folder / "odd").mkdir(exist_ok=True)
    for name in ("pixels", "pooled"):
        onnx.save(odd(name), folder / "odd" / f"{name}.onnx")
    onnx.save(bare(TensorProto.INT32, "batch"), folder / "odd" / "int32.onnx")
    onnx.save(bare(TensorProto.INT64, 1), folder / "odd" / "single.onnx")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
