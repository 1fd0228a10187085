"""The command `musasr`: `main` finds the subcommand, a module here with `add_arguments` and `run`.

`common` holds the options that many have. What is heavy is imported in `run`, so that `--help` comes at once.
"""
