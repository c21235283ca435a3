"""PURE. Characters share the spans of their phonemes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from streamer.audio.format import TimedText
from streamer.voices.spoken import SpokenPhoneme, SpokenWord

__all__ = ["align"]

# Which sounds an English spelling most often stands for; first symbol of the
# phoneme, stress taken off. Other spellings go by place in the word alone.
_SOUNDS = {
    "a": "æaɑeəɐɔɛʌ", "b": "b", "c": "kstʃ", "d": "dɾt", "e": "ɛeiəɪɜɚɐᵻ", "f": "fv",
    "g": "ɡgdʒ", "h": "hðθʃt", "i": "ɪaiəᵻɜ", "j": "dʒjh", "k": "k", "l": "lɫə",
    "m": "m", "n": "nŋ", "o": "oɔɑəʊuʌaɒwɜ", "p": "pf", "q": "k", "r": "ɹrɚɜɾ",
    "s": "szʃʒ", "t": "tɾθðʃʔ", "u": "ʌuʊjəɜwɪɛ", "v": "v", "w": "wuʊhɹ", "x": "kɡz",
    "y": "jɪaiə", "z": "zst",
}  # fmt: skip
_VOWELS = frozenset("aeiouyæɑɒɐʌɔəɚɛɜɝɪᵻʊøœɨʉɯɤ")

_MISFIT = 1.0  # a letter on a sound it does not stand for
_KIND_MISFIT = 1.6  # a vowel letter on a consonant, or the other way about
_SHARE = 0.5  # one sound for two letters, as in "th"
_SKIP = 0.7  # a sound without a letter, as the j of "use"
_DRIFT = 0.9  # whole weight of being off the straight line through the word
_MOST_PAIRS = 40_000  # beyond, a straight line: nothing is spelled that long


def align(
    text: str,
    phonemes: Sequence[SpokenPhoneme],
    words: Sequence[SpokenWord],
) -> list[TimedText]:
    """
    Give each character of *text* the span of the sounds it stands for.

    Letters of a digraph share a span, silent ones share a neighbour's. Spaces
    and punctuation get the pause that is heard there; where none is, they
    start where the next word does and last no time.

    Args:
        text: What was spoken, as it was written.
        phonemes: Its sounds, pauses among them, in order of time.
        words: Its words, in order of time. Empty when *text* is read out as
            something else (an alias, a spelling): it is then one word.

    Returns:
        One entry of kind ``grapheme`` for each character, in the order of the
        text; starts never go back.
    """
    tokens = _tokens(text, whole=not words)
    if not tokens:
        return [TimedText("grapheme", character, 0, 0) for character in text]
    spans: list[tuple[int, int]] = []
    heard = _Heard(tokens, phonemes, words)
    for index, (start, end) in enumerate(tokens):
        before, after = heard.gap_before(index), heard.gap_before(index + 1)
        spans += [before] * (start - len(spans))
        said = heard.said[index]
        if said:
            spans += _align_token(text[start:end], said, after)
        else:
            spans += [before] * (end - start)
    spans += [heard.gap_before(len(tokens))] * (len(text) - len(spans))
    return [
        TimedText("grapheme", character, frame, until - frame)
        for character, (frame, until) in zip(text, _in_order(spans), strict=True)
    ]


def _in_order(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    latest = 0
    for start, end in spans:
        latest = max(latest, start)
        yield latest, max(end, latest)


def _tokens(text: str, *, whole: bool) -> list[tuple[int, int]]:
    if whole:
        stripped = text.strip()
        start = text.find(stripped)
        return [(start, start + len(stripped))] if stripped else []
    return [match.span() for match in re.finditer(r"\S+", text)]


class _Heard:
    """Which sounds belong to which token, and which pause stands before it."""

    def __init__(
        self,
        tokens: Sequence[tuple[int, int]],
        phonemes: Sequence[SpokenPhoneme],
        words: Sequence[SpokenWord],
    ) -> None:
        self.said: list[list[SpokenPhoneme]] = [[] for _ in tokens]
        self._pauses: list[tuple[int, int] | None] = [None] * (len(tokens) + 1)
        owners = _owners(tokens, phonemes, words)
        last = -1
        for phoneme, owner in zip(phonemes, owners, strict=True):
            if not phoneme.is_pause:
                self.said[owner].append(phoneme)
                if owner == last:  # what paused was within it
                    self._pauses[last + 1] = None
                last = owner
            elif phoneme.frames:
                self._pause(last + 1, phoneme)
        self._starts = self._token_starts(phonemes)

    def _pause(self, before: int, phoneme: SpokenPhoneme) -> None:
        earlier = self._pauses[before]
        start = phoneme.frame if earlier is None else earlier[0]
        self._pauses[before] = (start, phoneme.frame + phoneme.frames)

    def _token_starts(self, phonemes: Sequence[SpokenPhoneme]) -> list[int]:
        end = phonemes[-1].frame + phonemes[-1].frames if phonemes else 0
        starts = [end]
        for said in reversed(self.said):
            starts.append(said[0].frame if said else starts[-1])
        return starts[::-1]

    def gap_before(self, token: int) -> tuple[int, int]:
        """Return the pause before *token*, or the moment at which it starts."""
        pause = self._pauses[token]
        return (self._starts[token],) * 2 if pause is None else pause


def _owners(
    tokens: Sequence[tuple[int, int]],
    phonemes: Sequence[SpokenPhoneme],
    words: Sequence[SpokenWord],
) -> list[int]:
    """Return the token that each phoneme is part of; they never go back."""
    begins: list[tuple[int, int]] = [(0, 0)]
    for word in words:
        inside = (i for i, (_, end) in enumerate(tokens) if word.start < end)
        token = next(inside, len(tokens) - 1)
        begins.append((word.frame, max(token, begins[-1][1])))
    owners: list[int] = []
    at = 0
    for phoneme in phonemes:
        while at + 1 < len(begins) and begins[at + 1][0] <= phoneme.frame:
            at += 1
        owners.append(begins[at][1])
    return owners


def _align_token(
    token: str, said: Sequence[SpokenPhoneme], after: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the span of each character of a token that is heard."""
    first, last = 0, len(token)
    while first < last - 1 and not token[first].isalnum():
        first += 1
    while last > first + 1 and not token[last - 1].isalnum():
        last -= 1
    before = (said[0].frame,) * 2
    letters = _share_out(token[first:last], said)
    return [before] * first + letters + [after] * (len(token) - last)


