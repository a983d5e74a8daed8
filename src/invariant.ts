/** Stops on a mistake of ours. Never used to validate input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** A statement about Poolkeeper's own code turned out false. */
export class InvariantError extends Error {
  override name = 'InvariantError';
}
