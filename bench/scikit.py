# Fits scikit-learn's NMF by coordinate descent: doubles by columns in the file DIR/V, and in DIR/W and DIR/H the start,
# unless it is to make one as it does by default; both are overwritten. Prints CPU seconds, with those of a start of its
# own, and iterations.
#   python3 bench/scikit.py DIR N M K ITERATIONS [own]
import sys
import time
import warnings

import numpy as np
from sklearn.decomposition import non_negative_factorization

warnings.filterwarnings("ignore")
folder, n, m, k, iterations = sys.argv[1], *map(int, sys.argv[2:6])


def read(name, rows, columns):
    return np.fromfile(f"{folder}/{name}").reshape((columns, rows)).T.copy()


V = read("V", n, m)
start = {"init": None, "random_state": 1}
if sys.argv[6:] != ["own"]:
    start = {"init": "custom", "W": read("W", n, k), "H": read("H", k, m)}
began = time.process_time()
W, H, done = non_negative_factorization(V, n_components=k, solver="cd", tol=0, max_iter=iterations, **start)
seconds = time.process_time() - began
W.T.tofile(f"{folder}/W")
H.T.tofile(f"{folder}/H")
print(seconds, done)
