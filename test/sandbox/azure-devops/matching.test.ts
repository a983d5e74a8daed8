import { expect, it } from 'vitest';
import { meetsDemands } from '../../../src/sandbox/azure-devops/matching.ts';

it.each`
  demand                                | version       | capabilities           | met      | why
  ${'java'}                             | ${'4.0.0'}    | ${{ java: '21' }}      | ${true}  | ${'it exists'}
  ${'JAVA'}                             | ${'4.0.0'}    | ${{ java: '' }}        | ${true}  | ${'names have no case, values may be empty'}
  ${'java'}                             | ${'4.0.0'}    | ${{}}                  | ${false} | ${'it is missing'}
  ${'os -equals Linux'}                 | ${'4.0.0'}    | ${{ OS: 'linux' }}     | ${true}  | ${'values have no case'}
  ${'os -equals Linux'}                 | ${'4.0.0'}    | ${{ os: 'windows' }}   | ${false} | ${'another value'}
  ${'sdk -equals My SDK 1'}             | ${'4.0.0'}    | ${{ sdk: 'my sdk 1' }} | ${true}  | ${'a value with blanks'}
  ${'os -equals Linux'}                 | ${'4.0.0'}    | ${{}}                  | ${false} | ${'nothing to compare'}
  ${'Agent.Version -gtVersion 2.182.1'} | ${'2.182.1'}  | ${{}}                  | ${true}  | ${'the same version is enough'}
  ${'Agent.Version -gtVersion 2.182.1'} | ${'2.182.0'}  | ${{}}                  | ${false} | ${'an older patch'}
  ${'Agent.Version -gtVersion 2.182.1'} | ${'2.9.9'}    | ${{}}                  | ${false} | ${'numbers, not letters'}
  ${'Agent.Version -gtVersion 3.218.0'} | ${'99.999.9'} | ${{}}                  | ${true}  | ${'a placeholder'}
  ${'Agent.Version -gtVersion 2.1'}     | ${'2.1.5'}    | ${{}}                  | ${true}  | ${'a shorter version'}
  ${'tool -gtVersion 2.0'}              | ${'4.0.0'}    | ${{ tool: '2.1' }}     | ${true}  | ${'another capability with a version'}
`('$demand: $met, $why', ({ demand, version, capabilities, met }) => {
  expect(meetsDemands([demand], version, capabilities)).toBe(met);
});

it('all demands must be met', () => {
  expect(meetsDemands(['a', 'b'], '4.0.0', { a: '1' })).toBe(false);
  expect(meetsDemands([], '4.0.0', {})).toBe(true);
});
