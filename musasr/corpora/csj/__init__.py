"""The Corpus of Spontaneous Japanese, as its licensed users have it on disk.

layout finds the talks; sdb and base_xml read their transcripts; tags and words turn rows into words; segments
joins what short pauses divide; transcripts is all that for a talk; speakers and selection choose the sets;
prepare writes them, and inventory what is in them.
"""