def _share_out(letters: str, said: Sequence[SpokenPhoneme]) -> list[tuple[int, int]]:
    """Return a span for each letter; together they cover *said*."""
    places = _places(letters.lower(), said)
    bounds = [*sorted(set(places)), len(said)]
    upper = dict(pairwise(bounds))
    spans = []
    for place in places:
        end = said[upper[place] - 1]
        spans.append((said[place].frame, end.frame + end.frames))
    return spans


def _places(letters: str, said: Sequence[SpokenPhoneme]) -> list[int]:
    """
    Return the sound each letter stands on, by the cheapest monotone path.

    Moving on by one is free, staying costs a share, each sound left out a
    skip. The first letter stands on the first sound.
    """
    count = len(said)
    if len(letters) * count > _MOST_PAIRS:
        return [0, *((i * count) // len(letters) for i in range(1, len(letters)))]
    costs = [0.0] + [float("inf")] * (count - 1)
    came: list[list[int]] = []
    for i in range(1, len(letters)):
        costs, back = _step(costs, [_misfit(letters, i, said, j) for j in range(count)])
        came.append(back)
    final = [cost + _SKIP * (count - 1 - j) for j, cost in enumerate(costs)]
    place = min(range(count), key=final.__getitem__)
    places = [place]
    for back in reversed(came):
        place = back[place]
        places.append(place)
    return places[::-1]


def _step(costs: list[float], misfits: list[float]) -> tuple[list[float], list[int]]:
    new: list[float] = []
    back: list[int] = []
    skipped, skipped_from = float("inf"), 0  # the best of all before j - 1
    for j, misfit in enumerate(misfits):
        if j >= 2:
            skipped += _SKIP
            if costs[j - 2] + _SKIP < skipped:
                skipped, skipped_from = costs[j - 2] + _SKIP, j - 2
        options = [(costs[j] + _SHARE, j), (skipped, skipped_from)]
        if j:
            options.append((costs[j - 1], j - 1))
        cost, origin = min(options)
        new.append(cost + misfit)
        back.append(origin)
    return new, back


def _misfit(letters: str, i: int, said: Sequence[SpokenPhoneme], j: int) -> float:
    drift = _DRIFT * abs(i / len(letters) - j / len(said))
    sound = said[j].text.lstrip("ˈˌ")[:1]
    sounds = _SOUNDS.get(letters[i])
    if sounds is None or not sound or sound in sounds:
        return drift
    same_kind = (letters[i] in _VOWELS) == (sound in _VOWELS)
    return drift + (_MISFIT if same_kind else _KIND_MISFIT)
