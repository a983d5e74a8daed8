import { expect, it } from 'vitest';
import { createRequestGate } from '../../../src/adapters/azure-devops/request-gate.ts';
import { ThrottledError } from '../../../src/ports/errors.ts';

function gateAt() {
  const clock = { time: 0, monotonic: () => clock.time };
  return { clock, gate: createRequestGate(clock) };
}

it('holds an identity for as long as told, and no other', () => {
  const { clock, gate } = gateAt();
  gate.hold('a', 1000);

  clock.time = 999;
  expect(() => gate.check('a')).toThrow(new ThrottledError(1));
  expect(() => gate.check('b')).not.toThrow();
  clock.time = 1000;
  expect(() => gate.check('a')).not.toThrow();
});

it('S20: a shorter wait never ends a longer one', () => {
  const { clock, gate } = gateAt();
  gate.hold('a', 30_000);
  gate.hold('a', 2000);

  clock.time = 5000;
  expect(() => gate.check('a')).toThrow(ThrottledError);
});

it('a longer wait extends a shorter one', () => {
  const { clock, gate } = gateAt();
  gate.hold('a', 2000);
  clock.time = 1000;
  gate.hold('a', 5000);

  clock.time = 5999;
  expect(() => gate.check('a')).toThrow(ThrottledError);
});
