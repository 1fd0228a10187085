"""Every key of a diarisation (conf/diarization.yaml): what it takes, and what it is.

egs/SETTINGS.md shows this table with the keys of the recipe of diarisation, `musasr.diarization.keys`.
"""

from musasr.recipe.keys import Key, seconds
from musasr.recipe.values import Kind, between_0_and_1, flag, number, one_of, or_null, path, settings, whole

FILE = "diarization.yaml"  # of conf/
DETECTORS = ("silero", "webrtc", "segmenter")
SEGMENTER = "ONNX, waveforms (B, 1, T) to activity (B, L, S) of speakers, or PyanNet's weights (.pt)"
LINKAGES = ("average", "complete", "single")

not_negative = number(least=0)
frame = Kind("10, 20 or 30", lambda value: value in (10, 20, 30) and not isinstance(value, bool))

DIARIZATION_KEYS = {
    "activity": Key(settings, "where somebody speaks"),
    "activity.kind": Key(one_of(*DETECTORS), "the detector"),
    "activity.silero": Key(settings, "silero's network"),
    "activity.silero.onset": Key(between_0_and_1, "probability of speech that begins a span"),
    "activity.silero.offset": Key(between_0_and_1, "and below which it ends"),
    "activity.silero.min_speech": Key(not_negative, "seconds; shorter spans are no speech"),
    "activity.silero.min_silence": Key(not_negative, "seconds without speech that end a span"),
    "activity.silero.padding": Key(not_negative, "seconds added before and after a span"),
    "activity.segmenter": Key(settings, "a network of several speakers: speech is where one is active"),
    "activity.segmenter.segmenter": Key(or_null(path), SEGMENTER),
    "activity.segmenter.seconds": Key(number(least=0.1, most=600), "of what it hears at once"),
    "activity.segmenter.onset": Key(between_0_and_1, "activity of a speaker from which it counts"),
    "activity.webrtc": Key(settings, "WebRTC's detector, and a collector of its frames"),
    "activity.webrtc.mode": Key(whole(least=0, most=3), "0: most is speech, 3: least is"),
    "activity.webrtc.frame_ms": Key(frame, "milliseconds of a frame, each speech or not"),
    "activity.webrtc.padding_ms": Key(
        whole(least=30, most=10_000), "milliseconds that the collector looks at"
    ),
    "activity.webrtc.fraction": Key(
        between_0_and_1, "of their frames that must be speech to begin a span, or none to end it"
    ),
    "dereverberation": Key(settings, "echoes taken out first, by weighted prediction error (WPE)"),
    "dereverberation.is_on": Key(flag, "whether they are"),
    "dereverberation.taps": Key(whole(least=1, most=100), "frames that predict each other one's echo"),
    "dereverberation.delay": Key(whole(least=1, most=100), "frames between them and it"),
    "dereverberation.iterations": Key(whole(least=1, most=100), "in which power and filter are found"),
    "dereverberation.size": Key(whole(least=64, most=8192), "samples of a frame of the STFT"),
    "dereverberation.shift": Key(whole(least=16, most=8192), "and between two frames"),
    "windows": Key(settings, "of the speech: each gets a vector of its voice"),
    "windows.seconds": Key(number(least=0.1, most=60), "their length"),
    "windows.shift": Key(seconds, "between the beginnings of two"),
    "windows.segment_seconds": Key(
        or_null(number(least=0.1, most=60)),
        "a window's vector is the mean of those of segments of this length; null: of the whole window",
    ),
    "clustering": Key(settings, "which windows are of one voice"),
    "clustering.linkage": Key(one_of(*LINKAGES), "how far two clusters are from each other"),
    "clustering.smallest": Key(
        whole(least=1, most=10_000), "windows that a speaker has at least; fewer go to who sounds most alike"
    ),
    "clustering.threshold": Key(
        number(least=0, most=2), "cosine distance up to which clusters become one; each network has its own"
    ),
    "overlap": Key(settings, "second speakers, where two speak at once"),
    "overlap.segmenter": Key(or_null(path), f"{SEGMENTER}; null: nobody is second"),
    "overlap.seconds": Key(number(least=0.1, most=600), "of what the segmenter hears at once"),
    "overlap.onset": Key(between_0_and_1, "activity of the second speaker from which it counts"),
}
