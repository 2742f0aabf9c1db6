"""llama-tiny, llama-tiny-tied, qwen2-tiny, qwen3-tiny: logits of transformers' own classes on random weights."""

import torch
import transformers

import reference
from fixture import ROOT, Fixture, largest_difference, random_ids, random_weights

CACHED = 5
COMMON = {
    'bos_token_id': 1, 'eos_token_id': 2, 'hidden_act': 'silu', 'initializer_range': 0.02, 'attention_dropout': 0.0,
    'use_cache': True, 'torch_dtype': 'float32',
}
LLAMA = {
    'architectures': ['LlamaForCausalLM'], 'model_type': 'llama', 'hidden_size': 24, 'intermediate_size': 34, 'num_hidden_layers': 2,
    'num_attention_heads': 6, 'num_key_value_heads': 2, 'head_dim': 10, 'vocab_size': 53, 'max_position_embeddings': 64,
    'rms_norm_eps': 1e-5, 'rope_theta': 7000.0, 'rope_scaling': None, 'attention_bias': False, 'mlp_bias': False,
    'pretraining_tp': 1, 'tie_word_embeddings': False, **COMMON,
}
LLAMA_TIED = {
    **LLAMA, 'hidden_size': 27, 'intermediate_size': 38, 'num_hidden_layers': 1, 'num_attention_heads': 3, 'num_key_value_heads': 1,
    'rope_theta': 500000.0, 'attention_bias': True, 'tie_word_embeddings': True,
}
QWEN2 = {
    'architectures': ['Qwen2ForCausalLM'], 'model_type': 'qwen2', 'hidden_size': 30, 'intermediate_size': 34, 'num_hidden_layers': 2,
    'num_attention_heads': 3, 'num_key_value_heads': 1, 'vocab_size': 59, 'max_position_embeddings': 64, 'max_window_layers': 2,
    'rms_norm_eps': 1e-6, 'rope_theta': 1000000.0, 'sliding_window': 64, 'use_sliding_window': False, 'tie_word_embeddings': False, **COMMON,
}
# As transformers 5 writes it (rope_parameters, layer_types, dtype); the others as published checkpoints have it.
QWEN3 = {
    'architectures': ['Qwen3ForCausalLM'], 'model_type': 'qwen3', 'hidden_size': 26, 'intermediate_size': 38, 'num_hidden_layers': 2,
    'num_attention_heads': 6, 'num_key_value_heads': 3, 'head_dim': 10, 'vocab_size': 61, 'max_position_embeddings': 64,
    'rms_norm_eps': 1e-6, 'rope_parameters': {'rope_theta': 90000.0, 'rope_type': 'default'}, 'attention_bias': False,
    'layer_types': ['full_attention', 'full_attention'], 'max_window_layers': 2, 'sliding_window': None, 'use_sliding_window': False,
    'tie_word_embeddings': True, **{key: value for key, value in COMMON.items() if key != 'torch_dtype'}, 'dtype': 'float32',
    'pad_token_id': None, 'transformers_version': transformers.__version__,
}
MODELS = {  # name: config, seed, length
    'llama-tiny': (LLAMA, 2011, 7),
    'llama-tiny-tied': (LLAMA_TIED, 2002, 11),
    'qwen2-tiny': (QWEN2, 2003, 7),
    'qwen3-tiny': (QWEN3, 2004, 11),
}


def shape_of(config: dict) -> reference.Shape:
    model_type = config['model_type']
    biased = model_type == 'qwen2' or config.get('attention_bias', False)
    return reference.Shape(
        vocabulary=config['vocab_size'], width=config['hidden_size'], layers=config['num_hidden_layers'],
        heads=config['num_attention_heads'], kv_heads=config['num_key_value_heads'],
        head_dim=config.get('head_dim') or config['hidden_size'] // config['num_attention_heads'], hidden=config['intermediate_size'],
        theta=config['rope_parameters']['rope_theta'] if 'rope_parameters' in config else config['rope_theta'],
        epsilon=config['rms_norm_eps'], tied=config['tie_word_embeddings'], qk_norm=model_type == 'qwen3',
        qkv_bias=biased, output_bias=biased and model_type != 'qwen2',
    )


def additive(visibility: reference.Visibility, batch: int, length: int) -> torch.Tensor:
    may_see = reference.visible(visibility, length)
    return torch.zeros(length, length).masked_fill(~may_see, torch.finfo(torch.float32).min).expand(batch, 1, length, length)


def load(name: str) -> transformers.PreTrainedModel:
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        ROOT / name, attn_implementation='eager', dtype=torch.float32, output_loading_info=True)
    assert not report['missing_keys'] and not report['unexpected_keys'], report
    return model.eval()


def build(name: str) -> None:
    config, seed, length = MODELS[name]
    shape = shape_of(config)
    generator = torch.Generator().manual_seed(seed)
    weights = random_weights(reference.parameter_shapes(shape), generator)
    ids = random_ids(generator, 2, length, shape.vocabulary)

    fixture = Fixture(name)
    fixture.json('config.json', config)
    fixture.tensors('model.safetensors', weights)
    model = load(name)

    blocks = reference.block_causal(3)
    with torch.inference_mode():
        prefix = model(ids[:, :CACHED], use_cache=True)
        outputs = {
            'logits': model(ids, use_cache=False).logits,
            'logits_after_prefix': model(ids[:, CACHED:], past_key_values=prefix.past_key_values, use_cache=True).logits,
            'logits_bidirectional': model(ids, attention_mask=additive(reference.bidirectional, 2, length), use_cache=False).logits,
            'logits_block_causal_3': model(ids, attention_mask=additive(blocks, 2, length), use_cache=False).logits,
        }
    doubles = reference.as_double(weights)
    exact = {
        'logits_float64': reference.logits(doubles, shape, ids, reference.causal),
        'logits_bidirectional_float64': reference.logits(doubles, shape, ids, reference.bidirectional),
        'logits_block_causal_3_float64': reference.logits(doubles, shape, ids, blocks),
    }
    distance = {
        'logits': largest_difference(outputs['logits'], exact['logits_float64']),
        'logits_after_prefix': largest_difference(outputs['logits_after_prefix'], exact['logits_float64'][:, CACHED:]),
        'logits_bidirectional': largest_difference(outputs['logits_bidirectional'], exact['logits_bidirectional_float64']),
        'logits_block_causal_3': largest_difference(outputs['logits_block_causal_3'], exact['logits_block_causal_3_float64']),
    }
    assert max(distance.values()) < 2e-5, distance

    fixture.json('inputs.json', {'ids': ids.tolist(), 'positions': list(range(length)), 'cached': CACHED})
    fixture.tensors('outputs.safetensors', {**outputs, **exact})
    fixture.provenance(
        producer=f'transformers {config["architectures"][0]}, attn_implementation eager; *_float64 by tools/oracle/reference.py',
        command=f'python tools/oracle/make.py {name}', seed=seed,
        dtype='float32 weights and logits; *_float64 computed and stored in float64 from the same weights',
        tolerance={'float32 implementation, absolute': 1e-4, 'float64 implementation against *_float64, absolute': 1e-9},
        largest_distance_of_transformers_from_float64=distance,
        logit_range=[round(outputs['logits'].min().item(), 3), round(outputs['logits'].max().item(), 3)],
    )
