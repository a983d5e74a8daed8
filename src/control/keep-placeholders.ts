import { capabilities } from '../pool/names.ts';
import type { PlaceholderStep } from '../pool/placeholders.ts';
import type { PoolConnection } from '../pool/spec.ts';
import type { AzureDevOps } from '../ports/azure-devops.ts';
import type { AgentMarks } from './agent-marks.ts';

export interface KeepPlaceholdersInput {
  readonly azureDevOps: AzureDevOps;
  readonly marks: AgentMarks;
  readonly connection: PoolConnection;
  readonly owner: string;
}

/** Carries out the steps for placeholders one after another. A name that is taken changes nothing: the next list of agents says whose it is. */
export async function keepPlaceholders(
  input: KeepPlaceholdersInput,
  steps: readonly PlaceholderStep[],
  signal: AbortSignal,
): Promise<void> {
  for (const step of steps) await carryOut(input, step, signal);
}

async function carryOut(input: KeepPlaceholdersInput, step: PlaceholderStep, signal: AbortSignal): Promise<void> {
  const { azureDevOps, connection, marks } = input;
  switch (step.kind) {
    case 'register':
      return register(input, step, signal);
    case 'renew': {
      const { renewedAt } = await azureDevOps.renewPlaceholder(connection, step.id, signal);
      return marks.renewed(step.id, renewedAt);
    }
    case 'remove':
      await azureDevOps.deregisterAgent(connection, step.id, signal);
      return;
    case 'take-over':
      return takeOver(input, step, signal);
    default:
      return step satisfies never;
  }
}

/** What was read of it may be old: an owner that came back in the meantime keeps it. */
async function takeOver(
  { azureDevOps, connection, marks }: KeepPlaceholdersInput,
  step: PlaceholderStep & { readonly kind: 'take-over' },
  signal: AbortSignal,
): Promise<void> {
  const mark = await marks.readAgain(connection, step, signal);
  if (mark.kind !== 'placeholder' || mark.renewedAt !== step.renewedAt) return;
  await azureDevOps.deregisterAgent(connection, step.id, signal);
}

async function register(
  { azureDevOps, connection, marks, owner }: KeepPlaceholdersInput,
  step: PlaceholderStep & { readonly kind: 'register' },
  signal: AbortSignal,
): Promise<void> {
  const result = await azureDevOps.registerPlaceholder(connection, step, signal);
  if (result.kind === 'name-taken') return;
  marks.remember(result.id, {
    kind: 'placeholder',
    owner,
    agentClass: step.capabilities[capabilities.placeholder] ?? '',
    renewedAt: result.renewedAt,
    capabilities: step.capabilities,
  });
}
