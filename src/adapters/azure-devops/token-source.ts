import type { CredentialReference } from '../../pool/spec.ts';
import { createSharedCalls } from './shared-calls.ts';

export type ReadToken = (credential: CredentialReference, signal: AbortSignal) => Promise<string>;

/** Tokens by credential, kept a few seconds so that a pass reads its Secret once and a rotated one is seen soon. */
export interface TokenSource {
  read(credential: CredentialReference, signal: AbortSignal): Promise<string>;
  /** Forgets that token, because the service refused it. A newer one stays. */
  drop(credential: CredentialReference, token: string): void;
}

const keptMs = 15_000;

export function createTokenSource(readToken: ReadToken, clock: { monotonic(): number }): TokenSource {
  const kept = new Map<string, { readonly token: string; readonly readAt: number }>();
  const reads = createSharedCalls<string>();

  return {
    async read(credential, signal) {
      const key = credentialKey(credential);
      const known = kept.get(key);
      if (known !== undefined && clock.monotonic() - known.readAt < keptMs) return known.token;
      const readAt = clock.monotonic();
      const token = await reads.run(key, signal, (shared) => readToken(credential, shared));
      kept.set(key, { token, readAt });
      return token;
    },
    drop(credential, token) {
      const key = credentialKey(credential);
      if (kept.get(key)?.token === token) kept.delete(key);
    },
  };
}

/** Two references with the same key are the same credential. */
export function credentialKey(credential: CredentialReference): string {
  return JSON.stringify([credential.secretName, credential.secretKey ?? null]);
}
