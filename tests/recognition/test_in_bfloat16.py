"""A separator whose products are of bfloat16."""

import pytest
import small_models
import torch

from musasr.metrics.separation import si_sdr
from musasr.recognition.separation import InBfloat16
from musasr.tasks.building import build
from musasr.training.precision import has_bfloat16


@pytest.mark.skipif(not has_bfloat16(on_gpu=False), reason="no native bfloat16: it would take minutes")
def test_it_gives_float32_and_nearly_the_same():
    torch.manual_seed(1)
    model = build(small_models.options("smoke", "time"), where="test").eval()
    mixture, lengths = torch.randn(2, 8000), torch.tensor([8000, 6000])
    with torch.inference_mode():
        plain, half = (one.separate(mixture, lengths) for one in (model, InBfloat16(model)))
    assert half.dtype == torch.float32
    assert InBfloat16(model).sources == model.sources
    assert not torch.equal(plain, half)
    assert si_sdr(estimate=half[0, 0].numpy(), reference=plain[0, 0].numpy()) > 30
