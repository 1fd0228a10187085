"""A recording of any length into words and subtitles.

- `transcript`: what a transcription is, in memory and as JSON: read this first
- `subtitles`: a transcript as srt, vtt, ass, txt and ctm (`ctm`, `escapes`)
- `page`: a transcript as HTML, with a player, to be corrected and saved
- `cues`: what is shown when, by `subtitle_rules`: `phrases`, `line_breaking`, `word_times`
"""
