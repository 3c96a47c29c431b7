"""Makes tiny models with PyLate and with Sentence Transformers, and writes their rows of the 500 texts.

    PYTHONPATH=FOLDER_OF_SENTENCE_TRANSFORMERS_6 python make.py multi-vector
    python make.py pylate exported stanford

PyLate 1.6 needs Sentence Transformers 5.3 and MultiVectorEncoder needs 6, so that each has its own run. Both need PyTorch (5 GB
with its libraries), so that CI uses the committed results: fixtures/NAME has the files of a model, fixtures/NAME.bin its rows in f32,
little-endian, for each text those of the document and then those of the query, and fixtures/NAME.json their numbers. The weights are
random, so that a wrong id, mask or position changes every row. Rows of 4 dims, because a row of 2 may be nearly zero before it gets unit
length, which makes the difference between two engines larger.

    pylate        BERT, saved by PyLate: two dense layers that the ONNX file lacks, expansion, prompts, a skip list of three words
    exported      a byte-level BPE tokenizer, exported by pylate-onnx-export 0.1.0, which writes no config.json; lower case
    stanford      HF_ColBERT with artifact.metadata, read by PyLate: the projection is among the weights; attends to [MASK]
    multi-vector  XLM-R's kind of tokenizer, saved by MultiVectorEncoder: markers as text, expansion to a minimum
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from texts import make_texts  # noqa: E402

FIXTURES = HERE / "fixtures"
DIM = 4
HIDDEN = 8
LIMIT = 64


def tokenizer_of(shape: str):
    """The tokenizer of one of the tiny models that make_models.py makes."""
    from transformers import PreTrainedTokenizerFast

    folder = HERE.parent / "fixtures" / "models" / shape
    special = json.loads((folder / "special_tokens_map.json").read_text())
    inputs = ["input_ids", "token_type_ids", "attention_mask"]
    file = str(folder / "tokenizer.json")
    return PreTrainedTokenizerFast(tokenizer_file=file, model_max_length=LIMIT, model_input_names=inputs, **special)


def save_base(folder: Path, tokenizer) -> None:
    """A BERT of one layer with random weights."""
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=LIMIT * 2,
        initializer_range=0.4,
        pad_token_id=tokenizer.pad_token_id,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


class Transformer(torch.nn.Module):
    """The transformer alone, with the output that Optimum gives it."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state


def export_transformer(model, path: Path) -> None:
    ids = torch.ones((2, 5), dtype=torch.long)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    model.eval()
    with torch.no_grad():
        torch.onnx.export(
            Transformer(model),
            (ids, ids.clone(), torch.zeros_like(ids)),
            str(path),
            input_names=names,
            output_names=["last_hidden_state"],
            dynamic_axes={name: {0: "batch", 1: "length"} for name in [*names, "last_hidden_state"]},
            opset_version=17,
            dynamo=False,
        )


def write_rows(name: str, documents, queries) -> None:
    documents = [np.asarray(rows, dtype="<f4") for rows in documents]
    queries = [np.asarray(rows, dtype="<f4") for rows in queries]
    (FIXTURES / f"{name}.bin").write_bytes(b"".join(rows.tobytes() for pair in zip(documents, queries) for rows in pair))
    counts = {"dim": DIM, "documents": [len(rows) for rows in documents], "queries": [len(rows) for rows in queries]}
    (FIXTURES / f"{name}.json").write_text(json.dumps(counts, separators=(",", ":")) + "\n")


def keep(source: Path, name: str, files: list[str]) -> Path:
    """Copies the files that the encoder reads."""
    target = FIXTURES / name
    shutil.rmtree(target, ignore_errors=True)
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / file, target / file)
    return target


def make_pylate(work: Path) -> None:
    from pylate import models

    save_base(work / "base", tokenizer_of("colbert"))
    made = models.ColBERT(
        str(work / "base"),
        embedding_size=6,
        query_length=24,
        document_length=50,
        attend_to_expansion_tokens=False,
        skiplist_words=[".", ",", "pool", "a word that the vocabulary lacks"],
        device="cpu",
    )
    made.append(models.Dense(6, DIM, bias=True, activation_function=torch.nn.Tanh(), use_residual=True))
    made.save_pretrained(str(work / "pylate"))
    model = models.ColBERT(str(work / "pylate"), device="cpu")
    write_rows("pylate", *rows_of(model))
    names = ["config.json", "config_sentence_transformers.json", "modules.json", "sentence_bert_config.json", "tokenizer.json"]
    names += ["tokenizer_config.json", "1_Dense/config.json", "1_Dense/model.safetensors", "2_Dense/config.json"]
    target = keep(work / "pylate", "pylate", [*names, "2_Dense/model.safetensors"])
    (target / "onnx").mkdir()
    export_transformer(model[0].auto_model, target / "onnx" / "model.onnx")


