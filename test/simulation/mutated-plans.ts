import type { Action } from '../../src/pool/actions.ts';
import { agentName } from '../../src/pool/names.ts';
import type { AgentPod } from '../../src/pool/observation.ts';
import { planPool } from '../../src/pool/plan.ts';
import { agentsAs, changed, doing, orEmpty, podsAs, seeing, without, working } from './mistaken-planner.ts';
import type { Mutation } from './mutation.ts';

const removesAgent = ({ kind }: Action): boolean => kind === 'deregister-agent' || kind === 'delete-pod';

/** Hides from the plan that a starting pod will take a job; the pod itself is left alone. */
const forgetSpokenFor: typeof planPool = (input) => {
  const agents = input.observation.agents.kind === 'read' ? input.observation.agents.value : [];
  const online = new Set(agents.filter((agent) => agent.online).map(({ name }) => name));
  const starting = (pod: AgentPod): boolean => !online.has(pod.name) && pod.agentContainer.kind !== 'terminated';
  const plan = seeing(podsAs((pods) => pods.map((pod) => (starting(pod) ? { ...pod, retiring: 'hung' } : pod))))(input);
  const slots = new Set(plan.slots.filter(({ pod }) => starting(pod)).map(({ pod }) => pod.name));
  return { ...plan, steps: plan.steps.filter(({ key }) => !slots.has(key)) };
};

/** Retires in one go what should be read again first. */
const skipTheReread = doing((actions, plan) => {
  const [mark] = actions;
  const slot = plan.slots.find(({ pod }) => mark?.kind === 'mark-retiring' && pod.uid === mark.pod.uid);
  if (mark?.kind !== 'mark-retiring' || slot?.agent === undefined || slot.requestId !== undefined) return actions;
  const { agent, pod } = slot;
  const { reason } = mark;
  return [
    ...actions,
    { kind: 'deregister-agent', agent, reason },
    { kind: 'delete-pod', pod, graceSeconds: 30, reason },
  ];
});

const ignorePersons: typeof planPool = (input) => {
  const plan = planPool(input);
  const disabled = plan.slots.filter(({ disabledByPerson }) => disabledByPerson);
  const steps = disabled.flatMap(({ pod, agent }) =>
    agent ? [{ key: pod.name, actions: [{ kind: 'enable-agent', agent, reason: 'needed-again' } as const] }] : [],
  );
  return { ...plan, steps: [...plan.steps.filter(({ key }) => !steps.some((step) => step.key === key)), ...steps] };
};

const lowestIndexAlways = doing((actions, _plan, { naming, observation }) => {
  const pods = observation.cluster.kind === 'read' ? observation.cluster.value.pods : [];
  const leaving = pods.find(({ deletionDeadline }) => deletionDeadline !== undefined);
  return actions.map((action) =>
    action.kind === 'create-pod' && leaving?.name === agentName(naming, leaving?.index ?? 0)
      ? { ...action, index: leaving.index }
      : action,
  );
});

