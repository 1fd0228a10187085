"""Every key of a configuration: what it takes, and what it is. egs/SETTINGS.md shows this table.

``*`` stands for a name that a recipe chooses. The keys of ``speech`` and ``music`` depend on their ``type``:
CORPORA has those of ours. What a ``*_conf`` holds is for the constructor that takes it to check: see
`musasr.training.rehearsal`.
"""

from typing import NamedTuple

from musasr.recipe.values import (
    Kind,
    between_0_and_1,
    bounds,
    either,
    flag,
    fraction,
    list_of,
    name,
    number,
    one_of,
    or_null,
    path,
    settings,
    text,
    tuple_of,
    whole,
)


class Key(NamedTuple):
    """What a key takes, what it is, and whether it may be left out."""

    kind: Kind
    meaning: str
    is_optional: bool = False


seconds = number(above=0)
level = number(least=-200, most=200)  # dB: what is beyond is a slip
hours = number(above=0)
point = tuple_of(*[number(above=0.6)] * 3, words="[length, width, height], each above 0.6")
below_1 = Kind("a number from 0 to below 1", lambda value: fraction.takes(value) and value < 1)
even = Kind("an even number", lambda value: whole(least=32, most=8192).takes(value) and value % 2 == 0)
system = Kind("a system such as none+clean", text.takes)

