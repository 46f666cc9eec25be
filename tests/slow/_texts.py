"""Generated references and URLs: what people write, what attackers write, and what is neither.

This module knows no rule: it does not say what should become of a text.
"""

from __future__ import annotations

from itertools import accumulate
from random import Random


def words(text: str) -> list[str]:
    """Give what stands between spaces."""
    return text.split()


BASES = (
    "https://api",
    "https://api/v1",
    "https://api/v1/",
    "http://u:s3cret@h:8080/a/b",
    "http+unix://%2Fs.sock/x",
    "http://[fe80::1%25eth0]:80/é",
    "https://faß.de//a//b",
    "x-y://H",
)

WHITE = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2003\u2009\u2028\u2029\u202f\u205f\u3000"
INVISIBLE = "\xad\u200b\u200c\u200d\u2060\ufeff\u202e\u034f\ufe0f\U000e0041"
DOTS = "\u3002\uff0e\uff61\u2024\u2025\u2026\u0660"
LOOKALIKES = (
    "\uff0f\uff3c\uff20\uff1a\uff1f\uff03\uff05\u2044\u2215\u2100\u2488\uff41\uff30\u0430\u212a\u017f\u0131"
)
LETTERS = "éßẞñ日本語İσςΣ\u0301\u094d\u0938\u05d0\u0641\U0001f600\U00020000\ud83d"
SURROGATES = "\ud800\udbff\udc00\udfff"
HOSTILE = (
    "".join(chr(code) for code in (*range(33), 127))
    + WHITE
    + INVISIBLE
    + DOTS
    + LOOKALIKES
    + LETTERS
    + SURROGATES
)
RESERVED = ":/?#[]@!$&'()*+,;=\\%\"<>^`{}|~._-"

# (weight, pieces): what means something somewhere.
_PIECES: tuple[tuple[int, tuple[str, ...]], ...] = (
    (30, ("a", "users", "1", "v1", "x.y", "b-c_d~e", "index.html", "A", "Z9", "é", "日本", "\U0001f600", "ß")),
    (30, ("/", "/", "/", "/", "?", "#", ":", "=", "&", ".", "..", "../", "./", "/..", "/.", "...", "//")),
    (12, tuple(RESERVED)),
    (8, tuple(words("%2e %2E %2E%2e .%2E %2f %2F %5c %00 %0a %7e %41 %25 %252e %C3%A9 %e9"))),
    (4, ("%", "%%", "%2", "%zz", "%u0041", "%-1", "%+1", "%\uff12e", "%\u0662e", "% 1", "%2", "e")),
    (3, tuple(words("http: https: http:// https:// HTTP:// mock:// file: x+y:// javascript: //h ://"))),
    (2, tuple(words("h api localhost:8080 [::1] [fe80::1%25eth0] 127.1 0x7f.1 faß.de xn--fa-hia.de a\u3002b"))),
    (2, (":80", ":", ":0443", ":65536", ":x", "@", "u:p@", "user@", "%40", "api@")),
)  # fmt: skip
_TEXTS = [text for _, texts in _PIECES for text in texts]
_WEIGHTS = list(accumulate(weight / len(texts) for weight, texts in _PIECES for _ in texts))
_HEADS = (
    "https://api",
    "http://other/",
    "HTTPS://API",
    "mock://h",
    "file:///",
    "http+unix://%2Fs",
    "https://u:p@h:1",
    "ws://h",
)
_ORDINARY = (
    *("", "a b/c"),
    *words("users users/1?full=yes /v2/items/7 ?page=2&size=10 #top documents:batchGet sha256:0a/x"),
    *words("../up 100% grüße/日本 x/./y/../z search?q=a%20b&r=%C3%A9#frag a//b . localhost:80/x //evil/x"),
    *words("https://api/v1/users?sig=a%2Fb%3D http://user:pw@other:8080/p?q#f a?next=http://evil/"),
)


def odd_character(random: Random) -> str:
    """Give one character that somebody reads in a way of their own."""
    which = random.random()
    if which < 0.4:
        return random.choice(RESERVED)
    if which < 0.95:
        return random.choice(HOSTILE)
    return chr(random.randrange(0x110000))


def pieces(random: Random, most: int) -> str:
    """Give some pieces that mean something somewhere."""
    return "".join(random.choices(_TEXTS, cum_weights=_WEIGHTS, k=random.randint(0, most)))


def mutated(random: Random, text: str) -> str:
    """Insert, replace, double or remove a character, or insert a piece, anywhere."""
    at = random.randint(0, len(text))
    which = random.random()
    if which < 0.5:
        return text[:at] + odd_character(random) + text[at:]
    if which < 0.65:
        return text[:at] + odd_character(random) + text[at + 1 :]
    if which < 0.75:
        return text[:at] + text[at + 1 :]
    if which < 0.85:
        return text[:at] + text[at : at + 1] + text[at:]
    return text[:at] + random.choice(_TEXTS) + text[at:]


def reference(random: Random) -> str:
    """Give what a caller might pass as a URL."""
    which = random.random()
    if which < 0.6:
        return pieces(random, 9)
    if which < 0.8:
        text = random.choice(_ORDINARY)
        for _ in range(random.randint(0, 2)):
            text = mutated(random, text)
        return text
    if which < 0.9:
        return random.choice(_HEADS) + pieces(random, 6)
    return "".join(
        odd_character(random) if random.random() < 0.2 else random.choice("abc/.:?")
        for _ in range(random.randint(1, 12))
    )
