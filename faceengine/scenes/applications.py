"""The networks of `keras.applications`, as Keras 3 publishes them without their top.

Written down here so that a name is understood without TensorFlow, which takes seconds to import;
a test compares every row with Keras itself. Sides are those that the weights were trained with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from faceengine.packs import WeightFile
from faceengine.scenes.backbone import Backbone, Scaling

_HOME = "https://storage.googleapis.com/tensorflow/keras-applications/"
_PLAIN_HOME = "https://storage.googleapis.com/keras-applications/"
_ORDERED = "{}_weights_tf_dim_ordering_tf_kernels_notop.h5"
_SHORT = "{}_notop.h5"

#: Class, dimensions, side, checksum (none where Keras states none), and what the name of its file
#: is made of.
_Row = tuple[str, int, int, str, str]


# these networks rescale inside
_INSIDE = Scaling()
_TO_ONE = Scaling(mean=(127.5, 127.5, 127.5), deviation=(127.5, 127.5, 127.5))
# the means and deviations of ImageNet, as Caffe and Torch take them
_LESS_MEAN = Scaling(mean=(103.939, 116.779, 123.68), is_bgr=True)
_BY_DEVIATION = Scaling(mean=(123.675, 116.28, 103.53), deviation=(58.395, 57.12, 57.375))


def _family(
    home: str, pattern: str, licence: str, scaling: Scaling, rows: Sequence[_Row]
) -> list[Backbone]:
    names = [pattern.format(row[-1]) for row in rows]
    return [
        _application(row, licence, scaling, name, home + name)
        for row, name in zip(rows, names, strict=True)
    ]


def _application(row: _Row, licence: str, scaling: Scaling, file: str, url: str) -> Backbone:
    title, dimensions, side, digest, _ = row
    algorithm = "sha256" if len(digest) == 64 else "md5"
    return Backbone(
        name=title.lower(),
        title=f"{title} of Keras",
        licence=licence,
        files=(WeightFile(file, 0, algorithm, digest, (url,), keras=title.lower()),),
        dimensions=dimensions,
        side=side,
        application=title,
        scaling=scaling,
    )


_EFFICIENTNET = _family(
    _PLAIN_HOME,
    _SHORT,
    "Apache-2.0",
    _INSIDE,
    (
        ("EfficientNetB0", 1280, 224, "50bc09e76180e00e4465e1a485ddc09d", "efficientnetb0"),
        ("EfficientNetB1", 1280, 240, "74c4e6b3e1f6a1eea24c589628592432", "efficientnetb1"),
        ("EfficientNetB2", 1408, 260, "111f8e2ac8aa800a7a99e3239f7bfb39", "efficientnetb2"),
        ("EfficientNetB3", 1536, 300, "af6d107764bb5b1abb91932881670226", "efficientnetb3"),
        ("EfficientNetB4", 1792, 380, "ebc24e6d6c33eaebbd558eafbeedf1ba", "efficientnetb4"),
        ("EfficientNetB5", 2048, 456, "38879255a25d3c92d5e44e04ae6cec6f", "efficientnetb5"),
        ("EfficientNetB6", 2304, 528, "9ecce42647a20130c1f39a5d4cb75743", "efficientnetb6"),
        ("EfficientNetB7", 2560, 600, "cbcfe4450ddf6f3ad90b1b398090fe4a", "efficientnetb7"),
    ),
)
_EFFICIENTNET_V2 = _family(
    _HOME + "efficientnet_v2/",
    _SHORT,
    "Apache-2.0",
    _INSIDE,
    (
        ("EfficientNetV2B0", 1280, 224, "893217f2bb855e2983157299931e43ff", "efficientnetv2-b0"),
        ("EfficientNetV2B1", 1280, 240, "0e80663031ca32d657f9caa404b6ec37", "efficientnetv2-b1"),
        ("EfficientNetV2B2", 1408, 260, "1dfe2e7a5d45b6632553a8961ea609eb", "efficientnetv2-b2"),
        ("EfficientNetV2B3", 1536, 300, "f6abf7b5849ac99a89b50dd3fd532856", "efficientnetv2-b3"),
        ("EfficientNetV2S", 1280, 384, "af0682fb74e8c54910f2d4393339c070", "efficientnetv2-s"),
        ("EfficientNetV2M", 1280, 480, "1b8dc055df72dde80d614482840fe342", "efficientnetv2-m"),
        ("EfficientNetV2L", 1280, 480, "b0b66b5c863aef5b46e8608fe1711615", "efficientnetv2-l"),
    ),
)
_RESNET = _family(
    _HOME + "resnet/",
    _ORDERED,
    "MIT",
    _LESS_MEAN,
    (
        ("ResNet50", 2048, 224, "4d473c1dd8becc155b73f8504c6f6626", "resnet50"),
        ("ResNet101", 2048, 224, "88cf7a10940856eca736dc7b7e228a21", "resnet101"),
        ("ResNet152", 2048, 224, "ee4c566cf9a93f14d82f913c2dc6dd0c", "resnet152"),
    ),
)
_RESNET_V2 = _family(
    _HOME + "resnet/",
    _ORDERED,
    "MIT",
    _TO_ONE,
    (
        ("ResNet50V2", 2048, 224, "fac2f116257151a9d068a22e544a4917", "resnet50v2"),
        ("ResNet101V2", 2048, 224, "c0ed64b8031c3730f411d2eb4eea35b5", "resnet101v2"),
        ("ResNet152V2", 2048, 224, "ed17cf2e0169df9d443503ef94b23b33", "resnet152v2"),
    ),
)
_VGG16 = _family(
    _HOME + "vgg16/",
    _ORDERED,
    "CC-BY-4.0",
    _LESS_MEAN,
    (("VGG16", 512, 224, "6d6bbae143d832006294945121d1f1fc", "vgg16"),),
)
_VGG19 = _family(
    _HOME + "vgg19/",
    _ORDERED,
    "CC-BY-4.0",
    _LESS_MEAN,
    (("VGG19", 512, 224, "253f8cb515780f3b799900260a226db6", "vgg19"),),
)
_INCEPTION_V3 = _family(
    _HOME + "inception_v3/",
    _ORDERED,
    "Apache-2.0",
    _TO_ONE,
    (("InceptionV3", 2048, 299, "bcbd6486424b2319ff4ef7d526e38f63", "inception_v3"),),
)
_INCEPTION_RESNET = _family(
    _HOME + "inception_resnet_v2/",
    _ORDERED,
    "Apache-2.0",
    _TO_ONE,
    (("InceptionResNetV2", 1536, 299, "d19885ff4a710c122648d3b5c3b684e4", "inception_resnet_v2"),),
)
_XCEPTION = _family(
    _HOME + "xception/",
    _ORDERED,
    "MIT",
    _TO_ONE,
    (("Xception", 2048, 299, "b0042744bf5b25fce3cb969f33bebb97", "xception"),),
)
_MOBILENET_V3 = _family(
    _HOME + "mobilenet_v3/",
    "weights_mobilenet_v3_{}_224_1.0_float_no_top_v2.h5",
    "Apache-2.0",
    _INSIDE,
    (
        ("MobileNetV3Small", 576, 224, "d3e8ec802a04aa4fc771ee12a9a9b836", "small"),
        ("MobileNetV3Large", 960, 224, "07fb09a5933dd0c8eaafa16978110389", "large"),
    ),
)
_MOBILENET_V2 = _family(
    _HOME + "mobilenet_v2/",
    "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{}_224_no_top.h5",
    "Apache-2.0",
    _TO_ONE,
    (("MobileNetV2", 1280, 224, "", "1.0"),),
)
_MOBILENET = _family(
    _HOME + "mobilenet/",
    "mobilenet_{}_224_tf_no_top.h5",
    "Apache-2.0",
    _TO_ONE,
    (("MobileNet", 1024, 224, "", "1_0"),),
)
_DENSENET = _family(
    _HOME + "densenet/",
    _ORDERED,
    "BSD-3-Clause",
    _BY_DEVIATION,
    (
        ("DenseNet121", 1024, 224, "30ee3e1110167f948a6b9946edeeb738", "densenet121"),
        ("DenseNet169", 1664, 224, "b8c4d4c20dd625c148057b9ff1c1176b", "densenet169"),
        ("DenseNet201", 1920, 224, "c13680b51ded0fb44dff2d8f86ac8bb1", "densenet201"),
    ),
)
# Keras keeps these under another name than that of their home
_NASNET = [
    _application(row, "Apache-2.0", _TO_ONE, f"nasnet_{row[-1]}_no_top.h5", f"{_HOME}nasnet/{name}")
    for name, row in (
        (
            "NASNet-mobile-no-top.h5",
            ("NASNetMobile", 1056, 224, "1ed92395b5b598bdda52abe5c0dbfd63", "mobile"),
        ),
        (
            "NASNet-large-no-top.h5",
            ("NASNetLarge", 4032, 331, "d81d89dc07e6e56530c4e77faddd61b5", "large"),
        ),
    )
]
_CONVNEXT = _family(
    _HOME + "convnext/",
    "convnext_{}_notop.h5",
    "MIT",
    _INSIDE,
    (
        (
            "ConvNeXtTiny",
            768,
            224,
            "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
            "tiny",
        ),
        (
            "ConvNeXtSmall",
            768,
            224,
            "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab",
            "small",
        ),
        (
            "ConvNeXtBase",
            1024,
            224,
            "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45",
            "base",
        ),
        (
            "ConvNeXtLarge",
            1536,
            224,
            "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd",
            "large",
        ),
        (
            "ConvNeXtXLarge",
            2048,
            224,
            "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05",
            "xlarge",
        ),
    ),
)

#: By name, those that the documentation recommends first.
APPLICATIONS: Mapping[str, Backbone] = MappingProxyType(
    {
        backbone.name: backbone
        for family in (
            _EFFICIENTNET,
            _RESNET,
            _RESNET_V2,
            _VGG16,
            _INCEPTION_V3,
            _MOBILENET_V3,
            _VGG19,
            _EFFICIENTNET_V2,
            _INCEPTION_RESNET,
            _XCEPTION,
            _MOBILENET_V2,
            _MOBILENET,
            _DENSENET,
            _NASNET,
            _CONVNEXT,
        )
        for backbone in family
    }
)
