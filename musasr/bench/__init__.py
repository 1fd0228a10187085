"""How fast ours is beside its peers: the same work, in one run, on this machine.

- `timing`: interleaved repetitions, medians, ratios: read this first
- `works`: what is compared, by name
- `separation`, `recognition`, `system`, `mixing`, `scoring`: the works, each
  against its peers with equal results
- `memory`: the peak of a training step, in a process of its own
- `machine`: processor or GPU, versions, the measured ceilings of products and of memory
- `page`: the measurements as a table and as a page
"""
