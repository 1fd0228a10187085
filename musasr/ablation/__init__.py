"""What each of a file's changes to a recipe is worth, measured on one system.

- `variants`: the file of variants, read and checked
- `folders`: a working directory for each, which shares the data and every training that is the same
- `ablate`: from the file to the table: read this first
"""
