"""Method tension-2 (second edition of its definition) once more, in plain Python, with H3's own library, numpy and scipy.

    python3 tension_2.py                     writes sample_evidence.csv and sample_evidence_laws.csv beside this file
    python3 tension_2.py REPORTS.csv --cells CELLS.txt --as-of DATE [--as-of DATE ...] [--covered FROM..TO] [--anchor DATE]
    python3 tension_2.py --worlds            makes worlds/*.csv (seeded) and what is expected of them
    python3 tension_2.py --check             tails and rr against mpmath; E, E0, S and F against the numpy form of the evidence (DETECT=folder); coverage by hand

Goes from report to report and from day to day: a dense table of cells by days for each feed, no cube, no running sums. Every as-of is a
map by itself. Dates of laws and caps lie on a grid of 28 days, from --anchor or else from 1970-01-01. Without --cells: the cells with a
report known at the date, and their neighbours.

Columns: n_7, n_10, n_14, n_window (28 days) and n_baseline are plain counts of counted reports of all feeds; counted_7, counted_10 and
counted_14 are what the arithmetic counts: kept feeds only, after the cut of crowded cell-days. expected_* include the area factor,
n_expected (28 days) does not. area_factor is the cell's own of the shortest window. By month (most reports last a month) the one window,
the calendar month before the as-of's, stands in the columns of 7 days (those of 10 and 14 are empty) and is n_window's too; the second
file, of laws, says so by its block `month`. Made with h3 4.5.0, numpy 2.4.6, scipy 1.17.1, mpmath 1.3.0.
"""
import argparse, csv, gzip, io, json, math, os, sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import h3
import numpy as np
from scipy.special import betainc, betaincinv, gammainc, gammaincc, gammaln
from scipy.stats import poisson

HERE = Path(__file__).resolve().parent
WINDOWS = [(7, 7), (10, 7), (14, 14)]                  # days, and block of the law
GAP, BASELINE, LEAST = 28, 364, 56
PRIOR_REPORTS, PRIOR_DAYS, PRIOR_SHAPE, PRIOR_PULL = 2.0, 28.0, 0.45, 0.5
HELD_WEEKS = 0                                                                    # weeks for which a level stands after its date
AREA, DRIFT, SHAPE, SHARE, RAMP, REFIT = 30.0, 0.02, 1.25, 0.35, (1.3, 2.6), 28
CAP_LEAST, CAP_QUANTILE, CAP_RATE, BLOCK_LEAST = 2.0, 0.999, 0.01, 0.02
FULL, CORROBORATED, SURGE, CORROBORATION = 6.0, 2.0, 85.0, 15.0
SOURCE_LEAST, SOURCE_SHARE, WINDOW_SHARE = 10, 0.5, 0.75
REGION_STEPS, MONTH_DAYS = 3, 28                       # a region is so many resolutions coarser; a report as long as this is one of a month
GRID = date(1970, 1, 1).toordinal()
LEVELS = [(3, 4.0, True, True), (4, 2.5, True, False), (5, 1.5, False, False), (6, 0.0, False, False)]   # number, E, three reports, corroborated

WEIGHT = {name: weight for weight, names in {
    10: "riot", 8: "protest_disorder arson", 6: "weapons violence place_of_worship gang_territorial intimidation_threat hate_crime",
    4: "public_order graffiti_hate hate_incident rumour_misinformation online_mobilisation asylum_accommodation international_event protest_counter",
    2.5: "criminal_damage leaflet_sticker_flag planning_dispute police_community school anniversary_fixture", 1.5: "graffiti_other",
    1: "asb service_pressure other", 0.5: "protest_peaceful", 0: "positive_cohesion not_tension"}.items() for name in names.split()}
STRAND = {name: strand for strand, names in dict(
    E="intimidation_threat hate_incident rumour_misinformation asylum_accommodation international_event planning_dispute police_community school "
      "service_pressure positive_cohesion", P="online_mobilisation protest_counter anniversary_fixture").items() for name in names.split()}
HALF_LIFE = dict(E=14.0, V=28.0, P=7.0)


# Reports

def day(text):
    return date.fromisoformat(text[:10]).toordinal()


