"""Trains two tokenizers with the tokenizers library on the suite's texts: python train_tokenizers.py FOLDER

    unigram.json      a Unigram model with the steps of XLM-RoBERTa's tokenizer.json, which jina-colbert-v2 uses
    modernbert.json   a byte-level BPE model with the steps and the kinds of added tokens of ModernBERT's tokenizer.json, and
                      PyLate's markers

Unlike those of make_models.py, which are counted and small, these are files as the library's trainers write them: scores with
all their digits, merges in the order of their ranks.
"""

import sys
from pathlib import Path

from make_models import charsmap
from texts import make_texts
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers


def frame(single: str, pair: str, tokenizer: Tokenizer, *tokens: str) -> processors.TemplateProcessing:
    special = [(token, tokenizer.token_to_id(token)) for token in tokens]
    return processors.TemplateProcessing(single=single, pair=pair, special_tokens=special)


def unigram(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Precompiled(charsmap())
    metaspace = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=4000, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = frame("<s> $A </s>", "<s> $A </s> </s> $B </s>", tokenizer, "<s>", "</s>")
    return tokenizer


def modernbert(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2500,
        special_tokens=["|||IP_ADDRESS|||", "<|padding|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    plain = [" " * count for count in range(24, 1, -1)] + ["|||EMAIL_ADDRESS|||", "|||PHONE_NUMBER|||"]
    tokenizer.add_tokens([AddedToken(text, normalized=True) for text in plain])
    tokenizer.add_special_tokens(["<|endoftext|>", "[UNK]", "[CLS]", "[SEP]", "[PAD]", AddedToken("[MASK]", lstrip=True)])
    unused = [f"[unused{number}]" for number in range(83)]
    tokenizer.add_tokens([AddedToken(text, normalized=True) for text in [*unused, "[Q] ", "[D] "]])
    tokenizer.post_processor = frame("[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", tokenizer, "[CLS]", "[SEP]")
    return tokenizer


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    texts = make_texts()
    for train in (unigram, modernbert):
        train(texts).save(str(folder / f"{train.__name__}.json"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
