import type { ITaskAgentApi } from 'azure-devops-node-api/TaskAgentApi.js';
import type { PoolConnection } from '../../pool/spec.ts';
import { PermanentError } from '../../ports/errors.ts';
import { type PoolAnswer, readPools } from './answers.ts';

const operation = 'look up the agent pool';

/** The id of the pool of that name. Throws `PermanentError` for none, several, or one whose agents are not ours to run. */
export async function lookUpPool(api: ITaskAgentApi, connection: PoolConnection): Promise<number> {
  const found = readPools(operation, await api.getAgentPools(connection.pool));
  const named = found.filter((pool) => pool.name.toLowerCase() === connection.pool.toLowerCase());
  const [pool] = named;
  const where = `Azure DevOps ${connection.organization}: agent pool "${connection.pool}"`;
  if (pool === undefined) {
    throw new PermanentError(
      `${where} does not exist or cannot be seen: create it, correct the name, or give the token's identity the Reader role on it`,
    );
  }
  if (named.length > 1) {
    throw new PermanentError(`${where} exists ${named.length} times: rename all but one of them`);
  }
  const unfit = whyUnfit(pool);
  if (unfit !== undefined) throw new PermanentError(`${where} ${unfit}: name a self-hosted agent pool`);
  return pool.id;
}

function whyUnfit(pool: PoolAnswer): string | undefined {
  if (pool.isHosted === true) return 'is hosted by Microsoft';
  if (pool.poolType === 2 || String(pool.poolType).toLowerCase() === 'deployment') return 'is a deployment pool';
  if (isElastic(pool.options)) return 'is an elastic pool, which Azure scales itself';
  return undefined;
}

/** Flags: a number, or names with commas. */
function isElastic(options: number | string | undefined): boolean {
  return typeof options === 'number' ? options % 2 === 1 : /elasticPool/i.test(options ?? '');
}