def month_start(d, more=0):
    """First day of the month that is `more` months after that of day d."""
    at = date.fromordinal(d)
    n = at.year * 12 + at.month - 1 + more
    return date(n // 12, n % 12 + 1, 1).toordinal()


def interval(text):
    if len(text) == 7:
        start = day(text + "-01")
        return start, month_start(start, 1)
    return day(text), day(text) + 1


def grading(grade, category):
    """Factor of a grade: letter first is the Admiralty system, figure first 3x5x2. Rumours are graded by their source alone."""
    if not grade:
        return 1.0
    if grade[0] in "123":
        source, content = {"1": 1, "2": .7, "3": .35}[grade[0]], {"A": 1, "B": .9, "C": .6, "D": .4, "E": 0}[grade[1]]
    else:
        source = {"A": 1, "B": .85, "C": .65, "D": .4, "E": .15, "F": .5}[grade[0]]
        content = {"1": 1, "2": .85, "3": .65, "4": .4, "5": 0, "6": .5}[grade[1]]
    return source if category == "rumour_misinformation" else source * content


class Reports:
    """Located reports as columns. Days are ordinals, intervals half open. `usable` is the first as-of that may use a report."""

    def __init__(self, rows):
        kinds = dict(start=int, end=int, known=int, mass=float, past=bool, counts=bool, grave=bool)
        for name, kind in kinds.items():
            setattr(self, name, np.array([row[name] for row in rows], kind))
        self.cell, self.strand, self.source = ([row[name] for row in rows] for name in ("cell", "strand", "source"))
        self.usable = np.where(self.past, np.maximum(self.known, self.start + 1), self.known)
        regions = {c: h3.cell_to_parent(c, max(h3.get_resolution(c) - REGION_STEPS, 0)) for c in set(self.cell)}
        self.region = [regions[c] for c in self.cell]

    def rows(self, as_of):
        """Reports of the past that may be used at a date."""
        return np.flatnonzero(self.past & (self.usable <= as_of))

    def by_month(self, rows):
        """Whether more than half of these reports last a month."""
        return bool(2 * np.sum(self.end[rows] - self.start[rows] >= MONTH_DAYS) > len(rows))


def report(cell, when, category="other", source="", strand="", severity="", grade="", reported=""):
    start, end = interval(when)
    category = category or "other"
    strand = strand or STRAND.get(category, "V")
    factor = {"": 1, "1": .5, "2": .75, "3": 1, "4": 1.5, "5": 2}[severity.split(".")[0]]
    return dict(cell=cell, start=start, end=end, known=interval(reported)[1] - 1 if reported else end, strand=strand, source=source,
                mass=WEIGHT[category] * factor * grading(grade, category), past=strand != "P", counts=strand != "P" and WEIGHT[category] > 0,
                grave=severity[:1] == "5" and grade[:2] in ("1A", "1B"))


STRAND_WORDS = dict(experienced="E", evidenced="V", potential="P", e="E", v="V", p="P")


def read(path, resolution=8):
    with (gzip.open if str(path).endswith("gz") else open)(path, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (row.get("lon") or "").strip() and (row.get("lat") or "").strip()]
    return Reports([report(h3.latlng_to_cell(float(row["lat"]), float(row["lon"]), resolution), row.get("occurred_at") or row["date"],
                           row.get("category") or "", row.get("source") or "", STRAND_WORDS.get((row.get("strand") or "").lower(), ""),
                           row.get("severity") or "", row.get("grade") or "", row.get("reported_at") or "") for row in rows])


# Coverage

class Feed:
    """A source in regions that hang together, or the pool of minor ones, at one as-of: its reports, kind and covered days."""

    def __init__(self, name, rows, monthly, covered, is_pool=False):
        self.name, self.rows, self.monthly, self.covered, self.is_pool = name, rows, monthly, covered, is_pool


def hanging_together(regions):
    """Regions parted into sets in which one gets from each to each over neighbours."""
    left, sets = set(regions), []
    while left:
        found, edge = set(), {min(left)}
        while edge:
            found |= edge
            left -= edge
            edge = {near for region in edge for near in h3.grid_disk(region, 1)} & left
        sets.append(found)
    return sets


def is_missing(expected, covered_days):
    """Silence is a gap in the data once 10 reports were to be expected, or nothing is known to expect."""
    return covered_days == 0 or expected >= SOURCE_LEAST


def covered_by_days(start, end, origin, as_of):
    """Covered days [origin, as_of) of a day-kind feed: each maximal span of days without any report is judged, in order of time."""
    covered = np.zeros(as_of - origin, bool)
    for a, b in zip(start, end):
        covered[a - origin:min(b, as_of) - origin] = True
    first = int(start.min()) - origin
    change = np.diff(np.concatenate([[1], covered[first:].astype(int), [1]]))                 # heard before the first day and from the as-of on
    for lo, hi in zip(np.flatnonzero(change < 0) + first + origin, np.flatnonzero(change > 0) + first + origin):
        by_weekday = np.bincount(start[(start >= lo - 364) & (start < lo)] % 7, minlength=7)
        days = int(covered[max(lo - 364 - origin, 0):lo - origin].sum())
        expected = 7 * int(by_weekday[np.arange(lo, hi) % 7].sum()) / max(days, 28)
        covered[lo - origin:hi - origin] = not is_missing(expected, days)
    return covered


def covered_by_months(start, end, origin, as_of):
    """Covered days of a month-kind feed: runs of calendar months not heard, and the days since the last report, are judged in order of time."""
    begun = np.array([month_start(d) for d in start])
    heard = set(begun.tolist())
    for a, b in zip(start, end):
        if b - a > 31:
            month = month_start(a)
            while month < min(b, as_of):
                heard.add(month)
                month = month_start(month, 1)
    heard, last = sorted(heard), int(end.max())
    covered = np.zeros(as_of - origin, bool)
    covered[int(start.min()) - origin:] = True
    runs = [(month_start(p, 1), q) for p, q in zip(heard, heard[1:]) if q > month_start(p, 1)] + [(last, as_of)] * (last < as_of)
    for lo, hi in runs:
        days = int(covered[max(lo - 364 - origin, 0):lo - origin].sum())
        expected = int(((start >= lo - 364) & (start < lo)).sum()) * (hi - lo) / max(days, 28)
        covered[lo - origin:hi - origin] = not is_missing(expected, days)
    return covered


def feeds_at(reports, as_of, origin, declared):
    """Feeds of a date with their coverage: the major ones, and two pools of the minor ones."""
    of_source = defaultdict(list)
    for n in reports.rows(as_of):
        of_source[reports.source[n]].append(int(n))
    parts = []
    for source in sorted(of_source):
        sets = sorted(hanging_together({reports.region[n] for n in of_source[source]}), key=min)
        place = {region: k for k, found in enumerate(sets) for region in found}
        rows = [[] for _ in sets]
        for n in of_source[source]:
            rows[place[reports.region[n]]].append(n)
        parts += [((source or "(none)") + (f"@{min(found)}" if len(sets) > 1 else ""), np.array(some)) for found, some in zip(sets, rows)]

    def judged(rows, monthly):
        return (covered_by_months if monthly else covered_by_days)(reports.start[rows], reports.end[rows], origin, as_of)
    if declared:
        covered = np.zeros(as_of - origin, bool)
        covered[max(declared[0] - origin, 0):max(min(declared[1], as_of) - origin, 0)] = True
        return [Feed(name, rows, reports.by_month(rows), covered) for name, rows in parts]
    feeds, minor = [], {False: [], True: []}
    for name, rows in parts:
        monthly = reports.by_month(rows)
        if len(rows) < SOURCE_LEAST:
            minor[monthly].append((name, rows))
        else:
            feeds.append(Feed(name, rows, monthly, judged(rows, monthly)))
    majors = list(feeds)
    for monthly, some in minor.items():
        if not some:
            continue
        rows = np.sort(np.concatenate([rows for _, rows in some]))
        if majors:
            covered = union(majors, as_of - origin)
            covered[:int(reports.start[rows].min()) - origin] = False
        else:
            covered = judged(rows, monthly)
        feeds.append(Feed("minor by " + ("month" if monthly else "day") + ": " + "+".join(name for name, _ in some), rows, monthly, covered, True))
    return feeds


def union(feeds, length):
    """Days that any of the feeds covers."""
    out = np.zeros(length, bool)
    for feed in feeds:
        out |= feed.covered
    return out


# Study area

class Study:
    """Study cells of one date with their neighbours."""

    def __init__(self, cells):
        self.cells = sorted(cells)
        self.row = {c: n for n, c in enumerate(self.cells)}
        n = len(self.cells)
        self.ring1, self.ring2 = np.zeros((n, n)), np.zeros((n, n))
        for c, row in self.row.items():
            for k, ring in ((1, self.ring1), (2, self.ring2)):
                for other in h3.grid_disk(c, k):
                    if other != c and other in self.row:
                        ring[row, self.row[other]] = 1
        self.near = self.ring1 + np.eye(n)
        self.km2 = np.array([h3.cell_area(c, unit="km^2") for c in self.cells])


# Arithmetic

def upper_tail(x, mean, variance):
    """P(X > x) + P(X = x)/2 of the negative binomial with this mean and variance, of Poisson where the variance is no more; x may be fractional."""
    x, mean, variance = np.broadcast_arrays(*(np.asarray(v, float) for v in (x, mean, variance)))
    is_poisson = variance <= mean * (1 + 1e-7)
    mean = np.maximum(mean, 1e-12)
    excess = np.where(is_poisson, mean, variance - mean)
    size = mean ** 2 / excess
    odds = mean / (size + mean)
    log_at = gammaln(size + x) - gammaln(size) - gammaln(x + 1) - size * np.log1p(mean / size) + x * np.log(odds)
    negative_binomial = betainc(x + 1, size, odds) + np.exp(log_at) / 2
    poisson_tail = gammainc(x + 1, mean) + np.exp(x * np.log(mean) - mean - gammaln(x + 1)) / 2
    return np.clip(np.where(is_poisson, poisson_tail, negative_binomial), 1e-300, 1.0)


def law(x, e):
    """phi and tau2 of (x − e)²/e = phi + tau2·e over blocks, by weighted least squares; phi at least 1, tau2 at least 0."""
    use = e > BLOCK_LEAST
    if not use.any():
        return 1.0, 0.0
    e = e[use]
    y = (x[use] - e) ** 2 / e
    phi, tau2 = max(1.0, float(np.mean(y))), 0.0
    for _ in range(6):
        weight = (phi + tau2 * e) ** -2.0
        one, first, second = (float(np.sum(weight * e ** k)) for k in (0, 1, 2))
        level, slope = float(np.sum(weight * y)), float(np.sum(weight * e * y))
        determinant = one * second - first * first
        if determinant > 1e-12:
            phi, tau2 = (level * second - slope * first) / determinant, (one * slope - first * level) / determinant
        if phi < 1:
            phi, tau2 = 1.0, float(np.sum(weight * e * (y - 1))) / second
        if tau2 < 0:
            phi, tau2 = max(1.0, level / one), 0.0
    return phi, tau2


def rate_ratio(x, reports, rate, expected, phi, tau2, block):
    """rr, lower, upper and P(θ > 1): x reports where the past, `reports` at `rate` a day, expects so many; law of the longest window."""
    f = phi + tau2 * rate * block
    alpha0, beta0 = reports / f, reports / (rate * f)
    alpha1, beta1 = (x + PRIOR_SHAPE) / f, (expected + PRIOR_PULL * PRIOR_SHAPE) / (rate * f)
    times = beta0 / beta1

    def quantile(p):
        return times * betaincinv(alpha1, alpha0, p) / betaincinv(alpha0, alpha1, 1 - p)
    low = 0.0 if x <= 0 else quantile(.05)
    return quantile(.5), low, quantile(.95), betainc(alpha0, alpha1, beta0 / (beta0 + beta1))


# One date

class Tension2:
    """Reports with a study area (or none) and declared coverage (or none), to be asked for maps of dates."""

    def __init__(self, reports, cells=None, declared=None, anchor=None):
        self.reports, self.declared, self.frozen = reports, declared, anchor
        self.given = Study(cells) if cells else None
        past = reports.start[reports.past]
        self.origin = min([int(past.min())] if len(past) else [date.max.toordinal()])
        if declared:
            self.origin = min(self.origin, declared[0])
        self.cache = {}

    def once(self, key, make):
        if key not in self.cache:
            self.cache[key] = make()
        return self.cache[key]

    def by_month(self, as_of):
        """Whether the map is by month: as the reports known on the first day of the month say."""
        return self.reports.by_month(self.reports.rows(month_start(as_of)))

    def grid_date(self, as_of):
        """The last date of the grid of 28 days."""
        zero = self.frozen or GRID
        return zero + REFIT * ((as_of - zero) // REFIT)

    def feeds(self, as_of):
        return feeds_at(self.reports, as_of, self.origin, self.declared) if as_of > self.origin else []

    def study(self, as_of):
        if self.given:
            return self.given
        r = self.reports

        def observed():
            cells = {r.cell[n] for n in np.flatnonzero(r.known <= as_of)}
            return Study({near for c in cells for near in h3.grid_disk(c, 1)})
        return self.once(("study", as_of), observed)

    def table(self, study, rows, length):
        """Counted ones of these reports by study cell and day, each spread over the days of its interval."""
        r = self.reports
        rows = rows[r.counts[rows]]
        out = np.zeros((len(study.cells), length))
        place = np.array([study.row.get(r.cell[n], -1) for n in rows], int)
        rows, place = rows[place >= 0], place[place >= 0]
        single = r.end[rows] - r.start[rows] == 1
        np.add.at(out, (place[single], r.start[rows[single]] - self.origin), 1.0)
        for n, c in zip(rows[~single], place[~single]):
            out[c, r.start[n] - self.origin:r.end[n] - self.origin] += 1 / (r.end[n] - r.start[n])
        return out

    def span(self, lo, hi, length):
        return slice(min(max(lo - self.origin, 0), length), min(max(hi - self.origin, 0), length))

    def covered_year(self, at):
        """The 364 days before a date, and how many of them any feed covers, as known then."""
        length = max(at - self.origin, 0)
        year = self.span(at - BASELINE, at, length)
        return year, int(union(self.feeds(at), length)[year].sum())

    def cap_date(self, as_of):
        at = self.frozen if self.frozen and self.frozen <= as_of else self.grid_date(as_of)
        return self.once(("cap date", at, as_of), lambda: at if self.covered_year(at)[1] >= LEAST else as_of)

    def cap(self, at, study):
        """Most that a cell-day counts, from the year before a date."""
        def made():
            year, days = self.covered_year(at)
            n = self.table(study, self.reports.rows(at), max(at - self.origin, 0))[:, year].sum(1)
            return np.maximum(CAP_LEAST, poisson.ppf(CAP_QUANTILE, n / max(days, 1) + CAP_RATE))
        return self.once(("cap", at, id(study)), made)

    def baseline(self, covered, as_of, months):
        """Days of a baseline (as day numbers, in order) and, by month, its blocks, newest first."""
        if not months:
            return np.flatnonzero(covered[:max(as_of - GAP - self.origin, 0)])[-BASELINE:], []
        blocks, p = [], -2
        while len(blocks) < 12 and month_start(as_of, p) >= self.origin:
            days = np.arange(month_start(as_of, p), month_start(as_of, p + 1)) - self.origin
            if covered[days].all():
                blocks.append(days)
            p -= 1
        return np.concatenate(blocks[::-1]) if blocks else np.zeros(0, int), blocks

    def sides(self, as_of, months):
        """What evidence at a date is made of: study area, windows, feeds kept and absent, their baselines, and counts."""
        return self.once(("sides", as_of, months), lambda: self.sides_anew(as_of, months))

    def sides_anew(self, as_of, months):
        study, length = self.study(as_of), max(as_of - self.origin, 0)
        if months:
            windows = [("7", month_start(as_of, -1), as_of, "month")]
            window = windows[0][1:3]
        else:
            windows = [(str(days), as_of - days, as_of, block) for days, block in WINDOWS]
            window = as_of - GAP, as_of
        longest, feeds = windows[-1][1:3], self.feeds(as_of)
        for s in feeds:
            s.table = self.table(study, s.rows, length) * s.covered
            s.days = lambda lo, hi, s=s: int(s.covered[self.span(lo, hi, length)].sum())
            s.base, s.blocks = self.baseline(s.covered, as_of, months)
            covers = s.days(*longest) >= WINDOW_SHARE * (longest[1] - longest[0])
            gone = bool(length and not s.covered[length - 1]) and not (s.is_pool and any(not other.is_pool for other in feeds))
            s.absent = ("by month" if s.monthly and not months else "missing" if not covers and (gone or len(s.base) >= LEAST) else
                        "no past" if len(s.base) < LEAST else "")
            s.group = s.base.tobytes(), s.covered[self.span(*longest, length)].tobytes(), s.covered[self.span(*window, length)].tobytes()
        kept = [s for s in feeds if not s.absent]
        total = sum((s.table for s in kept), np.zeros((len(study.cells), length)))
        return dict(study=study, length=length, windows=windows, window=window, feeds=feeds, kept=kept, total=total)

    def share(self, side, cap):
        """Part of each cell-day that is counted."""
        total = side["total"]
        return np.minimum(1.0, cap[:, None] / np.where(total > 0, total, 1e-9))

    def law_date(self, as_of, months):
        at = self.grid_date(as_of)
        return at if not months and not self.by_month(at) and self.sides(at, False)["kept"] else as_of

    def laws(self, at, months, cap_date):
        """(phi, tau2) by block, as known at the date `at`."""
        return self.once(("laws", at, months, cap_date), lambda: self.laws_anew(at, months, cap_date))

    def laws_anew(self, at, months, cap_date):
        side = self.sides(at, months)
        share = self.share(side, self.cap(cap_date, side["study"]))
        out = {}
        for block in dict.fromkeys(w[3] for w in side["windows"]):
            xs, es = [], []
            for of in dict.fromkeys(s.group for s in side["kept"]):
                group = [s for s in side["kept"] if s.group == of]
                counts, base = sum(s.table for s in group) * share, group[0].base
                cuts = group[0].blocks if months else [base[len(base) - (j + 1) * block:len(base) - j * block] for j in range(len(base) // block)]
                if len(cuts) < 2:
                    continue
                x = np.stack([counts[:, cut].sum(1) for cut in cuts], 1)
                area = x.sum(0)
                e = x.mean(1, keepdims=True) * (area / max(area.mean(), 1e-9))
                xs.append((e + math.sqrt(len(cuts) / (len(cuts) - 1)) * (x - e)).ravel())
                es.append(e.ravel())
            out[block] = law(np.concatenate(xs), np.concatenate(es)) if xs else (1.0, 0.0)
        return out

    def past(self, side, as_of, months, everything):
        """Reports of the baseline by cell: all feeds, uncut, on the days of the longest kept baseline; without a kept feed, on the days that any feed covers."""
        if side["kept"]:
            base = max((s.base for s in side["kept"]), key=lambda base: (len(base), -base[0]))
        else:
            base, _ = self.baseline(union(side["feeds"], side["length"]), as_of, months)
        return everything[:, base[0]:side["window"][0] - self.origin].sum(1) if len(base) else everything[:, :0].sum(1)

    def share_holds(self, side, as_of, months):
        """Cells of whose baseline reports, each feed's in its own baseline and in the year before the window, kept feeds gave half or more."""
        before = side["window"][0]
        year = self.span(before - (366 if months else BASELINE), before, side["length"])
        all_past, kept_past = np.zeros(len(side["study"].cells)), np.zeros(len(side["study"].cells))
        for s in side["feeds"]:
            own = s.table[:, s.base[(s.base >= year.start) & (s.base < year.stop)]].sum(1)
            all_past += own
            kept_past += own * (not s.absent)
        return kept_past >= SOURCE_SHARE * all_past - 1e-9

    def evidence(self, as_of):
        """Everything of one date but levels held, by row of its study area."""
        asked, months = as_of, self.by_month(as_of)
        if months:
            as_of = month_start(as_of)
        fit = self.law_date(as_of, months)
        side = self.sides(as_of, months)
        cap_date = self.cap_date(as_of)
        laws = self.laws(fit, months, cap_date)
        study, length, kept, window, n = side["study"], side["length"], side["kept"], side["window"], len(side["study"].cells)
        cap = self.cap(cap_date, study)
        share = self.share(side, cap)
        out = dict(side=side, laws=laws, fit=fit, cap_date=cap_date, months=months, as_of=as_of)
        everything = self.table(study, self.reports.rows(as_of), length)

        def capped(s, lo, hi):
            at = self.span(lo, hi, length)
            return (s.table[:, at] * share[:, at]).sum(1)

        # Baselines, by feed: those of one group add up to the group's.
        baseline = [(s.table[:, s.base] * share[:, s.base]).sum(1) for s in kept]
        hoods = [(study.ring2 @ b + b + b.mean()) / ((study.ring2.sum(1) + 2) * len(s.base)) for s, b in zip(kept, baseline)]
        hood = sum(hoods, np.zeros(n))
        k = np.minimum(PRIOR_DAYS, PRIOR_REPORTS / np.maximum(hood, 1e-9))
        posterior = [b + k * h for b, h in zip(baseline, hoods)]
        rates = [reports / (len(s.base) + k) for s, reports in zip(kept, posterior)]

        logs, zero = np.zeros(n), np.zeros(n)
        for name, lo, hi, block in side["windows"]:
            phi, tau2 = laws[block]
            x = sum((capped(s, lo, hi) for s in kept), zero)
            e = sum((r * s.days(lo, hi) for s, r in zip(kept, rates)), zero)
            factor = (x.sum() - study.near @ x + AREA) / (e.sum() - study.near @ e + AREA)
            unsure = sum((m * (s.days(lo, hi) / (len(s.base) + k)) ** 2 for s, m in zip(kept, posterior)), zero)
            e = e * factor
            p = upper_tail(x, e, phi * e + (tau2 + DRIFT) * e ** 2 + phi * factor ** 2 * unsure)
            logs -= np.log(p) / len(side["windows"])
            plain = sum((s.table[:, self.span(lo, hi, length)].sum(1) for s in kept), zero)
            out |= {"n_" + name: plain, "counted_" + name: x, "expected_" + name: e}
            out.setdefault("area_factor", factor)
        p_value = np.exp(-logs) if months else np.maximum(gammaincc(SHAPE, SHAPE * logs), 1e-300)
        alone = -np.log10(p_value)

        # Which cells have evidence: the first status that holds.
        out["n_window"] = everything[:, self.span(*window, length)].sum(1)
        out["n_baseline"] = self.past(side, as_of, months, everything)
        mass = self.masses(as_of, study)
        silent = (out["n_window"] == 0) & (out["n_baseline"] == 0)
        none_covers = all(s.absent in ("missing", "by month") for s in side["feeds"])
        status = np.select([np.full(n, none_covers), ~self.share_holds(side, as_of, months) & bool(kept), silent & (mass["P"] == 0), np.full(n, not kept), hood <= 0],
                           ["no_data", "no_data", "no_reports", "no_past", "no_data"], "scored").astype(object)
        has = np.isin(status, ["scored", "no_reports"]) & bool(kept)
        odds = np.where(has, np.log10(1 - SHARE + SHARE / 2 * 10 ** (np.where(has, alone, 0) / 2)), 0)
        neighbours = study.ring1 @ odds
        total = np.maximum(0, alone + neighbours * np.clip((alone - RAMP[0]) / (RAMP[1] - RAMP[0]), 0, 1))

        # Points and level.
        masses = np.array([mass[s] for s in "EVP"])
        strands = ((masses > 0) & (masses >= .1 * masses.sum(0))).sum(0)
        heard = self.heard(as_of, study, window)
        q = np.array([len(heard[c][0]) for c in study.cells], int)
        u = np.where(strands > 0, (np.maximum(strands - 1, 0) + np.clip(q, 1, 4) - 1) / 5, 0)
        scored = status == "scored"
        own_points = SURGE * np.clip(alone / FULL, 0, 1)
        out["surge"] = np.where(scored, own_points, 0)
        out["spread"] = np.where(scored, SURGE * np.clip(total / FULL, 0, 1) - own_points, 0)
        out["corroboration"] = np.where(scored, CORROBORATION * u * np.clip(total / CORROBORATED, 0, 1), 0)
        out["score"] = out["surge"] + out["spread"] + out["corroboration"]
        density = masses.sum(0) / study.km2
        out["intensity"] = 100 * (1 - 2 ** (-density / self.d_half)) if self.d_half else zero
        out["d_half"] = self.d_half
        enough = (out["n_window"] >= 3 - 1e-9) | np.array([heard[c][1] for c in study.cells], bool)
        corroborated = (strands >= 2) | (q >= 2)
        out["raw_level"] = [next(number for number, least, three, two in LEVELS if total[c] >= least and (enough[c] or not three) and
                                 (corroborated[c] or not two)) if scored[c] else None for c in range(n)]
        x = sum((capped(s, *window) for s in kept), zero)
        rate, reports = sum(rates, zero), sum(posterior, zero)
        expected = sum((r * s.days(*window) for s, r in zip(kept, rates)), zero)
        law_of_longest = *laws[side["windows"][-1][3]], window[1] - window[0] if months else WINDOWS[-1][1]
        ratio = [rate_ratio(x[c], reports[c], rate[c], expected[c], *law_of_longest) if scored[c] and not silent[c] else [None] * 4 for c in range(n)]
        out |= {name: [r[i] for r in ratio] for i, name in enumerate(("rr", "rr_lo", "rr_hi", "p_exceed"))}
        out |= dict(evidence=total, evidence_alone=alone, neighbours=neighbours, p_value=p_value, n_expected=expected, status=status)
        for name in [k for k in out if k.startswith(("evidence", "neighbours", "p_value", "counted_", "expected_", "area_factor", "n_expected"))]:
            out[name] = [v if ok else None for v, ok in zip(out[name], has)]
        days = union(kept, length)[self.span(asked - GAP, as_of, length)].sum()
        out["held"] = bool(months and days < WINDOW_SHARE * GAP)
        return out

    def heard(self, as_of, study, window):
        """Named sources with a counted report in the window, and whether a grave one is among them, by cell."""
        r, out = self.reports, {c: [set(), False] for c in study.cells}
        for n in np.flatnonzero(r.counts & (r.usable <= as_of) & (r.end > window[0]) & (r.start < as_of)):
            if r.cell[n] in out:
                out[r.cell[n]][0].update({r.source[n]} - {""})
                out[r.cell[n]][1] |= bool(r.grave[n])
        return out

    def left(self, as_of):
        """Mass of every report that is left at a date."""
        r = self.reports
        usable = (r.usable <= as_of) & (r.mass > 0)
        out = np.zeros(len(r.mass))
        for n in np.flatnonzero(usable):
            a, b, half = int(r.start[n]) - as_of, int(r.end[n]) - as_of, HALF_LIFE[r.strand[n]]
            if r.strand[n] == "P":
                out[n] = 0 if -b > 3 else 2.0 ** (-max(a, -b, 0) / half)
            elif a < 0:
                out[n] = half / (math.log(2) * (b - a)) * (2.0 ** (min(b, 0) / half) - 2.0 ** (a / half))
        return out * r.mass

    def masses(self, as_of, study):
        """Mass by strand and cell, each report no more than a quarter of the anchored density of its cell."""
        at = self.frozen or as_of
        self.d_half = self.once(("d_half", at), lambda: self.anchored(at))
        r, left = self.reports, self.left(as_of)
        out = {strand: np.zeros(len(study.cells)) for strand in "EVP"}
        for n in np.flatnonzero(left):
            c = study.row.get(r.cell[n])
            if c is not None:
                out[r.strand[n]][c] += min(left[n], .25 * self.d_half * study.km2[c]) if self.d_half else left[n]
        return out

    def anchored(self, as_of):
        """D½: the 90th percentile of the densities at 13 dates before the window, to three digits."""
        study, length = self.study(as_of), max(as_of - self.origin, 0)
        covered = np.flatnonzero(union(self.feeds(as_of), length)[:max(length - GAP, 0)])[-BASELINE:]
        first = int(covered[0]) + self.origin if len(covered) else as_of
        dates = [d for d in (as_of - GAP * (k + 1) for k in range(13)) if d > first]
        for dates in (dates, [as_of]):
            densities = []
            for d in dates:
                mass, left = defaultdict(float), self.left(d)
                for n in np.flatnonzero(left):
                    if self.reports.cell[n] in study.row:
                        mass[self.reports.cell[n]] += left[n]
                densities += [m / study.km2[study.row[c]] for c, m in mass.items() if m > 0]
            if densities:
                break
        else:
            return None
        densities.sort()
        last = len(densities) - 1
        low, tenths = last * 9 // 10, last * 9 % 10
        return float(f"{densities[low] + (densities[min(low + 1, last)] - densities[low]) * tenths / 10:.3g}")

    def map(self, as_of):
        """A map: the evidence of its date and, by day, levels that fall only when the week before was lower too."""
        now = self.evidence(as_of)
        now["before"] = None if now["months"] else self.evidence(as_of - 7)
        then = dict(zip(now["before"]["side"]["study"].cells, now["before"]["raw_level"])) if now["before"] else {}
        held = HELD_WEEKS > 0
        now["level"] = [None if level is None else min(level, held and then.get(c) or level) for c, level in zip(now["side"]["study"].cells, now["raw_level"])]
        return now


# Output

COLUMNS = ("status evidence evidence_alone neighbours p_value n_7 n_10 n_14 counted_7 counted_10 counted_14 expected_7 expected_10 expected_14 area_factor "
           "n_window n_baseline n_expected rr rr_lo rr_hi p_exceed surge spread corroboration intensity score raw_level level").split()


def text(value):
    if value is None:
        return ""
    return f"{value + 0.0:.12g}" if isinstance(value, (float, np.floating)) else str(value)


def iso(d):
    return date.fromordinal(int(d)).isoformat()


def spans(covered, origin):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], covered.astype(int), [0]])))
    return [f"{iso(a + origin)}..{iso(b + origin)}" for a, b in zip(edges[::2], edges[1::2])]


