"""
Microsoft's alphabets: viseme ids of Azure, phoneme names and ids of SAPI 5.

Sources: Azure's page "Get facial position with viseme" for the 22 ids; SAPI 5.4
"American English Phoneme Representation" for names and ids. A viseme id stands
for several sounds; the one whose mouth is the clearest is taken.
"""

from __future__ import annotations

from streamer.lipsync.alphabets.arpabet import NAMES as ARPABET
from streamer.lipsync.alphabets.translation import Translation, translate_names

__all__ = ["SAPI_NAMES", "VISEMES", "azure", "sapi"]

VISEMES = (
    "",  # 0 silence
    "ə",  # 1 æ ə ʌ
    "ɑ",  # 2
    "ɔ",  # 3
    "ɛ",  # 4 ɛ ʊ
    "ɝ",  # 5
    "i",  # 6 j i ɪ
    "u",  # 7 w u
    "o",  # 8
    "aʊ",  # 9
    "ɔɪ",  # 10
    "aɪ",  # 11
    "h",  # 12
    "ɹ",  # 13
    "l",  # 14
    "s",  # 15 s z
    "ʃ",  # 16 ʃ tʃ dʒ ʒ
    "ð",  # 17
    "f",  # 18 f v
    "t",  # 19 d t n θ
    "k",  # 20 k g ŋ
    "p",  # 21 p b m
)
"""The sound that stands for each viseme id."""

_NAMES_IN_ORDER = (
    "aa ae ah ao aw ax ay b ch d dh eh er ey f g h ih iy jh k l m n ng ow oy p r s "
    "sh t th uh uw v w y z zh"
)
SAPI_NAMES = tuple(_NAMES_IN_ORDER.split())
"""The sounds of SAPI's American English; the first one's id is 10."""

_FIRST_NAME = 10
_PRIMARY, _SECONDARY = "8", "9"
_STRESS = {"1": "ˈ", "2": "ˌ"}
_SOUNDS = {name: ARPABET[name.upper()] for name in SAPI_NAMES}
_SILENCES = dict.fromkeys(("-", "!", "&", ",", ".", "?", "_", "sil"), "")
_NAMES = _SOUNDS | _SILENCES
_IDS = {str(number): ipa for number, ipa in enumerate(VISEMES)}
_PHONE_IDS = dict.fromkeys(map(str, range(8)), "") | {
    str(_FIRST_NAME + index): _SOUNDS[name] for index, name in enumerate(SAPI_NAMES)
}


def azure(token: str) -> Translation:
    """Translate a viseme id, 0 to 21, or names of SAPI (``h eh - l ow 1``)."""
    names = token.split()
    if len(names) == 1 and names[0].isdigit():
        plain = str(int(names[0]))
        return translate_names([plain], _IDS)
    return _stressed(names, _NAMES, _STRESS)


def sapi(token: str) -> Translation:
    """Translate phoneme ids of SAPI, 1 to 49, or its names."""
    names = token.split()
    if all(name.isdigit() for name in names):
        marks = {_PRIMARY: "ˈ", _SECONDARY: "ˌ"}
        return _stressed(names, _PHONE_IDS, marks)
    return _stressed(names, _NAMES, _STRESS)


def _stressed(
    names: list[str], table: dict[str, str], marks: dict[str, str]
) -> Translation:
    """Translate names; a stress mark comes behind the vowel that it stresses."""
    sounds: list[str] = []
    stress: dict[int, str] = {}
    for name in names:
        bare, mark = _split(name, table, marks)
        if bare:
            sounds.append(bare.lower())
        if mark:
            stress[max(len(sounds) - 1, 0)] = mark
    parts = [translate_names([sound], table) for sound in sounds] or [Translation("")]
    return Translation(
        "".join(stress.get(at, "") + part.text for at, part in enumerate(parts)),
        tuple(symbol for part in parts for symbol in part.unknown),
    )


def _split(
    name: str, table: dict[str, str], marks: dict[str, str]
) -> tuple[str, str | None]:
    """Split ``ow1`` or ``1`` into the sound and its stress mark."""
    if name in marks:
        return "", marks[name]
    if name[:-1] in table and name[-1:] in marks and name not in table:
        return name[:-1], marks[name[-1]]
    return name, None
