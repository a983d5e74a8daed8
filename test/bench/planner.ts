import { emptyMemory } from '../../src/pool/memory.ts';
import { agentName } from '../../src/pool/names.ts';
import type { AgentPod, JobRequest, ObservedAgent } from '../../src/pool/observation.ts';
import { type PlanInput, planPool } from '../../src/pool/plan.ts';
import { templateHashes } from '../../src/pool/workload/template-hash.ts';
import { anAgentClass, aPoolSpec } from '../support/pool-specs.ts';

/**
 * How long one plan takes: 5,000 queued jobs and 1,000 agents in 8 classes, and a tenth of that. Prints the median and
 * the ratio; ends with 1 above the limits.
 */
const limits = { milliseconds: 20, ratio: 12 };
const classCount = 8;
const now = Date.parse('2026-01-05T08:00:00Z');
const owner = '12345678/default/linux';

const whole = median(aWorld({ jobs: 5000, agents: 1000 }));
const tenth = median(aWorld({ jobs: 500, agents: 100 }));
console.log(`5,000 jobs, 1,000 agents, ${classCount} classes: ${whole.toFixed(2)} ms (limit ${limits.milliseconds})`);
console.log(
  `500 jobs, 100 agents: ${tenth.toFixed(2)} ms; ratio ${(whole / tenth).toFixed(1)} (limit ${limits.ratio})`,
);
if (whole > limits.milliseconds || whole / tenth > limits.ratio) process.exitCode = 1;

function median(input: PlanInput): number {
  for (let warmUp = 0; warmUp < 20; warmUp += 1) planPool(input);
  const times = Array.from({ length: 51 }, () => {
    const started = performance.now();
    planPool(input);
    return performance.now() - started;
  });
  return times.toSorted((a, b) => a - b)[25] ?? 0;
}

function aWorld(size: { readonly jobs: number; readonly agents: number }): PlanInput {
  const agentClasses = Array.from({ length: classCount }, (_, n) =>
    anAgentClass({ name: `class-${n}`, capabilities: n === 0 ? {} : { [`tool-${n}`]: '1', shared: '1' } }),
  );
  const spec = aPoolSpec({ agentClasses, maxAgents: size.agents * 2, ttlIdleSeconds: 300 });
  const slots = Array.from({ length: size.agents }, (_, index) => aSlot(index));
  return {
    naming: { instance: 'default', pool: 'linux' },
    spec,
    removed: false,
    templates: templateHashes(spec),
    memory: emptyMemory,
    observation: {
      owner,
      agents: { kind: 'read', value: slots.map(({ agent }) => agent) },
      jobs: { kind: 'read', value: Array.from({ length: size.jobs }, (_, n) => aJob(n)) },
      cluster: { kind: 'read', value: { pods: slots.map(({ pod }) => pod), claims: [] } },
      azureDevOpsTime: now,
      clusterTime: now,
      clocksSteady: true,
      predecessorPods: 0,
      fence: { kind: 'held' },
    },
  };
}

function aJob(n: number): JobRequest {
  const kind = n % classCount;
  return {
    requestId: n,
    queuedAt: now - n,
    demands: kind === 0 ? [] : [`tool-${kind}`, 'Agent.Version -gtVersion 2.163.1'],
    matchesAllAgentsInPool: false,
  };
}

/** Half of the agents are idle, the rest are starting. */
function aSlot(index: number): { readonly pod: AgentPod; readonly agent: ObservedAgent } {
  const name = agentName({ instance: 'default', pool: 'linux' }, index);
  const pod: AgentPod = {
    name,
    uid: `uid-${index}`,
    resourceVersion: '1',
    pool: 'linux',
    index,
    agentClass: `class-${index % classCount}`,
    createdAt: now - 60_000,
    phase: 'Running',
    scheduled: true,
    agentContainer: { kind: 'running' },
    runOnce: false,
    claimNames: [],
  };
  const agent: ObservedAgent = {
    id: index + 1,
    name,
    online: index % 2 === 0,
    enabled: true,
    version: '4.0.0',
    createdAt: now - 50_000,
    statusChangedAt: now - 50_000,
    updating: false,
    mark: { kind: 'agent', owner },
  };
  return { pod, agent };
}
