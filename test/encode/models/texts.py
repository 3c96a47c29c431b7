"""500 texts to encode, equal on every run: prose, many scripts, emoji, controls, empty texts, texts that are too long."""

import random

LESSON = [
    "How can I prevent Python database connection pool exhaustion?",
    "When async tasks fail to return database connections, the pool becomes exhausted and requests start failing. "
    "Ensuring connections are closed after awaits prevents this.",
    "Database resource exhaustion can occur due to limited pool sizes.",
    "Understanding concurrency, async IO, and database performance in Python web applications.",
    "Handling training for pythons should be done gradually, starting with short sessions and increasing duration as "
    "the snake becomes more comfortable.",
]

PROSE = [
    "The quick brown fox jumps over the lazy dog.",
    "Don't panic: it's only a well-known, state-of-the-art re-ranker (v2.0).",
    "Naïve café façade, Ångström, Żółć, crème brûlée, São Paulo, Dvořák.",
    "ΟΔΥΣΣΕΥΣ ΚΑΙ ΠΗΝΕΛΟΠΗ: ὁ ἄνθρωπος, Σίσυφος ΣΑΣ",
    "İstanbul'da IŞIK ılık; DİYARBAKIR",
    "Die Straße, GROẞE Maße, ﬁnden, ﬂießen, Ǆ ǅ ǆ",
    "Съешь же ещё этих мягких французских булок, да выпей чаю. Й й Ё",
    "東京都は日本の首都です。ﾊﾝｶｸ ｶﾞｷﾞｸﾞ ｱｲｳ ｳﾞ",
    "我们在北京的数据库连接池耗尽了，怎么办？１２３ＡＢＣ",
    "한국어 문장입니다. 각 값 값 ㄱㄴㄷ",
    "مرحبا بالعالم، كيف حالك؟ السَّلَامُ عَلَيْكُمْ",
    "שָׁלוֹם עוֹלָם; מה שלומך?",
    "हिन्दी में लिखा हुआ वाक्य। क्षत्रिय ज्ञान",
    "ภาษาไทยไม่มีช่องว่าง กำลังดี น้ำ",
    "Tiếng Việt có dấu: ở đâu, khoẻ không, Nguyễn",
    "𝕳𝖊𝖑𝖑𝖔 𝓌ℴ𝓇𝓁𝒹 ① ② Ⅳ ½ ㎏ ㍿ ㌔ ℡ ™ …",
    "👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 😀😃 ❤️ ☎︎ 1️⃣",
    "x = a[i] + b*c**2; // comment\n\tif (x >= 10) { return \"yes\"; }\r\n",
    "https://example.org/a/b?c=d&e=f#g someone@example.com C:\\path\\to 50% $9.99 #1",
    "e\u0301 o\u0308\u0323 q\u0307\u0323 \u1e9b\u0323 \u0344 A\u030a \u212b \u2126",
    "zero\u200bwidth\u200djoiner\u00adsoft\ufeffbom\u2060word\u180e",
    "nul\u0000 bell\u0007 esc\u001b del\u007f nel\u0085 c1\u0090 ls\u2028 ps\u2029 nbsp\u00a0ideographic\u3000end",
    "private \ue000\uf8ff\U000f0000 unassigned \u0378\U000e0080 replacement \ufffd noncharacter \ufffe",
    "[MASK] and [SEP] and [PAD] and [UNK] and [unused0] and [mask]",
    "<mask> <s> </s> <pad> <unk> <MASK> < mask >",
    "under_score snake_case __init__ kebab-case camelCase PascalCase ALLCAPS 3D 2nd 1,000.5 -7 +8",
    "“Curly” ‘quotes’ «guillemets» — dash – en … ellipsis ‹single› ¿qué? ¡sí!",
    "⸘interrobang⸙ ⹂low⹉ ᙮ ؝ ৽ new punctuation",
    "\u0897 \u08ca \u1ac1 marks that are newer than tables a\u0897b a\u08cab a\u1ac1b",
    "ab\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309zalgo",
    "\u1100\u1161\u11a8 \u1112\u1161\u11ab \uac00\u11a8 jamo",
    "Ａ full ｗｉｄｔｈ ！＂＃ ｱﾞ ﾊﾟ",
]

PUNCTUATION = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + [
    "?!", "...", "--", "!!! ???", "()[]{}", "。、", "“”", "¿¡", "$ € ¥", "+ = <>", "·•", "§¶",
]

EMPTY = ["", " ", "\n", "\t \r\n", "\u00a0", "\u3000", "\u200b", "\u0000", "\u0001\u0002", "\ufffd", "\u0301", "\u0085", "\ufeff"]


def make_texts() -> list[str]:
    chance = random.Random(20260823)
    words = " ".join(LESSON + PROSE).split()
    texts = LESSON + PROSE + PUNCTUATION + EMPTY
    texts += ["x" * 99, "x" * 100, "x" * 101, "é" * 100, "あ" * 120, "a " * 300, "word " * 64, "connection pool " * 40, "." * 200]
    texts += ["  leading", "trailing  ", "two  spaces", "\ttab", "line\nbreak", "a\u3000b", "a\u0085b", "A", "I", "中"]
    # texts with as many tokens as the model accepts, and one more
    texts += [" ".join(["pool"] * count) for count in (28, 29, 30, 31, 59, 60, 61, 62, 63, 64)]

    def any_character() -> str:
        while True:
            share = chance.random()
            top = 0x250 if share < 0.3 else 0x3000 if share < 0.7 else 0x10000 if share < 0.9 else 0x110000
            code = chance.randrange(top)
            if not 0xD800 <= code < 0xE000:
                return chr(code)

    while len(texts) < 500:
        share = chance.random()
        if share < 0.45:
            some = chance.choices(words, k=chance.randint(1, 40))
            texts.append(chance.choice([" ", " ", "  ", ", ", "-", ""]).join(some))
        elif share < 0.6:
            some = [chance.choice([str.upper, str.title, str.swapcase])(word) for word in chance.choices(words, k=6)]
            texts.append(" ".join(some))
        elif share < 0.85:
            texts.append("".join(any_character() for _ in range(chance.randint(1, 30))))
        else:
            mixed = [chance.choice(words) if chance.random() < 0.5 else any_character() for _ in range(chance.randint(2, 90))]
            texts.append("".join(part + chance.choice(["", " "]) for part in mixed))
    return texts
