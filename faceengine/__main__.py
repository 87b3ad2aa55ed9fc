"""`python -m faceengine photo.jpg …`: the faces in photos, as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from faceengine.catalog import PACKS
from faceengine.command_line import explain, run, weights_from_environment
from faceengine.drawing import places_of_drawings, save_drawing
from faceengine.engine import FaceEngine
from faceengine.errors import FaceEngineError
from faceengine.faces import Face
from faceengine.guard import Guard
from faceengine.pipeline import Failure, Scanned, scan
from faceengine.weights import WeightState, WeightStore

Record = dict[str, object]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON array with an entry a photo; 1 if one of them could not be read or drawn."""
    options = _parser().parse_args(arguments)
    weights = weights_from_environment()
    try:
        engine = FaceEngine.load(options.pack or _usual_pack(weights), weights)
        drawings = _places(options.photos, options.draw)
        with Guard() as guard:
            answers = scan(engine, options.photos, guard)
            described = zip(options.photos, answers, drawings, strict=True)
            records = [
                _describe(engine, *one, with_embeddings=options.embeddings) for one in described
            ]
    except FaceEngineError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(records, indent=2))
    return int(any("error" in record for record in records))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faceengine", description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument(
        "--pack",
        help=f"{', '.join(PACKS)}, deepface:MODEL or DETECTOR+EMBEDDER; by default open if it is "
        "installed, otherwise dlib",
    )
    parser.add_argument("--embeddings", action="store_true", help="print the vectors too")
    parser.add_argument(
        "--draw", type=Path, metavar="FOLDER", help="write each photo there with its faces marked"
    )
    return parser


def _usual_pack(weights: WeightStore) -> str:
    """Of altered files `open` complains itself; another pack would hide them."""
    states = {status.state for status in weights.status(PACKS["open"])}
    return "dlib" if WeightState.MISSING in states else "open"


def _places(photos: Sequence[Path], folder: Path | None) -> Sequence[Path | None]:
    """Where each photo's drawing goes, if drawings are wanted. Raises: DrawingError."""
    return [None] * len(photos) if folder is None else places_of_drawings(photos, folder)


def _describe(
    engine: FaceEngine,
    path: Path,
    answer: Scanned | Failure,
    drawing: Path | None,
    *,
    with_embeddings: bool,
) -> Record:
    if not isinstance(answer, Scanned):
        return {"photo": str(path), "error": explain(answer)}
    picture = answer.picture
    if drawing:
        try:
            save_drawing(picture.image, answer.faces, drawing)
        except OSError as error:
            return {"photo": str(path), "error": explain(error)}
    records = [_to_record(face, with_embedding=with_embeddings) for face in answer.faces]
    size = {"width": picture.width, "height": picture.height}
    return {"photo": str(path), **size, "model": engine.pack.key, "faces": records}


def _to_record(face: Face, *, with_embedding: bool) -> Record:
    record: Record = {
        "box": asdict(face.box),
        "landmarks": asdict(face.landmarks),
        "score": face.score,
        "quality": face.quality,
        "weakness": face.weakness,
        "dimensions": len(face.embedding),
    }
    if with_embedding:
        record["embedding"] = face.embedding.tolist()
    return record


if __name__ == "__main__":
    run(main)
