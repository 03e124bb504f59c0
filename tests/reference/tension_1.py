"""Method tension-1 a second time, in plain Python from its definition, with H3's own library and scipy.

    python3 tests/reference/tension_1.py INCIDENTS.csv[.gz] LAYER.geojson AS_OF > scores.csv

Takes the study cells from LAYER (ours), scores INCIDENTS at AS_OF, prints every cell's numbers, and on stderr the largest
difference to what LAYER says. Made with h3 4.5.0 and scipy 1.17.1. `sample_scores.csv` is its output for the embedded sample;
for real data:

    tensionmap map ../shared/data/leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz \\
        --area ../shared/data/leicester/areas/leicester_boundary.geojson --as-of 2022-10-01 -o map.geojson
"""
import csv, gzip, json, math, sys
from collections import defaultdict
from datetime import date, timedelta

import h3
from scipy.special import betainc
from scipy.stats import beta

WEIGHTS = dict(riot=10, protest_disorder=8, arson=8, weapons=6, violence=6, place_of_worship=6, gang_territorial=6, intimidation_threat=6,
               hate_crime=6, public_order=4, graffiti_hate=4, hate_incident=4, rumour_misinformation=4, online_mobilisation=4,
               asylum_accommodation=4, international_event=4, protest_counter=4, criminal_damage=2.5, leaflet_sticker_flag=2.5,
               planning_dispute=2.5, police_community=2.5, school=2.5, anniversary_fixture=2.5, graffiti_other=1.5, asb=1,
               service_pressure=1, protest_peaceful=0.5, other=1, positive_cohesion=0, not_tension=0)
EXPERIENCED = {"intimidation_threat", "hate_incident", "rumour_misinformation", "asylum_accommodation", "international_event",
               "planning_dispute", "police_community", "school", "service_pressure", "positive_cohesion"}
POTENTIAL = {"online_mobilisation", "protest_counter", "anniversary_fixture"}
POLICE = {"Anti-social behaviour": "asb", "Criminal damage and arson": "criminal_damage", "Public order": "public_order",
          "Possession of weapons": "weapons", "Violence and sexual offences": "violence"}
LETTERS, FIGURES = dict(A=1, B=.85, C=.65, D=.4, E=.15, F=.5), {"1": 1, "2": .85, "3": .65, "4": .4, "5": 0, "6": .5}
HALF = dict(E=14, V=28, P=7)


def days(text):
    if len(text) == 7:
        year, month = int(text[:4]), int(text[5:])
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    day = date.fromisoformat(text[:10])
    return day, day + timedelta(1)


def grade_factor(grade, category):
    if not grade:
        return 1
    source, information = grade[0], grade[1]
    if source in "123":
        source, information = {"1": 1, "2": .7, "3": .35}[source], dict(A=1, B=.9, C=.6, D=.4, E=0)[information]
    else:
        source, information = LETTERS[source], FIGURES[information]
    return source if category == "rumour_misinformation" else source * information


