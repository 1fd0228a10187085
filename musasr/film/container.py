"""A film's file: pictures as H.264 and sound as AAC in MP4, written as they come, in little memory."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np

VIDEO_CODEC, AUDIO_CODEC = "libx264", "aac"
AUDIO_BIT_RATE = 64000
BYTES_PER_SECOND = 1.25 * AUDIO_BIT_RATE / 8  # about: the pictures are simple


class FilmWriter:
    """Writes scenes one after the other; the same scenes give the same bytes."""

    def __init__(self, path: Path, *, sampling_rate: int, size: tuple[int, int], pictures_per_second: int):
        """Open the file.

        Args:
            path: An .mp4, replaced.
            sampling_rate: Of the sound, Hz.
            size: Of the pictures, width and height in pixels.
            pictures_per_second: As it says.
        """
        import av

        self._sampling_rate, self._picture_rate = sampling_rate, pictures_per_second
        # bitexact: no date and no version in the file.
        self._container = av.open(str(path), "w", format="mp4", container_options={"fflags": "+bitexact"})
        # One thread: a film is made on several processes, and x264's bytes depend on its threads.
        options = {"preset": "ultrafast", "crf": "30", "threads": "1"}
        self._video = self._container.add_stream(VIDEO_CODEC, rate=pictures_per_second, options=options)
        self._video.width, self._video.height = size
        self._video.pix_fmt = "yuv420p"
        self._audio = self._container.add_stream(
            AUDIO_CODEC, rate=sampling_rate, layout="mono", options={"aac_coder": "fast"}
        )
        self._audio.bit_rate = AUDIO_BIT_RATE
        self._num_pictures = self._num_samples = 0

    def __enter__(self) -> "FilmWriter":
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        """Finish the file, or after an error only let go of it."""
        if kind is None:
            for stream in (self._video, self._audio):
                self._container.mux(stream.encode(None))
        self._container.close()

    def add(self, samples: np.ndarray, pictures: Iterable[np.ndarray]) -> None:
        """Write a scene, its sound beside its pictures.

        Args:
            samples: (T,) int16: as long as the pictures last, rounded to the film's grid of samples.
            pictures: (3 height / 2, width) uint8 each.
        """
        first = self._num_samples
        for picture in pictures:
            self._add_picture(picture)
            shown = Fraction(self._num_pictures * self._sampling_rate, self._picture_rate)
            self._add_samples(samples[self._num_samples - first : round(shown) - first])
        self._add_samples(samples[self._num_samples - first :])

    def _add_picture(self, picture: np.ndarray) -> None:
        import av

        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = self._num_pictures, Fraction(1, self._picture_rate)
        self._num_pictures += 1
        self._container.mux(self._video.encode(frame))

    def _add_samples(self, samples: np.ndarray) -> None:
        import av

        if not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples)[None], format="s16", layout="mono")
        frame.sample_rate, frame.time_base = self._sampling_rate, Fraction(1, self._sampling_rate)
        frame.pts = self._num_samples
        self._num_samples += len(samples)
        self._container.mux(self._audio.encode(frame))
