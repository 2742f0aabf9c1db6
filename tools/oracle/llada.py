"""llada-tiny, llada-tiny-tied: bidirectional logits under LLaDA's config keys and tensor names.

The forward pass is reference.py's after a renaming; transformers' LlamaForCausalLM with a mask of zeros must agree, and
verify_published.py compares with LLaDA's own modelling code.
"""

import torch
import transformers

import reference
from fixture import Fixture, largest_difference, random_ids, random_weights

CONFIG = {
    'activation_type': 'silu', 'alibi': False, 'alibi_bias_max': 8.0, 'architectures': ['LLaDAModelLM'], 'attention_dropout': 0.0,
    'attention_layer_norm': False, 'attention_layer_norm_with_affine': True, 'bias_for_layer_norm': False, 'block_group_size': 1,
    'block_type': 'llama', 'd_model': 36, 'embedding_dropout': 0.0, 'embedding_size': 53, 'eos_token_id': 47, 'flash_attention': False,
    'include_bias': False, 'include_qkv_bias': False, 'init_cutoff_factor': None, 'init_device': 'meta', 'init_fn': 'mitchell',
    'init_std': 0.02, 'input_emb_norm': False, 'layer_norm_type': 'rms', 'layer_norm_with_affine': True, 'mask_token_id': 51,
    'max_sequence_length': 64, 'mlp_hidden_size': 26, 'mlp_ratio': 4, 'model_type': 'llada', 'multi_query_attention': None,
    'n_heads': 6, 'n_kv_heads': 2, 'n_layers': 2, 'pad_token_id': 47, 'precision': 'amp_bf16', 'residual_dropout': 0.0,
    'rms_norm_eps': 1e-5, 'rope': True, 'rope_full_precision': True, 'rope_theta': 3000.0, 'scale_logits': False,
    'transformers_version': '4.46.3', 'use_cache': False, 'vocab_size': 53, 'weight_tying': False,
}
# As iLLaDA: tied head, no top-level ff_out. As LLaDA-8B: as many key/value heads as query heads.
CONFIG_TIED = {**CONFIG, 'd_model': 30, 'n_heads': 3, 'n_kv_heads': 3, 'n_layers': 1, 'rope_theta': 500000.0, 'weight_tying': True}
MODELS = {  # name: config, seed, length
    'llada-tiny': (CONFIG, 3001, 11),
    'llada-tiny-tied': (CONFIG_TIED, 3002, 7),
}

BLOCK_NAMES = {
    'input_layernorm': 'attn_norm', 'self_attn.q_proj': 'q_proj', 'self_attn.k_proj': 'k_proj', 'self_attn.v_proj': 'v_proj',
    'self_attn.o_proj': 'attn_out', 'post_attention_layernorm': 'ff_norm', 'mlp.gate_proj': 'ff_proj', 'mlp.up_proj': 'up_proj',
    'mlp.down_proj': 'ff_out',
}
TOP_NAMES = {'model.embed_tokens': 'wte', 'model.norm': 'ln_f', 'lm_head': 'ff_out'}


def llada_name(llama_name: str) -> str:
    module, kind = llama_name.rsplit('.', 1)
    if module in TOP_NAMES:
        return f'model.transformer.{TOP_NAMES[module]}.{kind}'
    _, _, layer, inside = module.split('.', 3)
    return f'model.transformer.blocks.{layer}.{BLOCK_NAMES[inside]}.{kind}'


def shape_of(config: dict) -> reference.Shape:
    return reference.Shape(
        vocabulary=config['embedding_size'], width=config['d_model'], layers=config['n_layers'], heads=config['n_heads'],
        kv_heads=config['n_kv_heads'], head_dim=config['d_model'] // config['n_heads'], hidden=config['mlp_hidden_size'],
        theta=config['rope_theta'], epsilon=config['rms_norm_eps'], tied=config['weight_tying'],
    )


def as_llama(shape: reference.Shape, weights: reference.Weights) -> transformers.LlamaForCausalLM:
    config = transformers.LlamaConfig(
        vocab_size=shape.vocabulary, hidden_size=shape.width, num_hidden_layers=shape.layers, num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads, head_dim=shape.head_dim, intermediate_size=shape.hidden, rms_norm_eps=shape.epsilon,
        rope_parameters={'rope_type': 'default', 'rope_theta': shape.theta}, tie_word_embeddings=shape.tied, attn_implementation='eager',
    )
    model = transformers.LlamaForCausalLM(config)
    tied = {'lm_head.weight': weights['model.embed_tokens.weight']} if shape.tied else {}
    model.load_state_dict({**weights, **tied})
    return model.eval()


def build(name: str) -> None:
    config, seed, length = MODELS[name]
    shape = shape_of(config)
    generator = torch.Generator().manual_seed(seed)
    weights = random_weights(reference.parameter_shapes(shape), generator)
    ids = random_ids(generator, 2, length, shape.vocabulary)
    ids[:, length // 2:] = ids[:, length // 2:].where(ids[:, length // 2:] % 3 == 0, torch.tensor(config['mask_token_id']))

    exact = reference.logits(reference.as_double(weights), shape, ids, reference.bidirectional)
    no_mask = torch.zeros(2, 1, length, length)
    with torch.inference_mode():
        llama = as_llama(shape, weights)(ids, attention_mask=no_mask, use_cache=False).logits
    distance = largest_difference(llama, exact)
    assert distance < 2e-5, distance

    fixture = Fixture(name)
    fixture.json('config.json', config)
    fixture.tensors('model.safetensors', {llada_name(key): weight for key, weight in weights.items()})
    fixture.json('inputs.json', {'ids': ids.tolist(), 'positions': list(range(length))})
    fixture.tensors('outputs.safetensors', {'logits': exact.float(), 'logits_float64': exact})
    fixture.provenance(
        producer='tools/oracle/reference.py (LLaDA: a Llama block without the causal mask)',
        command=f'python tools/oracle/make.py {name}', seed=seed,
        dtype='float32 weights; logits computed in float64, stored as float32 and as float64',
        tolerance={'float32 implementation, absolute': 1e-4, 'float64 implementation against logits_float64, absolute': 1e-9},
        checked_against={
            'transformers LlamaForCausalLM, float32, additive mask of zeros; largest distance': distance,
            'published modelling code': 'python tools/oracle/verify_published.py (see README.md)',
        },
        logit_range=[round(exact.min().item(), 3), round(exact.max().item(), 3)],
    )
