"""Tails of negative binomial counts and of the gamma distribution to 50 digits, for src/score/evidence/tail.rs.

    pip install mpmath; python3 tails.py        # a minute; writes tails.csv and calm.csv beside itself

tails.csv: ln of the mid-p upper tail of a count of that mean and variance, by its power series with whole numbers
scaled by 2^300: no term is negative, so nothing cancels. calm.csv: -log10 of the upper tail of the gamma distribution of
mean 1, by mpmath.
"""
import math, os, random
import mpmath as mp

mp.mp.dps = 50
HERE = os.path.dirname(os.path.abspath(__file__))
SCALE = 300
LEAST = mp.mpf(10) ** -300


def scaled(x):
    """A rational or float as a whole number of 2^-300."""
    return int(mp.nint(mp.ldexp(x, SCALE)))


def ln_at(x, mean, variance):
    """ln P(X = x); Poisson where the variance is no larger than the mean."""
    x, m, v = mp.mpf(x), mp.mpf(mean), mp.mpf(variance)
    if variance <= mean * (1 + 1e-7):
        return x * mp.log(m) - m - mp.loggamma(x + 1)
    with mp.workdps(90):                  # r may be 1e13 times x, and then its gamma functions cancel
        r = m * m / (v - m)
        return mp.loggamma(r + x) - mp.loggamma(r) - mp.loggamma(x + 1) + r * mp.log(m / v) + x * mp.log((v - m) / v)


def ln_mid_p(x, mean, variance):
    """ln of P(X > x) + P(X = x)/2: P(X = x) times a sum over ratios of neighbouring terms."""
    m, v = mp.mpf(mean), mp.mpf(variance)
    poisson = variance <= mean * (1 + 1e-7)
    with mp.workdps(100):
        first, share = (m, mp.mpf(0)) if poisson else (m * m / v, (v - m) / v)
        first, share = scaled(first), scaled(share)
        at = scaled(mp.mpf(x))
    one = 1 << SCALE
    term, total, steps = one, one >> 1, 0
    while True:
        above = first + (share * at >> SCALE)
        at += one
        term = term * above // at
        total += term
        steps += 1
        if above < at and term * at < (total * (at - above)) >> 150:      # what is left is below term / (1 - ratio)
            break
        assert steps < 40_000_000
    p = ln_at(x, mean, variance) + mp.log(mp.ldexp(total, -SCALE))
    return min(max(p, mp.log(LEAST)), mp.mpf(0))


def evidence(shape, l):
    q = mp.gammainc(mp.mpf(shape), mp.mpf(shape) * mp.mpf(l), regularized=True) if l else mp.mpf(1)
    return -mp.log10(max(q, LEAST))


def x_of(ln_p, mean, variance, whole):
    """A count above the mean whose P(X = x) is about that."""
    low, high = mean, mean + 1
    with mp.workdps(20):
        while ln_at(high, mean, variance) > ln_p and high < 1e7:
            low, high = high, 2 * high
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if ln_at(middle, mean, variance) > ln_p else (low, middle)
    return float(math.floor(low)) if whole else round(low, 4)


def rows(count, seed=20260712):
    """Corners first, then random ones: mean and overdispersion log-uniform, x near the mean or deep in the tail."""
    rng, out = random.Random(seed), []
    laws = [(1e-12, 1.5), (1e-12, 1e4), (1e-6, 1), (1e-3, 1.2), (0.5, 1), (0.5, 1 + 2e-7), (3.0, 1 + 1e-6), (7.0, 2.0),
            (40.0, 1e4), (700.0, 1.5), (800.0, 1)]
    for mean, ratio in laws:
        for x in (0.0, 1.0, 2.0, 5.0, 50.0, 0.33, 2.7667):
            out.append((x, mean, mean * ratio))
    large = [(1e4, 1e4, 1), (1e4, 9.5e3, 3.0), (1e4, 1.2e4, 40.0), (1e6, 1e6, 1), (1e6, 9.9e5, 1.7), (1e6, 1.001e6, 2.0),
             (41.0, 41.0, 1.5), (40.0, 12.0, 1.5), (40.5, 12.0, 1.5)]
    for x, mean, ratio in large:
        out.append((x, mean, mean * ratio))
    while len(out) < count:
        mean = float(f"{10 ** rng.uniform(-4, 5):.6g}")
        variance = mean * float(f"{1 + 10 ** rng.uniform(-7.5, 4 if mean < 1e3 else 1.5):.9g}")
        sd, kind = math.sqrt(variance), rng.randrange(4)
        if kind == 0:
            x = max(0.0, mean + rng.gauss(0, 1.5) * sd)
        elif kind == 1:
            x = float(rng.randrange(0, 60))
        else:
            x = x_of(-rng.uniform(5, 667), mean, variance, True)
        x = round(x, 4) if rng.random() < 0.3 else float(round(x))
        if x <= 1e6:
            out.append((x, mean, variance))
    return out[:count]


def calm_rows():
    spread = [0.0, 1e-8, 1e-3, 0.05, 0.3, 0.7, 1.0, 1.6, 2.3, 3.0, 3.4, 3.6, 4.5, 7.0, 12.0, 30.0, 90.0, 200.0, 540.0,
              690.0]
    return [(shape, l) for shape in (0.2, 0.7, 1.0, 1.25, 2.5, 5.0) for l in spread]


def digits(x):
    return mp.nstr(x, 17, min_fixed=-1, max_fixed=-1, strip_zeros=True) if x else "0"


if __name__ == "__main__":
    with open(os.path.join(HERE, "tails.csv"), "w") as out:
        out.write("x,mean,variance,ln_p\n")
        for x, mean, variance in rows(200):
            out.write(f"{x!r},{mean!r},{variance!r},{digits(ln_mid_p(x, mean, variance))}\n")
    with open(os.path.join(HERE, "calm.csv"), "w") as out:
        out.write("shape,l,evidence\n")
        for shape, l in calm_rows():
            out.write(f"{shape!r},{l!r},{digits(evidence(shape, l))}\n")
