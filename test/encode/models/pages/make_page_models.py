"""Makes tiny models for pages that FastEmbed takes for the real ones. The only argument is the folder. No network.

    FOLDER/colpali              stands for Qdrant/colpali-v1.3-fp16: 448 x 448 pixels, 1,024 patches, weights in model.onnx_data
    FOLDER/colmodernvbert       stands for Qdrant/colmodernvbert, with the sizes of the real one: tiles of 512, 64 rows a tile
    FOLDER/colmodernvbert-small the same with tiles of 64 and 4 rows, so that many pictures can be compared

A row depends on the id at its position, on the number of the position, on what the mask lets be seen, and for an image token on
the mean colours of its own patch. So a wrong id, place, tile, patch, pixel or mask changes a row at a known place:

    x   = E[id mod size] + P[position] / 3 + tanh(patch) V, the last for image tokens only
    row = tanh(x + mean of E over the mask / 2) W, of unit length
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

DIM, HIDDEN, POSITIONS = 128, 6, 2048
COLPALI_IMAGE = 257152
TEXT = "Query: what is the total of the invoice? Describe the image. User: Assistant: a chart, 12 tables & more pages"


class Nodes:
    """Collects the nodes of a graph. Each call adds one and returns the name of its output."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def name(self):
        return f"n{len(self.nodes) + len(self.constants)}"

    def __call__(self, operator, *inputs, output=None, **attributes):
        names = []
        for value in inputs:
            if isinstance(value, str):
                names.append(value)
                continue
            names.append(self.name())
            self.constants.append(numpy_helper.from_array(np.asarray(value), names[-1]))
        output = output or self.name()
        self.nodes.append(helper.make_node(operator, names, [output], **attributes))
        return output


def whole(*values):
    return np.array(values, dtype=np.int64)


def patches_of_tiles(g, tile, rows_of_tile):
    """The mean colours of each patch of all tiles: (1, tiles * rows, 3)."""
    side = int(rows_of_tile**0.5)
    flat = g("Reshape", "pixel_values", whole(-1, 3, tile, tile))
    means = g("AveragePool", flat, kernel_shape=[tile // side] * 2, strides=[tile // side] * 2)
    rows = g("Transpose", g("Reshape", means, whole(0, 3, rows_of_tile)), perm=[0, 2, 1])
    return g("Reshape", rows, whole(1, -1, 3))


def patches_of_square(g):
    means = g("AveragePool", "pixel_values", kernel_shape=[14, 14], strides=[14, 14])
    return g("Transpose", g("Reshape", means, whole(0, 3, 1024)), perm=[0, 2, 1])


def make_graph(seed, size, image_id, tile=None, rows_of_tile=None):
    """A graph for one page or one text: the batch is 1."""
    random = np.random.default_rng(seed)
    draw = lambda *shape: random.standard_normal(shape).astype(np.float32)
    tokens, positions, colours, weights = draw(size, HIDDEN), draw(POSITIONS, HIDDEN), draw(3, HIDDEN), draw(HIDDEN, DIM)
    g = Nodes()
    patches = patches_of_tiles(g, tile, rows_of_tile) if tile else patches_of_square(g)
    seen = g("MatMul", g("Tanh", patches), colours)
    # the n-th image token has the n-th patch
    is_image = g("Cast", g("Equal", "input_ids", np.int64(image_id)), to=TensorProto.INT64)
    nth = g("Max", g("Sub", g("CumSum", is_image, np.int64(1)), np.int64(1)), np.int64(0))
    picked = g("Gather", g("Squeeze", seen, whole(0)), nth)
    picked = g("Mul", picked, g("Unsqueeze", g("Cast", is_image, to=TensorProto.FLOAT), whole(2)))
    x = g("Gather", tokens, g("Mod", "input_ids", np.int64(size)))
    mask = g("Unsqueeze", g("Cast", "attention_mask", to=TensorProto.FLOAT), whole(2))
    mean = g("Div", g("ReduceSum", g("Mul", x, mask), whole(1), keepdims=1), g("ReduceSum", mask, whole(1), keepdims=1))
    place = g("Max", g("Sub", g("CumSum", "attention_mask", np.int64(1)), np.int64(1)), np.int64(0))
    x = g("Add", g("Add", x, picked), g("Mul", g("Gather", positions, place), np.float32(1 / 3)))
    x = g("Tanh", g("Add", x, g("Mul", mean, np.float32(0.5))))
    g("LpNormalization", g("MatMul", x, weights), output="last_hidden_state", axis=-1, p=2)
    pixels = [1, "tiles", 3, tile, tile] if tile else [1, 3, 448, 448]
    graph = helper.make_graph(
        g.nodes,
        "tiny",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "length"]),
            helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, pixels),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, [1, "length"]),
        ],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [1, "length", DIM])],
        g.constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def special(*tokens):
    return [AddedToken(token, special=True, normalized=False) for token in tokens]


