"""Every key of conf/music_tags.yaml: what it takes, and what it is."""

from musasr.recipe.keys import Key, seconds
from musasr.recipe.values import (
    bounds,
    fraction,
    list_of,
    name,
    number,
    one_of,
    or_null,
    path,
    settings,
    text,
    whole,
)

HEADS = ("station", "tags")
ATTENTION = "network.attention"

VARIANT_KEYS = {
    "items.num_frames": Key(whole(least=8), "of 32 ms that a network sees of a track; shorter ones repeat"),
    "items.mixup": Key(number(least=0), "alpha of Beta(alpha, alpha), by which training mixes pairs; 0: not"),
    "items.masked_bands": Key(whole(least=0, most=127), "most bands of a crop that training masks; 0: none"),
    "network.trunk": Key(
        one_of("se_resnet", "conv_stack", "resnext50", "rexnet", "band_statistics"),
        "SpeakerNet, plain layers, ResNeXt, ReXNet, or none but statistics of bands",
    ),
    "network.trunk_conf": Key(settings, "its arguments"),
    "network.pooling": Key(one_of("gru", "sap", "asp", "mean"), "frames into one vector; gru makes a CRNN"),
    "network.pooling_conf": Key(settings, "its arguments"),
    "network.heads": Key(settings, "what is asked; one that no track of the corpus has is left out"),
    **{
        f"network.heads.{head}{key}": Key(kind, said, True)
        for head, losses in (("station", ("ce", "focal")), ("tags", ("bce", "focal")))
        for key, kind, said in (
            ("", settings, f"the head of the {head}"),
            (".hidden_size", whole(least=1), "of its first layer"),
            (".loss", one_of(*losses), "what it is trained by"),
        )
    },
    ATTENTION: Key(or_null(settings), "a map from a frozen tagger that scales the trunk's channels"),
    f"{ATTENTION}.guide": Key(name, "the variant that the tagger is"),
    f"{ATTENTION}.head": Key(one_of(*HEADS), "which of its labels make the map"),
    f"{ATTENTION}.num_groups": Key(whole(least=1), "of channels, each with one factor"),
    f"{ATTENTION}.gate": Key(one_of("softmax", "sigmoid"), "what makes the factors"),
    "training.batch_size": Key(whole(least=1), "tracks a batch"),
    "training.max_epoch": Key(whole(least=1), "epochs"),
    "training.optim": Key(text, "the optimiser"),
    "training.optim_conf": Key(settings, "its arguments"),
    "training.scheduler": Key(or_null(text), "of the learning rate, step by step; null: it stays"),
    "training.scheduler_conf": Key(settings, "its arguments; a cosine without T_max lasts the training"),
    "training.grad_clip": Key(or_null(number(above=0)), "largest norm of a gradient; null: any"),
    "training.keep_nbest_models": Key(whole(least=1), "best epochs whose mean is taken"),
}

KEYS = {
    "seed": Key(whole(least=0, most=2**32 - 1), "what every draw follows from"),
    "music": Key(settings, "the corpus; its type says which keys it has"),
    **VARIANT_KEYS,
    "variants": Key(settings, "name: what it changes of items, network and training; the first is the one"),
    "variants.*": Key(settings, "changes"),
    "ensemble.name": Key(name, "what the mean of several variants is called"),
    "ensemble.members": Key(list_of(name, "variants", least=2), "whose weights dev decides"),
    "max_skipped_fraction": Key(fraction, "a preparation that loses more of its corpus fails"),
    "report.num_resamples": Key(whole(least=10), "of the test tracks, for confidence intervals"),
    "report.significance": Key(fraction, "a difference of a higher p is none"),
}

CORPORA = {
    "embedded": {
        **{f"{one}_pieces": Key(whole(least=2), f"of {one}") for one in ("train", "dev", "test")},
        "piece_seconds": Key(bounds(seconds), "shortest and longest piece"),
        "scores_fraction": Key(fraction, "of public-domain scores; the rest are tunes of our own"),
        "sung_fraction": Key(fraction, "of pieces whose melody a voice has"),
    },
    "mtg_jamendo": {
        "root": Key(path, "the folder that the paths of the tables start from"),
        **{one: Key(path, f"the table of {one}, as the data set has it") for one in ("train", "dev", "test")},
        "category": Key(or_null(text), "only tags of it, such as mood/theme; null: all"),
        "stations": Key(settings, "station: tags that mean it; {}: no stations"),
    },
    "gtzan": {
        "root": Key(path, "the folder of the genres' folders"),
        **{one: Key(path, f"the list of {one}: a file of each line") for one in ("train", "dev", "test")},
    },
    "ai_rush": {
        "root": Key(path, "the folder that holds mel_spectrogram/"),
        "labels": Key(path, "the table of labels: JSON, a dict for each column"),
        "dev_fraction": Key(number(above=0, most=0.5), "of the tracks, held out to choose by"),
        "test_fraction": Key(number(above=0, most=0.5), "of the tracks, held out to measure with"),
    },
}
