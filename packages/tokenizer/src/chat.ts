import { Template } from '@huggingface/jinja';
import { messageOf, TokenizerError } from './error.js';
import { isObject } from './parse.js';
import type { TokenizerFiles } from './parse.js';
import { anyOf } from './seal.js';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
}

export interface ChatOptions {
  /** Ends with what opens the assistant's answer. Default false. */
  readonly addGenerationPrompt?: boolean;
}

/** Stands, with a number, for text of a message that must not be read as a special token; noncharacters never mean anything. */
const veil = '\uFFFE';

/** The text that the template makes of the messages, after `sealSpecial` has marked the special tokens of the template's own. */
export function renderChat(
  template: string,
  messages: readonly ChatMessage[],
  variables: Readonly<Record<string, unknown>>,
  specialTexts: readonly string[],
  sealSpecial: (text: string) => string,
): string {
  const veiled: string[] = [];
  const hide = (text: string): string => `${veil}${veiled.push(text) - 1}${veil}`;
  const dangerous = anyOf([...specialTexts, veil]);
  const conceal = (content: string): string => {
    const tail = longestBeginning(content, specialTexts);
    const head = content.slice(0, content.length - tail.length).replace(dangerous, hide);
    return tail === '' ? head : head + hide(tail);
  };
  const concealed = messages.map((message) => ({ ...message, content: conceal(message.content) }));
  const rendered = render(template, { ...variables, messages: concealed });
  return sealSpecial(rendered).replace(/\uFFFE(\d+)\uFFFE/g, (_, number: string) => veiled[Number(number)]!);
}

/** The longest end of `content` that the template could complete to a special token. */
function longestBeginning(content: string, specialTexts: readonly string[]): string {
  let longest = '';
  for (const text of specialTexts) {
    for (let length = text.length - 1; length > longest.length; length--) {
      if (content.endsWith(text.slice(0, length))) longest = text.slice(0, length);
    }
  }
  return longest;
}

function render(source: string, variables: Record<string, unknown>): string {
  try {
    return new Template(source).render(variables);
  } catch (cause) {
    throw new TokenizerError({
      where: 'chat template',
      expected: 'a template that accepts these messages',
      got: `'${messageOf(cause)}'`,
      hint: 'Some templates want user and assistant in turn, or no system message.',
      cause,
    });
  }
}

/** chat_template.jinja, else tokenizer_config.json's chat_template: one, or a list of which `default` is taken. */
export function findChatTemplate({ chatTemplate, tokenizerConfig }: TokenizerFiles): string | undefined {
  if (chatTemplate !== undefined) return chatTemplate;
  const value = isObject(tokenizerConfig) ? tokenizerConfig['chat_template'] : undefined;
  const named: unknown = Array.isArray(value) ? value.find((entry: unknown) => isObject(entry) && entry['name'] === 'default') : undefined;
  const template = isObject(named) ? named['template'] : value;
  return typeof template === 'string' ? template : undefined;
}
