"""Every key of LASS-Net's configuration (conf/lass.yaml): what it takes, and what it is."""

from musasr.recipe.keys import Key, level, seconds
from musasr.recipe.values import (
    bounds,
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
    whole,
)

count = whole(least=1)

KEYS = {
    "seed": Key(whole(least=0, most=2**32 - 1), "what every draw follows from"),
    "sampling_rate": Key(whole(least=4000, most=192000), "of everything, Hz"),
    "corpus": Key(settings, "the sounds"),
    "corpus.type": Key(
        one_of("embedded", "audiocaps", "clotho", "esc50", "fsd50k"), "made on the spot, or a collection"
    ),
    "corpus.root": Key(path, "of a collection: its folder", True),
    "corpus.clips_per_tag": Key(settings, "of embedded: how many sounds of each tag", True),
    **{f"corpus.clips_per_tag.{name}": Key(count, f"in {name}") for name in ("train", "dev", "test")},
    "corpus.seconds": Key(
        bounds(number(least=0.5, most=60)), "of embedded: shortest and longest sound", True
    ),
    "corpus.only": Key(or_null(list_of(text, "tags", least=3)), "the tags; null: all"),
    "words": Key(settings, "what queries are read by"),
    "words.num_pieces": Key(whole(least=50), "most pieces of a vocabulary of our own"),
    "words.most_pieces": Key(whole(least=8, most=512), "of a query"),
    "mixing": Key(settings, "mixtures of trainings, drawn on the fly"),
    "mixing.crop_seconds": Key(seconds, "what is heard of two sounds"),
    "mixing.snr": Key(one_of("energy", "peak"), "what the SNR is of; the authors' code: peak"),
    "mixing.snr_db": Key(bounds(level), "lowest and highest SNR of what is asked for"),
    "mixing.rounds": Key(count, "how often an epoch sees each sound"),
    "mixing.general_fraction": Key(fraction, "of the queries, in words for a group: music is playing"),
    "mixing.absent_fraction": Key(fraction, "of the queries, for what is not there: silence is right"),
    "mixing.ask_both": Key(flag, "whether each mixture comes twice, with a query for each of its sounds"),
    "network": Key(settings, "the separator"),
    "network.stft": Key(settings, "its spectrum, in samples"),
    "network.stft.n_fft": Key(whole(least=64, most=8192), "length of the transform: a power of 2"),
    "network.stft.win_length": Key(whole(least=64, most=8192), "length of the window"),
    "network.stft.hop_length": Key(whole(least=16, most=4096), "shift"),
    "network.input_power": Key(
        number(above=0, most=1), "power of the magnitudes that it sees; the paper's is 1"
    ),
    "network.mask": Key(
        one_of("magnitude", "phase"), "what the mask changes; phase: of magnitudes and phases, AudioSep's"
    ),
    "network.loss": Key(one_of("magnitude", "waveform"), "L1 of what; AudioSep's is waveform"),
    "network.unet": Key(settings, "the residual U-Net"),
    "network.unet.channels": Key(list_of(count, "whole numbers", least=1), "of its stages"),
    "network.unet.blocks": Key(count, "residual blocks of a stage"),
    "network.unet.film": Key(one_of("affine", "bias"), "how the query acts; the authors' code: bias"),
    "network.size": Key(count, "of the query's vector"),
    "network.text": Key(settings, "the query's network"),
    "network.text.width": Key(or_null(count), "of its states; null: size"),
    "network.text.num_layers": Key(count, "of attention"),
    "network.text.num_heads": Key(count, "of each; they divide width"),
    "network.text.hidden_size": Key(count, "between the two linear layers of each"),
    "network.text.dropout": Key(number(least=0, most=0.9), "fraction of the units dropped"),
    "network.text.pooling": Key(one_of("first", "mean"), "whose state is the query's; the paper: first"),
    "network.text.frozen": Key(flag, "whether all but its last layer stays as it begins: for a BERT"),
    "network.example": Key(settings, "the network of a sound that shows what is asked for"),
    "network.example.channels": Key(list_of(count, "whole numbers", least=1), "of its convolutions"),
    "network.example.seconds": Key(
        number(least=0.1, most=60), "what it hears of the sound: its loudest part"
    ),
    "variants.*": Key(settings, "a model that is trained"),
    "variants.*.cue": Key(one_of("text", "tags", "example"), "what it is told; tags: the baseline"),
    "variants.*.init": Key(or_null(name), "a variant above it, whose trained U-Net it begins with"),
    "variants.*.first_words": Key(
        whole(least=0), "epochs in which a query's network learns the tags' vectors of init; 0: none"
    ),
    "variants.*.bert": Key(or_null(path), "a folder of a BERT that begins the text's network; null: none"),
    "variants.*.text": Key(settings, "what it changes of network.text:"),
    "variants.*.training": Key(settings, "what it changes of training:"),
    "training": Key(settings, "how each variant is trained"),
    "training.batch_size": Key(whole(least=2), "mixtures a batch"),
    "training.max_epoch": Key(count, "epochs"),
    "training.optim": Key(text, "the optimiser's name"),
    "training.optim_conf": Key(settings, "its arguments"),
    "training.scheduler": Key(or_null(text), "of the learning rate, step by step; null: it stays"),
    "training.scheduler_conf": Key(settings, "its arguments; onecyclelr is told the number of steps"),
    "training.accum_grad": Key(count, "batches whose gradients a step gathers"),
    "training.grad_clip": Key(or_null(number(above=0)), "largest norm of a step's gradient"),
    "training.keep_nbest_models": Key(count, "how many epochs, best by validation loss, are averaged"),
    "training.save_seconds": Key(or_null(seconds), "how often state is saved within an epoch"),
    "training.num_workers": Key(whole(least=0, most=1024), "processes that load; 0: the training itself"),
    "test": Key(settings, "the test list"),
    "test.mixtures": Key(count, "how many; the tags take turns as what is asked for"),
    "test.snr_db": Key(level, "SNR of their energies"),
    "test.threads": Key(whole(least=1, most=1024), "CPU threads of the evaluation"),
}
