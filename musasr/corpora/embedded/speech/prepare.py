"""The embedded Japanese speech corpus: our own sentences, spoken by OpenJTalk in many voices."""

from pathlib import Path

from musasr import audio
from musasr.corpora.contract import Skipped
from musasr.corpora.embedded.speech.planning import SetPlan, Style, plan
from musasr.corpora.embedded.speech.production import OUR_NAMES, produce, register
from musasr.corpora.files import check_ours
from musasr.errors import ConfigError
from musasr.kaldi import Utterance, write_speech_dir
from musasr.parallel import WHOLE, JobPart

SCRIPTS = ("mixed", "kana")


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    train_hours: float,
    dev_hours: float,
    test_hours: float,
    script: str,
    train_speakers: int,
    dev_speakers: int,
    test_speakers: int,
    filler_rate: float,
    speed_variation: float,
    pitch_variation: float,
    level_db: float,
    level_variation: float,
    noise_db: float,
    min_silence: float,
    max_silence: float,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Write output/{train,dev,test} as Kaldi data dirs with audio under wav/, the same for any num_jobs.

    Args:
        output: The folder of the three sets; wavs that are there from a run with the same plan are kept.
        sampling_rate: In Hz.
        seed: Decides words, manner and noise.
        num_jobs: Processes.
        train_hours, dev_hours, test_hours: Hours of audio, met within a few percent.
        script: "mixed" (kanji and kana) or "kana" (katakana, as spoken); the audio is the same.
        train_speakers, dev_speakers, test_speakers: Numbers of voices; no voice is in two sets.
        filler_rate: Probability of a filler (えー ...) at each place where the grammar allows one.
        speed_variation: Utterances of a speaker differ in speed within 1 -+ this.
        pitch_variation: ... and in pitch within -+ this many half tones.
        level_db, level_variation: Active level, dB re full scale: level_db -+ level_variation.
        noise_db: White noise floor, dB re full scale.
        min_silence, max_silence: Seconds before and after the speech.
        part: What this job does of it: a part only makes audio.

    Returns:
        Nothing is ever left out: an empty list.

    Raises:
        ConfigError: A setting has no meaning, or there are not enough different sentences.
    """
    hours = {"test": test_hours, "dev": dev_hours, "train": train_hours}
    speakers = {"train": train_speakers, "dev": dev_speakers, "test": test_speakers}
    check_settings(
        script, hours, speakers, filler_rate, speed_variation, level_db, (min_silence, max_silence)
    )
    style = Style(
        filler_rate,
        speed_variation,
        pitch_variation,
        level_db,
        level_variation,
        noise_db,
        (min_silence, max_silence),
    )
    write_dirs(Path(output), plan(hours, speakers, style, sampling_rate, seed), script, num_jobs, part)
    return []


def check_settings(
    script: str,
    hours: dict[str, float],
    speakers: dict[str, int],
    filler_rate: float,
    speed_variation: float,
    level_db: float,
    silence: tuple[float, float],
) -> None:
    """Refuse settings without a meaning, before anything is made."""
    faults = [(f"{name}_hours: {value} is not above 0") for name, value in hours.items() if value <= 0]
    faults += [f"{name}_speakers: {value} is below 1" for name, value in speakers.items() if value < 1]
    if script not in SCRIPTS:
        faults.append(f"script: '{script}' is not one of {', '.join(SCRIPTS)}")
    if not 0 <= filler_rate <= 1:
        faults.append(f"filler_rate: {filler_rate} is not within 0 and 1")
    if not 0 <= speed_variation < 1:
        faults.append(f"speed_variation: {speed_variation} is not from 0 to below 1")
    if level_db >= 0:
        faults.append(f"level_db: {level_db} is not below 0")
    if not 0 <= silence[0] <= silence[1]:
        faults.append(f"min_silence: {silence[0]} is not within 0 and max_silence")
    if faults:
        raise ConfigError(faults[0], where="speech", mend="correct the setting")


def write_dirs(
    output: Path, plans: dict[str, SetPlan], script: str, num_jobs: int, part: JobPart = WHOLE
) -> None:
    """Make the audio of all sets, then write each set's tables; a part makes its share of the audio.

    Raises:
        StateError: A wav stands there that is none of ours, or a part is run before part 0 was.
    """
    for name in plans:  # before anything of one is touched
        check_ours(output / name / "wav", OUR_NAMES)
    tasks = {name: register(output / name, set_plan.lines, part) for name, set_plan in plans.items()}
    produce([task for set_tasks in tasks.values() for task in set_tasks], num_jobs, part)
    if not part.is_whole:
        return
    for name, set_plan in plans.items():
        pairs = zip(tasks[name], set_plan.sentences, strict=True)
        utterances = [
            Utterance(
                line.utterance_id,
                line.voice.speaker_id,
                sentence.text(script),
                path,
                audio.info(path).num_samples,
            )
            for (line, path), sentence in pairs
        ]
        write_speech_dir(output / name, utterances)
