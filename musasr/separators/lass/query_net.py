"""The QueryNet: the pieces of a text's words to one vector, by a small BERT."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.errors import ConfigError, DataError, suggest
from musasr.separators.lass.example_net import ExampleNet

PADDING = 0  # the number of no piece
EPSILON, INIT_STD = 1e-12, 0.02  # BERT's
POOLINGS = ("first", "mean")


class QueryNet(nn.Module):
    """BERT-mini by default: 4 layers of 256; a state of it through a linear layer and a rectifier.

    Made with random weights; `load_bert` takes those of a BERT that was trained.
    """

    def __init__(
        self,
        *,
        num_pieces: int,
        size: int = 256,
        width: int | None = None,
        num_layers: int = 4,
        num_heads: int = 4,
        hidden_size: int = 1024,
        most_pieces: int = 512,
        dropout: float = 0.1,
        pooling: str = "first",
        frozen: bool = False,
    ):
        """Build the network.

        Args:
            num_pieces: V, pieces of the vocabulary, the padding included.
            size: D.
            width: H, of the states; None: D.
            num_layers: Of attention.
            num_heads: Of each.
            hidden_size: Between the two linear layers of each.
            most_pieces: Of a query.
            dropout: Of embeddings, attention and layers.
            pooling: Which state: the ``first`` piece's, as in the paper, or the ``mean`` over all, which a
                network that begins from nothing learns sooner.
            frozen: Whether all but the last linear layer stays as it is: what a BERT knows of words that no
                caption has is not unlearnt.

        Raises:
            ConfigError: There is no such pooling.
        """
        super().__init__()
        if pooling not in POOLINGS:
            raise ConfigError(
                f"unknown pooling {pooling!r}", where="pooling", mend=suggest(pooling, POOLINGS)
            )
        self.size, self.num_pieces, self.most_pieces = size, num_pieces, most_pieces
        self.pooling, self.frozen, width = pooling, frozen, width or size
        self.pieces = nn.Embedding(num_pieces, width, padding_idx=PADDING)
        self.places = nn.Embedding(most_pieces, width)
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, num_heads, hidden_size, dropout, "gelu", EPSILON, batch_first=True
            )
            for _ in range(num_layers)
        )
        self.last = nn.Linear(width, size)
        for name, weight in self.named_parameters():
            if weight.dim() == 2 and not name.startswith("last"):
                nn.init.normal_(weight, std=INIT_STD)
        nn.init.orthogonal_(self.last.weight)
        if frozen:
            self.requires_grad_(False)
            self.last.requires_grad_(True)

    def train(self, mode: bool = True) -> "QueryNet":
        """As of any module; what is frozen drops nothing."""
        super().train(mode)
        if self.frozen:
            for part in (self.dropout, self.layers):
                part.eval()
        return self

    def forward(self, pieces: Tensor) -> Tensor:
        """Return the queries' vectors (B, D), not negative, of the pieces (B, U), the first of each [CLS]."""
        return functional.relu(self.signed(pieces))

    def signed(self, pieces: Tensor) -> Tensor:
        """The vectors before their negative values are set to 0."""
        states = self.encode(pieces)
        if self.pooling == "first":
            return self.last(states[:, 0])
        is_piece = (pieces != PADDING).unsqueeze(2)
        total = torch.where(is_piece, states, 0.0).sum(dim=1)
        return self.last(total / is_piece.sum(dim=1))

    def encode(self, pieces: Tensor) -> Tensor:
        """Return the states (B, U, H) of pieces (B, U); what stands at the padding means nothing."""
        is_padding = pieces == PADDING
        places = self.places.weight[: pieces.shape[1]]
        states = self.dropout(self.norm(self.pieces(pieces) + places))
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=is_padding)
        return states

    def load_bert(self, state: Mapping[str, Tensor]) -> None:
        """Take the weights of a BERT of this size, by the names that Hugging Face's files have for them.

        The embedding of the first kind of segment, which every piece has, goes into the places'.

        Raises:
            DataError: A weight is missing, or has another shape.
        """
        state = {name.removeprefix("bert."): value for name, value in state.items()}
        try:
            own = {**self.state_dict(), **_from_bert(state, len(self.layers), self.most_pieces)}
            self.load_state_dict(own)
        except KeyError as error:
            raise DataError(
                f"the BERT has no weight {error}", mend="give another, or its num_layers"
            ) from error
        except RuntimeError as error:
            what = "the BERT's weights have other shapes"
            raise DataError(what, mend="give width, num_layers and hidden_size of that BERT") from error


def _from_bert(state: Mapping[str, Tensor], num_layers: int, most_pieces: int) -> dict[str, Tensor]:
    """A BERT's weights under our names."""
    embeddings = "embeddings."
    found = {
        "pieces.weight": state[embeddings + "word_embeddings.weight"],
        "places.weight": state[embeddings + "position_embeddings.weight"][:most_pieces]
        + state[embeddings + "token_type_embeddings.weight"][0],
    }
    names = {"norm": embeddings + "LayerNorm"}
    for index in range(num_layers):
        theirs, ours = f"encoder.layer.{index}.", f"layers.{index}."
        for kind in ("weight", "bias"):
            parts = [state[f"{theirs}attention.self.{one}.{kind}"] for one in ("query", "key", "value")]
            found[f"{ours}self_attn.in_proj_{kind}"] = torch.cat(parts)
        names |= {
            f"{ours}self_attn.out_proj": f"{theirs}attention.output.dense",
            f"{ours}norm1": f"{theirs}attention.output.LayerNorm",
            f"{ours}linear1": f"{theirs}intermediate.dense",
            f"{ours}linear2": f"{theirs}output.dense",
            f"{ours}norm2": f"{theirs}output.LayerNorm",
        }
    return found | {
        f"{our}.{kind}": state[f"{their}.{kind}"]
        for our, their in names.items()
        for kind in ("weight", "bias")
    }


class TagNet(nn.Module):
    """A learnt vector a tag, in the QueryNet's place: the baseline that no text reaches."""

    def __init__(self, *, num_tags: int, size: int = 256):
        """Make the vectors."""
        super().__init__()
        self.size = size
        self.vectors = nn.Parameter(torch.randn(num_tags, size))

    def forward(self, weights: Tensor) -> Tensor:
        """Return (B, D) for the weights of the tags (B, K), which sum to 1."""
        return functional.relu(self.signed(weights))

    def signed(self, weights: Tensor) -> Tensor:
        """The vectors before their negative values are set to 0."""
        return weights @ self.vectors


QUERIES: Mapping[str, Any] = {"text": QueryNet, "tags": TagNet, "example": ExampleNet}
