import io

from musasr.report import results, terminal


def printed(workdir, systems) -> str:
    file = io.StringIO()
    terminal.show(results.collect(workdir.run(systems), "abc123"), file=file)
    return file.getvalue()


def test_plain_text_of_a_hundred_columns(workdir):
    # Every system, with rates of 100 % and negative SDRs: the widest that can come.
    systems = [
        workdir.add(name, lambda condition, index: 5, sdr=lambda condition, index: -12.34)
        for name in workdir.run().config["systems"]["all"]
    ]
    text = printed(workdir, systems)
    assert "\x1b" not in text
    assert "…" not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= terminal.PLAIN_WIDTH
    assert all(system.name in text for system in systems)


def test_ours_stands_above_the_papers(headline):
    lines = printed(*headline).splitlines()
    row = next(i for i, line in enumerate(lines) if line.strip().startswith("time+mixture:none "))
    ours, paper = (" ".join(line.split()) for line in lines[row : row + 2])
    assert ours == "time+mixture:none 20.00 20.00 20.00 20.00 20.00 20.0-20.0 -50.0 15.0 10.0 5.0"
    assert paper == "paper 12.32 13.95 16.72 23.43 18.03 -18.6 20.7 18.2 15.4"


def test_verdicts_come_with_the_comparison_they_hang_on(headline):
    text = printed(*headline)
    assert "supported       1. Cascades beat both baselines" in text
    assert "not measured    2. Back-end fine-tuning" in text
    assert "ours 10.00 against 40.00 (-75.0 %), 95 % CI of the change [" in text


def test_no_second_table_without_its_systems(headline):
    workdir, systems = headline
    assert "Table II" not in printed(workdir, systems[:1])
