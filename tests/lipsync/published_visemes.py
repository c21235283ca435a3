"""
What publishers say of their sets, apart from our tables.

Rows are ``shape members``; members are IPA as printed.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

DATA = Path(__file__).parent / "data"

OPENXR_NAMES = "sil PP FF TH DD kk CH SS nn RR aa E I O U"
OPENXR = {
    "PP": "p b m", "FF": "f v", "TH": "θ ð", "DD": "t d", "kk": "k g",
    "CH": "tʃ dʒ ʃ", "SS": "s z", "nn": "n l", "RR": "r", "aa": "ɑː", "E": "e",
    "I": "ɪ", "O": "o", "U": "ʊ",
}  # fmt: skip
"""OpenXR, XR_META_face_tracking_visemes."""

MPEG4 = (
    "", "p b m", "f v", "θ ð", "t d", "k g", "tʃ dʒ ʃ", "s z", "n l", "r", "ɑː", "e",
    "ɪ", "ɒ", "ʊ",
)  # fmt: skip
"""MPEG-4 FAP visemes by index; its SAMPA (T D tS dZ S A: I Q U) as IPA."""

AZURE_IDS = (
    "", "æ ə ʌ ɚ", "ɑ", "ɔ", "ɛ ʊ", "ɝ", "j i ɪ", "w u", "o", "aʊ", "ɔɪ", "aɪ", "h",
    "ɹ", "l", "s z", "ʃ ʒ", "ð", "f v", "d t n θ", "k g ŋ", "p b m",
)  # fmt: skip
"""Azure Speech, en-US by id; tʃ and dʒ, printed with 16, are 19,16 in its alphabet."""

AZURE = {
    "en-US": """
        i 6  ɪ 6  eɪ 4,6  ɛ 4  æ 1  ɑ 2  ɔ 3  ʊ 4  oʊ 8,4  u 7  ʌ 1  aɪ 11  aʊ 9
        ɔɪ 10  ju 6,7  ə 1  ɪɹ 6,13  ɛɹ 4,13  ʊɹ 4,13  aɪɹ 11,13  aʊɹ 9,13  ɔɹ 3,13
        ɑɹ 2,13  ɝ 5  ɚ 1  w 7  j 6  p 21  b 21  t 19  d 19  k 20  g 20  m 21  n 19
        ŋ 20  f 18  v 18  θ 19  ð 17  s 15  z 15  ʃ 16  ʒ 16  h 12  tʃ 19,16
        dʒ 19,16  l 14  ɹ 13""",
    "de-DE": """
        aː 2  a 2  ɔ 3  ɛː 4  ɛ 4  ə 1  iː 6  ɪ 6  øː 1  o 8  oː 8  œ 4  e 4  eː 4
        uː 7  ʊ 4  yː 4  ʏ 7  ai 2,6  au 2,7  ɔʏ̯ 3,4  ɐ 4  b 21  d 19  ʤ 16  f 18
        g 20  h 12  j 6  k 20  l 14  m 21  n 19  ŋ 20  p 21  pf 21,18  ʀ 13  r 13
        ʁ 13  s 15  ʃ 16  t 19  ts 19,15  tʃ 19,16  v 18  x 12  ç 12  z 15  ʒ 16
        ʔ 19""",
    "fr-FR": """
        a 2  ɑ 2  ɑ̃ 2  ə 1  ɛ 4  ø 1  e 4  ɛ̃ 4  i 6  œ 4  ɔ 3  ɔ̃ 3  o 8  œ̃ 4  u 7
        y 4  b 21  d 19  f 18  g 20  ɲ 19  ɥ 7  k 20  l 14  m 21  n 19  ŋ 20  p 21
        ʁ 13  s 15  ʃ 16  t 19  v 18  w 7  j 6  z 15""",
    "es-ES": "β 21  ð 17  ɣ 20  ʎ 14  ɲ 19  ɾ 19  r 13  x 12  θ 19",
    "it-IT": "ʎ 14  ʎː 14  ʦ 15  ʣ 15  ʣː 15  ʧ 16  tʃː 16  ʤ 16  ʤː 16  bː 21  nː 19",
    "pt-BR": """
        i 6  ĩ 6  a 2  ɔ 3  u 7  ũ 7  o 8  e 4  ɐ̃ 4  ə 1  ɛ 4  ẽ 4  õ 8  w̃ 7  w 7
        p 21  b 21  t 19  d 19  g 20  m 21  n 19  ɲ 19  f 18  v 18  ɾ 19  s 15  z 15
        ʃ 16  ʒ 16  x 12  tʃ 19,16  dʒ 19,16  l 14  ʎ 14  j̃ 6  j 6  k 20""",
    "ru-RU": """
        a 2  ʌ 1  ə 1  ɛ 4  i 6  ɪ 6  ɨ 6  ɔ 3  u 7  p 21  pʲ 21  b 21  bʲ 21  t 19
        tʲ 19  d 19  dʲ 19  k 20  kʲ 20  g 20  gʲ 20  x 12  xʲ 12  f 18  fʲ 18  v 18
        vʲ 18  s 15  sʲ 15  z 15  zʲ 15  ʂ 15  ʐ 15  t͡s 19,15  t͡ɕ 19,16  ɕː 16  m 21
        mʲ 21  n 19  nʲ 19  l 14  lʲ 14  r 13  rʲ 13  j 6""",
    "ar-EG": """
        a 2  aː 2  i 6  iː 6  u 7  uː 7  b 21  d 19  g 20  k 20  t 19  dˤ 19  q 20
        tˤ 19  ʔ 19  f 18  h 12  ħ 12  s 15  θ 19  z 15  ðˤ 17  ð 17  ɣ 20  x 12
        ʃ 16  sˤ 15  j 6  w 7  l 14  m 21  n 19  r 13  ʕ 12""",
    "zh-CN": """
        tʂ 19,15  ʂ 15  ɻ 15  ʐ 15  ts 15  s 15  tɕ 16  ɕ 16  h 12  x 12  y 7,4,4
        ɤ 1  o 7,8,8""",
}
"""
Azure Speech, phonetic alphabets of each locale. Chinese is published by pinyin:
zh, ch 19,15; sh, r, z, c, s 15; j, q, x 16; h 12; ü 7,4,4; e 1; o 7,8,8.
"""

AZURE_KANA = """
    カ ka 20,2  キ ki 20,6  ク kɯ 20,6  ケ ke 20,4  コ ko 20,8  サ sa 15,2  シ ɕi 16,6
    ス sɯ 15,6  セ se 15,4  ソ so 15,8  タ ta 19,2  チ tɕi 16,6  ツ tsɯ 19,15,6
    テ te 19,4  ナ na 19,2  ニ ni 19,6  ハ ha 12,2  ヒ çi 12,6  フ ɸɯ 12,6  マ ma 21,2
    ヤ ja 6,2  ヨ jo 6,8  ラ ɾa 19,2  リ ɾi 19,6  ワ wa 7,2  ン ɴ 19  ガ ɡa 20,2
    ザ za 15,2  ジ dʑi 16,6  ズ dzɯ 15,6  ダ da 19,2  バ ba 21,2  パ pa 21,2
    キャ kja 20,6,2  ショ ɕjo 16,6,8  チャ tɕja 16,6,2  ニャ nja 19,6,2  リョ ɾjo 19,6,8