def write(tension, dates, file, laws=None):
    maps = [(d, tension.map(d)) for d in dates]
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["as_of", "h3"] + COLUMNS)
    for d, m in maps:
        for row, cell in enumerate(m["side"]["study"].cells):
            out.writerow([iso(d), cell] + [text(m[c][row]) if c in m else "" for c in COLUMNS])
    if laws:
        out = csv.writer(laws, lineterminator="\n")
        out.writerow(["as_of", "scored_at", "fit_date", "cap_date", "block", "phi", "tau2", "d_half", "held", "kept", "absent"])
        for d, m in maps:
            for e in (m["before"], m):
                for block, (phi, tau2) in e["laws"].items() if e else ():
                    out.writerow([iso(d if e is m else e["as_of"]), iso(e["as_of"]), iso(e["fit"]), iso(e["cap_date"]), block, text(phi), text(tau2), text(e["d_half"]), int(e["held"]),
                                  "; ".join(s.name for s in e["side"]["kept"]), "; ".join(f"{s.name} ({s.absent})" for s in e["side"]["feeds"] if s.absent)])
    return maps


def about(d, m, origin):
    """What coverage came to at a date, for a reader and for comparison."""
    side = m["side"]
    return dict(as_of=iso(d), scored_at=iso(m["as_of"]), months=m["months"], held=m["held"], fit_date=iso(m["fit"]), cap_date=iso(m["cap_date"]), d_half=m["d_half"],
                laws={str(b): list(v) for b, v in m["laws"].items()}, cells=len(side["study"].cells),
                status={s: int((m["status"] == s).sum()) for s in sorted(set(m["status"]))},
                feeds=[dict(name=s.name, reports=len(s.rows), kind="month" if s.monthly else "day", pool=s.is_pool, absent=s.absent, baseline_days=len(s.base),
                            covered=spans(s.covered, origin)) for s in side["feeds"]],
                groups=len({s.group for s in side["kept"]}))


