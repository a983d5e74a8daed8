import { describe, expect, it } from 'vitest';
import { parseDemand, surplusCapabilities, unmetDemands } from '../../src/pool/demands.ts';
import { anAgentClass } from '../support/pool-specs.ts';

const java = anAgentClass({ name: 'java', capabilities: { java: '17', maven: '1' } });

describe('demands', () => {
  it.each`
    demands                                   | met      | why
    ${['java']}                               | ${true}  | ${'the capability exists'}
    ${['JAVA -equals 17']}                    | ${true}  | ${'names are compared without regard to case'}
    ${['java -equals 11']}                    | ${false} | ${'the value differs'}
    ${['java', 'npm']}                        | ${false} | ${'one demand of two is not met'}
    ${['Agent.Version -gtVersion 2.163.1']}   | ${true}  | ${'the platform adds it; it never excludes a class'}
    ${[]}                                     | ${true}  | ${'nothing is asked for'}
    ${['Agent.OS -equals linux']}             | ${true}  | ${'every agent has it, values without regard to case'}
    ${['Agent.OS -equals Windows_NT']}        | ${false} | ${'our agents are Linux agents'}
    ${['Agent.OSArchitecture -equals ARM64']} | ${true}  | ${'the value differs from node to node'}
    ${['maven -equals 1', 'java -equals 17']} | ${true}  | ${'all demands hold'}
    ${['maven -equals']}                      | ${false} | ${'not a comparison, and no capability has that name'}
  `('S25: $demands is met: $met, because $why', ({ demands, met }) => {
    expect(unmetDemands(java, demands.map(parseDemand)).length === 0).toBe(met);
  });

  it('keeps blanks inside a value', () => {
    expect(parseDemand('tool -equals  Visual Studio 2022 ')).toEqual({
      kind: 'equals',
      name: 'tool',
      value: 'Visual Studio 2022',
    });
  });

  it('counts the declared capabilities that a job did not ask for', () => {
    expect(surplusCapabilities(java, [parseDemand('Java')])).toBe(1);
    expect(surplusCapabilities(java, [])).toBe(2);
  });
});
