import type { LenientShape } from './lenient-spec.ts';
import { type RuleBreach, repeatedAt } from './rule-breach.ts';
import { quoted } from './secrets.ts';

const reservedNames = new Set(
  'AZP_URL AZP_POOL AZP_TOKEN AZP_TOKEN_FILE AZP_AGENT_NAME AZP_CAPABILITY AZP_WORK AZP_REPLACE VSO_AGENT_IGNORE'.split(
    ' ',
  ),
);

/** Whether Poolkeeper sets that variable of the agent container itself. */
export function isReservedVariable(name: string): boolean {
  return reservedNames.has(name) || name.startsWith('POOLKEEPER_');
}

type Variable = LenientShape['fields']['extraEnv'][number];

/** Rules for `extraEnv`. */
export function checkEnvironment(spec: LenientShape): RuleBreach[] {
  const { extraEnv } = spec.fields;
  const at = (index: number, ...rest: string[]) => ['extraEnv', spec.positionInFile('extraEnv', index), ...rest];
  const own = extraEnv.flatMap((variable, index) => {
    const name = nameProblem(variable.name);
    const source = sourceProblem(variable);
    return [
      ...(name ? [{ path: at(index, 'name'), ...name }] : []),
      ...(source ? [{ path: at(index), ...source }] : []),
    ];
  });
  const repeated = repeatedAt(extraEnv.map(({ name }) => name)).map((index) => ({
    path: at(index, 'name'),
    rule: 'repeated-variable',
    message: 'another entry has this name; remove one',
  }));
  return [...own, ...repeated];
}

type Problem = Pick<RuleBreach, 'rule' | 'message'>;

function nameProblem(name: string): Problem | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    const message = `must be letters, digits and "_", not starting with a digit (is ${quoted(name)})`;
    return { rule: 'variable-name', message };
  }
  if (!isReservedVariable(name)) return undefined;
  return { rule: 'reserved-variable', message: `${name} is set by Poolkeeper; choose another name` };
}

function sourceProblem({ value, valueFrom }: Variable): Problem | undefined {
  const rule = 'one-source';
  if (value !== undefined && valueFrom !== undefined) return { rule, message: 'give value or valueFrom, not both' };
  if (value === undefined && valueFrom === undefined) return { rule, message: 'give value or valueFrom' };
  const sources = Object.keys(valueFrom ?? {}).length;
  return valueFrom === undefined || sources === 1
    ? undefined
    : { rule, message: `valueFrom must name exactly one source (names ${sources})` };
}