# Made-up worlds

def worlds(folder):
    """Five small worlds: sources that pause, begin late, end, or are rare, by day, by month, and mixed; two towns; a turnover of sources."""
    folder.mkdir(exist_ok=True)
    plans = dict(
        days=(20261201, "2024-02-12", "2021-06-07 2022-02-14 2022-04-04 2023-11-20 2024-01-08 2024-02-12 2024-05-20 2024-06-24 2024-10-07"),
        months=(20261202, "2023-11-01", "2022-03-01 2023-02-01 2023-09-15 2023-11-01 2024-05-01 2024-08-20 2024-09-01"),
        mixed=(20261203, "2024-03-04", "2023-07-03 2023-12-18 2024-03-04 2024-03-25 2024-09-02 2024-12-02"),
        towns=(20261204, "2024-01-15", "2022-05-16 2022-06-06 2023-10-02 2024-05-06 2024-05-16 2024-05-28 2024-06-07 2024-06-24 2024-09-09"),
        turnover=(20261205, "2024-02-05", "2023-03-06 2023-06-19 2024-02-05 2024-03-01 2024-03-13 2024-04-01 2024-07-01 2024-09-30"))
    for name, (seed, frozen, dates) in plans.items():
        dates = dates.split()
        centre, far = h3.latlng_to_cell(54.76, 2.31, 8), h3.latlng_to_cell(54.74, 4.64, 8)
        cells = sorted(h3.grid_disk(centre, 5) if name != "towns" else h3.grid_disk(centre, 3) + h3.grid_disk(far, 3))
        where = {c: h3.cell_to_latlng(c) for c in cells}
        g = np.random.default_rng(seed)
        level = np.exp(g.normal(0, .8, len(cells)))
        rows = []

        def source(title, rate, begin, end, gaps=(), only=None, monthly=False, late=0.0, weekdays=range(7),
                   categories=("asb", "violence", "criminal_damage", "not_tension")):
            for i, c in enumerate(cells):
                if only is not None and c not in only:
                    continue
                lo, hi = day(begin), day(end)
                for d in np.repeat(np.arange(lo, hi), g.poisson(rate * level[i], hi - lo)):
                    if any(day(a) <= d < day(b) for a, b in gaps) or date.fromordinal(int(d)).weekday() not in weekdays:
                        continue
                    when = iso(d)[:7] if monthly else iso(d)
                    lat, lon = where[c]
                    reported = iso(d + 1 + g.integers(0, 40)) if g.random() < late else ""
                    rows.append([when, reported, g.choice(categories), "", g.choice(["", "", "", "5", "2"]), g.choice(["", "", "1A", "B2"]), title, lon, lat])

        def burst(title, cell, begin, days_, n, category):
            for d in g.integers(0, days_, n):
                lat, lon = where[cell]
                rows.append([iso(day(begin) + int(d)), "", category, "experienced" if g.random() < .5 else "", "", "", title, lon, lat])
        west = set(cells[:45])
        if name == "days":
            source("Police", .06, "2022-01-01", "2024-10-07", gaps=[("2022-12-01", "2023-02-01"), ("2024-06-10", "2024-07-20")], late=.1)
            source("Council", .03, "2022-03-05", "2024-10-07", gaps=[("2023-08-01", "2023-11-01")], only=west, categories=("asb", "graffiti_hate", "public_order"))
            source("Schools", .02, "2023-12-04", "2024-10-07", categories=("hate_incident", "asb"))
            source("Neighbours", .0012, "2022-06-01", "2024-10-07", categories=("service_pressure", "rumour_misinformation"))
            for n in range(14):
                burst(["Mosque", "Club", ""][n % 3], cells[6 * n], iso(day("2022-05-01") + 60 * n), 20, 1, "hate_incident")
            burst("Police", centre, "2024-02-05", 7, 12, "violence"); burst("Schools", centre, "2024-02-05", 7, 5, "hate_incident")
            burst("Police", cells[10], "2024-05-12", 6, 30, "public_order"); burst("Police", cells[70], "2024-05-14", 1, 15, "riot")
            burst("Council", cells[5], "2023-12-28", 9, 9, "graffiti_hate")
            rows.append(["2024-02-20", "2024-02-01", "protest_counter", "", "", "", "Police", where[centre][1], where[centre][0]])
        if name == "months":
            source("Force A", .12, "2021-11-01", "2024-08-01", gaps=[("2022-06-01", "2022-07-01"), ("2023-07-01", "2023-09-01")], monthly=True)
            source("Force B", .05, "2022-12-01", "2024-09-01", only=west, monthly=True, categories=("asb", "public_order"))
            source("Wardens", .01, "2022-02-01", "2024-09-01", categories=("asb",))
            burst("Helpline", cells[3], "2023-05-01", 300, 6, "hate_incident")
            for month, n in (("2023-10", 25), ("2024-04", 60)):
                rows += [[month, "", "violence", "", "", "", "Force A", where[centre][1], where[centre][0]]] * n
        if name == "mixed":
            source("Police", .05, "2022-01-01", "2024-12-02", late=.05)
            source("Housing", .04, "2022-01-01", "2024-12-01", gaps=[("2023-05-01", "2023-08-01")], monthly=True, categories=("asb", "criminal_damage"))
            source("Old wardens", .06, "2022-01-01", "2024-02-20", only=west, categories=("asb", "public_order"))
            source("New wardens", .06, "2024-02-20", "2024-12-02", only=west, categories=("asb", "public_order"))
            source("Holiday", .004, "2022-09-01", "2024-12-02", gaps=[("2023-07-15", "2023-09-05"), ("2024-07-15", "2024-09-05")], categories=("positive_cohesion", "school"))
            burst("Police", centre, "2024-02-22", 10, 14, "violence"); burst("Police", h3.grid_ring(centre, 1)[0], "2024-02-24", 8, 8, "violence")
            rows += [["2024-02", "", "asb", "", "", "", "Housing", where[centre][1], where[centre][0]]] * 12
            burst("New wardens", cells[2], "2024-03-15", 8, 8, "public_order")
        if name == "towns":
            here, there = set(h3.grid_disk(centre, 3)), set(h3.grid_disk(far, 3))
            source("Police", .05, "2022-01-01", "2024-09-09", only=here, late=.05)
            source("Police", .05, "2022-01-01", "2024-09-09", only=there, gaps=[("2024-05-01", "2024-06-03")])
            source("Council", .03, "2022-01-01", "2024-09-09", only=here, weekdays=range(5), gaps=[("2024-05-15", "2024-05-27")], categories=("asb", "graffiti_hate"))
            source("Wardens", .01, "2022-03-01", "2024-09-09", only=there, categories=("asb", "public_order"))
            for n in range(12):
                burst(f"Club {n // 3}", cells[6 * n], iso(day("2022-05-01") + 70 * n), 30, 2, "hate_incident")
            for month in range(7, 13):                                           # most reports last a month until the end of May 2022
                rows += [[f"2021-{month:02}", "", "asb", "", "", "", "Archive", where[c][1], where[c][0]] for c in sorted(here)[:10] for _ in range(17)]
            burst("Police", centre, "2024-04-29", 7, 9, "violence"); burst("Council", centre, "2024-05-01", 4, 4, "graffiti_hate")
            burst("Wardens", far, "2024-05-20", 8, 6, "public_order"); burst("Police", far, "2024-06-03", 4, 9, "violence")
        if name == "turnover":
            source("Police", .03, "2022-01-01", "2024-09-30", late=.6)
            source("Helpdesk", .025, "2022-06-01", "2024-09-30", weekdays=range(5), gaps=[("2024-03-01", "2024-03-13"), ("2023-12-23", "2024-01-02")],
                   categories=("asb", "criminal_damage", "service_pressure"))
            source("Old team", .05, "2022-01-01", "2024-02-01", only=west, categories=("asb", "public_order"))
            source("New team", .05, "2024-02-01", "2024-09-30", only=west, categories=("asb", "public_order"))
            for n in range(30):                                                  # each minor one for some weeks, then another
                burst(f"Group {n // 2:02}", cells[3 * n], iso(day("2022-04-01") + 30 * n), 40, 3, "hate_incident" if n % 3 else "positive_cohesion")
            burst("Police", centre, "2024-02-24", 6, 10, "violence"); burst("New team", cells[8], "2024-03-22", 9, 9, "public_order")
            for n in range(12):                                                  # known seven weeks later
                rows.append([iso(day("2024-01-30") + n % 5), iso(day("2024-03-20") + n), "violence", "", "", "", "Police", where[cells[60]][1], where[cells[60]][0]])
        rows.sort(key=lambda row: (row[0], row[6], row[7], row[8], row[2], row[1]))
        with open(folder / f"{name}.csv", "w") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow("id occurred_at reported_at category strand severity grade source lon lat".split())
            for n, (*row, lon, lat) in enumerate(rows, 1):
                out.writerow([f"{name}-{n}", *row, f"{lon:.6f}", f"{lat:.6f}"])
        (folder / f"{name}.cells.txt").write_text("\n".join(cells) + "\n")
        reports, notes = read(folder / f"{name}.csv"), []
        whole = (day("2022-01-01"), day("2024-12-31"))
        assert len(cells) <= 100 and len(rows) <= 20000
        runs = [("", cells, None, None), (".observed", None, None, None), (".anchored", cells, None, day(frozen)), (".declared", cells, whole, None)]
        for suffix, area, declared, anchor in runs:
            tension = Tension2(reports, area, declared, anchor)
            with open(folder / f"{name}{suffix}.expected.csv", "w") as file, open(folder / f"{name}{suffix}.laws.csv", "w") as laws:
                maps = write(tension, [day(d) for d in dates], file, laws)
            notes += [dict(world=name, run=suffix[1:] or "cells", anchor=anchor and iso(anchor), declared=declared and f"{iso(declared[0])}..{iso(declared[1])}",
                           **about(d, m, tension.origin)) for d, m in maps]
        (folder / f"{name}.json").write_text(json.dumps(notes, indent=1) + "\n")
        print(name, len(rows), "reports")


