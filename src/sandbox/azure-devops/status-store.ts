/** A commit status as the service keeps it. */
export interface StoredStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string | undefined;
  readonly context: { readonly name: string; readonly genre: string | undefined };
  readonly targetUrl: string | undefined;
  readonly createdAt: number;
}

export interface StatusPlace {
  readonly project: string;
  readonly repository: string;
  readonly commit: string;
}

/** Commit statuses: posting always appends. */
export interface StatusStore {
  append(place: StatusPlace, status: Omit<StoredStatus, 'id'>): StoredStatus;
  /** In the order in which they were posted. */
  list(place: StatusPlace): readonly StoredStatus[];
  /** Of that commit, in any repository. */
  ofCommit(commit: string): readonly StoredStatus[];
}

export function createStatusStore(): StatusStore {
  const stored: { readonly place: string; readonly commit: string; readonly status: StoredStatus }[] = [];
  return {
    append(place, status) {
      const added = { ...status, id: stored.length + 1 };
      stored.push({ place: keyOf(place), commit: place.commit.toLowerCase(), status: added });
      return added;
    },
    list: (place) => stored.filter((entry) => entry.place === keyOf(place)).map((entry) => entry.status),
    ofCommit: (commit) => stored.filter((entry) => entry.commit === commit.toLowerCase()).map((entry) => entry.status),
  };
}

function keyOf(place: StatusPlace): string {
  return [place.project, place.repository, place.commit].map((part) => part.toLowerCase()).join('/');
}

/** The newest of each genre and name, newest first. */
export function latestOfEach(statuses: readonly StoredStatus[]): StoredStatus[] {
  const latest = new Map(
    statuses.map((status) => [JSON.stringify([status.context.genre ?? '', status.context.name]), status]),
  );
  return [...latest.values()].toSorted((a, b) => b.id - a.id);
}
