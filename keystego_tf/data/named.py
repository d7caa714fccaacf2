"""Read covers from a named data set of tensorflow-datasets, which downloads it on first use."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from ..io.extras import how_to_install
from .encoded import CACHE_BYTES, EncodedCovers


class NamedCovers(EncodedCovers):
    """The ``image`` feature of a data set's split, kept encoded in memory."""

    def __init__(self, name: str, channels: int, least_side: int) -> None:
        """Load a data set NAME or NAME/SPLIT.

        SPLIT (default train) may be a slice such as ``train[:1000]``. A NAME with a configuration
        needs its SPLIT. ``channels``: 1 or 3; ``least_side``: of the shorter side, pixels. Raises
        ValueError if there are no images or they take more than CACHE_BYTES, and ImportError
        without tensorflow-datasets.
        """
        dataset, _, split = name.rpartition("/") if "/" in name else (name, "", "train")
        super().__init__(f"tfds:{dataset}/{split}", channels, least_side)
        self._encoded: list[bytes] = []
        total = 0
        for example in _examples(dataset, split):
            self._encoded.append(bytes(example["image"]))
            total += len(self._encoded[-1])
            if total > CACHE_BYTES:
                raise ValueError(
                    f"{self.name} takes more than {CACHE_BYTES} bytes: take a part of it, such as "
                    f"tfds:{dataset}/{split.partition('[')[0]}[:{len(self._encoded) - 1}]"
                )
        if not self._encoded:
            raise ValueError(f"{self.name} holds no usable cover: it has no images")

    def __len__(self) -> int:
        return len(self._encoded)

    def label(self, index: int) -> str:
        """Return the name of image ``index`` for messages."""
        return f"image {index} of {self.name}"

    def file_size(self, index: int) -> int:
        """Return the bytes of the encoded image."""
        return len(self._encoded[index])

    def _open(self, index: int) -> BytesIO:
        return BytesIO(self._encoded[index])


def _examples(dataset: str, split: str) -> Any:
    """Iterate over the split's examples in fixed order, with images as the bytes of their files."""
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise ImportError(
            f"tfds:{dataset} needs tensorflow-datasets: {how_to_install('datasets')}"
        ) from error
    if not hasattr(tfds, "builder"):  # it hides its own import errors
        raise ImportError(
            f"tfds:{dataset} needs tensorflow-datasets, which is installed but does not load: "
            "python -c 'import tensorflow_datasets.public_api' says why"
        )
    builder = tfds.builder(dataset)
    if "image" not in builder.info.features:
        features = ", ".join(builder.info.features)
        raise ValueError(f"{dataset} has the features {features}, but covers need 'image'")
    builder.download_and_prepare()
    undecoded = {"image": tfds.decode.SkipDecoding()}
    return tfds.as_numpy(builder.as_dataset(split=split, decoders=undecoded, shuffle_files=False))
