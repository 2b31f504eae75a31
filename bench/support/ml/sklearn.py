"""Scores the same splits with scikit-learn.

Usage: python3 sklearn.py <folder>. Reads <folder>/splits.json, a list of
{id, columns, seed, forests}; for each the files <id>.train, <id>.window (part of train,
for the models that are fitted on few rows) and <id>.test of float64 rows. Writes
<id>.isolation_forest.<0 to forests - 1>, <id>.local_outlier_factor and
<id>.one_class_svm: one
float64 score per row of test, higher is more unusual.
"""

import json
import os
import sys

# This file's own name must not hide the library.
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

folder = sys.argv[1]


def rows(split, part):
    values = np.fromfile(os.path.join(folder, f"{split['id']}.{part}"), dtype="<f8")
    return values.reshape(-1, split["columns"])


def save(split, model, scores):
    scores.astype("<f8").tofile(os.path.join(folder, f"{split['id']}.{model}"))


with open(os.path.join(folder, "splits.json"), encoding="utf8") as file:
    splits = json.load(file)

for split in splits:
    train, window, test = (rows(split, part) for part in ("train", "window", "test"))
    for number in range(split["forests"]):
        forest = IsolationForest(
            n_estimators=100,
            max_samples=min(256, len(train)),
            random_state=1000 * split["seed"] + number,
        ).fit(train)
        save(split, f"isolation_forest.{number}", -forest.score_samples(test))
    scaler = StandardScaler().fit(window)
    known, asked = scaler.transform(window), scaler.transform(test)
    factor = LocalOutlierFactor(n_neighbors=min(20, len(known) - 1), novelty=True).fit(known)
    save(split, "local_outlier_factor", -factor.score_samples(asked))
    svm = OneClassSVM(nu=0.5, gamma="scale").fit(known)
    save(split, "one_class_svm", -svm.decision_function(asked))
