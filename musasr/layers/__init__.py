"""What separators and recognisers are both made of: `padding` (lengths, masks), `blstm`, `products`,
`recomputing` (memory against time in training)."""
