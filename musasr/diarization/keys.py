"""Every key of the recipe of diarisation (conf/diarization.yaml), beside those of `musasr diarize`."""

from musasr.recipe.diarization_keys import DIARIZATION_KEYS
from musasr.recipe.keys import KEYS as RECIPE
from musasr.recipe.keys import Key, level, seconds
from musasr.recipe.values import (
    Kind,
    bounds,
    flag,
    fraction,
    list_of,
    number,
    one_of,
    or_null,
    path,
    settings,
    text,
    tuple_of,
    whole,
)

SETS = ("train", "dev", "test")
# Keys of the main recipes that mean the same here; another speed would be another voice.
OF_MIXING = (
    "mixing.rooms.",
    *(f"mixing.variety.{effect}" for effect in ("equalizer_db", "low_pass_hz", "dispersion", "noise")),
)
count = whole(least=1, most=100_000)
counts = bounds(count)
span = bounds(number(least=0))
grid = Kind(
    "[least, most, step]",
    lambda value: (
        tuple_of(*[number(least=0, most=2)] * 3, words="").takes(value)
        and value[0] <= value[1]
        and value[2] > 0
    ),
)

KEYS = {
    **DIARIZATION_KEYS,
    "seed": Key(whole(least=0, most=2**32 - 1), "what every draw follows from"),
    "sampling_rate": Key(Kind("16000", lambda value: value == 16000), "of everything, Hz"),
    "max_skipped_fraction": Key(fraction, "of the music that may be left out as unusable"),
    "voices": Key(settings, "who the networks of voices are trained on, and who converses"),
    **{
        f"voices.speakers.{one}": Key(whole(least=2, most=10_000), f"voices of the {one} set") for one in SETS
    },
    **{
        f"voices.utterances.{one}": Key(whole(least=2, most=9999), f"utterances of each in the {one} set")
        for one in SETS
    },
    "conversations": Key(settings, "the embedded corpus"),
    "conversations.number.train": Key(whole(least=2, most=999), "conversations that UIS-RNN learns from"),
    "conversations.number.dev": Key(whole(least=1, most=999), "conversations that thresholds are chosen on"),
    "conversations.number.test": Key(whole(least=1, most=999), "conversations of the test"),
    "conversations.noise_db": Key(level, "white noise, dB re full scale"),
    "conversations.manners.seconds": Key(seconds, "length of a conversation, about"),
    "conversations.manners.num_speakers": Key(counts, "who takes part"),
    "conversations.manners.turn_utterances": Key(counts, "utterances of a turn"),
    "conversations.manners.breath_seconds": Key(span, "between the utterances of a turn"),
    "conversations.manners.pause_seconds": Key(span, "between two turns"),
    "conversations.manners.overlap_fraction": Key(
        fraction, "of the turns, which begin before the last one's end"
    ),
    "conversations.manners.overlap_seconds": Key(span, "how long before"),
    "conversations.rooms": Key(or_null(settings), "rooms as in conf/rooms.yaml; null: dry"),
    "music": Key(settings, "the music corpus; its type says which keys it has"),
    "network.embedding_size": Key(count, "values of a voice's vector"),
    "network.pooling": Key(one_of("sap", "asp"), "how frames become one vector"),
    "network.num_bands": Key(whole(least=8, most=512), "mel bands"),
    "network.trunk": Key(
        or_null(settings), "arguments of musasr.classifiers.se_resnet.SeResNet, beside ResNetSE34L's"
    ),
    "items.crop_seconds": Key(number(least=0.1, most=60), "what a training hears of an utterance"),
    "items.utterances_per_speaker": Key(whole(least=2, most=100), "at once"),
    "items.rounds": Key(count, "how often an epoch sees each speaker"),
    "mixing": Key(or_null(settings), "what a training hears its voices in; null: nothing but the voices"),
    "mixing.snr_mean_db": Key(level, "mean of the SNR's normal law, of a voice over music"),
    "mixing.snr_std_db": Key(number(least=0, most=100), "its standard deviation"),
    "mixing.clean_fraction": Key(fraction, "of the voices, that no music is under"),
    "mixing.rooms": Key(or_null(settings), "simulated rooms of the voices, or null: all are dry"),
    "mixing.variety": Key(or_null(settings), "how the voices are changed, or null: not at all"),
    **{name: key for name, key in RECIPE.items() if name.startswith(OF_MIXING)},
    "training": Key(settings, "batch_size in speakers, and the engine's settings"),
    "supervised": Key(settings, "clustering by UIS-RNN"),
    "supervised.network.hidden_size": Key(count, "units of its GRU"),
    "supervised.network.dropout": Key(fraction, "of its mean's first layer"),
    "supervised.network.alpha": Key(number(above=0), "how readily somebody new speaks"),
    "supervised.longest": Key(whole(least=2, most=10_000), "windows of a speaker's sequence in its training"),
    "supervised.search.beam_size": Key(count, "labellings that are kept"),
    "supervised.search.passes": Key(whole(least=1, most=10), "through a recording, of which the last counts"),
    "supervised.search.max_speakers": Key(whole(least=2, most=100), "of a recording"),
    "supervised.training": Key(settings, "batch_size in sequences, and the engine's settings"),
    "embedder": Key(or_null(path), "another network of voices"),
    "meetings": Key(or_null(path), "a folder of real recordings with RTTM"),
    "thresholds": Key(grid, "of clustering, of which the best on the development set is taken"),
    "scoring.collar": Key(number(least=0, most=10), "seconds around each boundary that are not scored"),
    "scoring.skip_overlap": Key(flag, "whether what several say at once is not scored"),
    "oracle.speech": Key(flag, "whether it is known where somebody speaks"),
    "oracle.speakers": Key(flag, "whether it is known how many speak"),
    "is_supervised": Key(flag, "whether UIS-RNN clusters"),
    "variants": Key(settings, "what is tried"),
    "variants.*": Key(list_of(text, "key.path=value"), "what one changes"),
    "claims": Key(settings, "what is to be shown: [better variant, worse variant]"),
    "under_music.snrs_db": Key(list_of(level, "dB"), "of the speech over music, in the test"),
    "under_music.variants": Key(list_of(text, "variants"), "those that are tried under music"),
    "under_music.separator": Key(or_null(path), "a trained separator, whose speech is diarised too"),
}
