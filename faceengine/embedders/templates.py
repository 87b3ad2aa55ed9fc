"""Where the five landmarks lie in the crop that a recognition network was trained on."""

from __future__ import annotations

from faceengine.alignment import Template

#: InsightFace's pose for crops of 112 pixels (insightface/utils/face_align.py), as OpenCV's
#: FaceRecognizerSF has it, too.
_ARCFACE = (
    (38.2946 / 112, 51.6963 / 112),
    (73.5318 / 112, 51.5014 / 112),
    (56.0252 / 112, 71.7366 / 112),
    (41.5493 / 112, 92.3655 / 112),
    (70.7299 / 112, 92.2041 / 112),
)
ARCFACE = Template(_ARCFACE, size=112)

#: The pose of Intel's face-reidentification-retail-0095, from the documentation of the model.
RETAIL_0095 = Template(
    points=(
        (0.31556875, 0.46157410),
        (0.68262292, 0.46157410),
        (0.50026250, 0.64050535),
        (0.34947187, 0.82469196),
        (0.65343645, 0.82325089),
    ),
    size=128,
)

#: The mean pose of OpenFace (openface/align_dlib.py, MINMAX_TEMPLATE): its 68 points reduced to the
#: middles of the eyes, the tip of the nose and the corners of the mouth.
OPENFACE = Template(
    ((0.2774, 0.1673), (0.7061, 0.1590), (0.4921, 0.4221), (0.3071, 0.6418), (0.6954, 0.6341)),
    size=96,
)

#: Landmarks in boxes of YuNet, from their middle, in units of the root of their area: the mean of
#: 326 pictures of LFW, mirrored and averaged.
IN_A_BOX = ((-0.194, -0.132), (0.194, -0.132), (0.0, 0.097), (-0.169, 0.276), (0.169, 0.276))


def boxed(size: int, widening: float) -> Template:
    """The crop of a network that was trained on upright boxes, widened by a factor.

    FaceNet was trained on boxes of MTCNN with a margin of 44 pixels in 182 (align_dataset_mtcnn.py:
    about 1.3), VGGFace2 on boxes widened by 0.3 (Cao et al. 2018, arXiv:1710.08092).
    """
    points = tuple((0.5 + x / widening, 0.5 + y / widening) for x, y in IN_A_BOX)
    return Template(points, size)
