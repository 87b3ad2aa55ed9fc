"""`python -m faceengine photo.jpg …`: the faces in photos, as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from faceengine.catalog import PACKS
from faceengine.command_line import weights_from_environment
from faceengine.engine import FaceEngine
from faceengine.errors import FaceEngineError
from faceengine.faces import Face
from faceengine.guard import Guard

Record = dict[str, object]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON array with an entry a photo; 1 if one of them could not be read."""
    options = _parser().parse_args(arguments)
    weights = weights_from_environment()
    name = options.pack or ("open" if weights.is_ready(PACKS["open"]) else "dlib")
    try:
        engine = FaceEngine.load(name, weights)
    except FaceEngineError as error:
        print(error, file=sys.stderr)
        return 1
    with Guard() as guard:
        records = [
            _describe(engine, guard, path, with_embeddings=options.embeddings)
            for path in options.photos
        ]
    print(json.dumps(records, indent=2))
    return int(any("error" in record for record in records))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faceengine", description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--pack", help=f"{', '.join(PACKS)}; the best that is installed by default")
    parser.add_argument("--embeddings", action="store_true", help="print the vectors too")
    return parser


def _describe(engine: FaceEngine, guard: Guard, path: Path, *, with_embeddings: bool) -> Record:
    try:
        picture = guard.decode(path.read_bytes())
    except (OSError, FaceEngineError) as error:
        return {"photo": str(path), "error": str(error)}
    faces = [
        _to_record(face, with_embedding=with_embeddings)
        for face in engine.find_faces(picture.image)
    ]
    size = {"width": picture.width, "height": picture.height}
    return {"photo": str(path), **size, "model": engine.pack.key, "faces": faces}


def _to_record(face: Face, *, with_embedding: bool) -> Record:
    record: Record = {
        "box": asdict(face.box),
        "landmarks": asdict(face.landmarks),
        "score": face.score,
        "quality": face.quality,
        "dimensions": len(face.embedding),
    }
    if with_embedding:
        record["embedding"] = face.embedding.tolist()
    return record


if __name__ == "__main__":
    sys.exit(main())
