"""Every key of a transcription (conf/separation.yaml, conf/transcribe.yaml): what it takes, and what it is.

egs/SETTINGS.md shows this table behind that of the recipes, `musasr.recipe.keys`.
"""

from musasr.recipe.diarization_keys import SEGMENTER
from musasr.recipe.keys import KEYS, Key, level, seconds
from musasr.recipe.values import (
    Kind,
    between_0_and_1,
    fraction,
    list_of,
    number,
    one_of,
    or_null,
    path,
    settings,
    text,
    whole,
)

FILES = ("separation.yaml", "transcribe.yaml")  # of conf/: their sections together are the settings
AUTO, SEPARATED, MIXTURE = "auto", "separated", "mixture"
WAYS = ("raw", "separated", "blend", "gated", "surest")  # see musasr.transcribe.hearing
INPUTS = (AUTO, *WAYS)

not_negative = number(least=0)
line = whole(least=4, most=1000)
SEARCH = ("beam_size", "ctc_weight", "length_bonus", "normalize_length", "maxlenratio", "minlenratio")
colour = Kind("a colour", lambda value: isinstance(value, str) and len(value) == 7 and value[0] == "#")

TRANSCRIPTION_KEYS = {
    "separation": Key(settings, "how sound is taken apart; of musasr separate too"),
    "separation.chunk_seconds": Key(seconds, "what a separator sees at once: memory grows with it"),
    "separation.overlap_seconds": Key(not_negative, "that two chunks share: the one fades into the other"),
    "segments": Key(settings, "where somebody speaks"),
    "segments.segmenter": Key(
        or_null(path), f"{SEGMENTER}, that finds it; null: silero's; auto: PyanNet where it was fetched"
    ),
    "segments.searched": Key(one_of(AUTO, SEPARATED, MIXTURE), "what it is looked for in"),
    "segments.onset": Key(between_0_and_1, "probability of speech that begins a segment"),
    "segments.offset": Key(between_0_and_1, "and below which it ends"),
    "segments.min_speech": Key(not_negative, "seconds; what is shorter is no speech"),
    "segments.min_silence": Key(not_negative, "seconds without speech that end a segment"),
    "segments.padding": Key(not_negative, "seconds shown before and after it"),
    "segments.max_seconds": Key(seconds, "a longer segment is cut where speech is least likely"),
    "segments.min_level_db": Key(level, "of the speech, re full scale: what is quieter is none"),
    "segments.max_below_mixture_db": Key(
        level, "speech further below the mixture is what a separator leaves"
    ),
    "input": Key(settings, "what the recogniser hears"),
    "input.kind": Key(
        one_of(*INPUTS),
        "the mixture, the speech estimate, a blend, the surest of several readings, or what suits the model",
    ),
    "input.precision": Key(
        or_null(one_of("auto", "32-true", "bf16-mixed")),
        "of the separator; null: auto if it was trained in less than float32",
    ),
    "input.add_back_db": Key(level, "how far below the speech the music stands in a blend"),
    "input.surest_of_db": Key(
        list_of(level, "levels in dB", least=1),
        "how far below the speech the music stands in the blends that surest reads",
    ),
    "input.gate": Key(settings, "where a gated blend lets the mixture pass"),
    "input.gate.low_db": Key(level, "speech over music at which the blend passes alone"),
    "input.gate.high_db": Key(level, "and above which the mixture does"),
    "input.gate.seconds": Key(seconds, "over about which it is measured"),
    "reading": Key(settings, "how the recogniser reads; null: as its model's own settings say"),
    "reading.batch_seconds": Key(seconds, "audio read at once: memory grows with it"),
    "reading.language_seconds": Key(
        not_negative, "of speech at the start, by which a recording's language is found; 0: of each segment"
    ),
    "reading.beam_size": Key(or_null(whole(least=1, most=1000)), "hypotheses that the search keeps"),
    "reading.ctc_weight": Key(or_null(fraction), "of CTC in the score, against attention"),
    "reading.by_tag": Key(
        or_null(settings), "what the music's station, or else its likeliest tag, changes of the search"
    ),
    "reading.by_tag.*": Key(settings, "changes where a tagger hears this station or tag first"),
    **{f"reading.by_tag.*.{key}": KEYS[f"decode.{key}"]._replace(is_optional=True) for key in SEARCH},
    "reading.min_confidence": Key(
        or_null(fraction), "mean of a segment's words below which it is left out: singing, say"
    ),
    "reading.compute_type": Key(text, "of the weights of Whisper by faster-whisper"),
    "reading.no_speech_threshold": Key(
        fraction, "probability of no speech above which Whisper's text is doubted"
    ),
    "reading.log_prob_threshold": Key(
        number(), "mean log probability a token below which a doubted one is left out"
    ),
    "reading.compression_ratio_threshold": Key(
        number(above=1), "a text of Whisper's that zlib makes smaller by more repeats itself"
    ),
    "output": Key(settings, "the files"),
    "output.save_seconds": Key(not_negative, "between two versions of subtitles that are not complete yet"),
    "subtitles": Key(settings, "how words become subtitles"),
    "subtitles.max_line_length": Key(line, "characters"),
    "subtitles.max_lines": Key(whole(least=1, most=10), "of a cue"),
    "subtitles.max_chars_per_second": Key(seconds, "that a viewer can read"),
    "subtitles.full_width": Key(settings, "for text of full-width characters, half-width counting half"),
    "subtitles.full_width.max_line_length": Key(line, "characters"),
    "subtitles.full_width.max_chars_per_second": Key(seconds, "that a viewer can read"),
    "subtitles.min_duration": Key(not_negative, "seconds; a cue is shown longer where there is room"),
    "subtitles.max_duration": Key(seconds, "seconds; also how long a cue may be spoken"),
    "subtitles.max_extension": Key(not_negative, "seconds that a cue may outlast its words"),
    "subtitles.min_gap": Key(not_negative, "seconds between two cues"),
    "subtitles.max_pause": Key(not_negative, "seconds without words that no cue is shown across"),
    "subtitles.low_confidence": Key(fraction, "a word below it is marked on the page"),
    "subtitles.speaker_colours": Key(
        list_of(colour, "colours such as '#ffe066'", least=1), "in ass, one after another"
    ),
}
