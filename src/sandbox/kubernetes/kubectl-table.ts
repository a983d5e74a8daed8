import { type KubeObject, toClaim, toPod } from './kube-object.ts';

/** A column, and what it says of an object. */
interface Column {
  readonly name: string;
  readonly cell: (object: KubeObject, now: number) => string;
}

const name: Column = { name: 'Name', cell: ({ metadata }) => metadata.name };
const age: Column = { name: 'Age', cell: ({ metadata }, now) => ageText(now - Date.parse(metadata.creationTimestamp)) };
const columns: Readonly<Record<string, readonly Column[]>> = {
  pods: [name, { name: 'Ready', cell: readyText }, { name: 'Status', cell: statusText }, age],
  persistentvolumeclaims: [name, { name: 'Status', cell: (claim) => toClaim(claim).status?.phase ?? '' }, age],
};

/** What kubectl prints, which it asks for with this media type; undefined where it makes its own columns. */
export function findTable(
  plural: string,
  request: { readonly accept: string; readonly objects: readonly KubeObject[]; readonly now: number },
): Record<string, unknown> | undefined {
  const shown = columns[plural];
  if (shown === undefined || !request.accept.includes('as=Table')) return undefined;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: shown.map((column) => ({
      name: column.name,
      type: 'string',
      format: '',
      description: '',
      priority: 0,
    })),
    rows: request.objects.map((object) => ({
      cells: shown.map((column) => column.cell(object, request.now)),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  };
}

function readyText(object: KubeObject): string {
  const { spec, status } = toPod(object);
  const ready = (status?.containerStatuses ?? []).filter((container) => container.ready).length;
  return `${ready}/${spec?.containers.length ?? 0}`;
}

/** The most telling word: the deletion, what a container waits for, how it ended, the phase. */
function statusText(object: KubeObject): string {
  const { metadata, status = {} } = toPod(object);
  if (metadata?.deletionTimestamp !== undefined) return 'Terminating';
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const reasons = statuses.flatMap(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason ?? []);
  const telling = reasons.find((reason) => reason !== 'Completed') ?? status.phase ?? '';
  return telling === 'Succeeded' ? 'Completed' : telling;
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes}m` : `${Math.floor(minutes / 60)}h`;
}
