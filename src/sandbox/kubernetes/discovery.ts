import { resourceKinds } from './resource-kinds.ts';

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const groups = [...new Set(resourceKinds.map(({ group }) => group))].filter((group) => group !== '');

/** `/version` and the lists of resources, so that kubectl can look around too. */
export function findDiscovery(pathname: string, version: string): unknown {
  if (pathname === '/version') return versionInfo(version);
  if (pathname === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (pathname === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(apiGroup) };
  if (pathname === '/api/v1') return resourceList('');
  const group = groups.find((candidate) => pathname === `/apis/${candidate}/v1`);
  return group && resourceList(group);
}

function versionInfo(version: string) {
  const [major = '1', minor = '34'] = version.replace(/^v/, '').split('.');
  return { major, minor, gitVersion: version, platform: 'simulated' };
}

function apiGroup(name: string) {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function resourceList(group: string) {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? 'v1' : `${group}/v1`,
    resources: resourceKinds
      .filter((kind) => kind.group === group)
      .map(({ plural, kind, namespaced, shortName }) => ({
        name: plural,
        singularName: kind.toLowerCase(),
        shortNames: shortName === undefined ? [] : [shortName],
        namespaced,
        kind,
        verbs,
      })),
  };
}