# Checks

def check():
    import mpmath as mp
    mp.mp.dps = 40
    g, worst = np.random.default_rng(7), 0.0
    for n in range(50):
        mean, over = float(g.gamma(1, 10)) + .001, [0, .01, .3, 1, 5][n % 5]
        variance = mean * (1 + over) + .02 * mean ** 2 * (over > 0)
        x = float(g.poisson(mean) + g.integers(0, 40)) if n % 3 else float(g.gamma(2, mean))
        m, v, y = mp.mpf(mean), mp.mpf(variance), mp.mpf(x)
        if v <= m * (1 + mp.mpf("1e-7")):
            exact = mp.gammainc(y + 1, 0, m, regularized=True) + mp.exp(y * mp.log(m) - m - mp.loggamma(y + 1)) / 2
            term = lambda k: mp.exp(k * mp.log(m) - m - mp.loggamma(k + 1))
        else:
            r = m * m / (v - m)
            q = (v - m) / v
            at = lambda k: mp.exp(mp.loggamma(r + k) - mp.loggamma(r) - mp.loggamma(k + 1) + r * mp.log1p(-q) + k * mp.log(q))
            exact, term = mp.betainc(y + 1, r, 0, q, regularized=True) + at(y) / 2, at
        if x == int(x):                                                     # a whole number: the sum, which needs no special function
            total, k = term(int(x)) / 2, int(x) + 1
            while True:
                more = term(k)
                total, k = total + more, k + 1
                if more < total * mp.mpf(10) ** -30 and k > m:
                    break
            assert abs(total / exact - 1) < mp.mpf(10) ** -20, (x, mean, variance)
        worst = max(worst, float(abs(mp.mpf(float(upper_tail(x, mean, variance))) / exact - 1)))
    rate_ratio_check(mp)
    coverage_check()
    print(f"tails: 50 cases, largest relative difference to mpmath {worst:.2g}")
    assert worst < 1e-10

    folder = Path(os.environ.get("DETECT", "/work/shared/peers/detect"))
    if not (folder / "evidence.py").exists():
        print("no numpy form of the evidence to compare with")
        return
    sys.path.insert(0, str(folder))
    import evidence, simworld
    for seed, kind in ((101, "main"), (102, "main"), (103, "pois")):
        w = simworld.world(seed, kind)
        counts, origin, cells = w["Y"] + w["X"], w["d0"].toordinal(), w["cells"]
        dates = [w["asof0"] + 7 * k for k in range(w["nwk"])]
        ring1, ring2 = Study(cells).ring1 > 0, Study(cells).ring2 > 0
        other = evidence.evidence(counts, dates, ring1, ring2)
        c, d = np.nonzero(counts)
        again = np.repeat(np.arange(len(c)), counts[c, d])
        made = {}
        rows = [made.setdefault((c[i], d[i]), report(cells[c[i]], iso(origin + int(d[i])), "violence", "police")) for i in again]
        ours = Tension2(Reports(rows), cells, (origin, origin + counts.shape[1]), anchor=origin + dates[0])
        worst = dict.fromkeys(("E", "E0", "S", "F7"), 0.0)
        for j, t in enumerate(dates):
            found = ours.evidence(origin + t)
            for key, column in (("E", "evidence"), ("E0", "evidence_alone"), ("S", "neighbours"), ("F7", "area_factor")):
                worst[key] = max(worst[key], float(np.abs(np.array(found[column], float) - other[key][:, j]).max()))
            ours.cache = {k: v for k, v in ours.cache.items() if k[0] != "sides"}
        print(kind, seed, f"{len(rows)} reports, {len(dates)} dates, largest E {np.nanmax(other['E']):.1f}; differences", {k: f"{v:.1g}" for k, v in worst.items()}, flush=True)
        assert max(worst.values()) < 1e-9

    # What no numpy form covers: sources of one coverage are as one, and later reports change nothing.
    folder = HERE / "worlds"
    if not (folder / "days.csv").exists():
        worlds(folder)
    for name, dates in (("days", ["2024-02-12", "2024-06-24"]), ("months", ["2023-11-01"]), ("mixed", ["2023-12-18", "2024-03-25"]), ("towns", ["2024-05-28", "2024-06-07"]),
                        ("turnover", ["2024-03-13"])):
        with open(folder / f"{name}.csv") as file:
            rows = [report(h3.latlng_to_cell(float(r["lat"]), float(r["lon"]), 8), r["occurred_at"], r["category"], r["source"], r["strand"][:1].upper(),
                           r["severity"], r["grade"], r["reported_at"]) for r in csv.DictReader(file)]
        cells = (folder / f"{name}.cells.txt").read_text().split()
        for d in map(day, dates):
            known = [row for row in rows if row["known"] <= d and (row["strand"] == "P" or row["start"] < d)]
            assert 0 < len(known) < len(rows)
            for area in (cells, None):
                assert same(Tension2(Reports(rows), area), Tension2(Reports(known), area), d)
            if name == "mixed":                                                  # by day, a source of months is left out: no such thing if it is none
                continue
            whole, one = (day("2022-01-01"), day("2025-01-01")), [row | dict(source="one") for row in rows]
            assert same(Tension2(Reports(rows), cells, whole), Tension2(Reports(one), cells, whole), d, ("evidence", "evidence_alone", "neighbours", "rr", "rr_lo", "p_exceed"))
    print("later reports change nothing; three sources of one coverage are as one")


