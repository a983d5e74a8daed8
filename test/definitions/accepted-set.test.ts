import { describe, expect, it } from 'vitest';
import { parseAcceptedSet } from '../../src/definitions/accepted-set.ts';

describe('the stored text', () => {
  it.each`
    text                                                     | why
    ${''}                                                    | ${'nothing'}
    ${'{}'}                                                  | ${'an empty object'}
    ${'{"version":2,"revision":"x","pools":[]}'}             | ${'another version'}
    ${'{"version":1,"revision":"x","pools":[{}]}'}           | ${'half a pool'}
    ${'{"version":1,"revision":"x","pools":[],"more":true}'} | ${'an unknown field'}
    ${'{"version":1,"revision":"x","pools":['}               | ${'cut off'}
  `('refuses $why', ({ text }) => {
    expect(() => parseAcceptedSet(text)).toThrow();
  });
});
