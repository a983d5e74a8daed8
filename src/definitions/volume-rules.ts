import type { LenientShape } from './lenient-spec.ts';
import { type RuleBreach, repeatedAt } from './rule-breach.ts';

const trustStoreDirectory = '/etc/ssl/certs';
/** Where the agent itself lives; its work directory below may be a volume. */
const agentDirectory = '/azp';

/** Rules for `pvcs`: each by itself, and against each other. */
export function checkVolumes(spec: LenientShape): RuleBreach[] {
  const { pvcs, certTrustStore } = spec.fields;
  const at = (index: number, field: string) => ['pvcs', spec.positionInFile('pvcs', index), field];
  const paths = pvcs.map(({ mountPath }) => normalPath(mountPath));
  const own = pvcs.flatMap((volume, index) => {
    const breaches: RuleBreach[] = [];
    if (!volume.createPvc && volume.deleteWithAgent) {
      const message = 'needs createPvc: true, since a claim that exists already is never deleted';
      breaches.push({ path: at(index, 'deleteWithAgent'), rule: 'delete-needs-create', message });
    }
    const clash = reservedPath(paths[index] ?? '/', certTrustStore.length > 0);
    if (clash !== undefined) breaches.push({ path: at(index, 'mountPath'), rule: 'reserved-path', message: clash });
    return breaches;
  });
  const names = repeatedAt(pvcs.map(({ name }) => name)).map((index) => ({
    path: at(index, 'name'),
    rule: 'repeated-volume',
    message: 'another entry has this name; give each volume its own',
  }));
  const mounts = repeatedAt(paths).map((index) => ({
    path: at(index, 'mountPath'),
    rule: 'repeated-mount-path',
    message: 'another entry is mounted here; give each volume its own path',
  }));
  return [...own, ...names, ...mounts];
}

function normalPath(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  return `/${segments.join('/')}`;
}

function reservedPath(path: string, hasTrustStore: boolean): string | undefined {
  if (path === '/' || path === agentDirectory) {
    return `would hide the agent's own files; mount below, for example at ${agentDirectory}/_work`;
  }
  const isInside = path === trustStoreDirectory || path.startsWith(`${trustStoreDirectory}/`);
  if (!hasTrustStore || !(isInside || trustStoreDirectory.startsWith(`${path}/`))) return undefined;
  return `is in the way of certTrustStore, which is mounted at ${trustStoreDirectory}; choose another path`;
}
