import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * Names this process and no other. A pod has one controller at a time, so its name is enough, and a container that starts
 * again is still the same one.
 */
export function processIdentity(podName: string | undefined): string {
  return podName ?? `${hostname()}/${randomUUID().slice(0, 8)}`;
}