def rate_ratio_check(mp):
    """Quantiles put back into the distribution in 40 digits: n of the baseline, rate around, x, phi, tau2, days of window and baseline."""
    worst = 0.0
    for n, around, x, phi, tau2, window, base in ((0, .01, 0, 1, 0, 28, 364), (0, .01, 3, 1.2, .035, 28, 364), (5, .03, 0, 1.21, .035, 28, 364), (12, .05, 4, 1.21, .035, 28, 364),
                                                  (40, .15, 9, 1, 0, 28, 364), (60, .2, 2, 1.35, .05, 28, 364), (150, .4, 15, 1.21, .0353, 28, 364),
                                                  (400, .9, 52, 1.21, .0353, 28, 364), (900, 2.5, 61, 1.6, .08, 28, 364), (20.5, .1, 6.5, 1.1, .02, 25, 90)):
        k = min(PRIOR_DAYS, PRIOR_REPORTS / around)
        reports = n + k * around
        rate = reports / (base + k)
        middle, low, high, exceed = rate_ratio(x, reports, rate, rate * window, phi, tau2, 14)
        f = mp.mpf(phi) + mp.mpf(tau2) * mp.mpf(rate) * 14
        a, alpha0 = (x + mp.mpf("0.45")) / f, mp.mpf(reports) / f
        t = (mp.mpf(rate) * window + mp.mpf("0.225")) / (x + mp.mpf("0.45"))
        below = lambda ratio: mp.betainc(a, alpha0, 0, ratio * t * a / (ratio * t * a + alpha0), regularized=True)
        for p, found in ((below(middle), .5), (below(high), .95), (1 - below(1), exceed)) + (((below(low), .05),) if x else ()):
            worst = max(worst, abs(float(p / mp.mpf(found) - 1)))
        assert x or low == 0
    print(f"rr: 10 cases, largest relative difference to mpmath {worst:.2g}")
    assert worst < 1e-10