def read(path):
    with (gzip.open if path.endswith("gz") else open)(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            lon, lat = row.get("lon", row.get("Longitude")), row.get("lat", row.get("Latitude"))
            if not lon:
                continue
            category = row.get("category") or POLICE.get(row.get("Crime type"), "not_tension")
            strand = row.get("strand") or ("experienced" if category in EXPERIENCED else "potential" if category in POTENTIAL else "evidenced")
            start, end = days(row.get("occurred_at") or row["Month"])
            severity = row.get("severity")
            mass = WEIGHTS[category] * ([.5, .75, 1, 1.5, 2][int(severity) - 1] if severity else 1) * grade_factor(row.get("grade"), category)
            yield dict(cell=h3.latlng_to_cell(float(lat), float(lon), 8), start=start, end=end,
                       known=days(row["reported_at"])[0] if row.get("reported_at") else end, category=category,
                       strand=dict(experienced="E", evidenced="V", potential="P")[strand], mass=mass,
                       source=row.get("source") or row.get("Reported by"))


def left(report, as_of):
    a, b, h = (report["start"] - as_of).days, (report["end"] - as_of).days, HALF[report["strand"]]
    if report["strand"] == "P":
        return 0 if -b > 3 else 2 ** (-max(a, -b, 0) / h)
    if a >= 0:
        return 0
    return h / (math.log(2) * (b - a)) * (2 ** (min(b, 0) / h) - 2 ** (a / h))


def main(incidents, layer, as_of):
    as_of = date.fromisoformat(as_of)
    layer = {f["id"]: f["properties"] for f in json.load(open(layer))["features"]}
    cells = sorted(layer)
    area = {cell: h3.cell_area(cell, unit="km^2") for cell in cells}
    reports = [r for r in read(incidents) if r["known"] <= as_of]

    # Covered days: whole months with any report, from the first day seen to the last.
    past = [r for r in reports if r["strand"] != "P" and r["start"] < as_of]
    first, last = min(r["start"] for r in past), min(max(r["end"] for r in past), as_of)
    months = set()
    for start, end in {(r["start"], r["end"]) for r in past}:
        months |= {(d.year, d.month) for d in (start + timedelta(n) for n in range((end - start).days))}
    covered = [d for d in (first + timedelta(n) for n in range((last - first).days)) if (d.year, d.month) in months]
    begin = as_of - timedelta(28)
    window = [d for d in covered if d >= begin]
    baseline = [d for d in covered if d < begin][-364:]
    base_from = baseline[0]
    blocks = [(baseline[-28 * (k + 1)], baseline[-28 * k] if k else begin) for k in range(len(baseline) // 28)]

    def share(r, span):
        inside = (min(r["end"], span[1]) - max(r["start"], span[0])).days
        return max(inside, 0) / (r["end"] - r["start"]).days

    # Anchor.
    densities = []
    for k in range(13):
        date_k = begin - timedelta(28 * k)
        if date_k <= base_from:
            continue
        mass = defaultdict(float)
        for r in reports:
            if r["known"] <= date_k and r["cell"] in area:
                mass[r["cell"]] += r["mass"] * left(r, date_k)
        densities += [m / area[c] for c, m in mass.items() if m > 0]
    densities.sort()
    rank = .9 * (len(densities) - 1)
    low = int(rank)
    d_half = float(f"{densities[low] + (densities[min(low + 1, len(densities) - 1)] - densities[low]) * (rank - low):.3g}")

    o, n, block = defaultdict(float), defaultdict(float), defaultdict(lambda: [0.0] * len(blocks))
    mass, sources = defaultdict(lambda: dict(E=0.0, V=0.0, P=0.0)), defaultdict(set)
    for r in reports:
        cell = r["cell"]
        if cell not in area:
            continue
        mass[cell][r["strand"]] += min(r["mass"] * left(r, as_of), .25 * d_half * area[cell])
        if r["strand"] == "P" or WEIGHTS[r["category"]] == 0:
            continue
        inside = share(r, (begin, as_of))
        o[cell] += inside
        if inside:
            sources[cell].add(r["source"])
        n[cell] += share(r, (base_from, begin))
        for k, span in enumerate(blocks):
            block[cell][k] += share(r, span)
    chi, freedom = 0.0, 0
    for counts in block.values():
        mean = sum(counts) / len(counts)
        if mean > 0:
            chi += sum((c - mean) ** 2 / mean for c in counts)
            freedom += len(counts) - 1
    phi = max(1, chi / freedom)

    w, b = len(window), len(baseline)
    mean = sum(n[c] for c in cells) / len(cells)
    ratio = {}
    for cell in cells:
        if o[cell] == 0 and n[cell] == 0:
            continue
        near = [n[c] for c in h3.grid_disk(cell, 2) if c in area] + [mean]
        rate = sum(near) / (len(near) * b)
        a0, b0 = (n[cell] + 28 * rate) / phi, (b + 28) / phi
        a1, b1 = o[cell] / phi + .5, w / phi + .5 / (a0 / b0)
        lo, mid, hi = (b0 / b1 * x / (1 - x) for x in beta.ppf([.05, .5, .95], a1, a0))
        ratio[cell] = (mid, lo, hi, betainc(a0, a1, b0 / (b0 + b1)))
    print("h3,score,surge,intensity,corroboration,spread,n_window,n_baseline,rr,rr_lo,rr_hi,p_exceed")
    worst = defaultdict(float)
    for cell in cells:
        total = sum(mass[cell].values())
        intensity = 30 * (1 - 2 ** (-total / area[cell] / d_half))
        surge = 45 * min(max(math.log2(ratio[cell][1]), 0), 1) if cell in ratio else 0
        s = sum(1 for m in mass[cell].values() if m > 0 and m / total >= .1)
        corroboration = 15 * (max(s - 1, 0) + min(max(len(sources[cell]), 1), 4) - 1) / 5 if s else 0
        ring = [c for c in h3.grid_ring(cell, 1) if c in area]
        spread = 10 * sum(c in ratio and ratio[c][3] >= .8 for c in ring) / len(ring) if ring else 0
        score = surge + intensity + corroboration + spread
        found = [score, surge, intensity, corroboration, spread, o[cell], n[cell], *ratio.get(cell, [None] * 4)]
        print(",".join([cell] + ["" if v is None else f"{v:.9g}" for v in found]))
        names = "score surge intensity corroboration spread n_window n_baseline rr rr_lo rr_hi p_exceed".split()
        for name, value in zip(names, found):
            ours = layer[cell][name]
            if (value is None) != (ours is None):
                worst[name] = math.inf
            elif value is not None:
                worst[name] = max(worst[name], abs(value - ours) / max(1, abs(value)))
    print(f"d_half {d_half}, phi {phi:.6f}, window {w}, baseline {b}, cells {len(cells)}; largest difference to the layer (rounded to 2-4 digits):", file=sys.stderr)
    print(dict(worst), file=sys.stderr)


main(*sys.argv[1:])
