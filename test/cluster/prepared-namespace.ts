import { fileURLToPath } from 'node:url';
import { CoreV1Api } from '@kubernetes/client-node';
import { type ControlPlane, kubeConfigWithToken } from './control-plane.ts';

export const namespace = 'poolkeeper';
const manifestsDirectory = fileURLToPath(new URL('../../manifests/', import.meta.url));

/**
 * Makes the namespace as a user would: every manifest must pass the server's strict validation, and account, role and
 * binding are really applied. Returns a token of the controller's own service account.
 */
export async function prepareNamespace(controlPlane: ControlPlane): Promise<string> {
  const core = kubeConfigWithToken(controlPlane, controlPlane.adminToken).makeApiClient(CoreV1Api);
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  // A controller of a whole cluster does this; without it no pod is admitted.
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'default' } } });
  await controlPlane.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', manifestsDirectory]);
  for (const file of ['service-account.yaml', 'role.yaml', 'role-binding.yaml']) {
    await controlPlane.kubectl(['apply', '--validate=strict', '-f', `${manifestsDirectory}${file}`]);
  }
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [], expirationSeconds: 3600 },
  };
  const { status } = await core.createNamespacedServiceAccountToken({ name: 'poolkeeper', namespace, body: request });
  if (!status?.token) throw new Error('the API server gave no token');
  return status.token;
}