"""
"""Azure Speech, ja-JP, with the kana's sounds between."""

AZURE_TO_OCULUS = "sil aa aa O E RR I U O O O I kk RR nn SS CH TH FF DD kk PP"
"""TalkingHead, by Azure's id."""

OCULUS_TO = {
    "rhubarb": "sil X PP A FF G TH B DD B kk B CH B SS B nn H RR E aa D E C I B U F",
    "preston-blair": (
        "sil rest PP MBP FF FV TH etc DD etc kk etc CH etc SS etc RR etc nn L "
        "aa AI I AI E E O O U U"
    ),
    "vrm": (
        "aa aa:1 I ih:1 U ou:1 E ee:1 O oh:1 FF ih:.2 TH ih:.3 DD ih:.5 kk aa:.3 "
        "CH ou:.5 SS ih:.4 nn ih:.4 RR ou:.4 PP neutral:1 sil neutral:1"
    ),
}
"""Pairs; Oculus O is Rhubarb's E or F. Weights are OpenFaceFX's."""

POLLY_EN_US = {
    "p": "p b m", "t": "t d n l", "S": "ʃ ʒ tʃ dʒ", "T": "θ ð", "f": "f v",
    "k": "k g h ŋ", "i": "j i ɪ", "r": "ɹ", "s": "s z", "u": "w u ʊ", "@": "ə ɚ",
    "a": "æ aɪ aʊ ɑ", "e": "eɪ", "E": "ɝ ɛ ʌ", "o": "oʊ", "O": "ɔ ɔɪ",
}  # fmt: skip
"""Amazon Polly, en-US."""

