/** What goes wrong with a request, instead of or before its answer. */
export interface Fault {
  /** The operation that fails, as `requests()` names it; absent: every one. */
  readonly operation?: string;
  /** Answered instead of the real answer; absent: the real answer goes out, with the fault's headers. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
  /** Before anything is answered. */
  readonly delayMs?: number;
  /** The connection: cut before the answer, cut in its middle, or held without one. */
  readonly connection?: 'reset' | 'truncated' | 'hang';
  /** How often; `failNext` means once unless told otherwise. */
  readonly times?: number;
}

export interface FaultList {
  failNext(fault: Fault): void;
  /** Until the returned function is called. */
  failWhile(fault: Fault): () => void;
  /** The fault of this request, which counts as used. */
  take(operation: string): Fault | undefined;
}

export function createFaultList(): FaultList {
  const faults: { readonly fault: Fault; left: number }[] = [];

  function add(fault: Fault, left: number) {
    const entry = { fault, left };
    faults.push(entry);
    return entry;
  }

  return {
    failNext: (fault) => void add(fault, fault.times ?? 1),
    failWhile(fault) {
      const entry = add(fault, fault.times ?? Number.POSITIVE_INFINITY);
      return () => {
        entry.left = 0;
      };
    },
    take(operation) {
      const entry = faults.find(
        ({ fault, left }) => left > 0 && (fault.operation === undefined || fault.operation === operation),
      );
      if (entry !== undefined) entry.left -= 1;
      return entry?.fault;
    },
  };
}
