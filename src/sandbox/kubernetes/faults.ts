/** A request as it is recorded. */
export interface RecordedRequest {
  readonly verb: Verb;
  /** Plural name, or the path of a request that is about no resource. */
  readonly resource: string;
  readonly group: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly user: string;
  readonly at: number;
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface RequestMatch {
  readonly verb?: Verb;
  readonly resource?: string;
  readonly name?: string;
}

/** What happens instead of, or after, the real answer. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** No answer ever. */
  | { readonly kind: 'hang' }
  /** The connection breaks before anything is done. */
  | { readonly kind: 'drop' }
  /** Everything is done, but the answer is lost. */
  | { readonly kind: 'lose-answer' };

/** Failures to order, for tests and for trying things out. */
export interface Faults {
  readonly failNext: (match: RequestMatch, fault: Fault) => void;
  /** Begins after so many matching requests went well, at once unless given. Returns a function that ends it. */
  readonly failWhile: (match: RequestMatch, fault: Fault, after?: number) => () => void;
  take(request: RecordedRequest): Fault | undefined;
}

interface OrderedFault {
  readonly match: RequestMatch;
  readonly fault: Fault;
  readonly once: boolean;
  passed: number;
  readonly after: number;
}

export function createFaults(): Faults {
  const ordered = new Set<OrderedFault>();
  return {
    failNext: (match, fault) => void ordered.add({ match, fault, once: true, passed: 0, after: 0 }),
    failWhile(match, fault, after = 0) {
      const order = { match, fault, once: false, passed: 0, after };
      ordered.add(order);
      return () => ordered.delete(order);
    },
    take(request) {
      const order = [...ordered].find((candidate) => applies(candidate.match, request));
      if (!order) return undefined;
      order.passed += 1;
      if (order.passed <= order.after) return undefined;
      if (order.once) ordered.delete(order);
      return order.fault;
    },
  };
}

function applies(match: RequestMatch, request: RecordedRequest): boolean {
  return (
    (match.verb === undefined || match.verb === request.verb) &&
    (match.resource === undefined || match.resource === request.resource) &&
    (match.name === undefined || match.name === request.name)
  );
}
