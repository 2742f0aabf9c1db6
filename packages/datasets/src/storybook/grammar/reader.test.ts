import { randomStream } from '@palimpsest/sampling';
import { describe, expect, test } from 'vitest';
import { storybook } from '../generator/storybook.js';
import { plots } from '../world/world.js';
import { naiveReader } from './reader.naive.js';
import { sentenceReader } from './reader.js';

const read = sentenceReader(plots);

describe('the reader', () => {
  const naive = naiveReader(plots);

  test('finds exactly the readings of the naive reader, in true and in garbled sentences', () => {
    const random = randomStream(11);
    const sentences = Array.from({ length: 25 }, (_, index) => storybook(9000 + index).sentences).flat();
    const garbled = sentences.map((sentence) => {
      const words = sentence.split(' ');
      words[random.integer(words.length)] = random.pick(random.pick(sentences).split(' '));
      return words.join(' ');
    });
    let agreements = 0;
    for (const sentence of [...sentences, ...garbled]) {
      const expected = naive(sentence).map(({ step, pattern, rows }) => [step.name, JSON.stringify(pattern), JSON.stringify(rows)].join());
      const [first] = read(sentence);
      const whole = first?.text === sentence ? first.readings : [];
      const actual = whole.map(({ step, pattern, captures }) => [step.name, JSON.stringify(pattern), JSON.stringify(captures.map(({ rows }) => [...rows]))].join());
      expect({ sentence, readings: actual.toSorted() }).toEqual({ sentence, readings: expected.toSorted() });
      agreements += expected.length > 0 ? 1 : 0;
    }
    expect(agreements).toBeGreaterThan(sentences.length); // all true ones and some garbled ones
    expect(agreements).toBeLessThan(1.5 * sentences.length);
  });

  test.each([
    ['"Stop that!" said Bob. Mia was a shy girl who lived by the sea.', ['"Stop that!" said Bob.', 'Mia was a shy girl who lived by the sea.']],
    ['"Where is it?" asked nobody. "Thank you, Mia!" said Tom.', ['"Where is it?" asked nobody.', '"Thank you, Mia!" said Tom.']],
    ['no end', ['no end']],
    ['  Mia was a shy girl\nwho lived by\tthe sea.  ', ['Mia was a shy girl\nwho lived by\tthe sea.']],
    ['Wait, what? Now! then', ['Wait, what?', 'Now! then']],
    ['', []],
  ])('cuts %j', (text, expected) => {
    expect(read(text).map((sentence) => sentence.text)).toEqual(expected);
  });

  test('white space and capitals are part of the grammar', () => {
    const readable = (text: string): number => read(text).filter(({ readings }) => readings.length > 0).length;
    expect(readable('Mia was a shy girl who lived by the sea.')).toBe(1);
    expect(readable('Mia was a shy girl who lived by the sea .')).toBe(0);
    expect(readable('mia was a shy girl who lived by the sea.')).toBe(0);
    expect(readable('Mia was an shy girl who lived by the sea.')).toBe(0);
    expect(readable('Mia was a shy girl wholived by the sea.')).toBe(0);
  });
});
