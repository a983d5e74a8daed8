import { capabilities, placeholderName } from '../../src/pool/names.ts';
import type { AgentState } from '../../src/sandbox/azure-devops/state.ts';
import type { MemoryPod } from '../support/memory-cluster.ts';
import type { Site } from './site.ts';

/** An owner that has not renewed its placeholder for so long is gone. */
const ownerGoneAfterMs = 1_800_000;
const otherOwner = '87654321/default/linux';

/** Records and pods of others under names that could be ours, and perhaps another controller that serves the pool. */
export class Strangers {
  readonly #site: Site;
  readonly #records: AgentState[] = [];
  readonly #pods: MemoryPod[] = [];
  #rival: AgentState | undefined;
  #rivalUntil = 0;

  constructor(site: Site) {
    this.#site = site;
    const { random, faults, cluster, clock } = site;
    if (random.chance(0.2)) this.#register('linux-agent-1', {});
    if (random.chance(0.2)) this.#register('linux-agent-2', { [capabilities.owner]: otherOwner });
    if (random.chance(0.2)) this.#register('build-server', {});
    if (random.chance(0.2)) this.#pods.push(cluster.addPod({ metadata: { name: 'linux-agent-0' } }));
    // A service whose clock is hours off makes a living owner look as if it were gone.
    if (faults.has('clock-jump') || !random.chance(0.05)) return;
    const name = placeholderName({ instance: 'default', pool: 'linux' }, 'default');
    const placeholder = { [capabilities.owner]: otherOwner, [capabilities.placeholder]: 'default' };
    this.#rival = this.#register(name, placeholder);
    this.#records.pop();
    this.#rivalUntil = clock.now() + random.between(0, 900_000);
    this.#renew(this.#rival);
  }

  /** The other controller, while it lives, renews its placeholder. */
  act(): void {
    if (this.#rival && this.#site.clock.now() < this.#rivalUntil) this.#renew(this.#rival);
  }

  /** Another controller serves this pool under our names: nothing may be created. */
  get fenced(): boolean {
    const renewed = this.#rival?.systemCapabilities[capabilities.renewed];
    if (this.#rival === undefined || renewed === undefined) return false;
    const { service } = this.#site;
    return service.agents.has(this.#rival.id) && service.now() - Date.parse(renewed) < ownerGoneAfterMs;
  }

  check(): void {
    const { service, cluster, witness } = this.#site;
    for (const { id, name, enabled } of this.#records) {
      witness.expect(service.agents.has(id) && enabled, () => `record ${name} of somebody else was touched`);
    }
    for (const pod of this.#pods) {
      const there = cluster.pods.get(pod.name) === pod && pod.deletionDeadline === undefined;
      witness.expect(there, () => `pod ${pod.name} of somebody else was touched`);
    }
  }

  #register(name: string, systemCapabilities: Record<string, string>): AgentState {
    const { service, poolId } = this.#site;
    const agent = { name, version: '4.0.0', osDescription: '', enabled: true, systemCapabilities };
    const registered = service.registerAgent(poolId, agent);
    if (registered === 'name-taken') throw new Error(`${name} is taken`);
    this.#records.push(registered);
    return registered;
  }

  #renew(rival: AgentState): void {
    rival.systemCapabilities[capabilities.renewed] = new Date(this.#site.service.now()).toISOString();
  }
}
