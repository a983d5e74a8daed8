import { azureDevOpsAgeMs } from './clocks.ts';
import { capabilities, type PoolNaming, parseAgentName, parsePlaceholderName, placeholderName } from './names.ts';
import type { Fence, ObservedAgent, PlaceholderMark } from './observation.ts';
import type { AgentClass } from './spec.ts';

/** One step for a placeholder. They come before everything else of a pass. */
export type PlaceholderStep =
  | { readonly kind: 'register'; readonly name: string; readonly capabilities: Readonly<Record<string, string>> }
  | { readonly kind: 'renew'; readonly id: number; readonly name: string }
  | { readonly kind: 'remove'; readonly id: number; readonly name: string; readonly reason: PlaceholderRemoval }
  /** Removes another owner's record, provided that it has not been renewed since then. */
  | { readonly kind: 'take-over'; readonly id: number; readonly name: string; readonly renewedAt: number };

export type PlaceholderRemoval = 'not-wanted' | 'capabilities-changed';

export interface PlaceholderInput {
  readonly naming: PoolNaming;
  /** None for a pool that is drained. */
  readonly classes: readonly AgentClass[];
  readonly owner: string;
  /** The latest list of agents; undefined before the first one. */
  readonly agents: readonly ObservedAgent[] | undefined;
  readonly azureDevOpsTime: number;
}

/** Ours are renewed this often. */
const renewAfterMs = 600_000;
/** Another owner that has not renewed for this long is gone. */
const ownerGoneAfterMs = 1_800_000;

/** Registers what is missing, renews what ages, removes what nobody wants. Another owner's record is left alone while it lives. */
export function planPlaceholders(input: PlaceholderInput): readonly PlaceholderStep[] {
  const wanted = input.classes.map((agentClass) => ({
    name: placeholderName(input.naming, agentClass.name),
    capabilities: placeholderCapabilities(input.owner, agentClass),
  }));
  const records = placeholderRecords(input);
  const kept = wanted.flatMap((placeholder) => keepPlaceholder(input, placeholder, records.get(placeholder.name)));
  const names = new Set(wanted.map(({ name }) => name));
  const unwanted = [...records.values()].filter(({ name, mark }) => !names.has(name) && isOurs(mark, input.owner));
  return [...kept, ...unwanted.filter(isIdle).map((agent) => remove(agent, 'not-wanted'))];
}

/** Whether the pool may create agents under its names, judged by a list of agents that was just read. */
export function judgeFence(input: PlaceholderInput & { readonly agents: readonly ObservedAgent[] }): Fence {
  const rival = input.agents.find((agent) => isRival(input, agent));
  if (rival) return { kind: 'contested', message: rivalMessage(rival) };
  const records = placeholderRecords(input);
  for (const { name: agentClass } of input.classes) {
    const name = placeholderName(input.naming, agentClass);
    const record = records.get(name);
    if (!record || !isOurs(record.mark, input.owner))
      return { kind: 'open', message: `placeholder ${name} is not registered yet` };
  }
  return { kind: 'held' };
}

/** What a placeholder offers: the class's capabilities, and whose it is. */
function placeholderCapabilities(owner: string, agentClass: AgentClass): Readonly<Record<string, string>> {
  return { ...agentClass.capabilities, [capabilities.owner]: owner, [capabilities.placeholder]: agentClass.name };
}

function placeholderRecords({ naming, agents }: PlaceholderInput): ReadonlyMap<string, ObservedAgent> {
  const own = (agents ?? []).filter(({ name }) => parsePlaceholderName(naming, name) !== undefined);
  return new Map(own.map((agent) => [agent.name, agent]));
}

function keepPlaceholder(
  input: PlaceholderInput,
  wanted: { readonly name: string; readonly capabilities: Readonly<Record<string, string>> },
  record: ObservedAgent | undefined,
): readonly PlaceholderStep[] {
  const register: PlaceholderStep = { kind: 'register', ...wanted };
  if (record === undefined) return [register];
  const { mark } = record;
  if (mark.kind !== 'placeholder') return [];
  const ageMs = azureDevOpsAgeMs(input, mark.renewedAt);
  if (mark.owner !== input.owner)
    return ageMs < ownerGoneAfterMs || !isIdle(record) ? [] : [takeOver(record, mark), register];
  if (!offers(mark, wanted.capabilities))
    return isIdle(record) ? [remove(record, 'capabilities-changed'), register] : [];
  return ageMs < renewAfterMs ? [] : [{ kind: 'renew', id: record.id, name: record.name }];
}

function offers(mark: PlaceholderMark, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => mark.capabilities[name] === value);
}

function isOurs(mark: ObservedAgent['mark'], owner: string): boolean {
  return mark.kind === 'placeholder' && mark.owner === owner;
}

function isIdle(agent: ObservedAgent): boolean {
  return !agent.online && agent.assignedRequestId === undefined;
}

function remove({ id, name }: ObservedAgent, reason: PlaceholderRemoval): PlaceholderStep {
  return { kind: 'remove', id, name, reason };
}

function takeOver({ id, name }: ObservedAgent, { renewedAt }: PlaceholderMark): PlaceholderStep {
  return { kind: 'take-over', id, name, renewedAt };
}

/** A placeholder of another owner that is alive, or an online agent of another owner under one of our names. */
function isRival({ naming, owner, azureDevOpsTime }: PlaceholderInput, agent: ObservedAgent): boolean {
  const { mark } = agent;
  if (mark.kind === 'placeholder') {
    const age = azureDevOpsAgeMs({ azureDevOpsTime }, mark.renewedAt);
    return mark.owner !== owner && age < ownerGoneAfterMs && parsePlaceholderName(naming, agent.name) !== undefined;
  }
  return (
    mark.kind === 'agent' && mark.owner !== owner && agent.online && parseAgentName(naming, agent.name) !== undefined
  );
}

function rivalMessage({ mark }: ObservedAgent): string {
  const owner = mark.kind === 'placeholder' || mark.kind === 'agent' ? mark.owner : 'unknown';
  return `another Poolkeeper (owner ${owner}) serves this Azure DevOps pool under the same names; give one of them another INSTANCE_NAME`;
}
