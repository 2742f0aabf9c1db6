"""ttt-jax-linear, ttt-jax-mlp-mamba: parameters as the authors' JAX code makes, names and stores them, and what it says of some ids. Their code is not copied here.

The environment variable TTT_LM_JAX names a checkout of test-time-training/ttt-lm-jax; requirements-jax.txt is needed besides. What its modules import and
a forward pass does not need (sharding, logging, configs of transformers 4) is put in place here.
"""

import importlib
import os
import pathlib
import subprocess
import sys
import types

import flax
import flax.serialization
import flax.traverse_util
import jax
import jax.numpy as jnp
import msgpack
import numpy as np
import torch

from fixture import Fixture, dump

COMMON = {
    'hidden_act': 'silu', 'rms_norm_eps': 1e-6, 'initializer_range': 0.3, 'rope_theta': 100.0, 'num_hidden_layers': 2, 'mini_batch_size': 4, 'model_type': 'ttt',
    'bos_token_id': 1, 'eos_token_id': 2,
}
MODELS = {  # name: config of the PyTorch code, the JAX code's block, seed, how numbers are stored
    'ttt-jax-linear': ({
        **COMMON, 'hidden_size': 12, 'intermediate_size': 10, 'num_attention_heads': 3, 'vocab_size': 23, 'tie_word_embeddings': False, 'ttt_layer_type': 'linear', 'ttt_base_lr': 1.0,
        'pre_conv': False, 'share_qk': False, 'use_gate': False}, 'ttt_linear_base', 8201, 'float32'),
    'ttt-jax-mlp-mamba': ({
        **COMMON, 'hidden_size': 8, 'intermediate_size': 14, 'num_attention_heads': 2, 'vocab_size': 19, 'tie_word_embeddings': True, 'ttt_layer_type': 'mlp', 'ttt_base_lr': 0.5,
        'pre_conv': True, 'share_qk': True, 'use_gate': True, 'conv_kernel': 4}, 'ttt_mlp', 8202, 'bfloat16'),
}
LENGTH = 12


def published() -> tuple[types.ModuleType, str]:
    """The authors' module, and the commit of the checkout."""
    folder = pathlib.Path(os.environ['TTT_LM_JAX'])

    def stand_in(name: str, **members: object) -> None:
        module = types.ModuleType(name)
        module.__dict__.update(members)
        sys.modules[name] = module

    class Configuration:
        pass

    newer = jnp.clip
    jnp.clip = lambda x, a_min=None, a_max=None: newer(x, a_min, a_max)  # the keywords of older versions
    stand_in('ml_collections', ConfigDict=dict)
    stand_in('mlxu', function_args_to_config=None, load_pickle=None, open_file=None)
    stand_in('ttt')
    stand_in('ttt.infra')
    stand_in('ttt.models')
    sys.modules['ttt.models'].__path__ = [str(folder / 'ttt' / 'models')]
    stand_in('ttt.infra.jax_utils', with_sharding_constraint=lambda x, _: x, get_jax_mesh=None, get_gradient_checkpoint_policy=lambda name: None)
    stand_in('ttt.models.bpt', blockwise_ffn=None, blockwise_attn=None)
    stand_in('transformers.configuration_utils', PretrainedConfig=Configuration)
    stand_in('transformers.modeling_flax_outputs', ModelOutput=object)
    module = importlib.import_module('ttt.models.model')
    commit = subprocess.run(['git', '-C', str(folder), 'rev-parse', 'HEAD'], capture_output=True, text=True, check=True).stdout.strip()
    return module, commit


def build(name: str) -> None:
    config, block, seed, stored = MODELS[name]
    module, commit = published()
    model = module.CausalLM(types.SimpleNamespace(
        **{key: config[key] for key in ('hidden_size', 'intermediate_size', 'num_attention_heads', 'num_hidden_layers', 'vocab_size', 'tie_word_embeddings', 'ttt_base_lr', 'pre_conv',
                                        'rms_norm_eps', 'initializer_range', 'rope_theta', 'mini_batch_size')},
        seq_modeling_block=block, max_sequence_length=LENGTH, conv_width=4, remat_mini_batch_group_size=1, output_ttt_stats=False, resid_pdrop=0.0, embd_pdrop=0.0, fcm_max_ratio=0.0,
        remat_block='', remat_attention='', remat_mlp='', remat_conv='', scan_mlp=False,
    ))
    generator = np.random.default_rng(seed)
    ids = generator.integers(0, config['vocab_size'], (2, LENGTH))
    initial = model.init(jax.random.PRNGKey(0), jnp.array(ids), return_dict=False)['params']
    flat = flax.traverse_util.flatten_dict(initial)
    # ones and zeros would hide what is exchanged; what training leaves differs everywhere
    moved = {key: jnp.asarray(value + 0.3 * generator.standard_normal(value.shape), stored) for key, value in flat.items()}
    parameters = flax.traverse_util.unflatten_dict({key: value.astype('float32') for key, value in moved.items()})
    with jax.default_matmul_precision('highest'):
        logits = np.array(model.apply({'params': parameters}, jnp.array(ids), return_dict=False)[0])

    fixture = Fixture(name)
    packer = msgpack.Packer()
    for file, prefix in (('streaming_params', ()), ('streaming_train_state', ('params', 'params'))):
        with open(fixture.folder / file, 'wb') as out:  # as the streaming checkpointer of EasyLM packs them
            for key, value in moved.items():
                out.write(packer.pack(((*prefix, *key), flax.serialization.to_bytes(value))))
            if prefix:
                out.write(packer.pack((('step',), flax.serialization.to_bytes(7))))
    (fixture.folder / 'config.json').write_text(dump(config) + '\n')
    fixture.json('inputs.json', {'ids': ids.tolist()})
    fixture.tensors('outputs.safetensors', {'logits': torch.from_numpy(logits)})
    fixture.provenance(
        producer=f'CausalLM of test-time-training/ttt-lm-jax at {commit}, on flax {flax.__version__} and jax {jax.__version__}',
        command=f'TTT_LM_JAX=… python tools/oracle/ttt_jax.py {name}', seed=seed, dtype=f'{stored} in the file, computed in float32',
        tolerance={'float32 implementation, absolute': 1e-4}, logit_range=[round(float(logits.min()), 3), round(float(logits.max()), 3)],
        parameters=sorted('/'.join(key) for key in moved),
    )


def main() -> None:
    for name in sys.argv[1:] or MODELS:
        build(name)
        print(name)


if __name__ == '__main__':
    main()
