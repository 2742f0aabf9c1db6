import { expect, test } from 'vitest';
import { costMeter } from './cost-meter.js';

test('adds up passes and positions, and tells the model\'s time from the rest', async () => {
  let now = 1000;
  const meter = costMeter(() => now);
  const after = async <Value>(milliseconds: number, value: Value): Promise<Value> => {
    now += milliseconds;
    return value;
  };
  expect(await meter.wait((now += 2, after(0, 'opened')))).toBe('opened');
  const waiting = meter.wait(Promise.resolve().then(() => after(30, 7)));
  expect(await waiting).toBe(7);
  meter.countPass(11);
  now += 4;
  meter.countCommit();
  await expect(meter.wait(Promise.resolve().then(() => after(5, 0)).then(() => Promise.reject(new Error('failed'))))).rejects.toThrow('failed');
  meter.countPass(3);
  meter.countCommit();
  now += 1;
  expect(meter.passes()).toBe(2);
  expect(meter.usage({ promptTokens: 4, generatedTokens: 2, stateBytes: 64 })).toEqual({
    promptTokens: 4, generatedTokens: 2, stateBytes: 64, forwardPasses: 2, positionsComputed: 14,
    milliseconds: 42, millisecondsToFirstToken: 36, millisecondsInModel: 35,
  });
});

test('without a commit the first token took all the time', () => {
  let now = 5;
  const meter = costMeter(() => now);
  now = 12;
  expect(meter.usage({ promptTokens: 1, generatedTokens: 0, stateBytes: 0 })).toMatchObject({ milliseconds: 7, millisecondsToFirstToken: 7, forwardPasses: 0 });
});