KEYS = {
    "seed": Key(whole(least=0, most=2**32 - 1), "what every draw follows from"),
    "sampling_rate": Key(whole(least=4000, most=192000), "of everything, Hz"),
    "speech": Key(settings, "the speech corpus; its type says which keys it has"),
    "music": Key(settings, "the music corpus, the same way"),
    "voices": Key(or_null(settings), "further speech, without text, that separators hear; null: none"),
    "units.unit_type": Key(one_of("bpe", "char"), "what the recogniser predicts"),
    "units.num_units": Key(
        or_null(whole(least=5, most=1_000_000)), "how many, special ones included; char: a bound or null"
    ),
    "mixing.crossfade_seconds": Key(
        number(least=0, most=10), "where music shorter than the utterance repeats"
    ),
    "mixing.train.snr_mean_db": Key(level, "mean of the SNR's normal law"),
    "mixing.train.snr_std_db": Key(number(least=0, most=100), "its standard deviation"),
    "mixing.test.snrs_db": Key(
        Kind("different SNRs in dB", list_of(level, "", least=1).takes), "what test mixtures have"
    ),
    "mixing.test.genres": Key(
        Kind("different names of letters, digits, _ and -", list_of(text, "").takes),
        "of the test music, besides the main genre",
    ),
    "mixing.rooms": Key(or_null(settings), "simulated rooms of the mixtures, or null: all are dry"),
    "mixing.variety": Key(
        or_null(settings), "how the speech of the trainings with has_variety is changed, or null: not at all"
    ),
    **{
        f"mixing.variety.{effect}{key}": Key(kind, said, True)
        for effect, (bound, meaning) in {
            "speed": (number(above=0.3, most=3), "played faster by a factor, pitch and resonances with it"),
            "equalizer_db": (number(least=0, most=30), "deviation of a smooth curve of gains"),
            "low_pass_hz": (number(above=100), "what lies above is lost, as on a telephone"),
            "dispersion_seconds": (number(least=0, most=0.1), "delays of the frequencies against each other"),
            "noise_down_db": (number(least=0, most=200), "white noise so far below the speech"),
        }.items()
        for key, kind, said in (
            ("", settings, meaning),
            (".fraction", fraction, "of the utterances that it acts on"),
            (".range", bounds(bound), "of that, evenly drawn"),
        )
    },
    "mixing.rooms.num_rooms": Key(whole(least=1), "different ones in training, as many others in the test"),
    "mixing.rooms.fraction": Key(fraction, "of the mixtures that are in a room"),
    "mixing.rooms.sources": Key(
        list_of(one_of("speech", "music"), "speech, music", least=1), "what sounds in it"
    ),
    "mixing.rooms.reference": Key(one_of("reverberant", "direct"), "what counts as the speech"),
    "mixing.rooms.size": Key(tuple_of(point, point, words="smallest and largest size"), "metres"),
    "mixing.rooms.reverberation": Key(bounds(seconds), "seconds until sound has decayed by 60 dB"),
    "mixing.rooms.distance": Key(bounds(number(above=0)), "metres between mouth and microphone"),
    "models.*.model_conf": Key(settings, "sources: what comes out, in the separator's order", True),
    **{
        f"models.*.{part}": Key(or_null(text), meaning, True)
        for part, meaning in {
            "enh_encoder": "waveform to features of a separator: a class of ours or ESPnet's",
            "enh_separator": "what makes a model a front end: features to each source's",
            "enh_mask_module": "ESPnet's, where the separator leaves the masks to it",
            "enh_decoder": "features of each source to waveforms",
            "frontend": "waveform to features of a recogniser",
            "specaug": "what is masked of the features in training; null: nothing",
            "normalize": "how the features are normalised; null: not",
            "preencoder": "ESPnet's, between features and encoder",
            "asr_encoder": "what makes a model a recogniser: features to frames",
            "asr_postencoder": "ESPnet's, between encoder and decoder",
            "asr_decoder": "frames to units",
            "reader": "module:Class of a recogniser that comes trained",
            "separator": "module:function of a front end that comes trained",
        }.items()
    },
    **{
        f"models.*.{part}_conf": Key(settings, f"the arguments of {part}", True)
        for part in (
            *("enh_encoder", "enh_separator", "enh_mask_module", "enh_decoder", "enh_model", "frontend"),
            *("specaug", "normalize", "preencoder", "asr_encoder", "asr_postencoder", "asr_decoder"),
            *("ctc", "asr_model", "reader", "separator"),
        )
    },
    "training.*.model": Key(or_null(name), "what it trains, under models:; null: the one of its own name"),
    "training.*.has_music": Key(flag, "whether music plays under its speech"),
    "training.*.fine_tuning": Key(
        or_null(name), "of a separator: the section that trains it together with a recogniser"
    ),
    "training.*.crop_seconds": Key(
        or_null(number(least=0.1)), "longer utterances are cut to a random span; null keeps them whole"
    ),
    "training.*.clean_fraction": Key(fraction, "of the utterances, of training and dev, without music"),
    "training.*.voices_fraction": Key(
        fraction, "of a separator's utterances, how many are of voices: instead, in training and dev"
    ),
    "training.*.has_variety": Key(flag, "whether its speech is changed as mixing.variety says"),
    "training.*.hears": Key(
        or_null(settings), "of a recogniser: what it is given besides mixtures of a separator; null: nothing"
    ),
    "training.*.hears.front_end": Key(name, "the separator, trained before it", True),
    "training.*.hears.fraction": Key(
        fraction, "of the utterances, of training and dev, that it separates", True
    ),
    "training.*.hears.add_back_db": Key(
        bounds(level), "how far below the speech its music is left in them, evenly drawn", True
    ),
    "training.*.snr_start": Key(
        or_null(
            tuple_of(level, number(above=0), words="a mean SNR and a number of epochs, such as [15.0, 5]")
        ),
        "the first epoch's mean SNR, and in how many epochs it reaches snr_mean_db",
    ),
    "training.*.init": Key(or_null(name), "a training whose recogniser this one starts from"),
    "training.*.recognizer": Key(or_null(settings), "what this training alone changes of its recogniser"),
    "training.*.ctc_first_epochs": Key(whole(least=0), "a recogniser's first epochs with the CTC loss alone"),
    "training.*.alpha": Key(number(least=0), "of fine-tuning: L = L_SEP + alpha L_ASR", True),
    "training.*.max_epoch": Key(
        whole(least=0), "epochs; 0: a front end that comes trained stays as it is until fine-tuning"
    ),
    "training.*.ema_decay": Key(
        or_null(between_0_and_1), "of a moving average of the weights, which is then validated and kept"
    ),
    "training.*.keep_nbest_models": Key(
        whole(least=1), "how many epochs, best by validation loss, are averaged"
    ),
    "training.*.precision": Key(
        one_of("auto", "32-true", "bf16-mixed", "16-mixed"),
        "Lightning's; auto: bf16-mixed where bfloat16 is native, else 32-true",
    ),
    "training.*.batch_type": Key(
        one_of("unsorted", "sorted", "numel"), "batch_size utterances a batch, or batch_bins samples"
    ),
    "training.*.batch_size": Key(whole(least=1), "utterances a batch"),
    "training.*.batch_bins": Key(whole(least=1), "samples a batch"),
    "training.*.valid_batch_size": Key(whole(least=1), "utterances a batch of validation"),
    "training.*.accum_grad": Key(whole(least=1), "batches whose gradients a step gathers"),
    "training.*.grad_clip": Key(
        or_null(number(above=0)), "largest norm of a step's gradient; null leaves it"
    ),
    "training.*.max_bad_steps": Key(
        whole(least=0), "steps an epoch may lose as a loss or gradient is NaN or infinite; one more ends it"
    ),
    "training.*.save_seconds": Key(
        or_null(seconds), "how often state is saved within an epoch; null: after each alone"
    ),
    "training.*.recompute": Key(
        flag, "whether a time-domain separator's activations are computed again instead of kept: less memory"
    ),
    "training.*.num_workers": Key(whole(least=0, most=1024), "processes that load; 0: the training itself"),
    "training.*.optim": Key(text, "the optimiser, in ESPnet's spelling"),
    "training.*.optim_conf": Key(settings, "its arguments"),
    "training.*.scheduler": Key(or_null(text), "of the learning rate, step by step; null: it stays"),
    "training.*.scheduler_conf": Key(settings, "its arguments; onecyclelr is told the number of steps"),
    "systems.*": Key(list_of(system, "systems"), "a list that --systems may name, such as [none+clean]"),
    "report.paper": Key(or_null(path), "whose numbers and claims stand beside ours"),
    "report.clean_baseline": Key(or_null(system), "what clean speech is compared with in ablations"),
    "report.baseline": Key(or_null(system), "what changes are relative to"),
    "report.best": Key(or_null(system), "what report.html lets one listen to"),
    "report.under_genres": Key(list_of(system, "systems"), "what is recognised under every genre too"),
    "decode.name": Key(or_null(name), "keeps these settings' results beside the plain ones: results-NAME"),
    "decode.gate": Key(or_null(settings), "where the mixture passes instead of the estimate; null: nowhere"),
    "decode.gate.low_db": Key(level, "speech over music at which the estimate passes alone"),
    "decode.gate.high_db": Key(level, "and above which the mixture does"),
    "decode.gate.seconds": Key(seconds, "over about which it is measured"),
    "decode.gate_recognizer": Key(or_null(system), "reads what the gate leaves untouched from end to end"),
    "decode.add_back_db": Key(or_null(level), "how far below the speech the music is added back"),
    "decode.beam_size": Key(whole(least=1, most=1000), "hypotheses that the search keeps"),
    "decode.ctc_weight": Key(fraction, "of CTC in the score, against attention"),
    "decode.length_bonus": Key(number(least=-100, most=100), "added to the score for each unit"),
    "decode.normalize_length": Key(flag, "whether scores are divided by the length"),
    "decode.maxlenratio": Key(number(least=0), "units for each encoded frame at most; 0: one"),
    "decode.minlenratio": Key(number(least=0), "units for each encoded frame at least"),
    "decode.batch_seconds": Key(seconds, "audio recognised at once"),
    "decode.separate_seconds": Key(seconds, "of it, audio separated at once"),
    "decode.threads_per_job": Key(whole(least=1, most=1024), "CPU threads"),
    "decode.keep_audio": Key(flag, "whether every utterance's estimates are written"),
    "film.minutes": Key(number(above=0, most=1440), "of the film that is made on request"),
    "film.systems": Key(or_null(list_of(system, "systems")), "what transcribes it; null: report.best"),
    "film.voices": Key(
        or_null(path), "a network of voices, which tells the film's speakers apart; null: nobody does"
    ),
    "film.script": Key(
        or_null(one_of("mixed", "kana")), "how its truth is spelt; null: as the speech corpus writes"
    ),
    "film.speakers": Key(whole(least=1), "voices that no set of the run has"),
    "film.snrs_db": Key(
        list_of(or_null(level), "numbers or null", least=1),
        "of the scenes with speech, in turn; null: no music",
    ),
    "film.genres": Key(
        list_of(one_of("anime", "classical", "jazz", "popular"), "genres", least=1), "of its music"
    ),
    "film.titles": Key(whole(least=1), "different compositions of each genre at most"),
    "film.interludes": Key(
        list_of(one_of("music", "silence", "song"), "music, silence, song"), "scenes without speech, in turn"
    ),
    **{
        f"film.scene_seconds.{kind}": Key(bounds(seconds), f"of a scene of {kind}")
        for kind in ("speech", "music", "silence", "song")
    },
    "film.pause_seconds": Key(bounds(seconds), "between two sentences"),
    "film.filler_rate": Key(fraction, "of the places where a filler may come"),
    "film.speed_variation": Key(below_1, "within a speaker"),
    "film.pitch_variation": Key(number(least=0, most=24), "half tones, within a speaker"),
    "film.level_db": Key(number(least=-200, most=-0.01), "active level of speech, re full scale"),
    "film.level_variation": Key(number(least=0, most=100), "dB around it"),
    "film.vocal_db": Key(number(least=-100, most=100), "the sung line over the band"),
    "film.music_db": Key(number(least=-200, most=0), "level of music alone, re full scale"),
    "film.noise_db": Key(number(least=-300, most=0), "white noise floor, re full scale"),
    "film.picture_size": Key(
        tuple_of(even, even, words="two even numbers from 32 to 8192"), "pixels across and down"
    ),
    "film.pictures_per_second": Key(whole(least=1, most=120), "of its video"),
    "max_skipped_fraction": Key(fraction, "a preparation that loses more of its corpus fails"),
    "inspection.max_seconds": Key(seconds, "prepare --check: a longer utterance is a fault"),
    "inspection.silence_db": Key(number(least=-200, most=0), "a lower level, re full scale, is worth a look"),
    "inspection.clipped_fraction": Key(fraction, "and so is more of a file at full scale"),
}

