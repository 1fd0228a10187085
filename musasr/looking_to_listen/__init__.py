"""The recipe of Looking to Listen: a separator that is shown whose voice it is to keep.

- `keys`: its configuration; `stages`: prepare, train, evaluate, report: read this first
- `corpus`: the clips of a set; `mixtures`: what is mixed, drawn or planned; `noise`: what is mixed in beside
- `items`, `training`: what the training engine is given; `building`: models of a configuration, trained ones
- `evaluation`: the test mixtures through a model; `quality`: scores; `controls`: what it is shown instead of
  the right faces; `results`: figures; `table`: the table
- `film`: a whole film with several faces, a stem a face; `view`: what of it is seen at a time
"""
