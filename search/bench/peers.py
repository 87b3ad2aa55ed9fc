"""How others find the ten nearest of many vectors: each a function from a vector to their numbers.

Loaded here and nowhere else; `./run bench` installs them as the dependency group `bench`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from faceengine.catalog import get_pack
from faceengine.weights import WeightStore

Vectors: TypeAlias = NDArray[np.float32]
#: From a unit vector to the numbers of the vectors nearest to it.
Way: TypeAlias = Callable[[Vectors], Sequence[int]]

NEIGHBOURS = 10
#: As its authors' examples choose it: links of a vector, and candidates while building and asking.
FAISS_LINKS, FAISS_BUILDING, FAISS_ASKING = 32, 200, 64
DEEPFACE_DIMENSIONS = 128


def faiss_flat(vectors: Vectors) -> Way:
    """All compared, in memory: the limit of what exact comparing can reach."""
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return lambda probe: index.search(probe[np.newaxis], NEIGHBOURS)[1][0].tolist()


def faiss_hnsw(vectors: Vectors) -> Way:
    import faiss

    index = faiss.IndexHNSWFlat(vectors.shape[1], FAISS_LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = FAISS_BUILDING, FAISS_ASKING
    index.add(vectors)
    return lambda probe: index.search(probe[np.newaxis], NEIGHBOURS)[1][0].tolist()


def pgvector_by_default(vectors: Vectors, tenants: NDArray[np.int64]) -> tuple[Way, Way]:
    """A table of `vector`, an HNSW index with no option, a condition: as its manual begins.

    Args: the vectors, and the tenant of each. Returns: the search of all, and of the first tenant.
    """
    dimensions = vectors.shape[1]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_peer")
        cursor.execute(
            "CREATE TABLE bench_peer (id bigint PRIMARY KEY, tenant bigint NOT NULL, "
            f"embedding vector({dimensions:d}))"
        )
        cursor.execute(
            "INSERT INTO bench_peer SELECT face_id - (SELECT min(face_id) FROM "
            "galleries_facevector), gallery_id, vector::vector FROM galleries_facevector "
            "ORDER BY face_id LIMIT %s",
            [len(vectors)],
        )
        cursor.execute("CREATE INDEX ON bench_peer (tenant)")
        cursor.execute("CREATE INDEX ON bench_peer USING hnsw (embedding vector_cosine_ops)")
        cursor.execute("VACUUM ANALYZE bench_peer")

    def ask(probe: Vectors, condition: str, parameters: list[int]) -> list[int]:
        literal = "[" + ",".join(map(str, probe.tolist())) + "]"
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM bench_peer {condition} "  # noqa: S608 - one of the two below
                f"ORDER BY embedding <=> %s::vector LIMIT {NEIGHBOURS:d}",
                [*parameters, literal],
            )
            return [number for (number,) in cursor.fetchall()]

    tenant = int(tenants[0])
    return (
        lambda probe: ask(probe, "", []),
        lambda probe: ask(probe, "WHERE tenant = %s", [tenant]),
    )


def deepface(count: int, folder: Path, weights: WeightStore) -> dict[str, Callable[[], float]]:
    """`DeepFace.search` and `DeepFace.find` among `count` random vectors of its model Dlib.

    Each returns the milliseconds of one search less those of `DeepFace.represent`, which they
    begin with. Raises: WeightError.
    """
    descriptor = get_pack("dlib").embedder.files[0]
    link = folder / ".deepface" / "weights" / descriptor.name
    link.parent.mkdir(parents=True)
    link.symlink_to(weights.find(descriptor).resolve())
    os.environ |= {"DEEPFACE_HOME": str(folder), "TF_CPP_MIN_LOG_LEVEL": "3"}
    from deepface import DeepFace

    random = np.random.default_rng(0)
    vectors = random.standard_normal((count, DEEPFACE_DIMENSIONS))
    picture = random.integers(0, 255, (150, 150, 3)).astype(np.uint8)
    how = {"model_name": "Dlib", "detector_backend": "skip"}
    database = _fill_sqlite(vectors, folder / "faces.sqlite")
    pictures = _fill_folder(vectors, folder / "pictures")
    ways = {
        "DeepFace.search": lambda: DeepFace.search(
            picture, **how, database_type="sqlite", connection_details=str(database)
        ),
        "DeepFace.find": lambda: DeepFace.find(
            picture, str(pictures), **how, refresh_database=False, silent=True
        ),
    }
    DeepFace.represent(picture, **how)  # loads the model

    def less_describing(way: Callable[[], object]) -> float:
        describing = _milliseconds(lambda: DeepFace.represent(picture, **how))
        return _milliseconds(way) - describing

    return {name: partial(less_describing, way) for name, way in ways.items()}


def _fill_sqlite(vectors: NDArray[np.float64], path: Path) -> Path:
    from deepface.modules.database.sqlite import SqliteClient

    client = SqliteClient(connection_details=str(path))
    client.insert_embeddings(
        [
            {
                "img_name": f"{number}.jpg",
                "face": np.full((1, 1, 3), number, np.float32),
                "model_name": "Dlib",
                "detector_backend": "skip",
                "aligned": True,
                "l2_normalized": False,
                "embedding": vector.tolist(),
            }
            for number, vector in enumerate(vectors)
        ],
        batch_size=10_000,
    )
    client.close()
    return path


def _fill_folder(vectors: NDArray[np.float64], folder: Path) -> Path:
    """As `DeepFace.find` leaves a folder of pictures that it has described."""
    folder.mkdir()
    count = len(vectors)
    nothing = np.zeros(count, np.int64)
    np.savez(
        folder / "ds_model_dlib_detector_skip_aligned_normalization_base_expand_0.npz",
        embedding=vectors,
        has_embedding=np.ones(count, dtype=bool),
        identity=np.array([f"{number}.jpg" for number in range(count)]),
        hash=np.array([str(number) for number in range(count)]),
        target_x=nothing,
        target_y=nothing,
        target_w=nothing,
        target_h=nothing,
    )
    return folder


def _milliseconds(way: Callable[[], object]) -> float:
    started = time.perf_counter()
    way()
    return (time.perf_counter() - started) * 1000
