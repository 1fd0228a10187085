"""Whether a separator helps a recogniser: measured on speech of one's own, not assumed.

- `judge`: reads mixtures as they are, separated, and in between. Read this first
- `verdict`: the error rates of each way, and which one to choose; `table`: for people
"""
