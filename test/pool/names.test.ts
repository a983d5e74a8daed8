import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agentName,
  claimName,
  ownerMark,
  parseAgentName,
  parsePlaceholderName,
  placeholderName,
} from '../../src/pool/names.ts';

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,15}[a-z0-9])?$/).filter((text) => !/-agent-\d/.test(text));
const naming = fc.record({ instance: fc.oneof(fc.constant('default'), label), pool: label });

describe('names', () => {
  it('are what users see', () => {
    expect(agentName({ instance: 'default', pool: 'linux' }, 3)).toBe('linux-agent-3');
    expect(agentName({ instance: 'blue', pool: 'linux' }, 3)).toBe('blue-linux-agent-3');
    expect(claimName('linux-agent-3', 'cache')).toBe('linux-agent-3-cache');
    expect(placeholderName({ instance: 'blue', pool: 'linux' }, 'java')).toBe('blue-linux-placeholder-java');
    expect(ownerMark('0123456789abcdef', { instance: 'default', pool: 'linux' })).toBe('01234567/default/linux');
  });

  it('are read back as they were made', () => {
    fc.assert(
      fc.property(naming, fc.nat(99_999), (given, index) => {
        expect(parseAgentName(given, agentName(given, index))).toBe(index);
        expect(parsePlaceholderName(given, placeholderName(given, 'default'))).toBe('default');
      }),
    );
  });

  it.each`
    name                 | why
    ${'linux-agent-01'}  | ${'a leading zero would make two names of one index'}
    ${'linux-agent-'}    | ${'there is no index'}
    ${'linux-agent-1x'}  | ${'not a number'}
    ${'team2-agent-1'}   | ${'another pool'}
    ${'linux-2-agent-1'} | ${'a pool whose name extends ours'}
  `('$name is not an agent of pool linux: $why', ({ name }) => {
    expect(parseAgentName({ instance: 'default', pool: 'linux' }, name)).toBeUndefined();
  });
});