_HELD_OUT = {
    "dev_fraction": Key(between_0_and_1, "held out for dev"),
    "test_fraction": Key(between_0_and_1, "held out for the test"),
}
_TALKS = either(text, list_of(text, "talks"))
CORPORA: dict[tuple[str, str], dict[str, Key]] = {
    ("speech", "csj"): {
        "path": Key(path, "the corpus as it came: USB, DVD or merl"),
        "talks": Key(
            text, "kinds to train on: aps, sps, dialogue, reading, other, joined with +, or all", True
        ),
        "script": Key(one_of("orthography", "pronunciation"), "of the transcripts", True),
        "test": Key(_TALKS, "eval1, eval2, eval3, or talk ids, joined with +", True),
        "dev": Key(or_null(_TALKS), "the same; null holds out some speakers", True),
        "dev_fraction": Key(between_0_and_1, "of the training talks that are held out", True),
        "max_gap": Key(number(least=0), "seconds: a longer pause ends an utterance", True),
        "max_seconds": Key(number(least=0), "what is longer is joined no further", True),
    },
    ("speech", "kaldi_dir"): {
        "train": Key(path, "the data dir of the training set"),
        "dev": Key(path, "of the development set"),
        "test": Key(path, "of the test set"),
        "source_sampling_rate": Key(
            or_null(whole(least=4000, most=768000)), "that every file must have, Hz; null: any", True
        ),
    },
    ("speech", "table"): {
        "train": Key(path, "a TSV (audio, text, speaker, start, end, id), or a folder of NAME.wav, NAME.txt"),
        "dev": Key(or_null(path), "the same; null holds out speakers of train"),
        "test": Key(or_null(path), "the same"),
        **_HELD_OUT,
    },
    ("speech", "embedded"): {
        **{f"{one}_hours": Key(hours, f"of {one}") for one in ("train", "dev", "test")},
        "script": Key(one_of("kana", "mixed"), "katakana as spoken, or kanji and kana"),
        **{f"{one}_speakers": Key(whole(least=1), f"voices of {one}") for one in ("train", "dev", "test")},
        "filler_rate": Key(fraction, "of the places where a filler may come"),
        "speed_variation": Key(below_1, "within a speaker"),
        "pitch_variation": Key(number(least=0, most=24), "half tones, within a speaker"),
        "level_db": Key(number(least=-200, most=-0.01), "active level, re full scale"),
        "level_variation": Key(number(least=0, most=100), "dB around it"),
        "noise_db": Key(number(least=-300, most=0), "white noise floor, re full scale"),
        "min_silence": Key(number(least=0, most=60), "seconds before and after the speech"),
        "max_silence": Key(number(least=0, most=60), "at most"),
    },
    ("voices", "embedded"): {
        "train_hours": Key(hours, "of train"),
        "dev_hours": Key(hours, "of dev"),
    },
    ("voices", "kokoro"): {
        "folder": Key(path, "of the network: tools/kokoro_voices.sh makes it"),
        "train_hours": Key(hours, "of train"),
        "dev_hours": Key(hours, "of dev"),
    },
    ("voices", "folder"): {
        "train": Key(path, "recordings of one voice at a time, any format, searched recursively"),
        "dev": Key(or_null(path), "null: a tenth of train, whole folders of it"),
    },
    ("voices", "several"): {
        "parts": Key(settings, "corpora of voices, each under a name of its own; all of them are heard"),
        "parts.*": Key(settings, "the corpus' type and keys"),
    },
    ("music", "embedded"): {
        "train_hours": Key(hours, "of train"),
        "dev_hours": Key(hours, "of dev"),
        "test_hours": Key(hours, "of each genre"),
        "piece_seconds": Key(bounds(number(least=1, most=3600)), "of a title"),
        "level_db": Key(number(least=-200, most=0), "RMS of a title, re full scale"),
        "vocal_db": Key(number(least=-100, most=100), "the sung line over the band"),
        "sung_fraction": Key(
            fraction, "of train and dev that is sung (popular); 0: none, as in the paper", True
        ),
    },
    ("music", "folder"): {
        "train": Key(path, "titles to train with, any format, searched recursively"),
        "dev": Key(or_null(path), "null: a tenth of train, whole albums of it"),
        "test": Key(
            or_null(path), "its sub-folders are the genres; null: another of several corpora has test music"
        ),
        "table": Key(or_null(path), "a TSV: path, genre, album, licence; counts more than folders", True),
    },
    ("music", "several"): {
        "parts": Key(settings, "corpora of music, each under a name of its own; together they are the music"),
        "parts.*": Key(settings, "the corpus' type and keys"),
    },
    ("music", "musan"): {
        "root": Key(path, "the folder that holds music/"),
        "vocals": Key(or_null(flag), "only titles with, or without; null: all"),
        "genres": Key(settings, "genre: words of MUSAN's annotations"),
        **_HELD_OUT,
    },
    ("music", "musdb18"): {
        "root": Key(path, "the folder that holds train/ and test/"),
        "vocals": Key(flag, "whether training music has its vocals"),
    },
    ("music", "rwc"): {
        "root": Key(path, "the discs' files, in folders of any depth"),
        "train": Key(or_null(path), "training music, as in folder; train, dev and test null: RWC is split"),
        "dev": Key(or_null(path), "null: some of train"),
        "test": Key(or_null(path), "the test music of the main genre"),
    },
}
