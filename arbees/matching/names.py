"""Names as people write them, folded so that spelling, case, accents and order do not count.

What lives here: folding and the relation of two names. What does not: who the names belong to
(entities.py). The one rule: sharing a word proves nothing; the answer is EQUAL, DIFFERENT or
UNKNOWN, and a similarity score may only ever turn DIFFERENT into UNKNOWN.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.fuzz import ratio

SIMILARITY_DOUBT = 84.0
"""At or above this rapidfuzz ratio two unequal names are doubtful, not different."""

SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
GENERIC = frozenset({"fc", "cf", "sc", "afc", "ac", "cd", "ud", "rc", "ssc", "club", "team"}) | {
    *("esports", "esport", "gaming", "the", "of", "and", "de")
}

# Letters that decompose to nothing useful under NFKD, and Cyrillic (ICAO 9303 without signs).
LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ə": "a",
        "ʻ": "",
        "'": "",
        "’": "",
        "ʼ": "",
        "`": "",
        **dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziiklmnoprstufye", strict=True)),
        "ж": "zh",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ъ": "",
        "ь": "",
        "ю": "iu",
        "я": "ia",
        "і": "i",
        "ї": "i",
        "є": "ie",
        "ґ": "g",
    }
)
WORD = re.compile(r"[a-z0-9]+")
UMLAUT = re.compile(r"(?<=[aou])e(?=[bcdfghjklmnpqrstvwxz])")


class Same(StrEnum):
    """What a comparison says. UNKNOWN is not EQUAL."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class Naming(StrEnum):
    """How strictly a name must be repeated."""

    COMPETITOR = "competitor"  # a player or fighter: surnames are how listings name them
    PERSON = "person"  # a candidate: first name, surname and Jr. all count
    GROUP = "group"  # a team or club: all words but generic ones count


@lru_cache(maxsize=1 << 16)
def words(text: str) -> tuple[str, ...]:
    """The folded words of a text: lower case, no accents, letters and digits only."""
    folded = text.casefold()
    if not folded.isascii() or "'" in folded or "`" in folded:
        composed = unicodedata.normalize("NFKC", folded).translate(LETTERS)
        folded = unicodedata.normalize("NFKD", composed)
        folded = "".join(c for c in folded if not unicodedata.combining(c)).translate(LETTERS)
    return tuple(WORD.findall(folded))


def fold(text: str) -> str:
    """The folded text, words joined by single spaces."""
    return " ".join(words(text))


@lru_cache(maxsize=1 << 15)
def keys(text: str) -> frozenset[str]:
    """Words with the two spellings of an umlaut (Moeller, Moller) made one."""
    return frozenset(UMLAUT.sub("", word) for word in words(text))


@lru_cache(maxsize=1 << 16)
def relation(a: str, b: str, naming: Naming) -> Same:
    """Whether two names are of one person or team."""
    left, right = keys(a), keys(b)
    if not left or not right:
        return Same.UNKNOWN
    if left == right or "".join(words(a)) == "".join(words(b)):
        return Same.EQUAL
    if naming is Naming.COMPETITOR:
        return _competitor(left - SUFFIXES, right - SUFFIXES)
    if naming is Naming.GROUP:
        return _group(left, right)
    return _person(left, right)


def _competitor(left: frozenset[str], right: frozenset[str]) -> Same:
    if left and right and (left <= right or right <= left):
        return Same.EQUAL
    return Same.UNKNOWN if left & right else _doubt(left, right)


def _group(left: frozenset[str], right: frozenset[str]) -> Same:
    bare_left, bare_right = left - GENERIC, right - GENERIC
    if bare_left and bare_left == bare_right:
        return Same.EQUAL
    return Same.UNKNOWN if bare_left & bare_right else _doubt(left, right)


def _person(left: frozenset[str], right: frozenset[str]) -> Same:
    bare = [frozenset(word for word in side if len(word) > 1) for side in (left, right)]
    if bare[0] == bare[1] and len(bare[0] - SUFFIXES) > 1:
        return Same.EQUAL  # middle initials
    if left - SUFFIXES == right - SUFFIXES:
        return Same.DIFFERENT  # Donald Trump and Donald Trump Jr.
    shared = (left & right) - SUFFIXES
    smaller = min(len(left - SUFFIXES), len(right - SUFFIXES))
    if len(shared) >= min(2, smaller):
        return Same.UNKNOWN
    return _doubt(left, right)


def _doubt(left: Iterable[str], right: Iterable[str]) -> Same:
    near = ratio(" ".join(sorted(left)), " ".join(sorted(right))) >= SIMILARITY_DOUBT
    return Same.UNKNOWN if near else Same.DIFFERENT


@lru_cache(maxsize=1 << 15)
def code_fit(code: str, name: str) -> int:
    """How well a venue's short code fits a name: 4 a whole word, 3 the start of one,
    2 initials, 1 letters in order, 0 not at all."""
    short, parts = code.casefold(), words(name)
    if not short or not parts:
        return 0
    if short in parts:
        return 4
    if len(short) >= 2 and any(part.startswith(short) for part in parts):
        return 3
    if len(short) >= 2 and short == "".join(part[0] for part in parts)[: len(short)]:
        return 2
    letters = iter("".join(parts))
    in_order = parts[0][0] == short[0] and all(c in letters for c in short)
    return 1 if in_order and len(short) >= 2 else 0
