"""Sound and faces of every clip of a set, read once and kept as arrays that a training opens by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from musasr.atomic import replacing
from musasr.audio import to_pcm16
from musasr.audio.pictures import stream_pictures
from musasr.corpora.contract import Skipped
from musasr.corpora.talking.clips import TABLE, Clip, read_clips, write_clips
from musasr.corpora.talking.detectors import detector_of
from musasr.corpora.talking.layout import DetectedFace, Face, face_of
from musasr.corpora.talking.tracking import face_of_clip, track_faces
from musasr.corpora.talking.tracks import read_track
from musasr.errors import DataError
from musasr.parallel import map_in_order

FULL_SCALE = 32768
MAX_LEFT_OUT_FRACTION = 0.5  # of a set's clips; above it something is wrong with all of them


@dataclass(frozen=True)
class Rates:
    """Of what a model is given: sides of crops in pixels, Hz, pictures a second, least seconds of a clip."""

    crop_size: int
    sampling_rate: int
    pictures_per_second: int
    least_seconds: float


def prepare_tracks(
    source: Path, output: Path, rates: Rates, *, num_jobs: int, face_detector: str | None = None
) -> list[Skipped]:
    """Write output/NAME.sound.npy and NAME.face.npy of each clip, and output/clips.tsv of those that serve.

    Args:
        source: Holds a table of clips.
        output: The folder of the arrays.
        rates: As the model wants it.
        num_jobs: Processes.
        face_detector: Finds the face where no file says where it is; None: it is where the table says.

    Returns:
        The clips that were left out, and why.

    Raises:
        DataError: There is no such table, or more than half of the clips are left out.
    """
    clips = read_clips(source)
    output.mkdir(parents=True, exist_ok=True)
    work = partial(_prepare, source, output, rates, face_detector)
    results = list(map_in_order(work, clips, num_jobs=min(num_jobs, len(clips)), batch=8))
    skipped = [
        Skipped(clip.clip_id, reason)
        for clip, reason in zip(clips, results, strict=True)
        if reason is not None
    ]
    if len(skipped) > MAX_LEFT_OUT_FRACTION * len(clips):
        what = f"{len(skipped)} of {len(clips)} clips cannot be used, such as {skipped[0].name}"
        raise DataError(f"{what}: {skipped[0].reason}", where=source / TABLE, mend="mend the clips")
    left_out = {one.name for one in skipped}
    write_clips(output, [clip for clip in clips if clip.clip_id not in left_out])
    return skipped


def _prepare(source: Path, output: Path, rates: Rates, face_detector: str | None, clip: Clip) -> str | None:
    """Make a clip's arrays; return why it is left out."""
    try:
        track = read_track(
            clip.film,
            _face(clip, source, rates, face_detector),
            size=rates.crop_size,
            sampling_rate=rates.sampling_rate,
            pictures_per_second=rates.pictures_per_second,
            start=clip.start,
            end=clip.end,
        )
        faces = track.crops if clip.vectors is None else _vectors(clip.vectors, len(track.crops))
    except DataError as error:
        return str(error)
    if len(track.crops) < rates.least_seconds * rates.pictures_per_second:
        return f"is shorter than {rates.least_seconds:g} s"
    for name, values in (("sound", to_pcm16(track.samples)), ("face", faces)):
        with replacing(_array(output, clip.clip_id, name)) as temporary:
            np.save(temporary, values)
    return None


def _face(clip: Clip, source: Path, rates: Rates, face_detector: str | None) -> Face:
    """Where a clip's face is, found if need be: neither boxes nor vectors of another program are there.

    Raises:
        DataError: It is not found, or the boxes are broken.
    """
    face = face_of(clip.face, source)
    if face_detector is None or clip.vectors is not None or isinstance(face, DetectedFace):
        return face
    rate = rates.pictures_per_second
    pictures = stream_pictures(clip.film, pictures_per_second=rate, start=clip.start, end=clip.end)
    tracks = track_faces(pictures, detector_of(face_detector))
    return face_of_clip(tracks, face.box if clip.face else None, where=clip.film)


def _vectors(path: Path, num_pictures: int) -> np.ndarray:
    """Another program's face vectors (V, D) float32, one a picture.

    Raises:
        DataError: The file is missing or broken, or has other pictures than the clip.
    """
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError("holds no face vectors", where=path, mend="make it with numpy.save") from error
    if vectors.ndim != 2 or len(vectors) < num_pictures:
        what = f"has the shape {vectors.shape}, and the clip {num_pictures} pictures"
        raise DataError(what, where=path, mend="give one vector a picture, at the model's rate")
    return vectors[:num_pictures].astype(np.float32)


def _array(folder: Path, clip_id: str, name: str) -> Path:
    return folder / f"{clip_id}.{name}.npy"


class Prepared:
    """What `prepare_tracks` made."""

    def __init__(self, folder: Path):
        """Read the table.

        Raises:
            DataError: There is none, or it is empty.
        """
        self.folder, self.clips = folder, read_clips(folder)
        if not self.clips:
            raise DataError("there are no clips", where=folder, mend="prepare the corpus")
        self.speaker_of = {clip.clip_id: clip.speaker_id for clip in self.clips}

    def ids(self) -> Sequence[str]:
        """The clips' names, in the table's order."""
        return list(self.speaker_of)

    def num_pictures(self, clip_id: str) -> int:
        """Of a clip."""
        return len(np.load(_array(self.folder, clip_id, "face"), mmap_mode="r"))

    def num_samples(self, clip_id: str) -> int:
        """Of a clip."""
        return len(np.load(_array(self.folder, clip_id, "sound"), mmap_mode="r"))

    def sound(self, clip_id: str, first: int, size: int) -> np.ndarray:
        """Samples (size,) float32 of a clip from a sample on."""
        values = np.load(_array(self.folder, clip_id, "sound"), mmap_mode="r")[first : first + size]
        return values.astype(np.float32) / FULL_SCALE

    def face(self, clip_id: str, first: int, size: int) -> np.ndarray:
        """Crops or vectors (size, ...) of a clip from a picture on."""
        return np.array(np.load(_array(self.folder, clip_id, "face"), mmap_mode="r")[first : first + size])
