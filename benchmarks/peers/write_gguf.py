"""Writes a Mamba-2 in Hugging Face's layout as a GGUF file in float32, for llama.cpp: the same weights under its names. Needs the package gguf."""

import argparse
import json
import pathlib

import gguf
import numpy
from safetensors.numpy import load_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('file', type=pathlib.Path)
    arguments = parser.parse_args()
    config = json.loads((arguments.folder / 'config.json').read_text())
    tensors = load_file(arguments.folder / 'model.safetensors')
    inner = config['expand'] * config['hidden_size']

    writer = gguf.GGUFWriter(arguments.file, 'mamba2')
    writer.add_context_length(2**20)
    writer.add_embedding_length(config['hidden_size'])
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_block_count(config['num_hidden_layers'])
    writer.add_ssm_conv_kernel(config['conv_kernel'])
    writer.add_ssm_inner_size(inner)
    writer.add_ssm_state_size(config['state_size'])
    writer.add_ssm_time_step_rank(config['num_heads'])
    writer.add_ssm_group_count(config['n_groups'])
    writer.add_layer_norm_rms_eps(config['layer_norm_epsilon'])
    writer.add_vocab_size(config['vocab_size'])
    # A vocabulary is asked for though only ids are used: made-up tokens.
    writer.add_tokenizer_model('gpt2')
    writer.add_tokenizer_pre('default')
    writer.add_token_list([f't{index}' for index in range(config['vocab_size'])])
    writer.add_token_types([gguf.TokenType.NORMAL] * config['vocab_size'])
    writer.add_token_merges(['t 1'])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)

    def add(name: str, data: numpy.ndarray) -> None:
        writer.add_tensor(name, numpy.ascontiguousarray(data, dtype=numpy.float32))

    add('token_embd.weight', tensors['backbone.embeddings.weight'])
    add('output_norm.weight', tensors['backbone.norm_f.weight'])
    for layer in range(config['num_hidden_layers']):
        def own(name: str) -> numpy.ndarray:
            return tensors[f'backbone.layers.{layer}.{name}']

        add(f'blk.{layer}.attn_norm.weight', own('norm.weight'))
        add(f'blk.{layer}.ssm_in.weight', own('mixer.in_proj.weight'))
        add(f'blk.{layer}.ssm_conv1d.weight', own('mixer.conv1d.weight')[:, 0])
        add(f'blk.{layer}.ssm_conv1d.bias', own('mixer.conv1d.bias'))
        add(f'blk.{layer}.ssm_dt.bias', own('mixer.dt_bias'))
        add(f'blk.{layer}.ssm_a', -numpy.exp(own('mixer.A_log'))[:, None])
        add(f'blk.{layer}.ssm_d', own('mixer.D')[:, None])
        add(f'blk.{layer}.ssm_norm.weight', own('mixer.norm.weight').reshape(config['n_groups'], -1))
        add(f'blk.{layer}.ssm_out.weight', own('mixer.out_proj.weight'))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == '__main__':
    main()
