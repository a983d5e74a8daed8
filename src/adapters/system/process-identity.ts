import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** Names this process and no other, also when a container starts again under the same host name. */
export function processIdentity(): string {
  return `${hostname()}/${randomUUID().slice(0, 8)}`;
}
