"""What happens around the steps of a training, each a callback of Lightning's.

The engine adds these to every training: ema (validates and keeps a moving average of the weights, where
settings ask for one), curves (history.jsonl, loss.png), progress (lines that say where it is), waiting (how
much of an epoch passes until batches come) and preemption (a signal saves all state at the next step; where
to go on from). ctc_first is a recogniser's own: who trains one hands it in, as any model's training may hand
in what is special about it.
"""
