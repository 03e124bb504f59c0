"""Glyphs of lines set in DejaVu Sans 2.37, by HarfBuzz and, for the order of mixed lines, by FriBidi: shaping.csv.

    python3 tests/reference/shaping.py DejaVuSans.ttf   # needs uharfbuzz, fonttools, and the program fribidi (1.0.8)

A row is a way of checking, a line of text, and its glyphs from left to right. `shape` is for lines of one direction: number of
each glyph, and its place in units of the font. `order` is for mixed lines of letters that do not join: their numbers alone.
"""
import csv, os, subprocess, sys
import uharfbuzz as hb
from fontTools.ttLib import TTFont

HERE = os.path.dirname(os.path.abspath(__file__))
path = sys.argv[1]
face = hb.Face(hb.Blob.from_file_path(path))
font = hb.Font(face)
cmap = TTFont(path).getBestCmap()
names = TTFont(path).getGlyphOrder()

SHAPE = [
    "القاهرة الجديدة", "مدينة نصر", "الإسكندرية", "لا إله", "تهران", "شهرک غرب", "گلستان", "پاریس", "محمّد", "قُرْآن",
    "تل أبيب", "تل אביב".split()[1], "ירושלים", "שָׁלוֹם", "בְּאֵר שֶׁבַע", "ŵyån ŷ", "Viê\u0323t Nam", "Hà Nội", "x\u0302y\u0304", "Αθήνα", "Κέντρο",
    "Санкт-Петербург", "Երևան", "თბილისი", "ວຽງຈັນ", "Café fiancé",
]
ORDER = [
    "Ward תל אביב (3) of 9", "תל אביב (3)", "תל אביב: 55 points", "north of ירושלים", "בית 12-14", "(חיפה)", "abc אבג def", "אבג abc דהו",
    "12 אבג 34", "אבג, דהו!", "a אבג (b) דהו c", "\u2068תל אביב\u2069: 55 points (amber)", "from \u2068אבג\u2069 50%, \u2068דהו\u2069 3%",
    "אבג [abc] 3", "\u200eאבג 12: (3)", "\u200fabc אבג.",
]


def shape(text):
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    hb.shape(font, buffer)
    x, glyphs = 0, []
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions):
        glyphs.append(f"{info.codepoint}@{x + place.x_offset},{place.y_offset}")
        x += place.x_advance
    return " ".join(glyphs + [f"={x}"])


def order(text):
    program = ["fribidi", "--nopad", "--nobreak", "--clean", "--charset", "UTF-8"]
    line = subprocess.run(program, input=text + "\n", capture_output=True, text=True, check=True).stdout.rstrip("\n")
    return " ".join(str(names.index(cmap[ord(letter)])) for letter in line)


with open(f"{HERE}/shaping.csv", "w", newline="", encoding="utf-8") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["check", "text", "glyphs"])
    rows.writerows(["shape", text, shape(text)] for text in SHAPE)
    rows.writerows(["order", text, order(text)] for text in ORDER)
