"""Seeded text of words whose frequencies fall as in a language (Zipf), so that it compresses about as real prose does."""

import itertools
import random

ONSETS = ["b", "br", "c", "ch", "d", "f", "g", "h", "j", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v", "w"]
VOWELS = ["a", "e", "i", "o", "u", "ai", "ea"]
ENDINGS = ["", "l", "n", "nd", "r", "s", "t", "ng"]
VOCABULARY = 1000


class Prose:
    """An endless source of text; the same seed gives the same text."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        words = set()
        while len(words) < VOCABULARY:
            words.add("".join(self._syllable() for _ in range(self._random.choice((1, 1, 2, 2, 3)))))
        self._words = sorted(words)
        self._random.shuffle(self._words)
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))

    def line(self, length):
        """Text of exactly `length` characters: lower-case letters and blanks."""
        text = ""
        while len(text) < length:
            # Words have five letters on average: one draw usually fills the line.
            text += " ".join(self._random.choices(self._words, cum_weights=self._weights, k=length // 5 + 1)) + " "
        return text[:length]

    def _syllable(self):
        return self._random.choice(ONSETS) + self._random.choice(VOWELS) + self._random.choice(ENDINGS)
