"""The model of docs/scaling.md: one application of the kernel to n^3 cells on a cube of ranks, radius r.  model.py [n [r]]"""
import sys

PER_CELL = {4: 4.6e-9, 8: 5.4e-9, 16: 6.6e-9, 32: 9.8e-9, 64: 17.0e-9}  # s, 256^3 on one core, from make bench
X_SHARE = 0.45  # of that in the pass along x
LATENCY = 2e-6  # s per message: a cluster's network, assumed
BANDWIDTH = 1e9  # bytes/s per rank, all cores of a node sending: assumed
BLOCK = 16  # rows done together


def record(width):
    """Bytes of a row on its way: values, and two numbers for each 64 cells."""
    return 8 * (width + 2 * -(-width // 64))


def application(n, side, r):
    """Per rank: cells along an axis, messages, bytes, seconds of computing, seconds of exchange that are not hidden."""
    w = -(-n // side)
    if side == 1:
        return w, 0, 0, CELL * w**3, 0
    partners = 2 * -(-r // w)
    sizes = [2 * r * w * w * 8, 2 * r * w * record(w), 2 * r * w * record(w)]
    times = [partners * LATENCY + size / BANDWIDTH for size in sizes]
    again = (r + BLOCK) * (1 + 0.25) / w  # rows of the x pass that are done twice
    compute = CELL * w**3 * (1 + X_SHARE * again)
    inner = max(0.0, 1 - 2 * r / w)
    hidden = [X_SHARE * min(1, 2 * r / w) * inner, 0.25 * 0.7 * inner, 0.7 * 0.75 * inner]
    exposed = sum(max(0.0, t - CELL * w**3 * h) for t, h in zip(times, hidden))
    return w, 3 * partners, sum(sizes), compute, exposed + 2 * LATENCY * (side**3).bit_length()


n, r = (int(given) for given in (sys.argv[1:] + ["4096", "16"][len(sys.argv) - 1:])[:2])
CELL = PER_CELL[r]
print("|ranks|cells per rank|messages|halo MB|halo/cells|computing ms|exposed ms|efficiency|")
print("|---|---|---|---|---|---|---|---|")
for side in (1, 2, 4, 8, 16, 22, 32):
    w, messages, size, compute, exposed = application(n, side, r)
    share = size / (8 * w**3)
    efficiency = CELL * n**3 / side**3 / (compute + exposed)
    print(f"|{side**3}|{w}^3|{messages}|{size / 1e6:.1f}|{100 * share:.0f} %|{1e3 * compute:.3g}|{1e3 * exposed:.3g}|{100 * efficiency:.0f} %|")
