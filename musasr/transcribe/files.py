"""Files transcribed: each from where an earlier run stopped, with valid subtitles at any time."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from musasr import __version__, audio
from musasr.digests import digest_of_tree
from musasr.errors import check_room
from musasr.kaldi.rttm import Turn
from musasr.transcribe.music import MusicFinder
from musasr.transcribe.outputs import PAGE, Outputs
from musasr.transcribe.picture import picture_of
from musasr.transcribe.progress_file import ProgressFile
from musasr.transcribe.recording import Recording
from musasr.transcribe.speakers import SpeakerFinder, with_speakers
from musasr.transcribe.system import TranscriptionSystem
from musasr.transcribe.transcribing import transcript_of
from musasr.transcribe.transcript import Transcript

BYTES_PER_SECOND = 3000  # about, of a recording: its progress takes 1600, transcript and subtitles less
WORDS_DEPEND_ON = ("separation", "segments", "input", "reading")  # sections of the settings


@dataclass(frozen=True)
class Transcribed:
    """What a file gave.

    Attributes:
        outputs: Its files.
        transcript: All of it.
        seconds: Of computing, in this run; 0 where all was done.
    """

    outputs: Outputs
    transcript: Transcript
    seconds: float


class FileTranscriber:
    """A system and settings at work on files."""

    def __init__(
        self,
        system: TranscriptionSystem,
        settings: Mapping[str, Any],
        *,
        stream: int = 0,
        speakers: SpeakerFinder | None = None,
        music: MusicFinder | None = None,
    ):
        """Take what is loaded.

        Args:
            system: What separates and reads.
            settings: All sections of the settings.
            stream: Which audio stream of each file.
            speakers: What says who speaks; None: nobody is told apart.
            music: What says which music is between the lines; None: nothing does.
        """
        self.system, self.settings, self.stream = system, settings, stream
        self.speakers, self.music = speakers, music

    def __call__(
        self,
        outputs: Outputs,
        *,
        on_begin: Callable[[float, float], None] = lambda done, duration: None,
        on_chunk: Callable[[float], None] = lambda end: None,
    ) -> Transcribed:
        """Transcribe a file and write its outputs; what an earlier run has done is not done again.

        Args:
            outputs: The file, and what it gives.
            on_begin: Is told how many seconds are done and how long the recording is.
            on_chunk: Is told how far the recording is separated, seconds.

        Raises:
            DataError: The file cannot be read.
            StateError: There is no room for what it gives.
        """
        begun = time.monotonic()
        media = audio.probe(outputs.media, stream=self.stream)
        progress = ProgressFile(outputs.progress, self._made_of(outputs))
        on_begin(progress.chunks[-1].end if progress.chunks else 0.0, media.duration)
        was_complete = progress.is_complete
        if not was_complete:
            need = media.duration * BYTES_PER_SECOND
            check_room(outputs.folder, need, "the subtitles and what is kept of the work")
            self._go_on(outputs, progress, on_chunk)
        transcript = self._write(outputs, progress)
        return Transcribed(outputs, transcript, 0.0 if was_complete else time.monotonic() - begun)

    def _go_on(self, outputs: Outputs, progress: ProgressFile, on_chunk: Callable[[float], None]) -> None:
        recording = Recording(self.system, self.settings, progress.chunks)
        rate = self.system.sampling_rate
        saved = time.monotonic()
        blocks = audio.stream_mono(outputs.media, sampling_rate=rate, stream=self.stream)
        for chunk in recording(blocks, on_chunk=on_chunk):
            progress.add(chunk)
            if time.monotonic() - saved >= self.settings["output"]["save_seconds"] and not chunk.is_last:
                self._write(outputs, progress)
                saved = time.monotonic()

    def _made_of(self, outputs: Outputs) -> dict[str, Any]:
        return {
            "musasr": __version__,
            "recording": digest_of_tree(outputs.media),
            "stream": self.stream,
            "system": self.system.digest,
            "settings": {name: self.settings[name] for name in WORDS_DEPEND_ON},
        }

    def _turns(self, outputs: Outputs, progress: ProgressFile) -> list[Turn]:
        return self.speakers.turns(
            outputs.media,
            stream=self.stream,
            speech=[span for chunk in progress.chunks for span in chunk.speech],
            kept=outputs.speakers,
            made_of=progress.made_of,
        )

    def _music(self, outputs: Outputs, transcript: Transcript, progress: ProgressFile) -> Transcript:
        """The complete transcript with the music between its lines."""
        found = self.music.spans(
            outputs.media, transcript, stream=self.stream, kept=outputs.music, made_of=progress.made_of
        )
        return replace(transcript, music=tuple(found))

    def _write(self, outputs: Outputs, progress: ProgressFile) -> Transcript:
        """Write what is done so far, and give it."""
        transcript = transcript_of(progress.chunks, self.system, source=outputs.media.name)
        if self.speakers is not None and transcript.is_complete:
            transcript = with_speakers(transcript, self._turns(outputs, progress))
        if self.music is not None and transcript.is_complete:
            transcript = self._music(outputs, transcript, progress)
        picture = None
        if PAGE in outputs.formats:
            picture = picture_of(progress.chunks, sampling_rate=self.system.sampling_rate)
        outputs.write(transcript, self.settings["subtitles"], picture=picture)
        return transcript