def coverage_check():
    """Gaps and feeds small enough to be judged by hand."""
    monday = day("2024-01-01")
    work = np.array([monday + 7 * w + d for w in range(20) for d in range(5)])                  # a report a working day for 20 weeks
    def tail(starts, as_of):
        covered = covered_by_days(starts, starts + 1, monday, as_of)
        return int(covered.sum()), len(covered)
    assert tail(work, monday + 140) == (140, 140)                                               # weekends are heard of in no week, and are no gaps
    assert tail(work, monday + 140 + 11) == (151, 151)      # nine working days since: 7 * 9 * 20 / 138 < 10, D being the days before Saturday
    assert tail(work, monday + 140 + 14) == (138, 154)      # ten: 7 * 10 * 20 / 138 >= 10, and the days from Saturday on are not covered
    month = np.array([day("2023-01-01"), day("2023-02-01"), day("2023-04-01")]).repeat(5)
    ends = np.array([month_start(d, 1) for d in month])
    covered = covered_by_months(month, ends, day("2023-01-01"), day("2023-06-15"))
    assert spans(covered, day("2023-01-01")) == ["2023-01-01..2023-06-15"]                      # March: 10 / 59 * 31 < 10; then 15 / 120 * 45 < 10
    covered = covered_by_months(month.repeat(2), ends.repeat(2), day("2023-01-01"), day("2023-06-15"))
    assert spans(covered, day("2023-01-01")) == ["2023-01-01..2023-03-01", "2023-04-01..2023-05-01"]        # 20 / 59 * 31 and 30 / 89 * 45: 10 and more
    centre = h3.latlng_to_cell(54.76, 2.31, 5)
    line = h3.grid_path_cells(centre, h3.latlng_to_cell(54.74, 4.64, 5))
    assert [len(s) for s in hanging_together(line)] == [len(line)] and sorted(len(s) for s in hanging_together(line[:3] + line[4:])) == sorted([3, len(line) - 4])
    print("coverage by hand: as it should be")


