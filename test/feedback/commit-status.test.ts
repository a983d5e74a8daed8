import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/definitions/finding.ts';
import { configStatus, cutToCodePoints } from '../../src/feedback/commit-status.ts';

function finding(given: Partial<Finding> = {}): Finding {
  return {
    severity: 'error',
    file: 'a.yaml',
    line: 3,
    column: 1,
    path: 'spec.maxAgents',
    rule: 'r',
    message: 'too low',
    ...given,
  };
}

describe('the commit status', () => {
  it.each`
    findings                                                     | valid | state          | description                                                     | why
    ${[]}                                                        | ${2}  | ${'succeeded'} | ${'2 pools valid'}                                              | ${'all is well'}
    ${[]}                                                        | ${1}  | ${'succeeded'} | ${'1 pool valid'}                                               | ${'one'}
    ${[finding({ severity: 'note' })]}                           | ${1}  | ${'succeeded'} | ${'1 pool valid'}                                               | ${'a note is for the log'}
    ${[finding({ severity: 'warning' })]}                        | ${1}  | ${'succeeded'} | ${'1 pool valid, 1 warning: a.yaml:3: spec.maxAgents: too low'} | ${'a warning keeps nobody from merging'}
    ${[finding(), finding({ file: 'b.yaml' })]}                  | ${1}  | ${'failed'}    | ${'2 errors: a.yaml:3: spec.maxAgents: too low'}                | ${'the first error, and how many'}
    ${[finding({ severity: 'warning' }), finding({ path: '' })]} | ${0}  | ${'failed'}    | ${'1 error: a.yaml:3: too low'}                                 | ${'errors come before warnings'}
  `('$description: $why', ({ findings, valid, state, description }) => {
    const status = configStatus('poolkeeper', { findings, counts: { valid, invalid: 0, skipped: 0 } });
    expect(status).toEqual({ genre: 'poolkeeper', name: 'config', state, description });
  });

  it.each`
    text           | limit | cut        | why
    ${'12345'}     | ${5}  | ${'12345'} | ${'it fits'}
    ${'123456'}    | ${5}  | ${'1234…'} | ${'it does not'}
    ${'😀😀😀'}    | ${2}  | ${'😀…'}   | ${'never inside a character'}
    ${'a\n  b\tc'} | ${9}  | ${'a b c'} | ${'hosts show one line'}
  `('$text cut to $limit: $why', ({ text, limit, cut }) => {
    expect(cutToCodePoints(text, limit)).toBe(cut);
  });
});
