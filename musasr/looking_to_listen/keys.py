"""Every key of this recipe's configuration: what it takes, and what it is."""

from musasr.corpora.talking.detectors import DETECTORS
from musasr.looking_to_listen.kinds import KINDS
from musasr.recipe.keys import Key, hours, level, seconds
from musasr.recipe.values import (
    Kind,
    between_0_and_1,
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
    whole,
)

SETS = ("train", "dev", "test")
LAYOUTS = ("embedded", "clips", "avspeech", "grid", "lrs")
positive = number(above=0)
pairs = Kind(
    "a list of [frames, bins]",
    lambda value: list_of(list_of(whole(least=1), "", least=2), "", least=1).takes(value),
)
conditions = Kind(
    "a list of {voice_db, music_db}, each dB of the speech over it or null",
    lambda value: (
        list_of(settings, "", least=1).takes(value)
        and all(
            set(one) == {"voice_db", "music_db"} and all(map(or_null(level).takes, one.values()))
            for one in value
        )
    ),
)
numbers = list_of(whole(least=1), "numbers", least=1)

TRAINING = {
    "training": Key(settings, "of every variant"),
    "training.batch_size": Key(whole(least=1), "mixtures a batch"),
    "training.max_epoch": Key(whole(least=1), "epochs: each mixes every clip once with others"),
    "training.grad_clip": Key(or_null(positive), "largest norm of a step's gradient"),
    "training.num_workers": Key(whole(least=0, most=1024), "processes that load"),
    "training.keep_nbest_models": Key(whole(least=1), "epochs whose weights are averaged"),
    "training.optim": Key(text, "the optimiser, in torch's spelling"),
    "training.optim_conf": Key(settings, "its arguments"),
    "training.scheduler": Key(or_null(text), "of the learning rate, step by step; null: it stays"),
    "training.scheduler_conf": Key(settings, "its arguments; onecyclelr is told the number of steps"),
}
KEYS = {
    "seed": Key(whole(least=0, most=2**32 - 1), "what every draw follows from"),
    "sampling_rate": Key(whole(least=4000, most=192000), "Hz"),
    "pictures_per_second": Key(whole(least=1, most=100), "of the faces"),
    "corpus": Key(settings, "the films of one speaker each"),
    "corpus.layout": Key(
        one_of(*LAYOUTS),
        "embedded: talking heads drawn here; clips: a folder with train, dev and test, a clips.tsv in each;"
        " avspeech, grid, lrs: those collections",
    ),
    "corpus.folder": Key(or_null(path), "where the films are; null: the embedded ones need none"),
    "corpus.table": Key(or_null(path), "AVSpeech's CSV"),
    "corpus.face": Key(
        Kind("a text, x,y,width,height or empty", lambda value: isinstance(value, str)),
        "where faces of grid and lrs stand, in fractions of the picture; empty: the whole of it",
    ),
    "corpus.face_size": Key(fraction, "sides of AVSpeech's faces, in fractions of the picture's"),
    "corpus.face_detector": Key(
        or_null(one_of(*DETECTORS)),
        "haar: OpenCV finds the face where no boxes stand beside the film; null: it is where the others say",
    ),
    "corpus.hours": Key(settings, "of the drawn talking heads"),
    **{f"corpus.hours.{name}": Key(hours, f"of {name}") for name in SETS},
    "corpus.speakers": Key(
        settings, "none is in two sets; of a collection training has all that dev and test leave"
    ),
    **{f"corpus.speakers.{name}": Key(whole(least=1, most=10_000), f"of {name}") for name in SETS},
    "corpus.picture_size": Key(
        Kind("an even number", lambda value: whole(least=32, most=1024).takes(value) and value % 2 == 0),
        "pixels of a drawn picture's sides",
    ),
    "corpus.crop_size": Key(
        whole(least=8, most=512), "pixels of the sides of a face as the model is shown it"
    ),
    "mixing": Key(settings, "what is mixed"),
    "mixing.kind": Key(
        one_of(*KINDS), "the paper's mixtures, or speech and music, of the variants that name none"
    ),
    "mixing.seconds": Key(seconds, "of a mixture"),
    "mixing.noise": Key(or_null(path), "a folder of recordings for the kinds with noise; null: made here"),
    "mixing.noise_gain": Key(positive, "factor on the noise (the paper: 0.3)"),
    "mixing.music_gain": Key(positive, "factor on the music"),
    "mixing.music_hours": Key(hours, "of embedded music for a set, for kinds with music"),
    "mixing.num_test": Key(whole(least=1), "test mixtures of a kind"),
    "mixing.offset_seconds": Key(seconds, "between picture and sound, in the control of that"),
    "model": Key(settings, "what all variants share; keys are arguments of the parts"),
    "model.hidden_size": Key(whole(least=1), "units of each direction of the BLSTM"),
    "model.fusion_size": Key(whole(least=1), "units of the three layers behind it"),
    "model.mask": Key(
        one_of("sigmoid", "tanh"), "sigmoid: parts within mask_bounds; tanh: within -10 and 10"
    ),
    "model.mask_bounds": Key(bounds(number()), "lowest and highest part of a sigmoid mask"),
    "model.power": Key(between_0_and_1, "to which magnitudes are raised"),
    "model.spectrum_conf": Key(settings, "samples of the transform, window and shift"),
    "model.spectrum_conf.n_fft": Key(whole(least=32, most=8192), "of the transform"),
    "model.spectrum_conf.win_length": Key(whole(least=16, most=8192), "of the window"),
    "model.spectrum_conf.hop_length": Key(whole(least=8, most=8192), "of the shift"),
    "model.audio_conf": Key(settings, "the audio stream"),
    "model.audio_conf.channels": Key(whole(least=1), "of every layer but the last"),
    "model.audio_conf.out_channels": Key(whole(least=1), "of the last layer"),
    "model.audio_conf.frequency_stride": Key(whole(least=1), "bins that the first layer goes on by"),
    "model.audio_conf.kernels": Key(or_null(pairs), "of the layers; null: the paper's", True),
    "model.audio_conf.dilations": Key(or_null(pairs), "of the layers; null: the paper's", True),
    "model.visual_conf": Key(settings, "the visual stream"),
    "model.visual_conf.channels": Key(whole(least=1), "of the layers"),
    "model.visual_conf.kernels": Key(or_null(numbers), "of the layers; null: the paper's", True),
    "model.visual_conf.dilations": Key(or_null(numbers), "of the layers; null: the paper's", True),
    "model.face_encoder_conf": Key(settings, "what makes vectors of faces"),
    "model.face_encoder_conf.face_dim": Key(whole(least=1), "numbers of a face vector"),
    "model.face_encoder_conf.channels": Key(
        or_null(numbers), "of the convolutions on crops; null: there are none", True
    ),
    "model.face_encoder_conf.is_centred": Key(
        or_null(flag), "whether crops lose their mean over time, which is who it is", True
    ),
    "variants": Key(settings, "the models that are trained"),
    "variants.*": Key(settings, ""),
    "variants.*.face_encoder": Key(
        or_null(one_of("crops", "vectors")),
        "crops: a network trained along; vectors: made by another program; null: audio alone",
    ),
    "variants.*.kinds": Key(
        or_null(list_of(one_of(*KINDS), "kinds of mixtures", least=1)),
        "what it is trained on, drawn for each mixture, and tested on one by one; null: mixing.kind",
        True,
    ),
    "variants.*.init": Key(
        or_null(text), "a variant above it, with as many faces, whose weights it begins with", True
    ),
    **TRAINING,
    "words": Key(settings, "what a recogniser reads of a face's voice, and both trained together"),
    "words.recognizer": Key(
        or_null(path),
        "a recogniser of the main recipe, such as work/mini/exp/none+mixture; null: nothing is read",
    ),
    "systems": Key(
        settings, "what reads: a front end, or nothing, before the recogniser of words.recognizer"
    ),
    "systems.*": Key(settings, ""),
    "systems.*.front_end": Key(
        or_null(path),
        "a variant, or a separator of the main recipe, such as work/mini/exp/time; null: nothing",
    ),
    "systems.*.is_tuned": Key(flag, "whether both are trained together; else each is as it came"),
    "words.voice_db": Key(bounds(level), "of the speech over another voice, in training"),
    "words.music_db": Key(bounds(level), "of the speech over music, in training"),
    "words.conditions": Key(
        conditions, "of the test: every clip under each; null: there is no other voice, or no music"
    ),
    "words.alpha": Key(number(least=0), "weight of the recognition loss beside the separation loss"),
    "words.training": Key(settings, "of every system that is tuned"),
    **{
        f"words.training.{name.removeprefix('training.')}": key
        for name, key in TRAINING.items()
        if name != "training"
    },
    "report": Key(settings, "what is reported"),
    "report.has_controls": Key(flag, "whether wrong faces are tried too"),
}