def same(one, other, d, names=None):
    a, b = io.StringIO(), io.StringIO()
    if not names:
        write(one, [d], a), write(other, [d], b)
        return a.getvalue() == b.getvalue()
    a, b = one.map(d), other.map(d)
    return all(np.allclose(np.array(a[name], float), np.array(b[name], float), 1e-9, 1e-12, True) for name in names)


def sample():
    root = next(p for p in (HERE.parent.parent, Path("/work/main")) if (p / "data/incidents.csv").exists())
    with open(root / "tests/reference/sample_scores.csv") as file:
        cells = [row["h3"] for row in csv.DictReader(file)]
    with open(HERE / "sample_evidence.csv", "w") as file, open(HERE / "sample_evidence_laws.csv", "w") as laws:
        write(Tension2(read(root / "data/incidents.csv"), cells), [day(d) for d in ("2026-03-02", "2026-02-16", "2025-06-02")], file, laws)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("reports", nargs="?")
    parser.add_argument("--cells")
    parser.add_argument("--as-of", action="append", default=[])
    parser.add_argument("--covered")
    parser.add_argument("--anchor")
    parser.add_argument("--resolution", type=int, default=8)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--worlds", action="store_true")
    given = parser.parse_args()
    if given.check:
        check()
    elif given.worlds:
        worlds(HERE / "worlds")
    elif not given.reports:
        sample()
    else:
        cells = Path(given.cells).read_text().split() if given.cells else None
        declared = tuple(day(d) for d in given.covered.split("..")) if given.covered else None
        tension = Tension2(read(given.reports, given.resolution), cells, declared, given.anchor and day(given.anchor))
        laws = io.StringIO()
        maps = write(tension, [day(d) for d in given.as_of], sys.stdout, laws)
        print(laws.getvalue(), json.dumps([about(d, m, tension.origin) for d, m in maps], indent=1), file=sys.stderr)


if __name__ == "__main__":
    main()