RHUBARB_VOWELS = {
    "ɑ": "D", "ɔ": "E", "æ": "C", "ɛ": "C", "ɪ": "B", "i": "B", "ʊ": "F", "u": "F",
    "ʌ": "CD", "ə": "BC", "ɝ": "E",
}  # fmt: skip
RHUBARB_DIPHTHONGS = {"eɪ": "CB", "aɪ": "DB", "ɔɪ": "EB", "oʊ": "EF", "aʊ": "DE"}
"""Where the length decides, those of the long ones."""
RHUBARB_CONSONANTS = {
    "m": "A", "f v": "G", "t d": "BF", "k ɡ": "BCEFH", "θ ð s z ʃ ʒ": "BF",
    "n": "BCFH", "ŋ": "BCEF", "l": "BEFH", "ɹ": "BEF", "j": "BCF", "w": "F",
    "h": "ABCDEFGHX",
}  # fmt: skip
"""Rhubarb Lip Sync's rules: each sound's set of shapes."""

PRESTON_BLAIR = {
    "A": "MBP", "B": "etc", "C": "E", "D": "AI", "E": "O", "F": "U", "G": "FV",
    "H": "L", "X": "rest",
}  # fmt: skip
"""Rhubarb's shapes by Preston Blair's names."""

ARPABET = """
    AA ɑ AE æ AH ʌ AH ə AO ɔ AW aʊ AX ə AY aɪ B b CH tʃ D d DH ð EH ɛ ER ɝ ER ɚ EY eɪ
    F f G ɡ HH h IH ɪ IY i JH dʒ K k L l M m N n NG ŋ OW oʊ OY ɔɪ P p R ɹ S s SH ʃ T t
    TH θ UH ʊ UW u V v W w Y j Z z ZH ʒ
"""
ARPABET_EXTENDED = {"AX", "AXR", "IX", "UX", "DX", "EL", "EM", "EN", "NX", "Q", "WH"}

CC4_NAMES = "B_M_P F_V Th T_L_D_N K_G_H_NG Ch_J S_Z R Ah AE EE Oh W_OO"
CC4 = {
    "B_M_P": "b m p", "F_V": "f v", "Th": "θ ð", "T_L_D_N": "t l d n",
    "K_G_H_NG": "k ɡ h ŋ", "Ch_J": "tʃ dʒ", "S_Z": "s z", "R": "ɹ", "AE": "æ",
    "W_OO": "w u",
}  # fmt: skip
"""Character Creator 4; the names are the table."""

_LOOK_ALIKES = str.maketrans({"g": "ɡ", "Θ": "θ", "ʤ": "dʒ", "ʣ": "dz", "ʦ": "ts",
                              "ʧ": "tʃ", ":": None})  # fmt: skip


def plain(ipa: str) -> str:
    """Return printed IPA as base symbols: no length, no diacritics."""
    apart = unicodedata.normalize("NFD", ipa).replace("c\N{COMBINING CEDILLA}", "ç")
    kept = [char for char in apart if unicodedata.category(char) not in {"Mn", "Lm"}]
    return "".join(kept).translate(_LOOK_ALIKES)


def pairs(text: str) -> list[tuple[str, str]]:
    words = text.split()
    return list(zip(words[::2], words[1::2], strict=True))


def table(name: str) -> list[list[str]]:
    """Return the columns of a file in ``data``."""
    lines = (DATA / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]
