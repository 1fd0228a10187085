"""A recording of any length into words and subtitles.

- `transcript`: what a transcription is, in memory and as JSON: read this first
- `files`: files, resumed and with partial subtitles; `outputs`, `progress_file`: what they leave on disk
- `recording`: one recording chunk by chunk; `activity`, `segmenter`: where speech is; `language`: which one
  is spoken; `system`: what separates and reads, `hearing`: what it reads from, `by_tag`: which reader under
  which music; `transcribing`: what is done of it as a transcript; `settings`: conf/transcribe.yaml
- `subtitles`: a transcript as srt, vtt, ass, txt and ctm (`ctm`, `escapes`)
- `page`: a transcript as HTML, with a player and its spectrogram (`picture`), to be corrected and saved
- `music`: what is heard between the lines; `music_levels`: where music is, by a separator's estimates
- `cues`: what is shown when, by `subtitle_rules`: `phrases`, `line_breaking`, `word_times`
"""