def rows_of(model):
    texts = make_texts()
    documents = model.encode(texts, is_query=False, show_progress_bar=False)
    return documents, model.encode(texts, is_query=True, show_progress_bar=False)


def make_exported(work: Path) -> None:
    from colbert_export import export_model
    from pylate import models

    save_base(work / "base", tokenizer_of("lateon"))
    models.ColBERT(str(work / "base"), embedding_size=DIM, query_length=20, document_length=60, device="cpu").save_pretrained(
        str(work / "exported")
    )
    # as in mxbai-edge-colbert: Sentence Transformers puts texts into lower case
    path = work / "exported" / "sentence_bert_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "do_lower_case": True}))
    # the exporter was written for PyTorch's exporter of old, which keeps the batch dynamic
    export = torch.onnx.export
    torch.onnx.export = lambda *arguments, **options: export(*arguments, **options, dynamo=False)
    export_model(str(work / "exported"), work / "onnx", verbose=False)
    # the exporter turns the expansion off
    model = models.ColBERT(str(work / "exported"), device="cpu", do_query_expansion=False)
    assert model[0].do_lower_case
    write_rows("exported", *rows_of(model))
    target = keep(work / "onnx", "exported", ["model.onnx", "tokenizer.json", "config_sentence_transformers.json"])
    # next-plaid's later exporter writes these two files
    config = json.loads((target / "config_sentence_transformers.json").read_text())
    (target / "config_sentence_transformers.json").unlink()
    (target / "onnx_config.json").write_text(json.dumps({**config, "model_name": "tiny", "do_lower_case": True}, indent=2) + "\n")


def make_stanford(work: Path) -> None:
    from pylate import models
    from safetensors.torch import load_file, save_file

    folder = work / "stanford"
    save_base(folder, tokenizer_of("colbert"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "architectures": ["HF_ColBERT"]}, indent=2) + "\n")
    weights = load_file(folder / "model.safetensors")
    weights["linear.weight"] = torch.randn(DIM, HIDDEN)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    metadata = {
        "query_token_id": "[unused0]",
        "doc_token_id": "[unused1]",
        "query_maxlen": 16,
        "attend_to_mask_tokens": True,
        "doc_maxlen": 40,
        "dim": DIM,
        "mask_punctuation": True,
    }
    (folder / "artifact.metadata").write_text(json.dumps(metadata, indent=2) + "\n")
    model = models.ColBERT(str(folder), device="cpu")
    assert [model.query_length, model.document_length, model.attend_to_expansion_tokens] == [16, 40, True]
    write_rows("stanford", *rows_of(model))
    names = ["config.json", "tokenizer.json", "tokenizer_config.json", "artifact.metadata", "model.safetensors"]
    target = keep(folder, "stanford", names)
    export_transformer(model[0].auto_model, target / "model.onnx")


def make_multi_vector(work: Path) -> None:
    from sentence_transformers import MultiVectorEncoder
    from sentence_transformers.base.modules import Dense, Normalize, Transformer as Base
    from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask

    tokenizer = tokenizer_of("jina")
    tokenizer.add_tokens(["[Q] ", "[D] "])
    save_base(work / "base", tokenizer)
    transformer = Base(
        str(work / "base"), document_length=48, query_expansion={"strategy": "min", "attend": True, "length": 20}, query_length=30
    )
    dense = Dense(HIDDEN, DIM, bias=False, activation_function=torch.nn.Identity(), module_input_name="token_embeddings")
    modules = [transformer, dense, MultiVectorMask(skiplist_words=[".", ",", "▁", "no such token"]), Normalize("token_embeddings")]
    prompts = {"query": "[Q] search: ", "document": "[D] "}
    MultiVectorEncoder(modules=modules, prompts=prompts, device="cpu").save_pretrained(str(work / "saved"))
    model = MultiVectorEncoder(str(work / "saved"), device="cpu")
    texts = make_texts()
    write_rows("multi-vector", model.encode_document(texts), model.encode_query(texts))
    names = ["config.json", "config_sentence_transformers.json", "modules.json", "sentence_bert_config.json", "tokenizer.json"]
    names += ["tokenizer_config.json", "1_Dense/config.json", "1_Dense/model.safetensors", "2_MultiVectorMask/config.json"]
    target = keep(work / "saved", "multi-vector", [*names, "3_Normalize/config.json"])
    export_transformer(model[0].auto_model, target / "model.onnx")


MAKERS = {"pylate": make_pylate, "exported": make_exported, "stanford": make_stanford, "multi-vector": make_multi_vector}

if __name__ == "__main__":
    FIXTURES.mkdir(exist_ok=True)
    for name in sys.argv[1:]:
        torch.manual_seed(7)
        with tempfile.TemporaryDirectory() as folder:
            MAKERS[name](Path(folder))
        print(name, sum(len(json.loads((FIXTURES / f"{name}.json").read_text())[kind]) for kind in ("documents", "queries")))
