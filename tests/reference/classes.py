"""Breaks by mapclassify, which tests/classes.rs holds ours against.

    pip install mapclassify numpy; python3 classes.py > classes.csv
Values: the squares of k * 7919 mod 997, for k from 1 to 300, by 100; no two are equal. mapclassify gives the upper end of each class;
Fisher-Jenks ends at a value of the data, and our class begins at the next one."""
import mapclassify as mc, numpy as np
v = np.array([(k * 7919 % 997) ** 2 / 100 for k in range(1, 301)])
print("method,classes,breaks")
for n in (3, 5, 7, 9):
    q, e, j = mc.Quantiles(v, k=n).bins, mc.EqualInterval(v, k=n).bins, mc.FisherJenks(v, k=n).bins
    print(f"quantile,{n}," + " ".join(f"{x:.9f}" for x in q))
    print(f"equal,{n}," + " ".join(f"{x:.9f}" for x in e))
    s = np.sort(v)
    starts = [s[np.searchsorted(s, x, side='right')] for x in j[:-1]] + [j[-1]]
    print(f"jenks,{n}," + " ".join(f"{x:.9f}" for x in starts))