def pairs_of(vocab, pairs):
    for pair in pairs:
        vocab["".join(pair)] = len(vocab)
    return list(pairs)


def paligemma():
    """As PaliGemma's: BPE, a low line for each space, no special token is added."""
    known = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *sorted(set(TEXT.replace(" ", "▁")) | {"\n"})]
    vocab = {token: id for id, token in enumerate(known)}
    merges = pairs_of(vocab, [("Q", "u"), ("e", "r"), ("Qu", "er"), ("Quer", "y"), ("t", "h"), ("▁", "th"), ("▁th", "e")])
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Replace("▁", " ")
    tokenizer.add_special_tokens(special("<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<s>", "<image>"))
    return tokenizer


def modernbert():
    """As ModernBERT's, with Idefics3's tokens: byte-level BPE, [CLS] and [SEP] around, two line feeds are one token."""
    vocab = {token: id for id, token in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    merges = pairs_of(vocab, [("Ċ", "Ċ"), ("t", "h"), ("Ġ", "th"), ("Ġth", "e"), ("U", "s"), ("e", "r"), ("Us", "er")])
    tokenizer = Tokenizer(models.BPE(vocab, merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    names = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    tokenizer.add_special_tokens(
        special(
            "[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", "<|begin_of_text|>", "<fake_token_around_image>", "<image>",
            "<global-img>", "<end_of_utterance>", *names,
        )
    )
    around = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=around)
    return tokenizer


PIXELS = {
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "rescale_factor": 0.00392156862745098,
}


def write(folder, tokenizer, files):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def make_colpali(folder):
    write(
        folder,
        paligemma(),
        {
            "config": {"model_type": "colpali", "pad_token_id": 0},
            "tokenizer_config": {"model_max_length": 64, "padding_side": "right", "pad_token": "<pad>"},
            "preprocessor_config": {
                **PIXELS, "image_processor_type": "SiglipImageProcessor", "resample": 3, "size": {"height": 448, "width": 448},
            },
        },
    )
    model = make_graph(1, 97, COLPALI_IMAGE)
    onnx.save(model, folder / "model.onnx", save_as_external_data=True, location="model.onnx_data", size_threshold=1024)


def make_colmodernvbert(folder, tile, longest, rows_of_tile):
    tokenizer = modernbert()
    write(
        folder,
        tokenizer,
        {
            "config": {"model_type": "colmodernvbert", "vision_config": {"image_size": tile}},
            "tokenizer_config": {"model_max_length": 8192, "padding_side": "left", "pad_token": "[PAD]"},
            "processor_config": {"image_seq_len": rows_of_tile},
            "preprocessor_config": {
                **PIXELS,
                "image_processor_type": "Idefics3ImageProcessor",
                "do_image_splitting": True,
                "max_image_size": {"longest_edge": tile},
                "resample": 1,
                "size": {"longest_edge": longest},
            },
        },
    )
    model = make_graph(2, tokenizer.get_vocab_size(), tokenizer.token_to_id("<image>"), tile, rows_of_tile)
    onnx.save(model, folder / "model_v2.onnx")


if __name__ == "__main__":
    out = Path(sys.argv[1])
    make_colpali(out / "colpali")
    make_colmodernvbert(out / "colmodernvbert", 512, 2048, 64)
    make_colmodernvbert(out / "colmodernvbert-small", 64, 256, 4)