export const mutatedPlans: readonly Mutation[] = [
  { name: 'skip the re-read', caughtBy: 1, does: 'deregisters in the pass that disables', plan: skipTheReread },
  {
    name: 'delete the pod first',
    caughtBy: 1,
    does: 'deletes a pod before its agent is deregistered',
    plan: doing((actions) =>
      actions.toSorted((a, b) => Number(b.kind === 'delete-pod') - Number(a.kind === 'delete-pod')),
    ),
  },
  {
    name: 'never deregister',
    caughtBy: 1,
    does: 'deletes pods and leaves their agents',
    plan: without(({ kind }) => kind === 'deregister-agent'),
  },
  {
    name: 'failed job list is empty',
    caughtBy: 5,
    does: 'takes an error for "no jobs"',
    plan: seeing(({ jobs }) => ({ jobs: orEmpty(jobs, []) })),
  },
  {
    name: 'failed agent list is empty',
    caughtBy: 5,
    does: 'takes an error for "no agents"',
    plan: seeing(({ agents }) => ({ agents: orEmpty(agents, []) })),
  },
  {
    name: 'unread pods are absent',
    caughtBy: 8,
    does: 'takes a cache that is too old for an empty cluster',
    plan: seeing(({ cluster }) => ({ cluster: orEmpty(cluster, { pods: [], claims: [] }) })),
  },
  {
    name: 'count an agent twice',
    caughtBy: 1,
    does: 'sees every running pod as two',
    plan: seeing(
      podsAs((pods) => pods.flatMap((pod) => (pod.agentContainer.kind === 'running' ? [pod, { ...pod }] : [pod]))),
    ),
  },
  {
    name: 'count a job twice',
    caughtBy: 19,
    does: 'takes an assigned job for a queued one as well',
    plan: seeing((observation) => ({
      jobs: changed(observation.jobs, (jobs) =>
        jobs.flatMap((job) => {
          const { assignedAt: _1, receivedAt: _2, reservedAgentId: _3, reservedAgentName: _4, ...queued } = job;
          return job.assignedAt === undefined ? [job] : [job, { ...queued, requestId: -job.requestId }];
        }),
      ),
    })),
  },
  {
    name: 'forget spoken-for slots',
    caughtBy: 1,
    does: 'starts an agent for a job that a starting one will take',
    plan: forgetSpokenFor,
  },
  {
    name: 'reuse a terminating index',
    caughtBy: 1,
    does: 'creates on an index whose pod still terminates',
    plan: lowestIndexAlways,
  },
  {
    name: 'terminating pods are gone',
    caughtBy: 1,
    does: 'counts no pod that has a deletion time',
    plan: seeing(podsAs((pods) => pods.filter(({ deletionDeadline }) => deletionDeadline === undefined))),
  },
  {
    name: 'create above the cap',
    caughtBy: 1,
    does: 'takes maxAgents for one more than it is',
    plan: working(({ maxAgents }) => ({ maxAgents: maxAgents + 1 })),
  },
  {
    name: 'ignore the minimum',
    caughtBy: 1,
    does: 'keeps no agents without jobs',
    plan: working(() => ({ minAgents: 0, standbyAgents: 0 })),
  },
  {
    name: 'ignore the class cap',
    caughtBy: 16,
    does: 'bounds classes by the pool alone',
    plan: working(({ agentClasses }) => ({
      agentClasses: agentClasses.map((one) => ({ ...one, maxAgents: 1_000_000 })),
    })),
  },
  {
    name: 'no grace',
    caughtBy: 2,
    does: 'retires idle agents at once',
    plan: working(({ ttlIdleSeconds }) => ({ idleGraceSeconds: 0, ttlIdleSeconds: Math.min(1, ttlIdleSeconds) })),
  },
  {
    name: 'no offline grace',
    caughtBy: 32,
    does: 'takes an agent for lost as soon as it is offline',
    plan: working(() => ({ offlineGraceSeconds: 0 })),
  },
  { name: 'act while suspended', caughtBy: 2, does: 'ignores suspend', plan: working(() => ({ suspend: false })) },
  {
    name: 'no provisioning time-out',
    caughtBy: 3,
    does: 'waits for ever for agents that do not come online',
    plan: working(() => ({ provisioningTimeoutSeconds: 1_000_000 })),
  },
  {
    name: 'ignore ownership marks',
    caughtBy: 2,
    does: 'takes every record with one of our names for ours',
    plan: seeing(
      agentsAs((agents, owner) =>
        agents.map((one) => (one.mark.kind === 'placeholder' ? one : { ...one, mark: { kind: 'agent', owner } })),
      ),
    ),
  },
  {
    name: 'unread marks are absent',
    caughtBy: 24,
    does: 'takes a record that it could not read for none',
    plan: seeing(agentsAs((agents) => agents.filter(({ mark }) => mark.kind !== 'unread' && mark.kind !== 'unmarked'))),
  },
  {
    name: 'ignore the fence',
    caughtBy: 19,
    does: 'creates although another controller serves the pool',
    plan: seeing(() => ({ fence: { kind: 'held' } })),
  },
  {
    name: 'ignore clock jumps',
    caughtBy: 9,
    does: 'judges ages on a clock that has just jumped',
    plan: seeing(() => ({ clocksSteady: true })),
  },
  {
    name: 'compare two clocks',
    caughtBy: 11,
    does: "measures the age of pods by Azure DevOps' clock",
    plan: seeing(({ azureDevOpsTime }) => ({ clusterTime: azureDevOpsTime })),
  },
  {
    name: 'forget the only job',
    caughtBy: 2,
    does: 'takes a run-once agent that is done for an idle one',
    plan: seeing(
      agentsAs((agents) =>
        agents.map((agent) => {
          const { lastFinishedAt: _, ...rest } = agent;
          return rest;
        }),
      ),
    ),
  },
  {
    name: 'offline is online',
    caughtBy: 5,
    does: 'takes offline agents for idle ones',
    plan: seeing(agentsAs((agents) => agents.map((agent) => ({ ...agent, online: true })))),
  },
  {
    name: 'never clear the retiring mark',
    caughtBy: 12,
    focus: ['world-moves-in-a-pass', 'leader-pause'],
    does: 'leaves a working agent disabled and marked',
    plan: without(({ kind }) => kind === 'unmark-retiring' || kind === 'enable-agent'),
  },
  {
    name: 'enable what a person disabled',
    caughtBy: 9,
    does: 'enables every disabled agent without a mark',
    plan: ignorePersons,
  },
  {
    name: 'keep ended pods',
    caughtBy: 3,
    does: 'leaves pods there whose agent has ended',
    plan: without((action) => action.reason === 'finished' && action.kind === 'delete-pod'),
  },
  {
    name: 'keep stale agents',
    caughtBy: 5,
    does: 'never deregisters what pods have left behind',
    plan: without((action) => action.reason === 'stale' && removesAgent(action)),
  },
  {
    name: 'delete kept claims',
    caughtBy: 4,
    does: 'deletes every claim of a slot with its pod',
    plan: doing((actions, _plan, { observation }) => {
      const deleted = actions.find((action) => action.kind === 'delete-pod');
      const claims = observation.cluster.kind === 'read' ? observation.cluster.value.claims : [];
      const own = claims.filter(({ name }) => deleted && name.startsWith(`${deleted.pod.name}-`));
      return [...actions, ...own.map((claim) => ({ kind: 'delete-claim', claim, reason: 'finished' }) as const)];
    }),
  },
  {
    name: 'ignore drift',
    caughtBy: 1,
    focus: ['definition-changed'],
    does: 'never replaces an agent of an older definition',
    plan: seeing(
      podsAs((pods) =>
        pods.map((pod) => {
          const { templateHash: _, ...rest } = pod;
          return rest;
        }),
      ),
    ),
  },
  {
    name: 'ignore demands',
    caughtBy: 2,
    does: 'takes every job for one that any agent can run',
    plan: seeing(({ jobs }) => ({
      jobs: changed(jobs, (all) => all.map((job) => ({ ...job, demands: [], matchesAllAgentsInPool: true }))),
    })),
  },
  {
    name: 'short grace for the unknown',
    caughtBy: 4,
    focus: ['registers-late', 'leader-pause', 'world-moves-in-a-pass'],
    does: 'gives a pod whose agent may still come online 30 s',
    plan: doing((actions) =>
      actions.map((action) => (action.kind === 'delete-pod' ? { ...action, graceSeconds: 30 } : action)),
    ),
  },
];
