# Fits scikit-learn's NMF by coordinate descent, from a start that is given: doubles by columns in the files DIR/V, DIR/W
# and DIR/H, of which W and H are overwritten. Prints CPU seconds and iterations.
#   python3 bench/scikit.py DIR N M K ITERATIONS
import sys
import time
import warnings

import numpy as np
from sklearn.decomposition import non_negative_factorization

warnings.filterwarnings("ignore")
folder, n, m, k, iterations = sys.argv[1], *map(int, sys.argv[2:6])


def read(name, rows, columns):
    return np.fromfile(f"{folder}/{name}").reshape((columns, rows)).T.copy()


V, W, H = read("V", n, m), read("W", n, k), read("H", k, m)
began = time.process_time()
W, H, done = non_negative_factorization(
    V, W=W, H=H, n_components=k, init="custom", solver="cd", tol=0, max_iter=iterations)
seconds = time.process_time() - began
W.T.tofile(f"{folder}/W")
H.T.tofile(f"{folder}/H")
print(seconds, done)
