import { KubeConfig, type RequestContext } from '@kubernetes/client-node';

type Dispatcher = ReturnType<RequestContext['getDispatcher']>;

/** Certificates and authorities on disk are rotated; connections of an older dispatcher end by themselves. */
const dispatcherLifetimeMs = 10 * 60_000;

/**
 * The library makes a new connection pool for every request to a cluster with an authority of its own, so that each
 * request opens a connection. This one keeps a pool for a while.
 */
export class PooledKubeConfig extends KubeConfig {
  readonly #monotonic: () => number;
  #dispatcher: Dispatcher;
  #madeAt = Number.NEGATIVE_INFINITY;

  constructor(source: KubeConfig, monotonic: () => number) {
    super();
    this.#monotonic = monotonic;
    this.loadFromOptions({
      clusters: source.getClusters(),
      contexts: source.getContexts(),
      users: source.getUsers(),
      currentContext: source.getCurrentContext(),
    });
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    const now = this.#monotonic();
    if (now - this.#madeAt > dispatcherLifetimeMs) {
      this.#dispatcher = context.getDispatcher();
      this.#madeAt = now;
    }
    if (this.#dispatcher !== undefined) context.setDispatcher(this.#dispatcher);
  }
}
